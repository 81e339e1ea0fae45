"""A profile's `credential_process`, which botocore would wait for without end and whose words it would show whole."""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import PurePath
from threading import Thread
from time import monotonic
from typing import IO, Any

from botocore.credentials import AssumeRoleProvider, ProcessProvider
from botocore.exceptions import CredentialRetrievalError
from botocore.session import Session

from s3kms.aws.boundary import PROCESS_METHOD, without_passwords
from s3kms.text.sanitize import printable

MAX_SECONDS = 30.0
"""As nobody can be asked, a process that is at work still is one that waits for an answer."""
MAX_SECONDS_AT_TERMINAL = 180.0
"""It may ask for a code, or wait for a browser."""
MAX_OUTPUT_BYTES = 1 << 20
"""Credentials are some kilobytes; a process that prints without end would fill the memory until it is ended."""
_LATE_OUTPUT_SECONDS = 1.0
"""How long to read on once the process ended: a child that it left may hold its output open."""
_LOOK_SECONDS = 0.1
"""How often to look whether it prints too much."""
_MAX_WORDS = 160
"""Characters of what the process said: more would be cut in the sentence that it stands in."""
_SECRET = re.compile(
    r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}"  # access keys
    r"|[A-Za-z0-9+/_-]{24,}[A-Za-z0-9+/=_.-]*"  # secret keys, tokens; no word of a language is as long
    r"|(?i:(?<=token)|(?<=secret)|(?<=password)|(?<=passwd)|(?<=passphrase)|(?<=key))"
    r"[\"']?(?:\s*[:=]\s*|\s+is\s+)\S+"
)
_SECRET_ARGUMENT = re.compile(
    r"(?i)(-[a-z-]*(?:token|secret|password|passwd|passphrase|key)[a-z-]*|\b(?:bearer|basic))[ =]+\S+"
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


class _Pipe(Thread):
    """Reads one pipe to its end, and keeps the last bytes that fit."""

    def __init__(self, pipe: IO[bytes]) -> None:
        super().__init__(daemon=True)
        self.kept = b""
        self.is_cut = False
        self._pipe = pipe
        self.start()

    def run(self) -> None:
        """Read; `is_cut` once more came than is kept."""
        descriptor = self._pipe.fileno()
        while piece := os.read(descriptor, 1 << 16):
            self.kept += piece
            if len(self.kept) > MAX_OUTPUT_BYTES:
                self.kept = self.kept[-MAX_OUTPUT_BYTES:]
                self.is_cut = True

    def ended(self, seconds: float) -> bytes:
        """What was printed, once it is all or the time is over. A pipe that is read still is not closed."""
        self.join(seconds)
        if not self.is_alive():
            self._pipe.close()
        return self.kept


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
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=self._has_session,
        )

    def communicate(self) -> tuple[bytes, bytes]:
        """What it printed, and in place of its errors a line that may be shown. Raises CredentialRetrievalError."""
        if self._popen.stdout is None or self._popen.stderr is None:
            raise _failure("its output cannot be read")
        output, errors = _Pipe(self._popen.stdout), _Pipe(self._popen.stderr)
        try:
            returncode = self._wait(output)
        finally:
            if self._popen.returncode is None:
                self._end()
                self._popen.wait()
            pieces = [pipe.ended(_LATE_OUTPUT_SECONDS) for pipe in (output, errors)]
        if output.is_cut:
            raise _failure(f"{self._program} printed more than {MAX_OUTPUT_BYTES >> 20} MB, and was ended")
        if returncode is None:
            raise _failure(
                f"{self._program} printed no credentials within {self._seconds:g} s, and was ended"
            )
        self.returncode = returncode
        words = _without_secrets(pieces[1].decode(errors="replace"))
        said = f" and said: {words}" if words else " and said nothing"
        return pieces[0], f"{self._program} ended with code {self.returncode}{said}".encode()

    def _wait(self, output: _Pipe) -> int | None:
        """Its code once it ended; None where the time is over, or it prints too much."""
        deadline = monotonic() + self._seconds
        while not output.is_cut and (left := deadline - monotonic()) > 0:
            with suppress(subprocess.TimeoutExpired):
                return self._popen.wait(min(left, _LOOK_SECONDS))
        return None

    def _end(self) -> None:
        """End it, with its children where they can be reached."""
        with suppress(ProcessLookupError, PermissionError):
            if self._has_session:
                os.killpg(self._popen.pid, signal.SIGKILL)
            else:
                self._popen.kill()


def _without_secrets(text: str) -> str:
    """The last lines of a text, as far as they are short, on one line and without what looks like a secret."""
    plain = _SECRET.sub("***", _SECRET_ARGUMENT.sub(r"\1 ***", without_passwords(text)))
    line = printable(" ".join(plain.split()))
    return line if len(line) <= _MAX_WORDS else f"…{line[-_MAX_WORDS:]}"


def _failure(why: str) -> CredentialRetrievalError:
    return CredentialRetrievalError(provider=PROCESS_METHOD, error_msg=why)
