"""Plans' files as `plan` writes them, and as somebody else might."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from s3kms.model.encryption import SSE_KMS, SSE_S3, Encryption
from s3kms.model.plan import PlanClass, PlannedBucket, PlanSummary
from s3kms.results.plan_v1 import SEAL, PlanHeader, PlanWriter

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
PLAN = "20261126T110000Z-0a1b2c"
DIGEST = "0" * 32


def ready(name: str = "logs", **fields: Any) -> PlannedBucket:
    values: dict[str, Any] = {
        "account": "222222222222",
        "region": "eu-central-1",
        "plan_class": PlanClass.READY,
        "before": Encryption(SSE_S3),
        "after": Encryption(SSE_KMS, bucket_key=True),
        "digests": {"encryption": DIGEST},
        "wave": 1,
    }
    return PlannedBucket(bucket=name, **{**values, **fields})


def plan_text(
    buckets: Iterable[PlannedBucket] = (),
    *,
    age: timedelta = timedelta(hours=1),
    request: dict[str, Any] | None = None,
    plan: str = PLAN,
) -> bytes:
    """What `plan --out` writes."""
    written: list[str] = []
    writer = PlanWriter(PlanHeader(plan, NOW - age, request or {}), written.append)
    for one in buckets:
        writer.add(one)
    writer.add(PlanSummary({}))
    return "".join(written).encode()


def resealed(text: bytes) -> bytes:
    """With a seal that fits what stands there now: whoever wrote it knows how seals are made."""
    sealed, marker, _ = text.rpartition(SEAL)
    assert marker
    return sealed + SEAL + hashlib.sha256(sealed).hexdigest().encode() + b'"}\n'


def reseal_file(path: Path, old: str, new: str) -> None:
    """Replace a text in a plan's file, and make the seal fit. The text has to be there."""
    text = path.read_text()
    assert old in text
    path.write_bytes(resealed(text.replace(old, new).encode()))
