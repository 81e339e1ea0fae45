"""Asking until there is an answer: a server in memory, no network."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field

import pytest
from botocore.credentials import ReadOnlyCredentials

from s3kms.aws.retry import RetryPolicy
from s3kms.aws.s3.client import Request, S3Client
from s3kms.aws.s3.context import ClientContext
from s3kms.aws.s3.endpoints import Endpoint
from s3kms.aws.s3.limiters import RateLimiter
from s3kms.aws.s3.transport import Response
from s3kms.model.errors import BadAnswer
from s3kms.model.operations import GET_BUCKET_ENCRYPTION

REGION = "eu-central-1"
GOOD = Response(200, {}, b"")


@dataclass
class Server:
    """A wire that ends here."""

    answer: Callable[[str, int], Response]
    """From a URL, and how often it was asked before."""
    asked: list[str] = field(default_factory=list)

    async def get(self, url: str, headers: Mapping[str, str]) -> Response:
        del headers
        self.asked.append(url)
        return self.answer(url, self.asked.count(url) - 1)

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Response:
        del body
        return await self.get(url, headers)

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
