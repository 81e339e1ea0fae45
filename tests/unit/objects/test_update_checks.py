"""What an object is after UpdateObjectEncryption, compared with what it was."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from s3kms.model.objects import ObjectEncryption, ObjectHead, WriteAnswer
from s3kms.objects.engines.update.checks import (
    RequestBody,
    UpdateEffect,
    compare_objects,
    lost_properties,
    was_taken_for_a_write,
)

BODY = RequestBody.of(b"<ObjectEncryption/>")
WRITTEN = datetime(2022, 5, 1, tzinfo=UTC)
BEFORE = ObjectHead(
    size=700,
    etag="0f343b0931126a20f133d67c2b018a3b",
    last_modified=WRITTEN,
    version_id="v1",
    storage_class="GLACIER",
    encryption=ObjectEncryption.SSE_S3,
    key_arn=None,
    bucket_key=False,
    metadata={"a": "b"},
    content_headers={"Content-Type": "text/plain"},
    redirect="/there",
    lock_mode=None,
    retain_until=None,
    legal_hold=False,
    replication_status=None,
    restore=None,
    tag_count=1,
    headers={},
)
ANSWER = WriteAnswer(None, None, False, ObjectEncryption.NOT_SSE, None, "ABC")


def test_the_encryption_is_not_looked_at() -> None:
    after = replace(BEFORE, encryption=ObjectEncryption.SSE_KMS, key_arn="arn", bucket_key=True)

    assert compare_objects(BEFORE, after, BODY) is UpdateEffect.KEPT


def test_the_size_and_the_etag_of_the_request_are_an_overwritten_object() -> None:
    after = replace(BEFORE, size=len(BODY.content), etag=BODY.md5)

    assert compare_objects(BEFORE, after, BODY) is UpdateEffect.OVERWRITTEN


def test_an_object_that_was_the_request_before_is_not_overwritten() -> None:
    before = replace(BEFORE, size=len(BODY.content), etag=BODY.md5)

    assert compare_objects(before, before, BODY) is UpdateEffect.KEPT


@pytest.mark.parametrize(
    "other",
    [
        replace(BEFORE, etag="0" * 32),
        replace(BEFORE, size=701),
        replace(BEFORE, last_modified=WRITTEN + timedelta(seconds=1)),
        replace(BEFORE, version_id="v2"),
        replace(BEFORE, size=len(BODY.content)),
        replace(BEFORE, etag=BODY.md5),
    ],
)
def test_whatever_else_is_another_object_was_written_by_somebody(other: ObjectHead) -> None:
    assert compare_objects(BEFORE, other, BODY) is UpdateEffect.REWRITTEN


@pytest.mark.parametrize(
    ("after", "lost"),
    [
        (replace(BEFORE, storage_class="STANDARD"), "storage class"),
        (replace(BEFORE, metadata={}), "metadata"),
        (replace(BEFORE, content_headers={}), "content headers"),
        (replace(BEFORE, redirect=None), "website redirect"),
    ],
)
def test_the_same_content_with_less_around_it_is_not_kept(after: ObjectHead, lost: str) -> None:
    assert compare_objects(BEFORE, after, BODY) is UpdateEffect.NOT_KEPT
    assert lost_properties(BEFORE, after) == (lost,)


@pytest.mark.parametrize(
    ("answer", "is_a_write"),
    [
        (ANSWER, False),
        (replace(ANSWER, version_id="v1"), False),
        (replace(ANSWER, etag=BEFORE.etag), False),
        (replace(ANSWER, version_id="v2"), True),
        (replace(ANSWER, etag=BODY.md5), True),
    ],
)
def test_an_answer_with_the_requests_etag_or_a_new_version_is_that_of_a_write(
    answer: WriteAnswer, is_a_write: bool
) -> None:
    assert was_taken_for_a_write(answer, BEFORE, BODY) is is_a_write
