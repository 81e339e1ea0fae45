"""The parts of the wire: signatures, answers, pace, the door; without any network."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from botocore.parsers import create_parser
from botocore.session import Session
from hypothesis import given, settings
from hypothesis import strategies as st

from s3kms.aws.s3 import response_xml as decode
from s3kms.aws.s3.limiters import INITIAL_CONCURRENCY, ConcurrencyLimiter, RateLimiter
from s3kms.aws.s3.signing import Clock, Signer, SigningScope
from s3kms.aws.s3.transport import Response
from s3kms.sources.sync import MAX_BUFFERED_ITEMS, iterate_sync, ordered_map

KEYS = ReadOnlyCredentials("AKIAEXAMPLE", "secret/+=", "token==", None)
NAMES = st.text("abcdefghijklmnopqrstuvwxyz0123456789.-_", min_size=3, max_size=63)
S3 = Session().get_service_model("s3")


class StoppedClock(Clock):
    def now(self) -> datetime:
        return datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC) + self.offset


def by_botocore(url: str, headers: dict[str, str], service: str = "s3", region: str = "eu-central-1") -> str:
    """botocore's own signature of the same request at the same time."""
    auth: Any = S3SigV4Auth(KEYS, service, region)
    request = AWSRequest("GET", url, headers=headers)
    request.context["timestamp"] = "20261123T120000Z"
    auth._modify_request_before_signing(request)
    auth._inject_signature_to_request(
        request, auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    )
    return str(request.headers["Authorization"])


@given(name=NAMES, query=st.sampled_from(["encryption=", "tagging=", "", "max-buckets=1000&prefix=a%2Fb"]))
def test_the_pattern_signs_as_botocore_does(name: str, query: str) -> None:
    headers = {"User-Agent": "s3kms", "x-amz-expected-bucket-owner": "111122223333"}
    scope = SigningScope("s3", "eu-central-1", "https://s3.eu-central-1.amazonaws.com", headers)
    path = f"/{quote(name, safe='-_.~')}"

    signed = Signer(scope, StoppedClock()).headers(KEYS, path, query)

    assert signed["Authorization"] == by_botocore(f"{scope.origin}{path}?{query}", dict(headers))
    assert signed["X-Amz-Security-Token"] == "token=="


def test_a_pattern_is_used_for_seconds_and_for_its_own_credentials() -> None:
    clock = StoppedClock()
    signer = Signer(SigningScope("s3", "eu-central-1", "https://h", {}), clock)
    first = signer.headers(KEYS, "/a", "")

    clock.offset = timedelta(seconds=4)
    assert signer.headers(KEYS, "/a", "") == first
    clock.offset = timedelta(seconds=6)
    assert signer.headers(KEYS, "/a", "")["X-Amz-Date"] == "20261123T120006Z"
    other = ReadOnlyCredentials("AKIAOTHER", "s", None, None)
    assert "AKIAOTHER" in signer.headers(other, "/a", "")["Authorization"]


def xml(body: str, root: str = "ServerSideEncryptionConfiguration") -> bytes:
    return f'<{root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{body}</{root}>'.encode()


PARTS = st.sampled_from(
    (
        "<ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm>"
        "<KMSMasterKeyID>arn:aws:kms:eu-central-1:111122223333:key/k</KMSMasterKeyID>"
        "</ApplyServerSideEncryptionByDefault>",
        "<ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>"
        "</ApplyServerSideEncryptionByDefault>",
        "<BucketKeyEnabled>true</BucketKeyEnabled>",
        "<BucketKeyEnabled>false</BucketKeyEnabled>",
        "<BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes>",
        "<BlockedEncryptionTypes><EncryptionType>NONE</EncryptionType></BlockedEncryptionTypes>",
        "<BlockedEncryptionTypes/>",
        "<SomethingNew>1</SomethingNew>",
    )
)


@given(st.lists(st.lists(PARTS, max_size=4, unique_by=lambda part: part[:8]), max_size=3))
def test_an_encryption_is_read_as_botocore_reads_it(rules: list[list[str]]) -> None:
    body = xml("".join(f"<Rule>{''.join(parts)}</Rule>" for parts in rules))
    shape = S3.operation_model("GetBucketEncryption").output_shape
    answer = {"status_code": 200, "headers": {}, "body": body}
    theirs = create_parser("rest-xml").parse(answer, shape)  # type: ignore[arg-type]
    ours = decode.encryption(body)

    assert ours["ServerSideEncryptionConfiguration"]["Rules"] == (
        theirs["ServerSideEncryptionConfiguration"].get("Rules", [])
    )


@pytest.mark.parametrize(
    "body", [b"", b"<", b"<a>", b"not xml", b"\xff\xfe", xml("", "ListAllMyBucketsResult")]
)
def test_what_is_no_such_document_is_never_an_empty_rule(body: bytes) -> None:
    with pytest.raises(decode.UnexpectedDocument):
        decode.encryption(body)


@given(st.binary(max_size=60))
def test_no_bytes_break_the_reader_of_errors(body: bytes) -> None:
    assert "Error" in decode.error(Response(503, {}, body))


def test_an_error_deeper_than_the_reader_goes_is_an_error() -> None:
    body = b"<Error>" + b"<a>" * 20_000 + b"</a>" * 20_000 + b"</Error>"

    assert decode.error(Response(403, {}, body))["Error"]["Code"] == "403"


def test_an_error_keeps_what_leads_to_the_right_region() -> None:
    body = b"<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region></Error>"

    assert decode.error(Response(400, {}, body))["Error"]["Region"] == "eu-west-1"


def paced(calls: int, most: int, fate: Iterator[bool], latency: float = 0.0) -> ConcurrencyLimiter:
    """Many calls, some of them throttled."""

    async def run() -> ConcurrencyLimiter:
        pace = ConcurrencyLimiter(most)

        async def call() -> None:
            since = await pace.acquire()
            await asyncio.sleep(latency)
            pace.release(since, throttled=next(fate))

        await asyncio.gather(*(call() for _ in range(calls)))
        return pace

    return asyncio.run(run())


def test_the_pace_grows_while_nobody_complains() -> None:
    async def run() -> float:
        pace = ConcurrencyLimiter(64)
        for _ in range(200):
            pace._speed_up(0.001)
        return pace.limit

    assert asyncio.run(run()) == 64


def test_the_pace_halves_once_for_calls_that_were_under_way_together() -> None:
    async def run() -> ConcurrencyLimiter:
        pace = ConcurrencyLimiter(64)
        for _ in range(INITIAL_CONCURRENCY):
            pace.release(since=1.0, throttled=True)
        return pace

    pace = asyncio.run(run())

    assert pace.limit == INITIAL_CONCURRENCY / 2


def test_the_pace_never_stops_altogether() -> None:
    assert paced(300, 64, iter([True] * 300)).limit == 1


def test_the_pace_stops_growing_when_answers_take_longer() -> None:
    async def run() -> float:
        pace = ConcurrencyLimiter(1000)
        loop = asyncio.get_running_loop()
        for latency in [0.001] * 5 + [1.0] * 100:
            pace._speed_up(latency)
        assert loop
        return pace.limit

    assert asyncio.run(run()) < INITIAL_CONCURRENCY + 10


@settings(max_examples=30, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=120), st.integers(1, 20))
def test_every_call_gets_its_turn_and_never_more_than_allowed(fates: list[bool], most: int) -> None:
    async def run() -> int:
        pace, under_way, peak = ConcurrencyLimiter(most), 0, 0

        async def call(throttled: bool) -> None:
            nonlocal under_way, peak
            since = await pace.acquire()
            under_way += 1
            peak = max(peak, under_way)
            await asyncio.sleep(0)
            under_way -= 1
            pace.release(since, throttled=throttled)

        await asyncio.wait_for(asyncio.gather(*map(call, fates)), 10)
        return peak

    assert asyncio.run(run()) <= most


def test_a_rate_spreads_calls_evenly() -> None:
    async def run() -> float:
        rate = RateLimiter(100)
        start = asyncio.get_running_loop().time()
        for _ in range(11):
            await rate.wait()
        return asyncio.get_running_loop().time() - start

    assert asyncio.run(run()) >= 0.099


async def numbers(count: int) -> AsyncGenerator[int]:
    for number in range(count):
        yield number


def test_the_door_hands_out_everything_in_order() -> None:
    assert list(iterate_sync(lambda: numbers(MAX_BUFFERED_ITEMS * 2 + 7))) == list(
        range(MAX_BUFFERED_ITEMS * 2 + 7)
    )


def test_the_door_does_not_run_far_ahead_of_a_slow_reader() -> None:
    made = 0

    async def stream() -> AsyncGenerator[int]:
        nonlocal made
        for number in range(MAX_BUFFERED_ITEMS * 10):
            made += 1
            yield number

    assert next(iterate_sync(stream)) == 0
    assert made <= MAX_BUFFERED_ITEMS * 2 + 1


def test_an_error_of_the_stream_comes_after_what_was_there() -> None:
    async def stream() -> AsyncGenerator[int]:
        yield 1
        raise KeyError("gone")

    items = iterate_sync(stream)
    assert next(items) == 1
    with pytest.raises(KeyError):
        next(items)


def test_who_stops_listening_ends_the_stream() -> None:
    ended = []

    async def stream() -> AsyncGenerator[int]:
        try:
            for number in range(10**9):
                yield number
                await asyncio.sleep(0)
        finally:
            ended.append(True)

    items = iterate_sync(stream)
    next(items)
    items.close()  # type: ignore[attr-defined]

    assert ended == [True]


def test_an_interrupt_when_a_batch_is_ready_ends_the_stream() -> None:
    ended = []

    def interrupt() -> None:
        raise KeyboardInterrupt

    async def stream() -> AsyncGenerator[int]:
        try:
            yield 1
            asyncio.get_running_loop().call_soon(
                interrupt
            )  # after the reader has been told of the first item
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    with pytest.raises(KeyboardInterrupt):
        list(iterate_sync(stream))
    assert ended == [True]


def test_the_pause_of_a_slow_reader_is_no_time_for_the_stream() -> None:
    async def answer() -> int:
        async with asyncio.timeout(0.2):
            await asyncio.sleep(0.02)
            return 2

    async def stream() -> AsyncGenerator[int]:
        under_way = asyncio.create_task(answer())
        yield 1
        yield await under_way

    items = iterate_sync(stream)
    assert next(items) == 1
    time.sleep(0.5)

    assert next(items) == 2


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 3), max_size=40), st.integers(1, 8))
def test_results_come_in_the_order_of_the_items_and_not_too_many_at_once(waits: list[int], most: int) -> None:
    under_way = peak = 0

    async def work(item: tuple[int, int]) -> int:
        nonlocal under_way, peak
        under_way += 1
        peak = max(peak, under_way)
        for _ in range(item[1]):
            await asyncio.sleep(0)
        under_way -= 1
        return item[0]

    async def items() -> AsyncIterator[tuple[int, int]]:
        for pair in enumerate(waits):
            yield pair

    async def run() -> list[int]:
        return [result async for result in ordered_map(work, items(), most)]

    assert asyncio.run(run()) == list(range(len(waits)))
    assert peak <= most
