"""Copies on the embedded AWS: what no other server has, and what goes wrong with them (facts D14, D15)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError
from tests.support.aws_calls import refusal

from s3kms.demo.aws import EmbeddedAws
from s3kms.demo.corrections import object_headers
from s3kms.demo.corrections.objects import stored_object
from s3kms.demo.corrections.ownership import bucket_named

LATER = "2099-01-01T00:00:00Z"


def copy(s3: Any, bucket: str, key: str, **parameters: Any) -> Any:
    """Copy `k` onto itself, under a key."""
    return s3.copy_object(
        Bucket=bucket,
        Key="k",
        CopySource={"Bucket": bucket, "Key": "k"},
        **{"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} | parameters,
    )


def annotate(s3: Any, bucket: str, name: str, text: bytes, **parameters: Any) -> Any:
    return s3.put_object_annotation(
        Bucket=bucket, Key="k", AnnotationName=name, AnnotationPayload=text, **parameters
    )


def all_annotations(s3: Any, bucket: str) -> dict[str, bytes]:
    """All of `k`, page by page."""
    found: dict[str, bytes] = {}
    more: dict[str, str] = {}
    while True:
        page = s3.list_object_annotations(Bucket=bucket, Key="k", MaxAnnotationResults=1, **more)
        for entry in page.get("Annotations", []):
            name = entry["AnnotationName"]
            answer = s3.get_object_annotation(Bucket=bucket, Key="k", AnnotationName=name)
            found[name] = answer["AnnotationPayload"].read()
        if "NextContinuationToken" not in page:
            return found
        more = {"ContinuationToken": page["NextContinuationToken"]}


def test_a_copy_takes_annotations_along_unless_they_are_excluded(s3: Any, bucket: str, key: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"text")
    annotate(s3, bucket, "a", b"1")
    annotate(s3, bucket, "b & c", "é".encode())

    copy(s3, bucket, key)
    assert all_annotations(s3, bucket) == {"a": b"1", "b & c": "é".encode()}

    copy(s3, bucket, key, AnnotationDirective="EXCLUDE")
    assert all_annotations(s3, bucket) == {}


def test_a_multipart_copy_loses_annotations(s3: Any, bucket: str, key: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"text")
    annotate(s3, bucket, "a", b"1")
    upload = {"Bucket": bucket, "Key": "k"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]

    part = s3.upload_part_copy(**upload, PartNumber=1, CopySource=f"{bucket}/k")["CopyPartResult"]["ETag"]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part}]})

    assert all_annotations(s3, bucket) == {}


def test_annotations_are_refused_as_the_model_says(s3: Any, bucket: str) -> None:
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"text")["ETag"]

    assert refusal(annotate, s3, bucket, "n" * 513, b"1") == ("AnnotationNameTooLong", 400)
    assert refusal(annotate, s3, bucket, "AWS.n", b"1") == ("InvalidAnnotationName", 400)
    assert refusal(annotate, s3, bucket, "n", b"\xff") == ("UnsupportedMediaType", 415)
    assert refusal(annotate, s3, bucket, "n", b"1", ObjectIfMatch='"0"') == ("PreconditionFailed", 412)
    assert annotate(s3, bucket, "n", b"1", ObjectIfMatch=etag)["AnnotationName"] == "n"


def test_the_etag_of_a_copy_under_kms_is_no_md5(s3: Any, bucket: str, key: str) -> None:
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"text")["ETag"]

    assert copy(s3, bucket, key)["CopyObjectResult"]["ETag"] != etag


def test_an_object_above_the_limit_is_refused(aws: EmbeddedAws, s3: Any, bucket: str, key: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"12345")
    aws.faults.max_copy_bytes = 4

    assert refusal(copy, s3, bucket, key) == ("InvalidRequest", 400)


def test_an_object_in_an_archive_tier_is_refused(s3: Any, bucket: str, key: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"text", StorageClass="INTELLIGENT_TIERING")
    stored: Any = stored_object(bucket_named(bucket), "k", None)
    object_headers.archive(stored, "ARCHIVE_ACCESS")

    assert s3.head_object(Bucket=bucket, Key="k")["ArchiveStatus"] == "ARCHIVE_ACCESS"
    assert refusal(copy, s3, bucket, key) == ("InvalidObjectState", 403)


def test_a_retention_that_has_ended_cannot_be_restated(s3: Any, key: str) -> None:
    s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    s3.put_object(Bucket="locked", Key="k", Body=b"text")
    ended = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": "2020-01-01T00:00:00Z"}

    assert refusal(copy, s3, "locked", key, **ended) == ("InvalidArgument", 400)


def test_an_event_hold_is_restated(s3: Any, key: str) -> None:
    s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    s3.put_object(Bucket="locked", Key="k", Body=b"text")

    copy(s3, "locked", key, ObjectLockEventHold="ON", ObjectLockEventHoldDurationDays=7)

    found = s3.head_object(Bucket="locked", Key="k")
    assert (found["ObjectLockEventHold"], found["ObjectLockEventHoldDurationDays"]) == ("ON", 7)


def test_an_acl_is_refused_where_the_bucket_owner_owns_all(s3: Any, key: str) -> None:
    s3.create_bucket(Bucket="owned", ObjectOwnership="BucketOwnerEnforced")
    s3.put_object(Bucket="owned", Key="k", Body=b"text")

    assert refusal(copy, s3, "owned", key, ACL="public-read") == ("AccessControlListNotSupported", 400)
    assert copy(s3, "owned", key, ACL="bucket-owner-full-control")["CopyObjectResult"]


def test_a_multipart_upload_keeps_lock_and_class(s3: Any, key: str) -> None:
    s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    upload: dict[str, Any] = {"Bucket": "locked", "Key": "k"}
    lock = {
        "ObjectLockMode": "GOVERNANCE",
        "ObjectLockRetainUntilDate": LATER,
        "ObjectLockLegalHoldStatus": "ON",
    }
    created = s3.create_multipart_upload(**upload, **lock, StorageClass="STANDARD_IA")
    upload["UploadId"] = created["UploadId"]

    part = s3.upload_part(**upload, PartNumber=1, Body=b"text")["ETag"]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part}]})

    found = s3.head_object(Bucket="locked", Key="k")
    assert (found["ObjectLockMode"], found["ObjectLockLegalHoldStatus"]) == ("GOVERNANCE", "ON")
    assert found["StorageClass"] == "STANDARD_IA"


def test_a_part_that_is_too_small_and_not_the_last_is_refused(s3: Any, bucket: str) -> None:
    upload: dict[str, Any] = {"Bucket": bucket, "Key": "k"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    parts = [
        {"PartNumber": n, "ETag": s3.upload_part(**upload, PartNumber=n, Body=b"x")["ETag"]} for n in (1, 2)
    ]

    refused = refusal(s3.complete_multipart_upload, **upload, MultipartUpload={"Parts": parts})

    assert refused == ("EntityTooSmall", 400)


def test_an_error_in_the_body_of_a_200_is_nothing_done(
    aws: EmbeddedAws, s3: Any, bucket: str, key: str
) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"text")
    aws.faults.error_in_body = "CopyObject"

    with pytest.raises(ClientError):
        copy(s3, bucket, key)

    assert [call.status for call in aws.calls if call.operation == "CopyObject"] == [200]
    assert s3.head_object(Bucket=bucket, Key="k")["ServerSideEncryption"] == "AES256"


def complete(s3: Any, bucket: str) -> None:
    """Put `k` under aws/s3 by a multipart upload."""
    upload: dict[str, Any] = {"Bucket": bucket, "Key": "k"}
    upload["UploadId"] = s3.create_multipart_upload(**upload, ServerSideEncryption="aws:kms")["UploadId"]
    part = s3.upload_part(**upload, PartNumber=1, Body=b"x")["ETag"]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part}]})


@pytest.mark.parametrize("operation", ["CopyObject", "CompleteMultipartUpload"])
def test_a_body_that_is_cut_off_is_carried_out(
    aws: EmbeddedAws, s3: Any, bucket: str, key: str, operation: str
) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"text")
    aws.faults.cut_off = operation
    write: dict[str, Callable[[], Any]] = {
        "CopyObject": lambda: copy(s3, bucket, key),
        "CompleteMultipartUpload": lambda: complete(s3, bucket),
    }

    with pytest.raises((ClientError, ResponseParserError)):
        write[operation]()

    assert s3.head_object(Bucket=bucket, Key="k")["ServerSideEncryption"] == "aws:kms"


@pytest.mark.parametrize("kind", ["silent", "claimed"])
def test_a_copy_may_be_answered_and_not_encrypted(
    aws: EmbeddedAws, s3: Any, bucket: str, key: str, kind: Any
) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"text")
    aws.faults.unencrypted_copies = kind

    said = copy(s3, bucket, key).get("SSEKMSKeyId")

    assert said == (key if kind == "claimed" else None)
    assert "ServerSideEncryption" not in s3.head_object(Bucket=bucket, Key="k")


def test_of_writers_with_the_same_condition_one_wins(s3: Any, bucket: str, key: str) -> None:
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"text")["ETag"]
    results: list[str] = []

    def write(number: int) -> None:
        try:
            if number % 2:
                copy(s3, bucket, key, IfMatch=etag)
            else:
                s3.put_object(Bucket=bucket, Key="k", Body=b"other", IfMatch=etag)
        except ClientError as error:
            results.append(error.response["Error"]["Code"])
        else:
            results.append("done")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results) == ["PreconditionFailed"] * 5 + ["done"]
