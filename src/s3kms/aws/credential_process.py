"""A profile's `credential_process`, which botocore would wait for without end and whose words it would show whole."""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import PurePath
from typing import Any

from botocore.credentials import AssumeRoleProvider, ProcessProvider
from botocore.exceptions import CredentialRetrievalError
from botocore.session import Session

from s3kms.aws.boundary import PROCESS_METHOD
from s3kms.text.sanitize import printable

MAX_SECONDS = 30.0
"""As nobody can be asked, a process that is at work still is one that waits for an answer."""
MAX_SECONDS_AT_TERMINAL = 180.0
"""It may ask for a code, or wait for a browser."""
_MAX_WORDS = 160
"""Characters of what the process said: more would be cut in the sentence that it stands in."""
_SECRET = re.compile(
    r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}"  # access keys
    r"|[A-Za-z0-9+/_-]{24,}[A-Za-z0-9+/=_.-]*"  # secret keys, tokens; no word of a language is as long
    r"|(?i:(?<=token)|(?<=secret)|(?<=password)|(?<=passwd)|(?<=key))[\"']?\s*[:=]\s*\S+"
)


class BoundedProcessProvider(ProcessProvider):
    """Botocore's provider, whose process is ended with its children in time, and whose words hold no secret."""

    def __init__(self, profile_name: str, core: Session, seconds: float | None = None) -> None:
        """`seconds` is how long the process may take; by default more at a terminal, where it may ask."""
        super().__init__(
            profile_name, lambda: core.full_config, popen=lambda command, **_: _Process(command, seconds)
        )

    def _retrieve_credentials_using(self, credential_process: str) -> dict[str, Any]:
        try:
            found: dict[str, Any] = super()._retrieve_credentials_using(credential_process)  # type: ignore[misc]
        except OSError as error:
            raise _failure(f"it cannot be run: {error.strerror or 'unknown'}") from error
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise _failure("it printed something that is not JSON") from error
        except AttributeError as error:  # a list, or a word
            raise _failure("it printed JSON that is not an object") from error
        except ValueError as error:
            raise _failure(f"its command line cannot be split: {error}") from error
        return found


def use_bounded_processes(core: Session) -> None:
    """Let every profile of a session run its process so, also as the source of a role."""
    resolver = core.get_component("credential_provider")
    for number, provider in enumerate(resolver.providers):
        if isinstance(provider, ProcessProvider):
            name = provider._profile_name  # type: ignore[attr-defined] # noqa: SLF001 - botocore has no other way
            resolver.providers[number] = BoundedProcessProvider(name, core)
        elif isinstance(provider, AssumeRoleProvider):
            builder = provider._profile_provider_builder  # type: ignore[attr-defined] # noqa: SLF001
            if builder is not None:
                builder._create_process_provider = lambda name: BoundedProcessProvider(name, core)  # noqa: SLF001


class _Process:
    """What botocore uses of a Popen: `communicate` once, then `returncode`."""

    def __init__(self, command: list[str], seconds: float | None) -> None:
        self.returncode = 0
        self._program = printable(PurePath(command[0]).name) if command else "it"
        at_terminal = bool(sys.stdin and sys.stdin.isatty())
        self._seconds = seconds or (MAX_SECONDS_AT_TERMINAL if at_terminal else MAX_SECONDS)
        # A session of its own can be ended whole, and has no terminal to ask at: only where there is none.
        self._has_session = not at_terminal and os.name == "posix"
        self._popen = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=self._has_session
        )

    def communicate(self) -> tuple[bytes, bytes]:
        """What it printed, and in place of its errors a line that may be shown. Raises CredentialRetrievalError."""
        try:
            out, errors = self._popen.communicate(timeout=self._seconds)
        except subprocess.TimeoutExpired as late:
            why = f"{self._program} printed no credentials within {self._seconds:g} s, and was ended"
            raise _failure(why) from late
        finally:
            self._end()
        self.returncode = self._popen.returncode
        words = _without_secrets(errors.decode(errors="replace"))
        said = f" and said: {words}" if words else " and said nothing"
        return out, f"{self._program} ended with code {self.returncode}{said}".encode()

    def _end(self) -> None:
        """End what is at work still, with its children where they can be reached."""
        if self._popen.poll() is None:
            with suppress(ProcessLookupError, PermissionError):
                if self._has_session:
                    os.killpg(self._popen.pid, signal.SIGKILL)
                else:
                    self._popen.kill()
            self._popen.wait()
        for pipe in (self._popen.stdout, self._popen.stderr):
            if pipe:
                pipe.close()


def _without_secrets(text: str) -> str:
    """The last lines of a text, as far as they are short, on one line and without what looks like a secret."""
    line = printable(" ".join(_SECRET.sub("***", text).split()))
    return line if len(line) <= _MAX_WORDS else f"…{line[-_MAX_WORDS:]}"


def _failure(why: str) -> CredentialRetrievalError:
    return CredentialRetrievalError(provider=PROCESS_METHOD, error_msg=why)
