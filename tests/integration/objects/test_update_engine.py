"""The engine `update` over the embedded AWS: objects in all shapes, and servers that lie."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from tests.support.aws_calls import policy, put, rule
from tests.support.object_engine import REGION, EngineBench, outcomes
from tests.support.object_shapes import (
    BUCKETS,
    LOCKED,
    SUSPENDED,
    Place,
    create_shapes,
    prefer_wanted_key,
)
from tests.support.sdk import client_of
from tests.support.stock_moto import stock_moto

from s3kms.demo.aws import MANAGEMENT, PRODUCTION, EmbeddedAws
from s3kms.demo.corrections.accounts import credentials
from s3kms.demo.corrections.objects import stored_object
from s3kms.demo.corrections.ownership import bucket_named
from s3kms.demo.lies import LieKind
from s3kms.model.errors import CredentialsProblem, Refused, Stopped
from s3kms.model.objects import ObjectEncryption, ObjectVersion
from s3kms.objects.engines.update import ENGINE
from s3kms.objects.interface import ObjectResult, Outcome

if TYPE_CHECKING:
    from pathlib import Path

BUCKET = "data"


@pytest.fixture
def s3(aws: EmbeddedAws) -> Any:
    return client_of(aws, MANAGEMENT, "s3", REGION)


@pytest.fixture
def kms(aws: EmbeddedAws) -> Any:
    return client_of(aws, MANAGEMENT, "kms", REGION)


@pytest.fixture
def bench(aws: EmbeddedAws, s3: Any, kms: Any, tmp_path: Path) -> EngineBench:
    """Over the bucket `data`, whose default is the wanted key and which holds twenty objects from before."""
    s3.create_bucket(Bucket=BUCKET)
    for number in range(20):
        s3.put_object(Bucket=BUCKET, Key=f"{number:02}", Body=f"body {number}".encode())
    key = kms.create_key()["KeyMetadata"]["Arn"]
    put(s3, BUCKET, rule("aws:kms", key, BucketKeyEnabled=True))
    return EngineBench(aws.url, ENGINE, key, tmp_path)


def bodies(s3: Any) -> dict[str, bytes]:
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
    return {key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys}


def encryptions(s3: Any) -> set[tuple[str, str | None, bool | None]]:
    heads = [s3.head_object(Bucket=BUCKET, Key=f"{number:02}") for number in range(20)]
    return {(h["ServerSideEncryption"], h.get("SSEKMSKeyId"), h.get("BucketKeyEnabled")) for h in heads}


def test_every_shape_is_changed_or_left_for_its_own_reason(
    aws: EmbeddedAws, s3: Any, kms: Any, tmp_path: Path
) -> None:
    shapes = create_shapes(aws, s3, kms)
    prefer_wanted_key(s3, shapes)
    bench = EngineBench(
        aws.url, ENGINE, shapes.key_arn, tmp_path, include=frozenset({ObjectEncryption.DSSE_KMS})
    )

    results = {
        (bucket, key, str(version)): result
        for bucket in BUCKETS
        for (key, version), result in bench.run(bucket).items()
    }

    left = {
        (Outcome.OVERTAKEN, "other-key"): shapes.named("under another key", "under aws/s3"),
        (Outcome.ALREADY, ""): shapes.named("under the wanted key"),
        (Outcome.IMMOVABLE, "object-lock"): shapes.named("lock "),
        (Outcome.IMMOVABLE, "source-encryption"): shapes.named("DSSE-KMS", "SSE-C", "NOT-SSE"),
        (Outcome.IMMOVABLE, "delete-marker"): shapes.named("delete marker"),
    }
    changed = set(shapes.places.values()) - set().union(*left.values())
    assert with_outcome(results) == left | {(Outcome.CHANGED, ""): changed}
    assert [call.operation for call in aws.calls].count("UpdateObjectEncryption") == len(changed)


def with_outcome(results: dict[Place, ObjectResult]) -> dict[tuple[Outcome, str], set[Place]]:
    """The places by what became of them, and why."""
    found: dict[tuple[Outcome, str], set[Place]] = {}
    for place, result in results.items():
        found.setdefault((result.outcome, str(result.reason)), set()).add(place)
    return found


def test_what_was_changed_is_under_the_wanted_key_with_its_bucket_key(s3: Any, bench: EngineBench) -> None:
    before = bodies(s3)

    results = bench.run(BUCKET)

    assert outcomes(results.values()) == {Outcome.CHANGED: 20}
    assert encryptions(s3) == {("aws:kms", bench.key_arn, True)}
    assert bodies(s3) == before


def test_a_bucket_key_that_is_not_wanted_is_left_out(s3: Any, bench: EngineBench) -> None:
    bench.bucket_key = False

    bench.run(BUCKET)

    assert encryptions(s3) == {("aws:kms", bench.key_arn, None)}


def test_each_object_costs_three_calls_and_one_in_a_thousand_is_read(
    aws: EmbeddedAws, bench: EngineBench
) -> None:
    aws.calls.clear()

    bench.run(BUCKET)

    made = [call.operation for call in aws.calls]
    assert {name: made.count(name) for name in set(made)} == {
        "ListObjectVersions": 1,
        "HeadObject": 40,
        "GetObject": 1,
        "UpdateObjectEncryption": 20,
    }


def test_a_second_run_writes_nothing(aws: EmbeddedAws, bench: EngineBench) -> None:
    bench.run(BUCKET)
    aws.calls.clear()

    assert outcomes(bench.run(BUCKET).values()) == {Outcome.ALREADY: 20}
    assert "UpdateObjectEncryption" not in {call.operation for call in aws.calls}


def test_objects_of_a_named_key_are_brought_over_and_the_bucket_key_with_them(
    s3: Any, kms: Any, bench: EngineBench
) -> None:
    other = kms.create_key()["KeyMetadata"]["Arn"]
    s3.put_object(Bucket=BUCKET, Key="00", Body=b"", ServerSideEncryption="aws:kms", SSEKMSKeyId=other)
    bench.from_keys = frozenset({other})

    assert outcomes(bench.run(BUCKET).values()) == {Outcome.CHANGED: 20}
    assert encryptions(s3) == {("aws:kms", bench.key_arn, True)}


# Servers that lie.


def test_a_server_that_overwrites_is_refused_and_harms_the_throw_away_object_alone(
    aws: EmbeddedAws, s3: Any, bench: EngineBench
) -> None:
    before = bodies(s3)
    aws.faults.lie("update overwrites")

    with pytest.raises(Refused, match="overwrites the object with the request body"):
        bench.run(BUCKET, prepare=True)

    assert bodies(s3) == before


@pytest.mark.parametrize("status", ["Enabled", "Suspended"])
def test_a_server_that_writes_a_new_version_is_refused_and_leaves_no_version_behind(
    aws: EmbeddedAws, s3: Any, bench: EngineBench, status: str
) -> None:
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": status})
    before = s3.list_object_versions(Bucket=BUCKET)
    aws.faults.lie("update overwrites")

    with pytest.raises(Refused, match="with the request"):
        bench.prepare(BUCKET)

    after = s3.list_object_versions(Bucket=BUCKET)
    assert (after["Versions"], after.get("DeleteMarkers")) == (before["Versions"], None)


def test_a_server_that_does_nothing_is_refused(aws: EmbeddedAws, bench: EngineBench) -> None:
    aws.faults.lie("update does nothing")

    with pytest.raises(Refused, match="the object is encrypted with SSE-S3 afterwards"):
        bench.prepare(BUCKET)


def test_a_server_whose_head_pretends_is_refused_by_what_get_shows(
    aws: EmbeddedAws, bench: EngineBench
) -> None:
    aws.faults.lie("update does nothing")
    aws.faults.lie("head pretends", after=2)  # the object is looked at twice before

    with pytest.raises(Refused, match="the object is encrypted with SSE-S3 afterwards"):
        bench.prepare(BUCKET)


def test_a_server_that_does_not_know_the_call_is_refused(aws: EmbeddedAws, bench: EngineBench) -> None:
    aws.faults.fail("UpdateObjectEncryption", 501, "NotImplemented")

    with pytest.raises(Refused, match="could not be tested"):
        bench.prepare(BUCKET)


@pytest.mark.slow
@pytest.mark.parametrize("status", [None, "Enabled"])
def test_moto_as_it_comes_is_refused_and_no_object_of_it_is_touched(
    tmp_path: Path, status: str | None
) -> None:
    with stock_moto() as url:
        keys = credentials(MANAGEMENT)
        s3: Any = boto3.client(
            "s3", endpoint_url=url, region_name=REGION,
            aws_access_key_id=keys["AWS_ACCESS_KEY_ID"], aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        )  # fmt: skip
        s3.create_bucket(Bucket=BUCKET)
        if status:
            s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": status})
        s3.put_object(Bucket=BUCKET, Key="k", Body=b"text")
        arn = f"arn:aws:kms:{REGION}:{MANAGEMENT}:key/6821f83c-4009-4df5-9321-5c6a8f093162"
        bench = EngineBench(url, ENGINE, arn, tmp_path)

        with pytest.raises(Refused, match="with the request"):
            bench.run(BUCKET, prepare=True)

        assert bodies(s3) == {"k": b"text"}
        assert "DeleteMarkers" not in s3.list_object_versions(Bucket=BUCKET)


def test_a_proof_leaves_nothing_behind_where_versions_cannot_be_listed(
    aws: EmbeddedAws, s3: Any, bench: EngineBench
) -> None:
    before = bodies(s3)
    aws.faults.fail("ListObjectVersions", 501, "NotImplemented")

    bench.prepare(BUCKET)

    assert bodies(s3) == before


def test_a_proof_leaves_nothing_behind(aws: EmbeddedAws, s3: Any, bench: EngineBench) -> None:
    before = bodies(s3)

    bench.prepare(BUCKET)

    assert bodies(s3) == before
    assert {"PutObject", "DeleteObject"} <= {call.operation for call in aws.calls}


@pytest.mark.parametrize("lie", ["update overwrites", "update overwrites in silence"])
@pytest.mark.parametrize("versioned", [False, True])
def test_a_server_that_begins_to_overwrite_is_stopped_at_the_first_object(
    aws: EmbeddedAws, s3: Any, bench: EngineBench, versioned: bool, lie: LieKind
) -> None:
    if versioned:
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    before = bodies(s3)
    aws.faults.lie(lie, after=1)  # the proof goes well

    with pytest.raises(Stopped, match="treated UpdateObjectEncryption as a write"):
        bench.run(BUCKET, prepare=True)

    harmed = {key for key, body in bodies(s3).items() if body != before[key]}
    assert len(harmed) == 1


def test_an_answer_with_the_etag_of_the_request_stops_the_run_though_nothing_can_be_read_back(
    aws: EmbeddedAws, bench: EngineBench
) -> None:
    aws.faults.lie("update overwrites")
    aws.faults.fail("HeadObject", 403, "AccessDenied", share=1 / 2)  # the second HEAD

    with pytest.raises(Stopped, match="treated UpdateObjectEncryption as a write"):
        bench.move([ObjectVersion(BUCKET, "00", is_latest=True)])


def test_success_for_nothing_is_a_failure_of_that_object(
    aws: EmbeddedAws, s3: Any, bench: EngineBench
) -> None:
    aws.faults.lie("update does nothing", key="07")

    results = bench.run(BUCKET)

    assert outcomes(results.values()) == {Outcome.CHANGED: 19, Outcome.FAILED: 1}
    assert results["07", "null"].reason == "not-changed"
    assert s3.head_object(Bucket=BUCKET, Key="07")["ServerSideEncryption"] == "AES256"


def test_a_head_that_pretends_what_get_does_not_show_stops_the_run_within_two_objects(
    aws: EmbeddedAws, s3: Any, bench: EngineBench
) -> None:
    aws.faults.lie("update does nothing")
    aws.faults.lie("head pretends", after=16)  # as many as are looked at before the first is changed

    with pytest.raises(Stopped, match="GetObject returns SSE-S3"):
        bench.run(BUCKET)

    made = [call.operation for call in aws.calls]
    # Objects are looked at concurrently, so that the HEAD of the first change may come before the lie begins.
    assert made.count("UpdateObjectEncryption") <= 2
    assert made.count("GetObject") == 1


def test_objects_that_the_caller_may_not_read_are_changed(aws: EmbeddedAws, bench: EngineBench) -> None:
    aws.faults.fail("GetObject", 403, "AccessDenied")

    assert outcomes(bench.run(BUCKET).values()) == {Outcome.CHANGED: 20}


@pytest.mark.parametrize("versioned", [False, True])
def test_a_concurrent_writer_is_counted_and_keeps_what_he_wrote(
    aws: EmbeddedAws, s3: Any, bench: EngineBench, versioned: bool
) -> None:
    if versioned:
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    aws.faults.lie("update is overtaken", share=1 / 2)

    results = bench.run(BUCKET)

    # With versions the one that was looked at is changed, and the writer's own is another.
    expected = {Outcome.CHANGED: 20} if versioned else {Outcome.CHANGED: 10, Outcome.OVERTAKEN: 10}
    assert outcomes(results.values()) == expected
    assert list(bodies(s3).values()).count(b"written by somebody else") == 10
    assert {r.reason for r in results.values() if r.outcome is Outcome.OVERTAKEN} <= {"rewritten"}


def test_a_writer_who_writes_all_the_time_never_loses(aws: EmbeddedAws, s3: Any, bench: EngineBench) -> None:
    written: dict[str, bytes] = {}
    is_done = threading.Event()

    def write() -> None:
        writer, chance = client_of(aws, MANAGEMENT, "s3", REGION), random.Random(1)
        while not is_done.is_set():
            key = f"{chance.randrange(20):02}"
            body = chance.randbytes(20)
            writer.put_object(Bucket=BUCKET, Key=key, Body=body, ServerSideEncryption="AES256")
            written[key] = body

    before = bodies(s3)
    thread = threading.Thread(target=write)
    thread.start()
    try:
        rounds = [outcomes(bench.run(BUCKET).values()) for _ in range(5)]
    finally:
        is_done.set()
        thread.join()

    assert len(written) > 10
    assert bodies(s3) == before | written
    assert all(Outcome.FAILED not in found for found in rounds), rounds


def test_a_version_that_no_evidence_names_is_pinned_before_it_is_changed(
    aws: EmbeddedAws, s3: Any, bench: EngineBench
) -> None:
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    aws.faults.lie("update is overtaken")

    (result,) = bench.move([ObjectVersion(BUCKET, "00", is_latest=True)])

    assert result.outcome is Outcome.CHANGED
    shown = [s3.head_object(Bucket=BUCKET, Key="00", **which) for which in ({}, {"VersionId": "null"})]
    assert [head["ServerSideEncryption"] for head in shown] == ["AES256", "aws:kms"]


def test_a_writer_whose_content_has_the_size_of_the_request_stops_nothing(
    aws: EmbeddedAws, s3: Any, bench: EngineBench
) -> None:
    from s3kms.aws.s3.object_writes import update_body

    size = len(update_body(bench.key_arn, bucket_key=True))
    aws.faults.lie("update is overtaken", key="07")
    aws.faults.overtaking_body = b"x" * size

    assert bench.run(BUCKET)["07", "null"].outcome is Outcome.OVERTAKEN


def test_an_answer_that_is_lost_is_looked_for(
    aws: EmbeddedAws, s3: Any, bench: EngineBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    aws.faults.lost = "UpdateObjectEncryption"

    assert outcomes(bench.run(BUCKET).values()) == {Outcome.CHANGED: 20}
    assert encryptions(s3) == {("aws:kms", bench.key_arn, True)}


def test_an_object_that_cannot_be_read_back_is_not_claimed(aws: EmbeddedAws, bench: EngineBench) -> None:
    aws.faults.fail("HeadObject", 403, "AccessDenied", share=1 / 2)

    (result,) = bench.move([ObjectVersion(BUCKET, "00", is_latest=True)])

    assert "UpdateObjectEncryption" in {call.operation for call in aws.calls}
    assert (result.outcome, result.reason) == (Outcome.FAILED, "403")


def test_objects_deleted_since_are_gone_and_markers_stay(s3: Any, bench: EngineBench) -> None:
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    s3.delete_object(Bucket=BUCKET, Key="00")

    gone, marked = bench.move([
        ObjectVersion(BUCKET, "never-there", is_latest=True),
        ObjectVersion(BUCKET, "00", is_latest=True),
    ])  # fmt: skip

    assert {(gone.outcome, gone.reason), (marked.outcome, marked.reason)} == {(Outcome.OVERTAKEN, "gone")}


def test_a_version_that_turns_out_to_be_a_delete_marker_cannot_be_moved(s3: Any, bench: EngineBench) -> None:
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    marker = s3.delete_object(Bucket=BUCKET, Key="00")["VersionId"]

    (result,) = bench.move([ObjectVersion(BUCKET, "00", marker)])

    assert (result.outcome, result.reason) == (Outcome.IMMOVABLE, "delete-marker")


def test_a_retention_that_ended_is_a_lock_where_s3_says_so(s3: Any, kms: Any, bench: EngineBench) -> None:
    s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    until = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": "2099-01-01T00:00:00Z"}
    s3.put_object(Bucket="locked", Key="k", Body=b"", ChecksumAlgorithm="CRC32", **until)
    stored: Any = stored_object(bucket_named("locked"), "k", None)
    stored.lock_until = "2020-01-01T00:00:00Z"

    (result,) = bench.run("locked").values()

    assert (result.outcome, result.reason) == (Outcome.IMMOVABLE, "object-lock")


def test_credentials_that_are_no_good_any_more_end_the_run(aws: EmbeddedAws, bench: EngineBench) -> None:
    aws.faults.fail("UpdateObjectEncryption", 403, "InvalidAccessKeyId")

    with pytest.raises(CredentialsProblem):
        bench.run(BUCKET)


# What is said before.


def test_a_plan_says_that_there_is_no_way_back_and_that_the_server_is_not_aws(bench: EngineBench) -> None:
    assert bench.hazards(BUCKET) == ["no_way_back", "not_aws"]


def test_a_plan_without_objects_says_nothing(bench: EngineBench) -> None:
    assert bench.hazards(BUCKET, versions=0) == []


def test_a_plan_says_what_nobody_confirmed_of_aws_s3_and_that_a_foreign_key_needs_approval(
    aws: EmbeddedAws, bench: EngineBench
) -> None:
    bench.is_aws_managed = True
    assert "aws_s3_not_confirmed" in bench.hazards(BUCKET)

    everybody = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}
    foreign = client_of(aws, PRODUCTION, "kms", REGION).create_key(Policy=policy(everybody))
    bench.key_arn = foreign["KeyMetadata"]["Arn"]
    assert "key_of_another_account" in bench.hazards(BUCKET)
    assert {str(r.reason) for r in bench.run(BUCKET).values()} == {"AccessDenied"}


def test_aws_s3_is_refused_or_taken_and_nothing_else_is_claimed(
    aws: EmbeddedAws, s3: Any, bench: EngineBench
) -> None:
    put(s3, BUCKET, rule("aws:kms"))
    s3.put_object(Bucket=BUCKET, Key="new", Body=b"")
    bench.key_arn, bench.bucket_key = s3.head_object(Bucket=BUCKET, Key="new")["SSEKMSKeyId"], False
    bench.is_aws_managed = True

    refused = bench.run(BUCKET)
    aws.faults.updates_to_managed_key = True
    taken = bench.run(BUCKET)

    assert outcomes(refused.values()) == {Outcome.FAILED: 20, Outcome.ALREADY: 1}
    assert "not confirmed by AWS" in refused["07", "null"].sentence
    assert outcomes(taken.values()) == {Outcome.CHANGED: 20, Outcome.ALREADY: 1}


# Read back, at a resume and by the verification.


def test_what_is_read_back_is_what_is_there(s3: Any, bench: EngineBench) -> None:
    etag = s3.head_object(Bucket=BUCKET, Key="00")["ETag"].strip('"')
    version = ObjectVersion(BUCKET, "00", "null", is_latest=True, etag=etag)
    assert bench.read_back(version).outcome is Outcome.FAILED

    bench.move([version])
    assert bench.read_back(version).outcome is Outcome.CHANGED

    s3.put_object(Bucket=BUCKET, Key="00", Body=b"another", ServerSideEncryption="AES256")
    assert bench.read_back(version).outcome is Outcome.OVERTAKEN

    s3.delete_object(Bucket=BUCKET, Key="00")
    assert (bench.read_back(version).outcome, bench.read_back(version).reason) == (Outcome.OVERTAKEN, "gone")


@pytest.mark.parametrize("lie", ["update overwrites", "update overwrites in silence"])
@pytest.mark.parametrize("has_default", [True, False])
def test_an_object_that_the_server_overwrote_is_neither_changed_nor_the_work_of_another_writer(
    aws: EmbeddedAws, s3: Any, bench: EngineBench, lie: LieKind, has_default: bool
) -> None:
    etag = s3.head_object(Bucket=BUCKET, Key="00")["ETag"].strip('"')
    version = ObjectVersion(BUCKET, "00", "null", is_latest=True, etag=etag)
    if not has_default:
        put(s3, BUCKET, rule("AES256"))
    aws.faults.lie(lie)
    with pytest.raises(Stopped):
        bench.move([version])

    assert (bench.read_back(version).outcome, bench.read_back(version).reason) == (
        Outcome.FAILED,
        "overwritten",
    )


def test_the_shapes_have_versions_to_change_behind_delete_markers(
    aws: EmbeddedAws, s3: Any, kms: Any
) -> None:
    shapes = create_shapes(aws, s3, kms)

    assert len(shapes.named("generation", "null ")) >= 9
    assert {bucket for bucket, _, _ in shapes.named("delete marker")} == {LOCKED, SUSPENDED}
