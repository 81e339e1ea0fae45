"""What several threads need is read once, and a bounded number of it is kept."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class ReadOnce(Generic[Key, Value]):
    """Remembers what was read, by its key; of more than `most` the one that was not asked for longest is forgotten.

    Who asks for what another thread is reading waits for it. What raised is not remembered.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._reading: dict[Key, Lock] = {}
        self._known: OrderedDict[Key, Value] = OrderedDict()

    def get(self, key: Key, read: Callable[[], Value]) -> Value:
        """What is known under a key, or what `read` finds now, whatever that raises."""
        with self._lock:
            reading = self._reading.setdefault(key, Lock())
        with reading:
            with self._lock:
                if key in self._known:
                    self._known.move_to_end(key)
                    return self._known[key]
            found = read()
            with self._lock:
                self._known[key] = found
                if len(self._known) > self._most:
                    self._known.popitem(last=False)
            return found
