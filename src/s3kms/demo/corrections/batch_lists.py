"""What a Batch Operations job works on: the rows of a manifest that somebody wrote, or a list that S3 makes."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from s3kms.demo.corrections.objects import stored_object
from s3kms.demo.corrections.ownership import bucket_named

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree import ElementTree as ET

_ARN = "arn:aws:s3:::"
_FIELD_NAMES = {"Bucket", "Key", "VersionId", "Ignore"}


class ManifestUnusable(Exception):
    """Why a job fails before its first task; AWS gives a code and a sentence."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


@dataclass(frozen=True, slots=True)
class JobTask:
    """One object, or one version of it, as the list names it."""

    bucket: str
    key: str
    version: str | None
    """None where the list has no versions: the current one at the time of the task (fact D13)."""


def text_of(root: ET.Element, path: str, default: str = "") -> str:
    """The text of an element, by names that are parted with `/`; the namespace is passed over."""
    found = element_of(root, path)
    return default if found is None else found.text or ""


def element_of(root: ET.Element, path: str) -> ET.Element | None:
    """An element by names that are parted with `/`; None where there is none."""
    at: ET.Element | None = root
    for name in path.split("/"):
        at = None if at is None else next((e for e in at if e.tag.rpartition("}")[2] == name), None)
    return at


def listed_tasks(manifest: ET.Element) -> list[JobTask]:
    """The rows of a CSV manifest. Raises ManifestUnusable (facts C21, D13)."""
    bucket_name, _, key = text_of(manifest, "Location/ObjectArn").removeprefix(_ARN).partition("/")
    bucket = bucket_named(bucket_name)
    stored = None if bucket is None else stored_object(bucket, key, None)
    if stored is None:
        raise ManifestUnusable("ManifestNotFound", "Manifest not found")
    if stored.encryption != "AES256":
        raise ManifestUnusable("ManifestEncrypted", "A CSV manifest with SSE-KMS is not supported")
    if text_of(manifest, "Location/ETag").strip('"') != stored.etag.strip('"'):
        raise ManifestUnusable("ManifestETagMismatch", "The manifest's ETag is not the one given")
    spec = element_of(manifest, "Spec/Fields")
    fields = [] if spec is None else [child.text or "" for child in spec]
    if (
        text_of(manifest, "Spec/Format") != "S3BatchOperations_CSV_20180820"
        or not set(fields) <= _FIELD_NAMES
    ):
        raise ManifestUnusable(
            "ManifestFormat", "The embedded AWS reads S3BatchOperations_CSV_20180820 alone"
        )
    return list(_rows(bytes(stored.value).decode(), fields))


def _rows(text: str, fields: list[str]) -> Iterator[JobTask]:
    buckets: set[str] = set()
    for row in csv.reader(io.StringIO(text, newline="")):
        if len(row) != len(fields):
            raise ManifestUnusable("ManifestMalformed", f"Expected {len(fields)} fields, found {len(row)}")
        named = dict(zip(fields, row, strict=True))
        buckets.add(named["Bucket"])
        if len(buckets) > 1:
            raise ManifestUnusable("ManifestMalformed", "All objects must be in one bucket")
        yield JobTask(named["Bucket"], unquote(named["Key"]), named.get("VersionId") or None)


def generated_tasks(generator: ET.Element, *, noncurrent: bool) -> list[JobTask]:
    """What S3 lists of the source bucket: what the one encryption filter fits (fact D9)."""
    name = text_of(generator, "SourceBucket").removeprefix(_ARN)
    bucket = bucket_named(name)
    if bucket is None:
        raise ManifestUnusable("SourceBucketNotFound", "The source bucket does not exist")
    filters = element_of(generator, "Filter/MatchAnyObjectEncryption")
    wanted = None if filters is None else filters[0][0]
    prefixes = element_of(generator, "Filter/KeyNameConstraint/MatchAnyPrefix")
    starts = ("",) if prefixes is None else tuple(child.text or "" for child in prefixes)
    return [
        JobTask(name, key, None if str(stored.version_id) == "null" else str(stored.version_id))
        for key, versions in bucket.keys.lists()
        for stored in (versions if noncurrent else versions[-1:])
        if key.startswith(starts)
        and hasattr(stored, "encryption")
        and (wanted is None or _fits(stored, wanted))
    ]


def _fits(stored: Any, wanted: ET.Element) -> bool:
    kind = wanted.tag.rpartition("}")[2]
    if getattr(stored, "customer_key_md5", None):
        return kind == "SSE-C"
    has = {"AES256": "SSE-S3", "aws:kms": "SSE-KMS", "aws:kms:dsse": "DSSE-KMS"}.get(
        stored.encryption or "", "NOT-SSE"
    )
    key, bucket_key = text_of(wanted, "KmsKeyArn"), text_of(wanted, "BucketKeyEnabled")
    return (
        has == kind
        and key in {"", stored.kms_key_id}
        and bucket_key in {"", str(bool(stored.bucket_key_enabled)).lower()}
    )
