"""SIGINT and SIGTERM while something is written. The library sets no signal handlers; the command line does."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class StopSignals:
    """The first signal lets the write at hand end; a second one, of either, ends the process at once."""

    def __init__(self) -> None:
        self._is_received = False

    def is_received(self) -> bool:
        """Whether the run is to stop."""
        return self._is_received

    @contextmanager
    def caught(self) -> Iterator[None]:
        """Catch both signals until the block ends."""
        before: dict[int, Any] = {
            number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)
        }

        def restore() -> None:
            for number, handler in before.items():
                signal.signal(number, handler)

        def receive(_: int, __: FrameType | None) -> None:
            self._is_received = True
            restore()

        for number in before:
            signal.signal(number, receive)
        try:
            yield
        finally:
            restore()
