"""Objects in all shapes: the embedded AWS lists and shows each of them, and UpdateObjectEncryption keeps the rest."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.object_shapes import (
    AWKWARD_KEYS,
    BUCKETS,
    ENCRYPTION_HEADERS,
    LOCKED,
    PLAIN,
    SUSPENDED,
    Place,
    Shapes,
    create_shapes,
    differences,
    snapshot,
)

from s3kms.demo.aws import EmbeddedAws


@pytest.fixture
def shapes(aws: EmbeddedAws, s3: Any, kms: Any) -> Shapes:
    return create_shapes(aws, s3, kms)


def test_every_shape_is_listed_once_and_nothing_else_is(s3: Any, shapes: Shapes) -> None:
    assert set(snapshot(s3, *BUCKETS)) == set(shapes.places.values())
    assert {key for _, key, _ in snapshot(s3, PLAIN)} > set(AWKWARD_KEYS)


def test_nothing_changes_while_nobody_writes(s3: Any, shapes: Shapes) -> None:
    assert differences(snapshot(s3, SUSPENDED), snapshot(s3, SUSPENDED)) == {}


def test_pages_of_versions_are_the_whole(s3: Any, shapes: Shapes) -> None:
    whole = s3.list_object_versions(Bucket=LOCKED)
    pages = list(
        s3.get_paginator("list_object_versions").paginate(Bucket=LOCKED, PaginationConfig={"PageSize": 1})
    )

    for kind in ("Versions", "DeleteMarkers"):
        assert [entry for page in pages for entry in page.get(kind, [])] == whole[kind]
    assert len(pages) == len(whole["Versions"]) + len(whole["DeleteMarkers"])


def test_update_changes_the_encryption_headers_of_what_it_takes_and_nothing_else(
    s3: Any, shapes: Shapes
) -> None:
    before = snapshot(s3, *BUCKETS)

    refused = {place: code for place in before if (code := _update(s3, place, shapes.key_arn))}

    after = snapshot(s3, *BUCKETS)
    changed = differences(before, after)
    assert set().union(*changed.values()) == ENCRYPTION_HEADERS
    assert set(changed) == set(before) - set(refused)
    assert {
        code: {place for place in refused if refused[place] == code} for code in set(refused.values())
    } == {
        "InvalidRequest": shapes.named("DSSE-KMS", "SSE-C", "NOT-SSE"),
        "AccessDenied": shapes.named("lock "),
        "NoSuchKey": shapes.named("delete marker"),
    }


def _update(s3: Any, place: Place, key_arn: str) -> str | None:
    """The code of the refusal; None where it was taken."""
    bucket, key, version = place
    wanted = {"SSEKMS": {"KMSKeyArn": key_arn, "BucketKeyEnabled": True}}
    try:
        s3.update_object_encryption(Bucket=bucket, Key=key, VersionId=version, ObjectEncryption=wanted)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return None


def test_a_suspended_bucket_keeps_its_versions_and_replaces_null(s3: Any, shapes: Shapes) -> None:
    versions = [(v["Key"], v["VersionId"] == "null", v["IsLatest"]) for v in _versions(s3, "Versions")]
    markers = [(v["Key"], v["VersionId"], v["IsLatest"]) for v in _versions(s3, "DeleteMarkers")]

    assert versions == [
        ("marked", False, False),
        ("newest", True, True),
        ("newest", False, False),
        ("oldest", False, True),
        ("oldest", True, False),
        ("only", True, True),
    ]
    assert markers == [("marked", "null", True)]


def _versions(s3: Any, kind: str) -> list[dict[str, Any]]:
    return list(s3.list_object_versions(Bucket=SUSPENDED)[kind])
