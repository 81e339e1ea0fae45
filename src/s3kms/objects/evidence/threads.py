"""Work on many files at once, ended early when one of them fails or the user stops it."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def map_in_threads(function: Callable[[T], R], items: Iterable[T], *, at_once: int) -> list[R]:
    """The results in the order of the items. Raises what the first failing one raises; those not begun are left."""
    with ThreadPoolExecutor(max_workers=max(1, at_once)) as pool:
        try:
            return list(pool.map(function, items))
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
