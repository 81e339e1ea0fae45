"""`s3kms reencrypt` over objects in all shapes: everything that is promised to stay is the same afterwards."""

import json
from pathlib import Path

from tests.support.aws_calls import put, rule
from tests.support.cli import Shell
from tests.support.object_shapes import (
    BUCKETS,
    ENCRYPTION_HEADERS,
    create_shapes,
    differences,
    prefer_wanted_key,
    snapshot,
)
from tests.support.sdk import client_of

from s3kms.demo.aws import MANAGEMENT, EmbeddedAws

REGION = "us-east-1"


def test_update_changes_the_encryption_of_every_version_and_nothing_else(
    aws: EmbeddedAws, tmp_path: Path
) -> None:
    s3, kms = (client_of(aws, MANAGEMENT, service, REGION) for service in ("s3", "kms"))
    shapes = create_shapes(aws, s3, kms)
    prefer_wanted_key(s3, shapes)
    before = snapshot(s3, *BUCKETS)
    shell = Shell(
        tmp_path, {"AWS_ENDPOINT_URL": aws.url, "AWS_REGION": REGION, **aws.credentials(MANAGEMENT)}
    )

    done = shell(
        "reencrypt", "s3://shapes-*", "--accept", "no-way-back", "--apply", "--yes", "--format", "json"
    )

    changed = differences(before, snapshot(s3, *BUCKETS))
    left = shapes.named(
        "DSSE-KMS", "SSE-C", "NOT-SSE", "lock ", "delete marker", "under the wanted key", "under another key",
        "under aws/s3",
    )  # fmt: skip
    assert set().union(*changed.values()) == ENCRYPTION_HEADERS
    assert set(changed) == set(before) - left
    runs = [one for line in done.out.splitlines() if (one := json.loads(line))["kind"] == "reencrypt-run"]
    assert sum(run["verification"]["confirmed"] for run in runs) == len(changed)
    assert done.exit == 11, "locks and never encrypted objects are left, and said"


def test_aws_s3_is_tried_first_and_where_it_is_refused_no_object_is_touched(
    aws: EmbeddedAws, tmp_path: Path
) -> None:
    s3 = client_of(aws, MANAGEMENT, "s3", REGION)
    s3.create_bucket(Bucket="managed")
    for number in range(30):
        s3.put_object(Bucket="managed", Key=f"{number}", Body=b"text")
    put(s3, "managed", rule("aws:kms"))
    s3.put_object(Bucket="managed", Key="new", Body=b"")  # and the key is there
    shell = Shell(
        tmp_path, {"AWS_ENDPOINT_URL": aws.url, "AWS_REGION": REGION, **aws.credentials(MANAGEMENT)}
    )
    words = ("reencrypt", "s3://managed", "--accept", "no-way-back", "--apply", "--yes")

    refused = shell(*words)
    sent = [call.operation for call in aws.calls].count("UpdateObjectEncryption")
    aws.faults.updates_to_managed_key = True
    taken = shell(*words)

    assert (refused.exit, taken.exit) == (5, 0), refused.err + taken.err
    assert sent == 1, "the throw-away object"
    assert "not confirmed by AWS" in refused.err
    shown = {s3.head_object(Bucket="managed", Key=f"{n}")["ServerSideEncryption"] for n in range(30)}
    assert shown == {"aws:kms"}
