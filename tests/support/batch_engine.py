"""The engine `batch` in one run, as often as it takes: a process that is killed leaves marks and files alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import boto3
from tests.support.batch_jobs import BUCKET, JOBS_BUCKET, REGION, BatchEstate

from s3kms.aws.connection import Connection, ConnectionSettings
from s3kms.aws.s3.client import S3Client
from s3kms.aws.s3.context import open_client
from s3kms.demo.aws import PRODUCTION
from s3kms.model.objects import ObjectEncryption, ObjectVersion
from s3kms.model.plan import PlannedHazard
from s3kms.objects.engines.batch.engine import BatchEngine
from s3kms.objects.interface import EngineContext, JobProgress, ObjectResult, SelectedCounts, Wanted
from s3kms.objects.selection import ObjectSelection

T = TypeVar("T")


class Killed(BaseException):
    """The process ends here."""


@dataclass
class KeptMarks:
    """Marks as the log keeps them; a process may be killed behind any."""

    texts: dict[str, str] = field(default_factory=dict)
    kill_after: str | None = None
    kill_before: str | None = None
    on_put: Callable[[str], object] = lambda _: None

    def put(self, name: str, text: str) -> None:
        if name == self.kill_before:
            raise Killed
        self.texts[name] = text
        if name == self.kill_after:
            raise Killed
        self.on_put(name)

    def all(self) -> Mapping[str, str]:
        return dict(self.texts)


@dataclass
class BatchRun:
    """One run over the bucket of the estate, which is not AWS: its first job is one on an object of our own."""

    estate: BatchEstate
    folder: Path
    marks: KeptMarks = field(default_factory=KeptMarks)
    settings: dict[str, str] = field(default_factory=dict)
    selection: dict[str, Any] = field(default_factory=dict)
    stop: bool = False
    stops_at: str = ""
    """The state of a job at which somebody stops the run."""
    prefix: str | None = ""
    canary: int = 0
    progress: list[JobProgress] = field(default_factory=list)
    run_id: str = "20261127T030000Z-1a2b3c"

    def results(self, versions: Iterable[ObjectVersion]) -> list[ObjectResult]:
        """What one process tells of the versions."""

        async def work(engine: BatchEngine) -> list[ObjectResult]:
            results = []
            async for item in engine.run(_stream(versions)):
                if isinstance(item, ObjectResult):
                    results.append(item)
                else:
                    self.progress.append(item)
                    self.stop = self.stop or (self.stops_at == item.state)
            return results

        return self._with_engine(work)

    def outcomes(self, versions: Iterable[ObjectVersion]) -> dict[tuple[str, str | None], str]:
        """By key and version, the outcome and its reason."""
        found = self.results(versions)
        told = {
            (one.version.key, one.version.version_id): f"{one.outcome} {one.reason}".strip() for one in found
        }
        assert len(told) == len(found)
        return told

    def hazards(self, counts: SelectedCounts) -> tuple[PlannedHazard, ...]:
        async def work(engine: BatchEngine) -> tuple[PlannedHazard, ...]:
            return await engine.hazards(counts)

        return self._with_engine(work)

    def _with_engine(self, work: Callable[[BatchEngine], Awaitable[T]]) -> T:
        key, secret = self.estate.aws.credentials(PRODUCTION).values()
        session = boto3.Session(key, secret, region_name=REGION)
        connection = Connection(ConnectionSettings(endpoint_url=self.estate.aws.url, session=session))

        async def main() -> T:
            async with open_client(connection) as context:
                return await work(BatchEngine(self._context(connection, S3Client(connection, context))))

        return asyncio.run(main())

    def _context(self, connection: Connection, client: S3Client) -> EngineContext:
        estate = self.estate
        settings = {
            "job-bucket": JOBS_BUCKET,
            "job-role": estate.role,
            "job-look-seconds": "0",
            "job-list": "ours",
        }
        return EngineContext(
            wanted=Wanted(BUCKET, REGION, PRODUCTION, estate.key, bucket_key=True),
            selection=ObjectSelection(key_arn=estate.key, bucket_key=True, **self.selection),
            client=client,
            connection=connection,
            run=self.run_id,
            marks=self.marks,
            folder=self.folder,
            settings={name: value for name, value in {**settings, **self.settings}.items() if value},
            should_stop=lambda: self.stop,
            prefix=self.prefix,
            canary=self.canary,
        )


async def _stream(versions: Iterable[ObjectVersion]) -> AsyncIterator[ObjectVersion]:
    for version in versions:
        yield version


def sse_s3(*keys: str, version_id: str | None = None) -> list[ObjectVersion]:
    """Rows of evidence."""
    return [
        ObjectVersion(BUCKET, key, version_id, is_latest=True, size=7, encryption=ObjectEncryption.SSE_S3)
        for key in keys
    ]
