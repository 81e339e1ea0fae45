"""HTTP/1.1 out of bytes, however they are cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3kms.aws.s3.http1 import MAX_HEAD_BYTES, MAX_RESPONSE_BYTES, ResponseParser, format_request
from s3kms.aws.s3.transport import Response, TransportError

BODIES = st.lists(st.binary(min_size=1, max_size=50), max_size=5)


def fed(data: bytes, cuts: list[int]) -> tuple[Response | None, ResponseParser]:
    """What a parser makes of the bytes in pieces."""
    parser, response = ResponseParser(), None
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    for start, end in pairwise(places):
        assert response is None
        response = parser.feed(data[start:end])
    return response, parser


@given(BODIES, st.lists(st.integers(0, 500), max_size=20))
def test_a_sized_answer_is_the_same_however_it_is_cut(pieces: list[bytes], cuts: list[int]) -> None:
    body = b"".join(pieces)
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nDate: now\r\n\r\n"

    response, parser = fed(head.encode() + body, cuts)

    assert response is not None
    assert (response.status, response.body, response.headers.get("DATE")) == (200, body, "now")
    assert parser.is_kept


@given(BODIES, st.lists(st.integers(0, 500), max_size=20), st.booleans())
def test_a_chunked_answer_is_the_same_however_it_is_cut(
    pieces: list[bytes], cuts: list[int], has_trailer: bool
) -> None:
    chunks = b"".join(b"%x;x=y\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    tail = b"0\r\n" + (b"A: b\r\nC: d\r\n" if has_trailer else b"") + b"\r\n"
    data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + tail

    response, parser = fed(data, cuts)

    assert response is not None
    assert response.body == b"".join(pieces)
    assert parser.is_kept


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=5))
def test_any_bytes_are_an_answer_an_error_or_unfinished(data: bytes, cuts: list[int]) -> None:
    try:
        fed(b"HTTP/1.1 200 OK\r\n" + data, cuts)
    except (TransportError, AssertionError):
        return


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_that_has_no_body_needs_no_length(status: int) -> None:
    response, parser = fed(f"HTTP/1.1 {status} X\r\n\r\n".encode(), [])

    assert response is not None
    assert parser.is_kept


def test_the_value_of_a_repeated_header_is_a_list() -> None:
    response, _ = fed(b"HTTP/1.1 200 OK\r\nA: 1\r\na: 2\r\nContent-Length: 0\r\n\r\n", [])

    assert response is not None
    assert response.headers.get("A") == "1, 2"


def test_an_answer_with_two_ways_to_end_does_not_keep_its_connection() -> None:
    data = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"

    response, parser = fed(data, [])

    assert response is not None
    assert response.body == b"hi"
    assert not parser.is_kept


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nA: " + b"x" * (MAX_HEAD_BYTES + 1),
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (MAX_RESPONSE_BYTES + 1),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n",
    ],
)
def test_what_is_too_long_is_refused_before_it_is_read(data: bytes) -> None:
    with pytest.raises(TransportError, match="is longer than") as caught:
        ResponseParser().feed(data)

    assert not caught.value.may_retry


@pytest.mark.parametrize("text", ["a\r\nB: c", "a\n", "a\r"])
def test_a_line_break_makes_no_second_header(text: str) -> None:
    with pytest.raises(ValueError, match="line break"):
        format_request("GET", "/", "h", {"A": text})
    with pytest.raises(ValueError, match="line break"):
        format_request("GET", f"/{text}", "h", {})


def test_the_answer_to_a_head_has_a_length_and_no_body() -> None:
    """The length is the object's, and may be more than any answer has."""
    parser = ResponseParser(is_head=True)

    response = parser.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 5497558138880\r\n\r\n")

    assert response is not None
    assert (response.body, response.headers.get("Content-Length")) == (b"", "5497558138880")
    assert parser.is_kept


@pytest.mark.parametrize(
    ("body", "tail"), [(None, ""), (b"", "Content-Length: 0\r\n"), (b"abc", "Content-Length: 3\r\n")]
)
def test_an_empty_body_has_a_length_and_none_has_not(body: bytes | None, tail: str) -> None:
    sent = format_request("PUT", "/a", "h", {"A": "1"}, body)

    assert sent == f"PUT /a HTTP/1.1\r\nHost: h\r\nA: 1\r\n{tail}\r\n".encode() + (body or b"")
