"""Logs in a bucket as streams: what the server leaves out is said, and what came before holds."""

import json
from collections.abc import Callable
from functools import partial

import pytest
from tests.support.observed_logs import event
from tests.support.raw_server import Peer, RawServer

from s3kms.aws.connection import Connection, ConnectionSettings
from s3kms.model.errors import CredentialsProblem
from s3kms.model.observed import Observations
from s3kms.sources.observed.read import read_observations

EVENTS = json.dumps({"Records": [event("GetObject") for _ in range(1000)]}).encode()
OBJECT = "<Contents><Key>{}</Key><Size>{}</Size></Contents>"


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


def listing(*names: str, more: str = "", size: int = 1) -> bytes:
    rows = "".join(OBJECT.format(name, size) for name in names)
    body = f"<ListBucketResult><IsTruncated>{'true' if more else 'false'}</IsTruncated>{rows}"
    body += f"<NextContinuationToken>{more}</NextContinuationToken>" if more else ""
    return f"{body}</ListBucketResult>".encode()


def answer(body: bytes, length: int | None = None, status: str = "200 OK") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body) if length is None else length}\r\n"
    return f"{head}x-amz-request-id: R1\r\nConnection: close\r\n\r\n".encode() + body


def read(answers: Callable[[str], bytes]) -> tuple[Observations, list[str]]:
    def serve(peer: Peer) -> None:
        peer.send(answers(peer.request()))

    with RawServer(serve) as server:
        settings = ConnectionSettings(endpoint_url=server.url, read_timeout=5)
        found = read_observations(("s3://the-logs/trail/",), partial(Connection, settings))
        return found, [one.split(" ")[1] for one in server.requests]


def is_listing(request: str) -> bool:
    return "list-type=2" in request


@pytest.mark.usefixtures("credentials")
def test_a_body_that_ends_too_early_is_said_and_what_came_counts() -> None:
    whole = answer(EVENTS)
    found, _ = read(lambda one: answer(listing("trail/a")) if is_listing(one) else whole[: len(whole) // 2])

    assert 0 < found.buckets["logs"].principals[0].reads < 1000
    assert not found.buckets["logs"].windows[0].is_whole
    assert "s3://the-logs/trail/a" in str(found.notes[0])


@pytest.mark.usefixtures("credentials")
def test_every_page_of_a_listing_is_read_and_empty_folders_are_no_files() -> None:
    def answers(request: str) -> bytes:
        if not is_listing(request):
            return answer(EVENTS)
        if "continuation-token=" in request:
            return answer(listing("trail/b"))
        return answer(listing("trail/a", more="next"))

    found, requests = read(answers)

    assert found.buckets["logs"].principals[0].reads == 2000
    assert [one for one in requests if "list-type" not in one] == ["/the-logs/trail/a", "/the-logs/trail/b"]
    empty, _ = read(lambda one: answer(listing("trail/", size=0)) if is_listing(one) else b"")
    assert "tells of no request to S3" in str(empty.notes[0])


@pytest.mark.usefixtures("credentials")
def test_a_listing_without_end_is_given_up() -> None:
    found, _ = read(lambda _: answer(listing(more="same")))

    assert "the same page again and again" in str(found.notes[0])


@pytest.mark.usefixtures("credentials")
def test_an_object_that_may_not_be_read_is_said_and_the_others_are_read() -> None:
    denied = answer(
        b"<Error><Code>AccessDenied</Code><Message>no kms:Decrypt</Message></Error>", status="403 Forbidden"
    )

    def answers(request: str) -> bytes:
        if is_listing(request):
            return answer(listing("trail/a", "trail/b"))
        return denied if "/trail/a" in request else answer(EVENTS)

    found, _ = read(answers)

    assert found.buckets["logs"].principals[0].reads == 1000
    assert "s3://the-logs/trail/a could not be read: " in str(found.notes[0])
    assert "AccessDenied" in str(found.notes[0])


@pytest.mark.usefixtures("credentials")
def test_without_credentials_no_other_source_can_do_better() -> None:
    expired = answer(
        b"<Error><Code>ExpiredToken</Code><Message>x</Message></Error>", status="400 Bad Request"
    )

    with pytest.raises(CredentialsProblem):
        read(lambda _: expired)
