"""The floor: list, sign, get, parse, print. No retries, no product, nothing that could be left out.

By default aiohttp with botocore's signer and expat; the options put other libraries in the same place.
"""

import argparse
import asyncio
import json
import os
import resource
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

from benchmarks.answers import PARSERS, Rule, leaves
from benchmarks.signing import SIGNERS, Signer, Where
from benchmarks.wires import WIRES, Endpoint, Wire
from botocore.credentials import Credentials

ACCOUNT = "100000000000"
ALL_OF_THEM = (("x-amz-expected-bucket-owner", ACCOUNT),)


@dataclass(frozen=True, slots=True)
class Floor:
    """One run: what gets, what signs, what parses."""

    wire: Wire
    signer: Callable[[str], Signer]
    parse: Callable[[bytes], Rule]
    concurrency: int

    async def listed(self) -> AsyncIterator[tuple[str, str]]:
        """Names and regions, page by page."""
        token = ""
        while True:
            query = "max-buckets=1000"
            if token:
                query = f"continuation-token={quote(token, safe='')}&{query}"
            status, body = await self.wire.get(f"/?{query}", self.signer("us-east-1").headers("/", query))
            found = leaves(body)
            if status != 200:
                raise SystemExit(f"ListBuckets answered {status}: {body[:300]!r}")
            for row in zip(found["Name"], found["BucketRegion"], strict=True):
                yield row
            token = found.get("ContinuationToken", [""])[0]
            if not token:
                return

    async def run(self) -> None:
        """Every bucket, `concurrency` at a time, printed as it comes."""
        rows: asyncio.Queue[tuple[str, str] | None] = asyncio.Queue(self.concurrency * 4)
        async with asyncio.TaskGroup() as group:
            for _ in range(self.concurrency):
                group.create_task(self._work(rows))
            async for row in self.listed():
                await rows.put(row)
            for _ in range(self.concurrency):
                await rows.put(None)

    async def _work(self, rows: "asyncio.Queue[tuple[str, str] | None]") -> None:
        while row := await rows.get():
            name, region = row
            headers = self.signer(region).headers(f"/{name}", "encryption=")
            status, body = await self.wire.get(f"/{name}?encryption=", headers)
            if status == 200:
                rule = self.parse(body)
                line: dict[str, object] = {"bucket": name, "algorithm": rule.algorithm, "key": rule.key}
            else:
                line = {"bucket": name, "error": status}
            sys.stdout.write(json.dumps(line) + "\n")


class RegionOnly:
    """For a client that signs by itself: tells it the region."""

    def __init__(self, where: Where) -> None:
        self._headers = {"region": where.region, **dict(where.extra)}

    def headers(self, path: str, query: str) -> dict[str, str]:
        del path, query
        return dict(self._headers)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--wire", choices=WIRES, default="aiohttp")
    parser.add_argument("--sign", choices=[*SIGNERS, "none"], default="botocore")
    parser.add_argument("--parse", choices=PARSERS, default="expat")
    parser.add_argument("--uvloop", action="store_true", help="uvloop in place of asyncio's own loop")
    return parser.parse_args()


async def run(chosen: argparse.Namespace) -> None:
    endpoint = Endpoint(
        os.environ["AWS_ENDPOINT_URL"], os.environ.get("AWS_CA_BUNDLE", ""), chosen.concurrency
    )
    made = RegionOnly if chosen.sign == "none" else SIGNERS[chosen.sign]
    credentials = Credentials("AKIASTUB", "s" * 40)

    @cache
    def signer(region: str) -> Signer:
        return made(Where(credentials, region, endpoint.host, ALL_OF_THEM))

    async with AsyncExitStack() as stack:
        wire = WIRES[chosen.wire](endpoint, stack)
        await Floor(wire, signer, PARSERS[chosen.parse], chosen.concurrency).run()
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(f"cpu {used.ru_utime + used.ru_stime:.2f} s, {used.ru_maxrss // 1024} MiB", file=sys.stderr)


def main() -> None:
    chosen = options()
    if chosen.uvloop:
        import uvloop  # noqa: PLC0415

        uvloop.run(run(chosen))
    else:
        asyncio.run(run(chosen))


if __name__ == "__main__":
    main()
