"""s3kms as a user runs it, in a clean environment: within this process, or in one of its own if that matters."""

import contextlib
import functools
import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

KEEP = {"PATH", "HOME", "LANG", "PYTHONPATH", "TMPDIR"}
"""An allow-list: CI sets variables we never heard of."""
INTERRUPTED = 130
TIMEOUT_SECONDS = 300
"""Only a command that hangs takes longer, whatever the server does and however busy the machine is."""


@dataclass(frozen=True)
class Done:
    """What came of one command."""

    exit: int
    out: str
    err: str

    @property
    def findings(self) -> list[dict[str, Any]]:
        """The findings of a JSON document."""
        found: list[dict[str, Any]] = json.loads(self.out)["findings"]
        return found

    def verdicts(self, rule: str = "s3_bucket_kms_encryption") -> dict[str, str]:
        """Bucket to verdict, of one rule."""
        return {f["bucket"]: f["verdict"] for f in self.findings if f["rule"] == rule}


@dataclass(frozen=True)
class Shell:
    """A folder and an environment to run s3kms in."""

    folder: Path
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def _environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if name in KEEP}
        settings = {
            "COLUMNS": "120",
            "AWS_EC2_METADATA_DISABLED": "true",
            "XDG_STATE_HOME": f"{self.folder}-state",  # journals stay out of the home, and out of the folder
            "AWS_CONFIG_FILE": str(self.folder / "aws-config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.folder / "aws-credentials"),
            "AWS_MAX_ATTEMPTS": "2",
        }
        return clean | settings | dict(self.env)

    def __call__(self, *arguments: str, stdin: str = "") -> Done:
        """The command, within this process; in one of its own where only that has what it is about."""
        if needs_process(arguments, self.env):
            return self.process(*arguments, stdin=stdin)
        from s3kms.cli.main import run

        code, out, err = run_here(run, arguments, self.folder, self._environment, stdin)
        return Done(code, out.decode(), err.decode())

    def process(self, *arguments: str, stdin: str = "", before: str = "") -> Done:
        """
        The command in a process; `before` is a line for the shell that it runs in: `ulimit -f 1`.

        It leaves no bytecode, which such a limit would cut off: Python reads it, and says EOFError ever after.
        """
        done = subprocess.run(
            in_bash(before, [sys.executable, "-m", "s3kms", *arguments]),
            cwd=self.folder,
            env=self._environment | {"PYTHONDONTWRITEBYTECODE": "1"},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str, terminal: int | None = None) -> "subprocess.Popen[str]":
        """The command under way, for a test that kills it, or that talks to it at a terminal."""
        return subprocess.Popen(
            [sys.executable, "-m", "s3kms", *arguments],
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL if terminal is None else terminal,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if terminal is None else terminal,
            text=True,
        )

    def having(self, **env: str) -> "Shell":
        """This shell, with more in the environment."""
        return replace(self, env={**self.env, **env})


def needs_process(arguments: Sequence[str], env: Mapping[str, str]) -> bool:
    """
    Whether this is about what a process alone has: an interpreter's settings, standard streams, children.

    A command beside another one that is under way here needs a process, too: environment and folder are taken.
    """
    return (
        arguments[:1] == ("demo",)
        or threading.current_thread() is not threading.main_thread()
        or any(name.startswith("PYTHON") for name in env)
        or any("/dev/" in one for one in arguments)
    )


def in_bash(before: str, command: list[str]) -> list[str]:
    """A command after a line of a shell's own."""
    return ["bash", "-c", f'{before}; exec "$@"', "bash", *command] if before else command


def run_here(
    command: Callable[[Sequence[str]], int],
    arguments: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    stdin: str = "",
) -> tuple[int, bytes, bytes]:
    """Exit code, stdout and stderr of a command within this process, which is then what it was before."""
    out, err = _Kept(), _Kept()
    with contextlib.ExitStack() as borrowed:
        borrowed.enter_context(_environ(environment))
        borrowed.enter_context(contextlib.chdir(folder))
        borrowed.enter_context(_deadline(arguments))
        borrowed.enter_context(_stdin(stdin))
        borrowed.enter_context(contextlib.redirect_stdout(io.TextIOWrapper(out, encoding="utf-8")))
        borrowed.enter_context(contextlib.redirect_stderr(io.TextIOWrapper(err, encoding="utf-8")))
        code = command(list(arguments))
        sys.stdout.flush()
        sys.stderr.flush()
    if code == INTERRUPTED:  # by who runs the tests: a test interrupts a process of its own
        raise KeyboardInterrupt
    return code, out.getvalue(), err.getvalue()


class _Kept(io.BytesIO):
    """What was written can still be read when the stream over it is gone."""

    def close(self) -> None:
        """Not yet."""


@contextlib.contextmanager
def _stdin(text: str) -> Iterator[None]:
    before, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8")
    try:
        yield
    finally:
        sys.stdin = before


@contextlib.contextmanager
def _environ(environment: Mapping[str, str]) -> Iterator[None]:
    """This environment and no other variable; and nobody remembers an earlier one."""
    before = dict(os.environ)
    try:
        os.environ.clear()
        os.environ.update(environment)
        _forget()
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _forget() -> None:
    """A process that begins has looked nothing up yet: every cache of ours is empty."""
    for name, module in list(sys.modules.items()):
        if name.startswith("s3kms.") and not name.startswith("s3kms.demo"):
            for cache in _caches_of(module):
                cache.cache_clear()


@functools.cache
def _caches_of(module: ModuleType) -> "tuple[functools._lru_cache_wrapper[Any], ...]":
    """Looked for once a module: there are forty thousand names, and as many commands as tests."""
    return tuple(one for one in vars(module).values() if isinstance(one, functools._lru_cache_wrapper))


@contextlib.contextmanager
def _deadline(arguments: Sequence[str]) -> Iterator[None]:
    """A command that hangs fails its test; so does one that leaves a handler of signals behind."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    handlers = [signal.getsignal(number) for number in numbers]

    def late(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"it still runs after {TIMEOUT_SECONDS} s: s3kms {' '.join(arguments)}")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, TIMEOUT_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        assert handlers == [signal.getsignal(number) for number in numbers]
