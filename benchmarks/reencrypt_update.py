"""The engine `update` of `s3kms reencrypt` on a live listing, without the log and the plan around it."""

import argparse
import asyncio
import json
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from benchmarks.object_stub import BUCKET

from s3kms.aws.connection import Connection, ConnectionSettings
from s3kms.aws.s3.client import S3Client
from s3kms.aws.s3.context import open_client
from s3kms.aws.s3.object_reads import list_versions
from s3kms.objects.engines.update import ENGINE
from s3kms.objects.engines.update.engine import UpdateEngine
from s3kms.objects.interface import EngineContext, Wanted
from s3kms.objects.selection import ObjectSelection


class _NoMarks:
    """This engine keeps none."""

    def put(self, name: str, text: str) -> None:
        raise NotImplementedError

    def all(self) -> Mapping[str, str]:
        return {}


async def update(connection: Connection, key_arn: str) -> Counter[str]:
    """Every object of the bucket moved: how many came to what."""
    wanted = Wanted(BUCKET, connection.region, connection.account, key_arn, bucket_key=True)
    async with open_client(connection) as context:
        client = S3Client(connection, context)
        engine = ENGINE.open(
            EngineContext(
                wanted=wanted,
                selection=ObjectSelection(key_arn=key_arn, bucket_key=True),
                client=client,
                connection=connection,
                run="benchmark",
                marks=_NoMarks(),
                folder=Path(tempfile.gettempdir()),
            )
        )
        assert isinstance(engine, UpdateEngine)
        found: Counter[str] = Counter()
        listing = list_versions(client, BUCKET, wanted.account, wanted.region)
        async for result in engine.carry_out(listing):
            found[result.outcome] += 1
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--key", required=True)
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--max-rps", type=float)
    chosen = parser.parse_args()
    connection = Connection(ConnectionSettings(concurrency=chosen.concurrency, max_rps=chosen.max_rps))
    print(json.dumps(asyncio.run(update(connection, chosen.key))))


if __name__ == "__main__":
    main()
