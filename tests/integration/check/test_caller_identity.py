"""GetCallerIdentity over our own connections: signed for STS, repeated in moderation, given up, through proxies."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from botocore.credentials import ReadOnlyCredentials
from tests.support.cli import Shell
from tests.support.raw_server import Peer, RawServer, always, proxying
from tests.support.stub import IDENTITY, Answer, Stub, encryption, error, listing

from s3kms.aws.caller_identity import IdentityCall
from s3kms.aws.retry import RetryPolicy
from s3kms.aws.s3.connect import Connector
from s3kms.aws.s3.endpoints import Endpoint
from s3kms.model.errors import BadAnswer, Unreachable

KMS = encryption("aws:kms")


def http(body: str) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def call(url: str, *, attempts: int | None = 1, seconds: float = 5.0) -> IdentityCall:
    return IdentityCall(
        Endpoint(url, "", "eu-central-1", "sts"),
        ReadOnlyCredentials("AKIA", "secret", "token"),
        "s3kms/test",
        Connector(seconds, None),
        seconds,
        RetryPolicy(max_attempts=attempts, first_wait_seconds=0.001),
    )


def test_it_is_one_post_that_is_signed_for_sts() -> None:
    bodies: list[str] = []

    def script(peer: Peer) -> None:
        head = peer.request()
        length = int(head.lower().split("content-length: ")[1].split("\r\n")[0])
        bodies.append(b"".join(peer.socket.recv(1) for _ in range(length)).decode())
        peer.send(http(IDENTITY.body))

    with RawServer(script) as server:
        found = call(server.url).run()

    [head] = server.requests
    assert found.account == "444455556666"
    assert head.startswith("POST / HTTP/1.1\r\n")
    assert "/eu-central-1/sts/aws4_request" in head
    assert "x-amz-security-token: token\r\n" in head.lower()
    assert bodies == ["Action=GetCallerIdentity&Version=2011-06-15"]


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n<GetCaller"])
def test_an_answer_that_is_cut_is_asked_for_again_as_often_as_is_allowed(answer: bytes) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(answer)

    with RawServer(script) as server, pytest.raises(Unreachable, match="no answer to GetCallerIdentity"):
        call(server.url, attempts=2).run()

    assert server.connections == 2


def test_a_server_that_says_nothing_is_given_up() -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.request()

    with RawServer(script) as server, pytest.raises(Unreachable, match=r"timed out|no answer in time"):
        call(server.url, seconds=0.1).run()


@pytest.mark.parametrize("body", ["hello", "<a/>", "<GetCallerIdentityResponse/>"])
def test_what_names_no_account_is_no_answer(body: str) -> None:
    with RawServer(always(http(body))) as server, pytest.raises(BadAnswer, match="not AWS"):
        call(server.url).run()


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> Iterator[RawServer]:
    with RawServer(proxying()) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "")
        yield proxy


def test_it_goes_through_a_proxy(proxied: RawServer) -> None:
    with RawServer(always(http(IDENTITY.body))) as server:
        found = call(server.url).run()

    assert found.account == "444455556666"
    assert proxied.requests[0].startswith(f"POST {server.url}/ HTTP/1.1")


def test_a_call_that_was_throttled_is_made_again(shell: Shell) -> None:
    answers = iter([error("Throttling", 400), error("ServiceUnavailable", 503), IDENTITY])
    with Stub(
        GetCallerIdentity=lambda _: next(answers), ListBuckets=listing("logs"), GetBucketEncryption=KMS
    ) as stub:
        done = shell.having(**stub.env, AWS_MAX_ATTEMPTS="3")("check", "--no-directory-buckets")

    assert done.exit == 0, done.err


def test_an_error_that_stays_is_not_asked_for_more_than_five_times() -> None:
    with Stub(GetCallerIdentity=Answer("", 0)) as stub, pytest.raises(Unreachable):
        call(stub.url, attempts=None).run()

    assert [name for name, _ in stub.calls] == ["GetCallerIdentity"] * 5


def test_a_live_check_loads_no_boto3_and_no_model_of_a_service() -> None:
    code = (
        "import sys; from s3kms.cli.main import run; code = run(['check', '--no-directory-buckets']);"
        "print(code, len(sys.modules), *sys.modules)"
    )
    with Stub(ListBuckets=listing("logs"), GetBucketEncryption=KMS) as stub:
        done = subprocess.run(
            [sys.executable, "-c", code], env=stub.env, capture_output=True, text=True, check=True
        )

    code, count, *modules = done.stdout.splitlines()[-1].split()
    assert code == "0"
    assert int(count) < 560
    assert {"boto3", "s3transfer", "pydantic", "rich"} & set(modules) == set()


def test_an_expired_token_is_to_be_refreshed_whichever_server_says_so(shell: Shell) -> None:
    with Stub(GetCallerIdentity=error("ExpiredToken", 400)) as stub:
        done = shell.having(**stub.env)("check")

    assert done.exit == 1
    assert "refresh the credentials" in done.err
    assert "AWS_ACCOUNT_ID" not in done.err
