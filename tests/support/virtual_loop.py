"""An event loop in which nobody waits: where nothing is ready, its clock goes on to what is due next."""

import asyncio
import itertools
import selectors
from collections.abc import Sequence


class VirtualLoop(asyncio.SelectorEventLoop):
    """Its clock begins at 0; it wakes late, by these seconds in turn, as a busy machine does."""

    def __init__(self, late: Sequence[float] = (0.0,)) -> None:
        self.now = 0.0
        super().__init__(_Selector(self, late))

    def time(self) -> float:
        """Seconds since the beginning."""
        return self.now


class _Selector(selectors.DefaultSelector):
    def __init__(self, loop: VirtualLoop, late: Sequence[float]) -> None:
        super().__init__()
        self._loop, self._late = loop, itertools.cycle(late)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready; else the clock goes on."""
        ready = super().select(0 if timeout is not None else None)
        if not ready and timeout:
            self._loop.now += timeout + next(self._late)
        return ready
