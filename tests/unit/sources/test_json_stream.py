"""JSON that is read piece by piece is what it is as a whole, wherever the pieces end."""

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3kms.sources.observed.budget import UnreadableLog
from s3kms.sources.observed.json_stream import JsonStream

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


class Trickle(io.BytesIO):
    """A file that gives a few bytes at a time."""

    def __init__(self, data: bytes, step: int) -> None:
        super().__init__(data)
        self._step = step

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(self._step)


@given(st.lists(VALUES, max_size=4), st.integers(1, 7), st.booleans(), st.sampled_from([None, 1]))
def test_a_list_is_read_as_a_whole_one_is(
    found: list[Any], step: int, plain: bool, indent: int | None
) -> None:
    text = json.dumps(found, ensure_ascii=plain, indent=indent).encode("utf-8", "replace")

    assert list(JsonStream(Trickle(text, step)).items()) == json.loads(text)


@given(st.dictionaries(st.text(), VALUES, max_size=4), st.integers(1, 7))
def test_an_object_is_read_as_a_whole_one_is(found: dict[str, Any], step: int) -> None:
    text = json.dumps(found).encode()
    stream = JsonStream(Trickle(text, step))

    assert {name: stream.value() for name in stream.names()} == json.loads(text)


@given(st.lists(VALUES, min_size=1, max_size=3), st.integers(1, 7), st.data())
def test_a_list_that_is_cut_is_never_taken_for_a_whole_one(found: list[Any], step: int, data: Any) -> None:
    text = json.dumps(found).encode()
    cut = data.draw(st.integers(0, len(text) - 1))

    with pytest.raises(UnreadableLog):
        list(JsonStream(Trickle(text[:cut], step)).items())
