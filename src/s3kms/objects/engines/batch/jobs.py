"""Which jobs a run makes, and how each is found again. Pure."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from s3kms.aws.batch_operations import MAX_TOKEN_CHARACTERS, BatchJobRequest, GeneratedManifest, JobList
from s3kms.model.objects import ObjectEncryption, ObjectVersion
from s3kms.objects.engines.batch.options import BatchOptions, ListMaker
from s3kms.objects.interface import Wanted
from s3kms.objects.selection import ObjectSelection

FOLDER = "s3kms"
"""The prefix of everything that is put into the bucket of the jobs."""
_MAX_DESCRIPTION = 256


def sources_of(wanted: Wanted, selection: ObjectSelection, prefix: str) -> tuple[GeneratedManifest, ...]:
    """The lists that S3 can make: one filter a job (fact D9), SSE-S3 first, then each key that is taken from.

    Of the wanted key itself it is the objects whose bucket key setting is not the wanted one.
    """
    found = [GeneratedManifest(wanted.bucket, ObjectEncryption.SSE_S3, prefix=prefix)]
    for key in sorted(selection.from_keys):
        bucket_key = None if key != selection.key_arn else not selection.bucket_key
        found.append(GeneratedManifest(wanted.bucket, ObjectEncryption.SSE_KMS, key, bucket_key, prefix))
    return tuple(found)


def is_listed_by_s3(options: BatchOptions, *, prefix: str | None, noncurrent: int) -> bool:
    """Whether S3 is to make the lists.

    Not where a noncurrent version is meant, unless it was asked to: whether its lists hold them is not confirmed
    (fact D9). Never where it is not known which keys are meant: it would list others, too.
    """
    if prefix is None or options.lists is ListMaker.OURS:
        return False
    return options.lists is ListMaker.S3 or not noncurrent


def source_number(version: ObjectVersion, sources: tuple[GeneratedManifest, ...]) -> int:
    """Whose list a version would stand on; the first one's where the evidence does not tell."""
    for number, source in enumerate(sources):
        if (version.encryption, version.key_arn) == (source.encryption, source.key_arn):
            return number
    return 0


@dataclass(frozen=True, slots=True)
class PlannedJob:
    """One job of a run."""

    number: int
    rows: int
    """Versions of the evidence that it is about."""
    has_versions: bool
    source: GeneratedManifest | None = None
    """None where the list is ours."""
    is_canary: bool = False
    """Whether it is the one that goes before all others."""


def to_marks(jobs: tuple[PlannedJob, ...]) -> str:
    """The jobs of a run as the text of a mark."""
    return json.dumps([asdict(job) for job in jobs])


def from_marks(text: str) -> tuple[PlannedJob, ...]:
    """Raises ValueError, TypeError, KeyError for another text."""
    return tuple(_planned(row) for row in json.loads(text))


def _planned(row: Mapping[str, Any]) -> PlannedJob:
    said = row["source"]
    source = None
    if said is not None:
        encryption = ObjectEncryption(said["encryption"])
        source = GeneratedManifest(**{**said, "encryption": encryption})
    return PlannedJob(
        int(row["number"]), int(row["rows"]), bool(row["has_versions"]), source, bool(row["is_canary"])
    )


@dataclass(frozen=True, slots=True)
class JobNames:
    """What the jobs of one run over one bucket are called, and where their files are."""

    run: str
    bucket: str

    @property
    def folder(self) -> str:
        """The prefix of lists and reports in the bucket of the jobs, without a slash at its end."""
        return f"{FOLDER}/{self.run}/{self.bucket}"

    def token(self, slot: str) -> str:
        """The ClientRequestToken: the same whenever the run asks for it, and no other run's (fact D11)."""
        digest = sha256(f"{self.run} {self.bucket} {slot}".encode()).hexdigest()[:16]
        token = f"s3kms-{self.run}-{digest}"
        return token if len(token) <= MAX_TOKEN_CHARACTERS else f"s3kms-{digest}"

    def description(self, slot: str) -> str:
        """What a job is found by in the list of all jobs, where its token is forgotten."""
        return f"{self.token(slot)}: {self.bucket}"[:_MAX_DESCRIPTION]


def request_of(
    wanted: Wanted, names: JobNames, slot: str, objects: JobList, options: BatchOptions
) -> BatchJobRequest:
    """The request of a job, for options that name a bucket and the ARN of a role."""
    return BatchJobRequest(
        token=names.token(slot),
        description=names.description(slot),
        role_arn=options.role_arn or "",
        priority=options.priority,
        objects=objects,
        key_arn=wanted.key_arn,
        bucket_key=wanted.bucket_key,
        partition=wanted.key_arn.split(":")[1],
        report_bucket=options.bucket or "",
        report_prefix=names.folder,
    )
