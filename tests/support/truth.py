"""What is really so: buckets read by plain boto3, journals by plain JSON, and neither by us."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

Rule = Mapping[str, Any]
"""A rule in the API's own shape."""


class Meaning(NamedTuple):
    """All that S3 goes by."""

    algorithm: str
    key: str | None
    bucket_key: bool
    blocked: frozenset[str]


def rule_of(s3: Any, bucket: str) -> Rule:
    """The rule that is there now."""
    answer = s3.get_bucket_encryption(Bucket=bucket)
    found: Rule = answer["ServerSideEncryptionConfiguration"]["Rules"][0]
    return found


def put_rule(s3: Any, bucket: str, rule: Rule) -> None:
    """By hand, as somebody else would."""
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})


def meaning_of_rule(rule: Rule) -> Meaning:
    """Of the API's shape."""
    default = rule.get("ApplyServerSideEncryptionByDefault", {})
    blocked = rule.get("BlockedEncryptionTypes", {}).get("EncryptionType", [])
    return _meaning(
        default.get("SSEAlgorithm"), default.get("KMSMasterKeyID"), rule.get("BucketKeyEnabled"), blocked
    )


def meaning_of_record(record: Mapping[str, Any]) -> Meaning:
    """Of a line of a journal."""
    return _meaning(record["algorithm"], record["key"], record["bucket_key"], record["blocked"])


def meaning_of_body(xml: str) -> Meaning:
    """Of a body on the wire."""

    def texts(tag: str) -> list[str]:
        return re.findall(f"<{tag}>([^<]*)</{tag}>", xml)

    algorithm, key = (next(iter(texts(tag)), None) for tag in ("SSEAlgorithm", "KMSMasterKeyID"))
    return _meaning(algorithm, key, texts("BucketKeyEnabled") == ["true"], texts("EncryptionType"))


def _meaning(
    algorithm: str | None, key: str | None, bucket_key: bool | None, blocked: Iterable[str] | None
) -> Meaning:
    return Meaning(algorithm or "AES256", key, bool(bucket_key), frozenset(blocked or ()) - {"NONE"})


def snapshot(s3: Any, buckets: Iterable[str]) -> dict[str, Meaning]:
    """What each bucket has now."""
    return {bucket: meaning_of_rule(rule_of(s3, bucket)) for bucket in buckets}


@dataclass(frozen=True)
class Announced:
    """An intent line."""

    before: Meaning
    after: Meaning


@dataclass(frozen=True)
class Told:
    """What the lines of a journal tell."""

    announced: Mapping[str, Announced]
    done: frozenset[str]
    failed: frozenset[str]
    found: Mapping[str, Meaning]
    """What was read back after a write that failed, where that was something new."""
    kept: frozenset[str]
    ended: bool
    stopped: str | None

    @classmethod
    def by(cls, path: Path) -> "Told":
        """The whole lines of a file."""
        *lines, _ = path.read_text().split("\n")
        records = [json.loads(line) for line in lines]
        changes = [record["change"] for record in records if record["type"] == "intend"]

        def buckets(kind: str) -> frozenset[str]:
            return frozenset(record["item"] for record in records if record["type"] == kind)

        ends = [record for record in records if record["type"] == "end"]
        assert len(ends) <= 1
        assert len({change["bucket"] for change in changes}) == len(changes)
        return cls(
            announced={
                change["bucket"]: Announced(
                    meaning_of_record(change["before"]), meaning_of_record(change["after"])
                )
                for change in changes
            },
            done=buckets("done"),
            failed=buckets("failed"),
            found={
                record["item"]: meaning_of_record(record["found"]["after"])
                for record in records
                if record["type"] == "failed" and record["found"]
            },
            kept=buckets("kept"),
            ended=bool(ends),
            stopped=ends[0]["stopped"] if ends else None,
        )
