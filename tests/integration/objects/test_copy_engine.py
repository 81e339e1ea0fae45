"""The engine `copy` over the wire: what it keeps, what it leaves, and who wins against a concurrent writer."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.support.aws_calls import put, rule
from tests.support.copies import CopyRun
from tests.support.object_shapes import (
    BUCKETS,
    ENCRYPTION_HEADERS,
    LOCKED,
    SSE_C_KEY,
    Place,
    Seen,
    Shapes,
    create_shapes,
    differences,
    prefer_wanted_key,
    snapshot,
)

from s3kms.demo.aws import EmbeddedAws
from s3kms.demo.corrections import object_headers
from s3kms.demo.corrections.http import ServerRequest, ServerResponse
from s3kms.demo.corrections.objects import stored_object
from s3kms.demo.corrections.ownership import bucket_named
from s3kms.demo.faults import Faults
from s3kms.model.errors import Refused, Stopped
from s3kms.model.objects import ObjectEncryption, ObjectVersion
from s3kms.objects.interface import ObjectResult, Outcome

OF_A_NEW_OBJECT = {"header etag", "header last-modified", "listed", "attributes"}
"""What a copy cannot keep: its ETag, its date, and what tells of them."""
OF_A_COPY_IN_PARTS = {f"header x-amz-checksum-{name}" for name in ("sha1", "sha256", "type")}
"""S3 makes the SHA of an upload in parts of those of its parts: the algorithm stays, the value does not."""
LATER = "2099-01-01T00:00:00Z"
PARTS = {"max_single_bytes": "1", "part_bytes": "7"}
"""All but empty objects in parts of a few bytes, so that no test needs 5 GB."""


@pytest.fixture(autouse=True)
def few_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that lies is not asked again for half a minute."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "3")


@pytest.fixture
def run(aws: EmbeddedAws) -> CopyRun:
    made = CopyRun(aws)
    made.s3.create_bucket(Bucket="data")
    return made


@pytest.fixture(params=["in one piece", "in parts"])
def each_way(aws: EmbeddedAws, request: pytest.FixtureRequest) -> CopyRun:
    """The same bucket, copied in both ways."""
    made = CopyRun(aws, **(PARTS if request.param == "in parts" else {}))
    made.s3.create_bucket(Bucket="data")
    aws.faults.min_part_bytes = aws.faults.min_range_source_bytes = 0
    return made


@pytest.fixture
def shapes(aws: EmbeddedAws, each_way: CopyRun) -> Shapes:
    made = create_shapes(aws, each_way.s3, each_way.client("kms"))
    prefer_wanted_key(each_way.s3, made)
    each_way.key_arn = made.key_arn
    each_way.settings["part_bytes"] = "3000000"  # two of the shapes have more than 5 MB
    return made


TEXT = b"text of an object"


def write(
    run: CopyRun, body: bytes = b"text of an object", bucket: str = "data", **parameters: Any
) -> dict[str, Any]:
    given = {"ServerSideEncryption": "AES256"} | parameters
    if given["ServerSideEncryption"] is None:
        del given["ServerSideEncryption"]
    answer: dict[str, Any] = run.s3.put_object(Bucket=bucket, Key="k", Body=body, **given)
    return answer


def body_of(run: CopyRun, bucket: str = "data") -> bytes:
    found: bytes = run.s3.get_object(Bucket=bucket, Key="k")["Body"].read()
    return found


def encryption_of(run: CopyRun, bucket: str = "data", **which: Any) -> tuple[str | None, str | None]:
    head = run.s3.head_object(Bucket=bucket, Key="k", **which)
    return head.get("ServerSideEncryption"), head.get("SSEKMSKeyId")


def stored(bucket: str = "data") -> Any:
    return stored_object(bucket_named(bucket), "k", None)


# What is kept


def test_all_that_is_promised_is_the_same_afterwards(each_way: CopyRun, shapes: Shapes) -> None:
    before = snapshot(each_way.s3, *BUCKETS)

    results = {bucket: each_way.move_all(bucket) for bucket in BUCKETS}

    after = snapshot(each_way.s3, *BUCKETS)
    changed = {_place(r) for found in results.values() for r in found if r.outcome is Outcome.CHANGED}
    assert len(changed) > 50
    new = [place for place in after if place not in before]
    assert {(bucket, key) for bucket, key, _ in new} == {(b, k) for b, k, _ in changed if b == LOCKED}
    allowed = ENCRYPTION_HEADERS | OF_A_NEW_OBJECT
    if "max_single_bytes" in each_way.settings:
        allowed |= OF_A_COPY_IN_PARTS
    in_place = {place: names for place, names in differences(before, after).items() if place[0] != LOCKED}
    assert set(in_place) == {place for place in changed if place[0] != LOCKED}
    assert set().union(*in_place.values()) <= allowed
    assert _by_reason([result for found in results.values() for result in found]) == {
        "": shapes.named("the wanted key"),
        "archived": shapes.named("GLACIER in", "DEEP_ARCHIVE"),
        "customer-key": shapes.named("SSE-C"),
        "delete-marker": shapes.named("delete marker"),
        "noncurrent": shapes.named(
            "generation 0", "generation 1", "generation deleted", "generation before",
            "null as the oldest", "null with an older", "null under",
        ),
        "not-included": shapes.named("DSSE"),
        "null-version": shapes.named("null with a newer"),
        "other-key": shapes.named("another key", "aws/s3"),
    }  # fmt: skip
    for place in new:
        old = next(one for one in changed if one[:2] == place[:2])
        assert _unlike(before[old], after[place]) <= allowed | {"header x-amz-version-id"}, place
        assert _unlike(before[old], after[old]) <= {"listed"}, old


def _place(result: ObjectResult) -> Place:
    return (result.version.bucket, result.version.key, result.version.version_id or "null")


def _unlike(was: Seen, now: Seen) -> set[str]:
    """The names of what differs, but for the version that some answers tell besides."""
    return {name for name in was.keys() | now.keys() if _bare(was.get(name)) != _bare(now.get(name))}


def _bare(value: object) -> object:
    return {n: v for n, v in value.items() if n != "VersionId"} if isinstance(value, dict) else value


def _by_reason(results: list[ObjectResult]) -> dict[str, set[Place]]:
    """The places that were left, by the word for it."""
    left = [result for result in results if result.outcome is not Outcome.CHANGED]
    return {result.reason: {_place(one) for one in left if one.reason == result.reason} for result in left}


def test_a_multipart_copy_keeps_checksum_algorithm_tags_headers_and_class(each_way: CopyRun) -> None:
    write(
        each_way,
        ChecksumAlgorithm="SHA256",
        Tagging="a=b%20c&d=%2B",
        Metadata={"x": "y"},
        StorageClass="STANDARD_IA",
        ContentEncoding="gzip",
    )

    assert each_way.move_one("data").outcome is Outcome.CHANGED

    head = each_way.s3.head_object(Bucket="data", Key="k", ChecksumMode="ENABLED")
    tags = each_way.s3.get_object_tagging(Bucket="data", Key="k")["TagSet"]
    assert sorted((tag["Key"], tag["Value"]) for tag in tags) == [("a", "b c"), ("d", "+")]
    assert "ChecksumSHA256" in head
    assert (head["Metadata"], head["StorageClass"], head["ContentEncoding"]) == (
        {"x": "y"},
        "STANDARD_IA",
        "gzip",
    )


def test_object_lock_is_restated(each_way: CopyRun) -> None:
    each_way.s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    lock: dict[str, Any] = {
        "ObjectLockMode": "COMPLIANCE",
        "ObjectLockRetainUntilDate": LATER,
        "ObjectLockLegalHoldStatus": "ON",
    }
    version = write(each_way, TEXT, "locked", ChecksumAlgorithm="CRC32", **lock)["VersionId"]

    result = each_way.move_one("locked", version_id=version)

    head = each_way.s3.head_object(Bucket="locked", Key="k")
    assert result.outcome is Outcome.CHANGED
    assert head["VersionId"] != version
    assert (head["ObjectLockMode"], head["ObjectLockLegalHoldStatus"]) == ("COMPLIANCE", "ON")
    assert head["ObjectLockRetainUntilDate"].year == 2099


def test_a_lock_that_the_caller_may_not_see_is_not_lost(run: CopyRun) -> None:
    run.s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    write(run, bucket="locked", ChecksumAlgorithm="CRC32", ObjectLockLegalHoldStatus="ON")
    _deny(run, "locked", "s3:GetObjectLegalHold")
    assert "ObjectLockLegalHoldStatus" not in run.s3.head_object(Bucket="locked", Key="k")

    result = run.move_one("locked")

    assert (result.outcome, result.reason) == (Outcome.FAILED, "AccessDenied")
    assert encryption_of(run, "locked")[0] == "AES256"


def test_an_event_hold_is_restated(run: CopyRun) -> None:
    run.s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    write(run, bucket="locked")
    run.s3.copy_object(
        Bucket="locked",
        Key="k",
        CopySource="locked/k",
        ServerSideEncryption="AES256",
        ObjectLockEventHold="ON",
        ObjectLockEventHoldDurationYears=2,
    )

    assert run.move_one("locked").outcome is Outcome.CHANGED

    head = run.s3.head_object(Bucket="locked", Key="k")
    assert (head["ObjectLockEventHold"], head["ObjectLockEventHoldDurationYears"]) == ("ON", 2)


def test_annotations_come_along_in_one_piece(run: CopyRun) -> None:
    write(run)
    run.s3.put_object_annotation(Bucket="data", Key="k", AnnotationName="a", AnnotationPayload=b"1")

    assert run.move_one("data").outcome is Outcome.CHANGED

    found = run.s3.get_object_annotation(Bucket="data", Key="k", AnnotationName="a")
    assert found["AnnotationPayload"].read() == b"1"


def test_an_object_that_would_lose_its_annotations_is_left(aws: EmbeddedAws) -> None:
    run = CopyRun(aws, **PARTS)
    run.s3.create_bucket(Bucket="data")
    write(run)
    run.s3.put_object_annotation(Bucket="data", Key="k", AnnotationName="a", AnnotationPayload=b"1")

    result = run.move_one("data")

    assert (result.outcome, result.reason) == (Outcome.IMMOVABLE, "annotations")
    assert "CreateMultipartUpload" not in _operations(aws)


def test_an_object_of_another_owner_is_left(run: CopyRun) -> None:
    write(run)
    run.s3.put_object_acl(
        Bucket="data", Key="k", GrantRead='uri="http://acs.amazonaws.com/groups/global/AllUsers"'
    )
    assert run.move_one("data").outcome is Outcome.CHANGED

    write(run)
    stored().owner = "0123"
    result = run.move_one("data")

    assert (result.outcome, result.reason) == (Outcome.IMMOVABLE, "foreign-owner")


def test_no_acl_is_read_where_the_bucket_owner_owns_all(aws: EmbeddedAws, run: CopyRun) -> None:
    run.s3.create_bucket(Bucket="owned", ObjectOwnership="BucketOwnerEnforced")
    write(run, bucket="owned")

    assert run.move_one("owned").outcome is Outcome.CHANGED

    assert {"GetObjectAcl", "GetBucketAcl"} & set(_operations(aws)) == set()


# What is moved


def test_sse_c_is_moved_with_its_key_and_left_without(
    each_way: CopyRun, aws: EmbeddedAws, tmp_path: Path
) -> None:
    put(each_way.s3, "data", rule("AES256", BlockedEncryptionTypes={"EncryptionType": ["NONE"]}))
    write(each_way, ServerSideEncryption=None, SSECustomerAlgorithm="AES256", SSECustomerKey=SSE_C_KEY)
    each_way.include = frozenset({ObjectEncryption.SSE_C})

    assert each_way.move_one("data").reason == "customer-key"

    keys = [base64.b64encode(key).decode() for key in (b"x" * 32, SSE_C_KEY.encode())]
    (tmp_path / "keys").write_text("\n".join(keys))
    each_way.settings["customer_keys"] = str(tmp_path / "keys")
    assert each_way.move_one("data").outcome is Outcome.CHANGED
    assert encryption_of(each_way) == ("aws:kms", each_way.key_arn)
    assert body_of(each_way) == b"text of an object"


@pytest.mark.parametrize("source", ["DSSE", "another key", "never encrypted"])
def test_other_sources_are_moved_where_they_are_meant(each_way: CopyRun, source: str) -> None:
    other = each_way.client("kms").create_key()["KeyMetadata"]["Arn"]
    each_way.from_keys = frozenset({other})
    each_way.include = frozenset({ObjectEncryption.DSSE_KMS})
    algorithm = "aws:kms:dsse" if source == "DSSE" else "aws:kms"
    write(each_way, ServerSideEncryption=algorithm, SSEKMSKeyId=other)
    if source == "never encrypted":
        stored().encryption = stored().kms_key_id = None

    assert each_way.move_one("data").outcome is Outcome.CHANGED

    assert encryption_of(each_way) == ("aws:kms", each_way.key_arn)


def test_the_managed_key_is_named_by_no_id(aws: EmbeddedAws, run: CopyRun) -> None:
    write(run, ServerSideEncryption="aws:kms")
    run.key_arn = encryption_of(run)[1] or ""
    run.is_aws_managed = True
    write(run)

    assert run.move_one("data").outcome is Outcome.CHANGED

    assert encryption_of(run) == ("aws:kms", run.key_arn)


def test_a_restored_archive_is_moved_and_one_in_a_tier_of_archives_is_not(run: CopyRun) -> None:
    write(run, StorageClass="GLACIER")
    assert run.move_one("data", storage_class="GLACIER").reason == "archived"
    run.s3.restore_object(Bucket="data", Key="k", RestoreRequest={"Days": 1})
    while 'ongoing-request="false"' not in run.s3.head_object(Bucket="data", Key="k").get("Restore", ""):
        pass

    assert run.move_one("data", storage_class="GLACIER").outcome is Outcome.CHANGED
    assert run.s3.head_object(Bucket="data", Key="k")["StorageClass"] == "GLACIER"

    write(run, StorageClass="INTELLIGENT_TIERING")
    object_headers.archive(stored(), "ARCHIVE_ACCESS")
    assert run.move_one("data").reason == "archived"


def test_a_version_that_is_not_the_current_one_any_more_is_left(run: CopyRun) -> None:
    run.s3.put_bucket_versioning(Bucket="data", VersioningConfiguration={"Status": "Enabled"})
    old = write(run, b"old")["VersionId"]
    write(run, b"new")

    result = run.move_one("data", version_id=old)

    assert (result.outcome, result.reason) == (Outcome.OVERTAKEN, "noncurrent")
    assert body_of(run) == b"new"


def test_an_older_null_version_is_not_replaced(run: CopyRun) -> None:
    write(run, b"old")
    run.s3.put_bucket_versioning(Bucket="data", VersioningConfiguration={"Status": "Enabled"})
    version = write(run, b"new")["VersionId"]
    run.s3.put_bucket_versioning(Bucket="data", VersioningConfiguration={"Status": "Suspended"})

    result = run.move_one("data", version_id=version)

    assert (result.outcome, result.reason) == (Outcome.IMMOVABLE, "null-version")
    assert run.s3.get_object(Bucket="data", Key="k", VersionId="null")["Body"].read() == b"old"


# A concurrent writer


@dataclass(slots=True)
class Racing(Faults):
    """Somebody writes when a call arrives, before it is carried out: once."""

    operation: str = ""
    race: Callable[[], object] = field(default=lambda: None)
    is_over: bool = False

    def intercept(self, request: ServerRequest) -> ServerResponse | None:
        if request.operation == self.operation and not self.is_over:
            self.is_over = True
            self.race()
        return Faults.intercept(self, request)


RACED = {
    "in one piece": ("HeadObject", "GetObjectAcl", "CopyObject"),
    "in parts": (
        "HeadObject",
        "GetObjectAcl",
        "GetObjectTagging",
        "CreateMultipartUpload",
        "UploadPartCopy",
        "CompleteMultipartUpload",
    ),
}


@pytest.mark.parametrize("versioned", [False, True], ids=["one version", "versions"])
@pytest.mark.parametrize(("way", "operation"), [(way, op) for way, ops in RACED.items() for op in ops])
def test_a_concurrent_writer_never_loses(aws: EmbeddedAws, way: str, operation: str, versioned: bool) -> None:
    run = CopyRun(aws, **(PARTS if way == "in parts" else {}))
    run.s3.create_bucket(Bucket="data")
    if versioned:
        run.s3.put_bucket_versioning(Bucket="data", VersioningConfiguration={"Status": "Enabled"})
    version = write(run).get("VersionId")
    aws.faults = Racing(operation=operation, race=lambda: write(run, b"a concurrent writer's"))
    aws.faults.min_part_bytes = aws.faults.min_range_source_bytes = 0

    result = run.move_one("data", version_id=version)

    assert aws.faults.is_over
    assert body_of(run) == b"a concurrent writer's"
    wins_before = operation == "HeadObject" and not versioned  # then his is what is looked at, and moved
    assert result.outcome is (Outcome.CHANGED if wins_before else Outcome.OVERTAKEN)
    assert "Uploads" not in run.s3.list_multipart_uploads(Bucket="data")


def test_tags_that_change_while_parts_are_copied_are_not_lost(aws: EmbeddedAws) -> None:
    run = CopyRun(aws, **PARTS)
    run.s3.create_bucket(Bucket="data")
    write(run, Tagging="a=1")
    tags = {"TagSet": [{"Key": "a", "Value": "2"}]}
    race: Callable[[], object] = lambda: run.s3.put_object_tagging(Bucket="data", Key="k", Tagging=tags)  # noqa: E731
    aws.faults = Racing(operation="UploadPartCopy", race=race)
    aws.faults.min_part_bytes = aws.faults.min_range_source_bytes = 0

    result = run.move_one("data")

    assert result.outcome is Outcome.OVERTAKEN
    assert run.s3.get_object_tagging(Bucket="data", Key="k")["TagSet"] == tags["TagSet"]


def test_a_conflict_is_tried_again_a_few_times(aws: EmbeddedAws, run: CopyRun) -> None:
    write(run)
    aws.faults.fail("CopyObject", 409, "ConditionalRequestConflict", share=0.5)
    first, second = run.move_one("data"), None
    write(run)
    aws.faults.fail("CopyObject", 409, "ConditionalRequestConflict")
    second = run.move_one("data")

    assert first.outcome is Outcome.CHANGED
    assert (second.outcome, second.reason) == (Outcome.OVERTAKEN, "ConditionalRequestConflict")


# Liars


def test_a_copy_that_is_not_encrypted_stops_the_run(aws: EmbeddedAws, each_way: CopyRun) -> None:
    write(each_way)
    aws.faults.unencrypted_copies = "silent"

    with pytest.raises(Stopped, match="reported a successful copy"):
        each_way.move_one("data")

    assert body_of(each_way) == b"text of an object"


@pytest.mark.parametrize("kind", ["silent", "claimed"])
def test_nothing_is_claimed_of_a_copy_that_is_not_encrypted(
    aws: EmbeddedAws, run: CopyRun, kind: Any
) -> None:
    for name in ("k", "other", "third"):
        run.s3.put_object(Bucket="data", Key=name, Body=b"text", ServerSideEncryption="AES256")
    aws.faults.unencrypted_copies = kind

    with pytest.raises(Stopped):
        run.move_all("data")

    assert _operations(aws).count("CopyObject") == 1


FAULTY = {
    "in one piece": ("CopyObject",),
    "in parts": ("CreateMultipartUpload", "UploadPartCopy", "CompleteMultipartUpload"),
}
_CALLS = [(way, operation) for way, operations in FAULTY.items() for operation in operations]


@pytest.mark.parametrize(("way", "operation"), _CALLS)
def test_an_error_in_a_200_is_a_failure_and_harms_nothing(aws: EmbeddedAws, way: str, operation: str) -> None:
    run = CopyRun(aws, **(PARTS if way == "in parts" else {}))
    run.s3.create_bucket(Bucket="data")
    write(run)
    aws.faults.min_part_bytes = aws.faults.min_range_source_bytes = 0
    aws.faults.error_in_body = operation

    result = run.move_one("data")

    assert result.outcome is Outcome.FAILED
    aws.faults.error_in_body = ""
    assert encryption_of(run)[0] == "AES256"
    assert body_of(run) == b"text of an object"
    assert "Uploads" not in run.s3.list_multipart_uploads(Bucket="data")


@pytest.mark.parametrize(("way", "operation"), [_CALLS[0], _CALLS[-1]])
@pytest.mark.parametrize("fault", ["cut_off", "lost"])
def test_a_copy_whose_answer_is_cut_or_lost_is_what_is_there(
    aws: EmbeddedAws, way: str, operation: str, fault: str
) -> None:
    run = CopyRun(aws, **(PARTS if way == "in parts" else {}))
    run.s3.create_bucket(Bucket="data")
    write(run)
    aws.faults.min_part_bytes = aws.faults.min_range_source_bytes = 0
    setattr(aws.faults, fault, operation)

    result = run.move_one("data")

    assert result.outcome is Outcome.CHANGED
    status = 500 if fault == "lost" else 200
    assert [call.status for call in aws.calls if call.operation == operation].count(status) == 1
    assert encryption_of(run) == ("aws:kms", run.key_arn)
    assert body_of(run) == b"text of an object"


def test_an_unfinished_part_is_copied_again(aws: EmbeddedAws) -> None:
    run = CopyRun(aws, **PARTS)
    run.s3.create_bucket(Bucket="data")
    write(run)
    aws.faults.min_part_bytes = aws.faults.min_range_source_bytes = 0
    aws.faults.fail("UploadPartCopy", 503, "SlowDown", share=0.5)

    assert run.move_one("data").outcome is Outcome.CHANGED
    assert body_of(run) == b"text of an object"


@dataclass(slots=True)
class LyingHead(Faults):
    """HEAD of the object says something else from its nth answer on."""

    says: tuple[tuple[str, str], ...] = ()
    after: int = 0
    count: int = 0

    def intercept(self, request: ServerRequest) -> ServerResponse | None:
        if request.operation == "HeadObject" and request.key == "k":
            self.count += 1
            if self.count > self.after:
                headers = {"ETag": '"0123"', "Last-Modified": "Thu, 26 Nov 2026 10:00:00 GMT"}
                return ServerResponse(200, headers=headers | dict(self.says))
        return Faults.intercept(self, request)


def test_a_head_that_lies_of_the_etag_overwrites_nothing(aws: EmbeddedAws, run: CopyRun) -> None:
    write(run)
    etag = stored().etag
    aws.faults = LyingHead(says=(("x-amz-server-side-encryption", "AES256"),))

    result = run.move_one("data")

    assert result.outcome is Outcome.OVERTAKEN
    assert (stored().etag, stored().encryption) == (etag, "AES256")


def test_a_head_that_denies_the_encryption_is_no_success(aws: EmbeddedAws, run: CopyRun) -> None:
    write(run)
    aws.faults = LyingHead(says=(("x-amz-server-side-encryption", "AES256"),), after=1)

    assert run.move_one("data").outcome is not Outcome.CHANGED


# A killed run


def test_an_upload_that_a_killed_run_left_is_given_up_at_the_resume(aws: EmbeddedAws) -> None:
    run = CopyRun(aws, **PARTS)
    run.s3.create_bucket(Bucket="data")
    write(run)
    _leave_upload(aws, run, answered=True)
    stranger = run.s3.create_multipart_upload(Bucket="data", Key="k")["UploadId"]

    run.prepare("data")

    assert _uploads(run) == [stranger]
    assert run.marks == {}


def test_an_upload_whose_id_was_never_heard_is_given_up_and_no_other_one(aws: EmbeddedAws) -> None:
    run = CopyRun(aws, **PARTS)
    run.s3.create_bucket(Bucket="data")
    write(run)
    stranger = run.s3.create_multipart_upload(Bucket="data", Key="k")["UploadId"]
    _leave_upload(aws, run, answered=False)

    run.prepare("data")

    assert _uploads(run) == [stranger]


def test_where_two_uploads_may_be_ours_none_is_given_up(aws: EmbeddedAws) -> None:
    run = CopyRun(aws, **PARTS)
    run.s3.create_bucket(Bucket="data")
    write(run)
    _leave_upload(aws, run, answered=False)
    run.s3.create_multipart_upload(Bucket="data", Key="k")

    run.prepare("data")

    assert len(_uploads(run)) == 2


def _leave_upload(aws: EmbeddedAws, run: CopyRun, *, answered: bool) -> None:
    """What a process leaves that is killed while it copies parts, or before it hears of its upload."""
    aws.faults.min_part_bytes = aws.faults.min_range_source_bytes = 0
    if answered:
        aws.faults.fail("UploadPartCopy", 403, "AccessDenied")
        aws.faults.fail("AbortMultipartUpload", 403, "AccessDenied")
    else:
        aws.faults.lost = "CreateMultipartUpload"
    assert run.move_one("data").outcome is Outcome.FAILED
    aws.faults = Faults()
    aws.faults.min_part_bytes = aws.faults.min_range_source_bytes = 0
    assert len(run.marks) == 1


def _uploads(run: CopyRun) -> list[str]:
    return [upload["UploadId"] for upload in run.s3.list_multipart_uploads(Bucket="data").get("Uploads", [])]


def test_what_was_under_way_is_read_back(run: CopyRun) -> None:
    run.s3.put_bucket_versioning(Bucket="data", VersioningConfiguration={"Status": "Enabled"})
    written = write(run)
    version = ObjectVersion("data", "k", written["VersionId"], True, etag=written["ETag"].strip('"'))

    assert run.read_back(version).outcome is Outcome.FAILED
    run.move_one("data", version_id=written["VersionId"])
    assert run.read_back(version).outcome is Outcome.CHANGED
    write(run)
    assert run.read_back(version).outcome is Outcome.OVERTAKEN
    run.s3.delete_object(Bucket="data", Key="k")
    assert run.read_back(version).reason == "gone"


# Another server


def test_a_server_that_copies_as_aws_does_is_proven_and_nothing_is_left(
    aws: EmbeddedAws, run: CopyRun
) -> None:
    run.prepare("data")

    assert "Contents" not in run.s3.list_objects_v2(Bucket="data")
    assert "Uploads" not in run.s3.list_multipart_uploads(Bucket="data")
    assert _operations(aws).count("CopyObject") == 3


@pytest.mark.parametrize("kind", ["silent", "claimed"])
def test_a_server_that_does_not_encrypt_copies_is_refused(aws: EmbeddedAws, run: CopyRun, kind: Any) -> None:
    aws.faults.unencrypted_copies = kind

    with pytest.raises(Refused, match="the copy is encrypted with NOT-SSE; no other object was touched"):
        run.prepare("data")

    assert "Contents" not in run.s3.list_objects_v2(Bucket="data")


@dataclass(slots=True)
class Unconditional(Faults):
    """Conditions are not looked at, as LocalStack does not look at those of a copy's destination."""

    headers: tuple[str, ...] = ()
    operation: str = "CopyObject"

    def intercept(self, request: ServerRequest) -> ServerResponse | None:
        if request.operation == self.operation:
            for name in self.headers:
                request.set_header(name, None)
        return Faults.intercept(self, request)


@pytest.mark.parametrize(
    ("operation", "header", "told"),
    [
        ("CopyObject", "If-Match", "ignores If-Match"),
        ("CopyObject", "x-amz-copy-source-if-match", "ignores the condition on the source"),
        ("CompleteMultipartUpload", "If-Match", "of a multipart upload"),
    ],
)
def test_a_server_that_ignores_a_condition_is_refused(
    aws: EmbeddedAws, run: CopyRun, operation: str, header: str, told: str
) -> None:
    aws.faults = Unconditional(headers=(header,), operation=operation)

    with pytest.raises(Refused, match=told):
        run.prepare("data")

    assert "Contents" not in run.s3.list_objects_v2(Bucket="data")


def test_objects_that_another_account_would_own_are_refused(run: CopyRun) -> None:
    write(run)
    _deny(run, "data", "s3:GetBucketAcl", "arn:aws:s3:::data")

    with pytest.raises(Refused, match="the owner of its objects could not be read"):
        run.prepare("data")


def _operations(aws: EmbeddedAws) -> list[str]:
    return [call.operation for call in aws.calls]


def _deny(run: CopyRun, bucket: str, action: str, resource: str = "") -> None:
    resource = resource or f"arn:aws:s3:::{bucket}/*"
    statement = {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": resource}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    run.s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
