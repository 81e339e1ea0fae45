"""The engine `copy` run over buckets of an embedded AWS, without the spine around it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import boto3
from tests.support.object_engine import REGION, EngineBench

from s3kms.demo.aws import MANAGEMENT, EmbeddedAws
from s3kms.model.objects import ObjectVersion
from s3kms.model.plan import PlannedHazard
from s3kms.objects.engines.copy import ENGINE
from s3kms.objects.interface import Engine, ObjectResult, SelectedCounts


class CopyRun(EngineBench):
    """One account with clients of boto3's, and the engine over any of its buckets."""

    def __init__(self, aws: EmbeddedAws, **settings: str) -> None:
        super().__init__(aws.url, ENGINE, "", Path("/nonexistent"), settings=settings)
        keys = aws.credentials(MANAGEMENT)
        self.session = boto3.Session(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"])
        self.s3: Any = self.client("s3")
        self.key_arn = self.client("kms").create_key()["KeyMetadata"]["Arn"]

    def client(self, service: str) -> Any:
        """A client of boto3's."""
        return self.session.client(service, region_name=REGION, endpoint_url=self.url)  # type: ignore[call-overload]

    def move_all(self, bucket: str) -> list[ObjectResult]:
        """Every version that the bucket lists, taken in hand."""
        return list(self.run(bucket).values())

    def move_one(self, bucket: str, key: str = "k", **told: Any) -> ObjectResult:
        """One version, as some evidence tells it."""
        (result,) = self.move([ObjectVersion(bucket, key, **{"is_latest": True} | told)])
        return result

    def hazards_of(self, bucket: str, counts: SelectedCounts) -> dict[str, PlannedHazard]:
        """What it would do to a bucket besides, by id."""

        async def work(engine: Engine, _: AsyncIterator[ObjectVersion]) -> dict[str, PlannedHazard]:
            return {hazard.id: hazard for hazard in await engine.hazards(counts)}

        return self.with_engine(bucket, work)
