"""`s3kms check` with a transport that answers from memory: what the product costs without HTTP and TLS.

    python -m benchmarks.own_share --buckets 10000 check --format jsonl

The account, its buckets and their encryptions are those of `stub.py`.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from benchmarks import stub

from s3kms.aws.s3 import context
from s3kms.aws.s3.transport import Response, TransportSettings
from s3kms.cli.main import run

ACCOUNT = stub.account_id(0)
ENVIRONMENT = {
    "AWS_ENDPOINT_URL": "https://s3.invalid",
    "AWS_ACCOUNT_ID": ACCOUNT,
    "AWS_ACCESS_KEY_ID": "AKIASTUB",
    "AWS_SECRET_ACCESS_KEY": "s" * 40,
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}
DENIED = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"


class MemoryTransport:
    """Answers at once, as the stub does."""

    buckets = 0

    def __init__(self, settings: TransportSettings) -> None:
        del settings
        self._answers = [_answer(stub.truth(ACCOUNT, number)) for number in range(1000)]
        """Made before, so that little of the time is theirs; each bucket has that of its last three digits."""

    async def get(self, url: str, headers: Mapping[str, str]) -> Response:
        """One answer. It gives way to the others once, as a real one does at least."""
        del headers
        await asyncio.sleep(0)
        path, _, query = url.removeprefix("https://s3.invalid/").partition("?")
        request_id = {"x-amz-request-id": "MEMORY"}
        if not path:
            return Response(200, request_id, self._listing(dict(parse_qsl(query))))
        status, body = self._answers[int(path[-3:])]
        return Response(status, request_id, body)

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None, **how: Any
    ) -> Response:
        """No rule on keys is measured."""
        raise NotImplementedError

    async def close(self) -> None:
        """Nothing is open."""

    def _listing(self, asked: dict[str, str]) -> bytes:
        if "max-directory-buckets" in asked:
            return stub.xml("ListAllMyDirectoryBucketsResult", "<Buckets></Buckets>")
        first = int(asked.get("continuation-token", "0"))
        past = min(first + int(asked.get("max-buckets", "1000")), self.buckets)
        rows = [stub.listed_xml(stub.truth(ACCOUNT, n), with_region=True) for n in range(first, past)]
        return stub.listing_xml(rows, ACCOUNT, str(past) if past < self.buckets else "", "")


def _answer(found: stub.Truth) -> tuple[int, bytes]:
    return (403, DENIED) if found.kind.denied else (200, stub.encryption_xml(found))


def main() -> int:
    """Run s3kms with the arguments after `--buckets N`, in this process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--buckets", type=int, default=10_000)
    own, arguments = parser.parse_known_args()
    MemoryTransport.buckets = own.buckets
    for name in ("AWS_ENDPOINT_URL", "AWS_CA_BUNDLE"):
        os.environ.pop(name, None)
    os.environ.update(ENVIRONMENT)
    context.SocketTransport = MemoryTransport  # type: ignore[assignment,attr-defined]
    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
