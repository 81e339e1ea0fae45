"""Policies that name the object in the encryption context, where the bucket key puts the bucket (fact B11)."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from s3kms.access.conditions import Condition
from s3kms.access.documents import parse_policy
from s3kms.access.statements import Policy
from s3kms.access.texts import Text, as_pattern, matches_glob
from s3kms.hazards import examples as an
from s3kms.hazards.interface import (
    Danger,
    EncryptionSwitch,
    Hazard,
    HazardAnswer,
    HazardDoc,
    HazardExample,
    HazardShape,
)
from s3kms.model.bucket import Bucket
from s3kms.model.policy import PartMeaning, PolicyDocument, UnresolvedText
from s3kms.model.unknown import Unknown

_KEYS = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|\d+)\]')
"""The keys of instances in an address."""
_KEY = "kms:EncryptionContext:aws:s3:arn"
_OBJECTS = "/"
"""What follows the ARN of the bucket in that of each of its objects."""


def evaluate(bucket: Bucket, switch: EncryptionSwitch) -> HazardAnswer:
    """Where the bucket key is turned on, and the policy of the key, or one of the same code, names its objects."""
    if not switch.is_new_bucket_key:
        return None
    unknown: Unknown | None = None
    live = [one for one in (switch.key_policy, switch.key_shared_policy) if isinstance(one, PolicyDocument)]
    for document in (*bucket.usage.key_policies, *live):
        conditions = list(_context_conditions(parse_policy(document)))
        unknown = unknown or next((one for found in conditions for one in found.unread), None)
        values = [value for condition in conditions for value in condition.values]
        names_objects = any(_is_named(bucket, value, _begins_with_objects) for value in values)
        if names_objects and not any(_is_named(bucket, value, matches_glob) for value in values):
            return Danger(
                f"is named in {document.source} by the ARN of its objects, as the encryption context ({_KEY}); "
                "with a bucket key the context is the ARN of the bucket, so that the policy no longer matches"
            )
    return unknown


def _context_conditions(policy: Policy) -> Iterator[Condition]:
    for statement in policy.statements:
        yield from (one for one in statement.conditions if one.is_about(_KEY))


def _begins_with_objects(pattern: str, arn: str) -> bool:
    """Whether a pattern may match the ARN of an object of the bucket with this ARN: all, some, or one of them."""
    ends = (place for place, character in enumerate(pattern, 1) if character in "/*?")
    return any(matches_glob(pattern[:end], arn + _OBJECTS) for end in ends)


def _is_named(bucket: Bucket, value: Text, matches: Callable[[str, str], bool]) -> bool:
    """Whether a value matches the ARN of the bucket so; its name may be known by its declaration alone."""
    parts = value.open_parts if isinstance(value, UnresolvedText) else ()
    declared = [part for part in parts if part.meaning is PartMeaning.BUCKET]
    if isinstance(value, UnresolvedText) and declared:
        # One of many instances, `b[0]`, may be any that the bucket `b` stands for.
        if any(bucket.resource not in {part.address, _KEYS.sub("", part.address)} for part in declared):
            return False
        last = value.pieces[-1]
        return matches(last if isinstance(last, str) else "", "")
    if bucket.name is None:
        return not as_pattern(value).strip("*")
    return matches(as_pattern(value), f"arn:aws:s3:::{bucket.name}")


def _pinned(*values: str) -> PolicyDocument:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        "Action": "kms:*",
        "Resource": "*",
        "Condition": {"StringLike": {_KEY: list(values)}},
    }
    return PolicyDocument(json.dumps({"Statement": [statement]}), "the policy of the key")


HAZARD = Hazard(
    id="encryption_context",
    title="Policies that name objects in the encryption context, when the bucket key is turned on",
    shape=HazardShape.SILENT_DAMAGE,
    needs=frozenset(),
    evaluate=evaluate,
    is_about_readers=True,
    doc=HazardDoc(
        happens=(
            "Without a bucket key the encryption context of a request to KMS is the ARN of the object, with one it "
            "is the ARN of the bucket. A policy that names arn:aws:s3:::BUCKET/* there denies new objects."
        ),
        evidence=(
            f"A policy has a condition on {_KEY} that matches objects of the bucket and not the bucket: in code "
            "every policy, live that of the key. Of the policies of users and roles a plan says who loses access."
        ),
        advice="let the policy name both ARNs, that of the bucket and that of its objects, first",
        sources=(
            "Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys: "
            "<https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html>",
        ),
    ),
    examples=(
        HazardExample(
            "objects are named", an.with_context("arn:aws:s3:::my-bucket/*"), an.BUCKET_KEY_ONLY, True
        ),
        HazardExample(
            "objects of one folder are named",
            an.with_context("arn:aws:s3:::my-bucket/data/*"),
            an.BUCKET_KEY_ONLY,
            True,
        ),
        HazardExample(
            "a bucket whose name goes on is named",
            an.with_context("arn:aws:s3:::my-bucket-2/*"),
            an.BUCKET_KEY_ONLY,
            False,
        ),
        HazardExample(
            "objects and the bucket are named",
            an.with_context("arn:aws:s3:::my-bucket/*", "arn:aws:s3:::my-bucket"),
            an.BUCKET_KEY_ONLY,
            False,
        ),
        HazardExample(
            "objects are named in the live key policy",
            an.PLAIN,
            replace(an.BUCKET_KEY_ONLY, key_policy=_pinned("arn:aws:s3:::my-bucket/*")),
            True,
        ),
        HazardExample(
            "objects and the bucket are named in the live key policy",
            an.PLAIN,
            replace(
                an.BUCKET_KEY_ONLY, key_policy=_pinned("arn:aws:s3:::my-bucket/*", "arn:aws:s3:::my-bucket")
            ),
            False,
        ),
        HazardExample(
            "both by one pattern", an.with_context("arn:aws:s3:::my-bucket*"), an.TO_CUSTOMER, False
        ),
        HazardExample("another bucket", an.with_context("arn:aws:s3:::other/*"), an.BUCKET_KEY_ONLY, False),
        HazardExample(
            "no bucket key is turned on", an.with_context("arn:aws:s3:::my-bucket/*"), an.NEW_KEY, False
        ),
    ),
)
