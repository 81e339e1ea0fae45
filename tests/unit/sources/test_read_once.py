"""What several threads need is read once, and a bounded number of it is kept."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from s3kms.sources.read_once import ReadOnce


def test_threads_that_ask_for_the_same_at_once_read_it_once() -> None:
    known: ReadOnce[str, int] = ReadOnce(8)
    together, reads = Barrier(4), list[str]()

    def read() -> int:
        reads.append("one")
        return len(reads)

    def ask(_: int) -> int:
        together.wait(timeout=10)
        return known.get("account", read)

    with ThreadPoolExecutor(4) as executor:
        assert list(executor.map(ask, range(4))) == [1, 1, 1, 1]
    assert reads == ["one"]


def test_what_was_asked_for_lately_is_kept_and_the_rest_is_read_again() -> None:
    known: ReadOnce[str, str] = ReadOnce(2)
    reads = list[str]()

    def ask(key: str) -> None:
        known.get(key, lambda: reads.append(key) or key)  # type: ignore[func-returns-value]

    for key in ("central", "first", "central", "second", "central", "first"):
        ask(key)

    assert reads == ["central", "first", "second", "first"]


def test_a_failure_is_not_remembered() -> None:
    known: ReadOnce[str, int] = ReadOnce(2)

    with pytest.raises(ZeroDivisionError):
        known.get("account", lambda: 1 // 0)

    assert known.get("account", lambda: 7) == 7
