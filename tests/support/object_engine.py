"""One engine of reencrypt, run over a bucket of a server of ours without the spine: every version that is listed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar, cast

import boto3

from s3kms.aws.connection import Connection, ConnectionSettings
from s3kms.aws.s3.client import S3Client
from s3kms.aws.s3.context import open_client
from s3kms.aws.s3.object_reads import list_versions
from s3kms.demo.aws import MANAGEMENT
from s3kms.demo.corrections.accounts import credentials
from s3kms.model.objects import ObjectEncryption, ObjectVersion
from s3kms.objects.interface import (
    Engine,
    EngineContext,
    EngineKind,
    ObjectResult,
    Outcome,
    SelectedCounts,
    Wanted,
)
from s3kms.objects.selection import ObjectSelection

T = TypeVar("T")
REGION = "us-east-1"


class KeptMarks(dict[str, str]):
    """The marks of a run, in memory."""

    def put(self, name: str, text: str) -> None:
        """Keep a text under a name; an empty one forgets the name."""
        self[name] = text
        if not text:
            del self[name]

    def all(self) -> dict[str, str]:
        """What was kept."""
        return dict(self)


@dataclass
class EngineBench:
    """Runs one engine over buckets of one account."""

    url: str
    kind: EngineKind
    key_arn: str
    folder: Path
    account: str = MANAGEMENT
    bucket_key: bool = True
    is_aws_managed: bool = False
    concurrency: int = 8
    from_keys: frozenset[str] = frozenset()
    include: frozenset[ObjectEncryption] = frozenset()
    settings: dict[str, str] = field(default_factory=dict)
    marks: KeptMarks = field(default_factory=KeptMarks)

    def run(self, bucket: str, *, prepare: bool = False) -> dict[tuple[str, str | None], ObjectResult]:
        """What became of each version, by key and version; the proof of the endpoint comes first if asked for."""

        async def work(engine: Engine, versions: AsyncIterator[ObjectVersion]) -> list[ObjectResult]:
            if prepare:
                await engine.prepare()
            return [result async for result in engine.carry_out(versions)]

        results = self.with_engine(bucket, work)
        return {(one.version.key, one.version.version_id): one for one in results}

    def move(self, versions: Iterable[ObjectVersion]) -> list[ObjectResult]:
        """What became of these versions, in any order."""
        given = list(versions)

        async def each() -> AsyncIterator[ObjectVersion]:
            for version in given:
                yield version

        async def work(engine: Engine, _: AsyncIterator[ObjectVersion]) -> list[ObjectResult]:
            return [result async for result in engine.carry_out(each())]

        return self.with_engine(given[0].bucket, work)

    def prepare(self, bucket: str) -> None:
        """The proof alone."""

        async def work(engine: Engine, _: AsyncIterator[ObjectVersion]) -> None:
            await engine.prepare()

        self.with_engine(bucket, work)

    def hazards(self, bucket: str, versions: int = 1) -> list[str]:
        """The ids of what it would do besides."""

        async def work(engine: Engine, _: AsyncIterator[ObjectVersion]) -> list[str]:
            return [hazard.id for hazard in await engine.hazards(SelectedCounts(versions, 0))]

        return self.with_engine(bucket, work)

    def read_back(self, version: ObjectVersion) -> ObjectResult:
        """What the engine says that a version has come to."""

        async def work(engine: Engine, _: AsyncIterator[ObjectVersion]) -> ObjectResult:
            return await engine.read_back(version)

        return self.with_engine(version.bucket, work)

    def with_engine(
        self, bucket: str, work: Callable[[Engine, AsyncIterator[ObjectVersion]], Awaitable[T]]
    ) -> T:
        """The result of the work, which is given the engine and the versions of the bucket."""
        keys = credentials(self.account)
        session = boto3.Session(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"])
        connection = Connection(
            ConnectionSettings(endpoint_url=self.url, session=session, concurrency=self.concurrency)
        )

        async def main() -> T:
            async with open_client(connection) as context:
                client = S3Client(connection, context)
                engine = cast("Engine", self.kind.open(self._context(bucket, client, connection)))
                return await work(engine, list_versions(client, bucket, self.account, REGION))

        return asyncio.run(main())

    def _context(self, bucket: str, client: S3Client, connection: Connection) -> EngineContext:
        return EngineContext(
            wanted=Wanted(bucket, REGION, self.account, self.key_arn, self.bucket_key, self.is_aws_managed),
            selection=ObjectSelection(
                key_arn=self.key_arn,
                bucket_key=self.bucket_key,
                from_keys=self.from_keys,
                include=self.include,
            ),
            client=client,
            connection=connection,
            run="20261127T000000Z-0f0f0f",
            marks=self.marks,
            folder=self.folder,
            settings=self.settings,
        )


def outcomes(results: Iterable[ObjectResult]) -> dict[Outcome, int]:
    """How many results there are of each outcome."""
    found = [result.outcome for result in results]
    return {outcome: found.count(outcome) for outcome in set(found)}
