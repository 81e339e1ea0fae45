"""Asking until there is an answer: a server in memory, no network."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from botocore.credentials import ReadOnlyCredentials
from tests.support.virtual_loop import VirtualLoop

from s3kms.aws.retry import RetryPolicy
from s3kms.aws.s3.client import S3Client
from s3kms.aws.s3.context import ClientContext
from s3kms.aws.s3.endpoints import Endpoint
from s3kms.aws.s3.limiters import RateLimiter
from s3kms.aws.s3.object_reads import list_current, list_versions
from s3kms.aws.s3.request import Request
from s3kms.aws.s3.transport import Response, TransportError
from s3kms.model.errors import AccessDenied, AwsError, BadAnswer, NotFound, Unreachable
from s3kms.model.objects import ObjectVersion
from s3kms.model.operations import GET_BUCKET_ENCRYPTION, HEAD_OBJECT, PUT_OBJECT
from s3kms.objects.evidence.listing import ListingScope, ObjectLooks

REGION = "eu-central-1"
GOOD = Response(200, {}, b"")


@dataclass
class Server:
    """A wire that ends here."""

    answer: Callable[[str, int], Response | TransportError]
    """From a URL, after its method where that is not GET, and how often it was asked before."""
    asked: list[str] = field(default_factory=list)

    async def get(self, url: str, headers: Mapping[str, str]) -> Response:
        return await self.send("GET", url, headers)

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None, **how: Any
    ) -> Response:
        del headers, body, how
        asked = url if method == "GET" else f"{method} {url}"
        self.asked.append(asked)
        found = self.answer(asked, self.asked.count(asked) - 1)
        if isinstance(found, TransportError):
            raise found
        return found

    async def close(self) -> None:
        pass


@dataclass
class Somebody:
    origin: str = "https://s3.example.com"
    user_agent: str = "test"

    def credentials(self) -> ReadOnlyCredentials:
        return ReadOnlyCredentials("AKIAEXAMPLE", "secret", None, None)

    def renew_credentials(self) -> bool:
        return False

    def endpoint_of(self, region: str, *, directory: bool) -> Endpoint:
        del directory
        return Endpoint(self.origin, "", region, "s3")

    def key_endpoint_of(self, region: str) -> Endpoint:
        return Endpoint(self.origin, "", region, "kms")

    def control_endpoint_of(self, region: str) -> Endpoint:
        return Endpoint(self.origin, "", region, "s3")


def error(status: int, code: str) -> Response:
    return Response(status, {}, f"<Error><Code>{code}</Code></Error>".encode())


def about(bucket: str) -> Request:
    return Request(GET_BUCKET_ENCRYPTION, f"s3://{bucket}", REGION, bucket, "encryption=")


def test_a_question_that_waited_for_its_turn_longer_than_the_deadline_is_asked_again() -> None:
    def busy_at_first(_: str, before: int) -> Response:
        return GOOD if before else error(503, "SlowDown")

    async def run() -> list[int]:
        server = Server(busy_at_first)
        context = ClientContext(server, 64, RateLimiter(40), RetryPolicy(deadline_seconds=0.25))
        client = S3Client(Somebody(), context)
        replies = await asyncio.gather(*(client.send(about(f"bucket-{number}")) for number in range(24)))
        return [reply.status for reply, _ in replies]

    assert asyncio.run(run()) == [200] * 24


@pytest.mark.parametrize(("origin", "can"), [("https://s3.example.com", False), ("http://s3.test", True)])
def test_a_name_with_dots_goes_before_the_host_only_where_no_certificate_has_to_fit(
    origin: str, can: bool
) -> None:
    def refuses_path_style(url: str, _: int) -> Response:
        return error(403, "PathStyleDomainForbidden") if "/my.bucket" in url.partition("?")[0][8:] else GOOD

    async def run() -> None:
        await S3Client(Somebody(origin), ClientContext(Server(refuses_path_style), 1)).send(
            about("my.bucket")
        )

    with nullcontext() if can else pytest.raises(BadAnswer, match="does not take the bucket in the path"):
        asyncio.run(run())


WRITE = Request(PUT_OBJECT, "s3://b/k", REGION, "b", method="PUT", key="k", body=b"x")
READ = Request(HEAD_OBJECT, "s3://b/k", REGION, "b", method="HEAD", key="k")


def sent(request: Request, answer: Callable[[str, int], Response | TransportError]) -> tuple[Any, Server]:
    """The status or the error that a request ends in, and the server that answered."""
    server = Server(answer)
    policy = RetryPolicy(deadline_seconds=5, first_wait_seconds=0.001)

    async def run() -> Any:
        try:
            response, _ = await S3Client(Somebody(), ClientContext(server, 4, retry_policy=policy)).send(
                request
            )
        except AwsError as error:
            return error
        return response.status

    return asyncio.run(run()), server


@pytest.mark.parametrize(
    ("first", "tries"),
    [
        pytest.param(error(503, "SlowDown"), 2, id="too many calls: it was not carried out"),
        pytest.param(TransportError("refused", was_connected=False), 2, id="no connection: it was not sent"),
        pytest.param(error(500, "InternalError"), 1, id="an error of the server"),
        pytest.param(error(503, "ServiceUnavailable"), 1, id="a busy server"),
        pytest.param(TransportError("cut"), 1, id="no answer"),
    ],
)
def test_a_write_that_may_have_been_carried_out_is_not_sent_again(
    first: Response | TransportError, tries: int
) -> None:
    def answer(_: str, before: int) -> Response | TransportError:
        return GOOD if before else first

    once, server = sent(replace(WRITE, may_repeat=False), answer)
    again, _ = sent(WRITE, answer)

    assert len(server.asked) == tries
    assert once == 200 if tries == 2 else isinstance(once, Unreachable)
    assert again == 200


@pytest.mark.parametrize("body", [b"<Error>", b"\n  <?xml version='1.0'?>\n<Error>"])
@pytest.mark.parametrize(("code", "kind"), [("InternalError", Unreachable), ("AccessDenied", AccessDenied)])
def test_an_error_in_an_answer_of_200_is_that_error(body: bytes, code: str, kind: type[AwsError]) -> None:
    said = Response(200, {}, body + f"<Code>{code}</Code></Error>".encode())

    found, server = sent(replace(WRITE, is_answered_late=True, may_repeat=False), lambda *_: said)

    assert (type(found), found.code) == (kind, code)
    assert len(server.asked) == 1


def test_too_many_calls_in_an_answer_of_200_slow_the_client_down() -> None:
    slow_down = Response(200, {}, b"<Error><Code>SlowDown</Code></Error>")

    found, server = sent(
        replace(WRITE, is_answered_late=True, may_repeat=False),
        lambda _, before: GOOD if before else slow_down,
    )

    assert (found, len(server.asked)) == (200, 2)


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (404, NotFound, "NoSuchKey"),
        (405, AwsError, "MethodNotAllowed"),
        (412, AwsError, "PreconditionFailed"),
    ],
)
def test_a_head_without_a_body_is_told_by_its_status(status: int, kind: type[AwsError], code: str) -> None:
    found, server = sent(READ, lambda *_: Response(status, {}, b""))

    assert (type(found), found.code) == (kind, code)
    assert len(server.asked) == 1


@pytest.mark.parametrize(("status", "code"), [(400, "InvalidRequest"), (403, "AccessDenied")])
def test_why_a_head_is_refused_a_get_of_one_byte_tells(status: int, code: str) -> None:
    def answer(asked: str, _: int) -> Response:
        return Response(status, {}, b"") if asked.startswith("HEAD") else error(status, code)

    found, server = sent(READ, answer)

    assert found.code == code
    assert server.asked == ["HEAD https://s3.example.com/b/k?", "https://s3.example.com/b/k?"]


def test_a_head_that_is_refused_where_a_get_is_not_stays_refused() -> None:
    found, _ = sent(
        READ, lambda asked, _: Response(403, {}, b"") if asked.startswith("HEAD") else Response(206, {}, b"x")
    )

    assert isinstance(found, AccessDenied)


def test_a_wrong_clock_that_a_head_cannot_tell_is_set_and_the_head_sent_again() -> None:
    late = {"Date": "Fri, 27 Nov 2026 03:00:00 GMT"}

    def answer(asked: str, before: int) -> Response:
        if asked.startswith("HEAD"):
            return GOOD if before else Response(403, late, b"")
        return replace(error(403, "RequestTimeTooSkewed"), headers=late)

    found, server = sent(READ, answer)

    assert found == 200
    assert [one.split(" ")[0] == "HEAD" for one in server.asked] == [True, False, True]


def test_a_head_sent_to_the_wrong_region_goes_to_the_right_one() -> None:
    redirect = Response(301, {"x-amz-bucket-region": "eu-west-1"}, b"")

    found, server = sent(READ, lambda _, before: GOOD if before else redirect)

    assert (found, len(server.asked)) == (200, 2)


def test_signing_patterns_of_calls_that_are_all_different_are_not_kept_for_ever() -> None:
    async def run() -> int:
        client = S3Client(Somebody(), ClientContext(Server(lambda *_: GOOD), 4))
        for number in range(1001):
            await client.send(replace(WRITE, headers=(("x-amz-copy-source", str(number)),)))
        return len(client._signers)

    assert asyncio.run(run()) == 1


def test_no_second_has_more_calls_about_objects_than_the_rate() -> None:
    per_second = 80
    sent_at: list[float] = []

    async def run() -> None:
        loop = asyncio.get_running_loop()

        def answer(_: str, before: int) -> Response:
            del before
            sent_at.append(loop.time())
            return GOOD

        client = S3Client(Somebody(), ClientContext(Server(answer), 64, RateLimiter(per_second)))
        await client.send(READ)  # looks up credentials in a thread, for which the clock does not wait
        sent_at.clear()
        requests = (replace(request, key=f"k{number}") for number in range(60) for request in (READ, WRITE))
        await asyncio.gather(*map(client.send, requests))

    with asyncio.Runner(loop_factory=lambda: VirtualLoop(late=(0.0, 0.03, 0.0, 0.2))) as runner:
        runner.run(run())

    assert len(sent_at) == 120
    # As many as the first second may have, before the one that comes after it.
    assert all(later - earlier >= 0.99 for earlier, later in zip(sent_at, sent_at[per_second:], strict=False))


@dataclass
class Renewing(Somebody):
    """Whose first credentials have expired."""

    renewals: int = 0

    def credentials(self) -> ReadOnlyCredentials:
        return ReadOnlyCredentials(f"AKIA{self.renewals}", "secret", "token", None)

    def renew_credentials(self) -> bool:
        self.renewals += 1
        return True


def test_credentials_that_a_head_cannot_say_have_expired_are_renewed_and_the_head_sent_again() -> None:
    identity = Renewing()

    def answer(asked: str, _: int) -> Response:
        if identity.renewals:
            return GOOD
        return Response(400, {}, b"") if asked.startswith("HEAD") else error(400, "ExpiredToken")

    async def run() -> int:
        context = ClientContext(Server(answer), 4)
        return (await S3Client(identity, context).send(READ))[0].status

    assert asyncio.run(run()) == 200
    assert identity.renewals == 1


def listing(kind: str, **said: str) -> Response:
    rows = "<Key>k</Key><VersionId>v</VersionId><IsLatest>true</IsLatest><Size>1</Size>"
    row = f"<{kind}>{rows}<LastModified>2026-11-27T03:00:00Z</LastModified></{kind}>"
    head = "".join(f"<{name}>{value}</{name}>" for name, value in said.items())
    root = "ListVersionsResult" if kind == "Version" else "ListBucketResult"
    return Response(200, {}, f"<{root}><IsTruncated>true</IsTruncated>{head}{row}</{root}>".encode())


@pytest.mark.parametrize(
    ("lister", "page"),
    [
        (list_versions, listing("Version", NextKeyMarker="k", NextVersionIdMarker="v")),
        (list_current, listing("Contents", NextContinuationToken="t")),
    ],
)
def test_a_listing_that_goes_in_circles_ends_as_a_bad_answer(lister: Any, page: Response) -> None:
    server = Server(lambda *_: page)

    async def run() -> None:
        client = S3Client(Somebody(), ClientContext(server, 4))
        async for _ in lister(client, "b", "111122223333", REGION):
            pass

    with pytest.raises(BadAnswer, match="goes in circles"):
        asyncio.run(run())
    assert len(server.asked) <= 3


def test_where_nothing_answers_any_more_the_others_are_not_asked() -> None:
    server = Server(lambda *_: Response(500, {}, b""))
    context = ClientContext(server, 4, retry_policy=RetryPolicy(max_attempts=1))
    scope = ListingScope(bucket="b", account="111122223333", region=REGION)
    looks = ObjectLooks(S3Client(Somebody(), context), scope)

    async def look_at_many() -> None:
        for number in range(200):
            await looks.look(ObjectVersion("b", f"k{number}"))

    with pytest.raises(Unreachable):
        asyncio.run(look_at_many())
    assert looks.unread.total() == 50
    assert len(server.asked) == 51
