"""What CopyObject and UploadPartCopy keep, drop and refuse (facts D14, D15)."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from tests.contract.clients import SSE_C, Landed, rule, said
from tests.contract.differences import expected

if TYPE_CHECKING:
    from tests.contract.clients import Bucket, Server

MEBIBYTE = 1024**2
TAGS = {"TagSet": [{"Key": "team", "Value": "data & more"}]}
UNDER_KMS: dict[str, Any] = {"ServerSideEncryption": "aws:kms"}


@pytest.fixture
def s3(server: Server) -> Any:
    return server.client("s3")


def put(s3: Any, bucket: Bucket, body: bytes = b"proof", **parameters: Any) -> dict[str, Any]:
    answer: dict[str, Any] = s3.put_object(Bucket=bucket.name, Key="object", Body=body, **parameters)
    return answer


def copy(s3: Any, bucket: Bucket, version: str | None = None, **parameters: Any) -> dict[str, Any]:
    """Copy the object onto itself, under KMS."""
    source = {"Bucket": bucket.name, "Key": "object"} | ({"VersionId": version} if version else {})
    given = UNDER_KMS | {"SSEKMSKeyId": bucket.server.keys.customer["Arn"]} | parameters
    answer: dict[str, Any] = s3.copy_object(Bucket=bucket.name, Key="object", CopySource=source, **given)
    return answer


def head(s3: Any, bucket: Bucket) -> dict[str, Any]:
    answer: dict[str, Any] = s3.head_object(Bucket=bucket.name, Key="object")
    return answer


def test_a_copy_onto_itself_keeps_bytes_metadata_headers_and_tags(s3: Any, bucket: Bucket) -> None:
    """With the COPY directives, which are the default."""
    put(s3, bucket, Metadata={"a": "b"}, ContentType="text/csv", CacheControl="no-store", Tagging="x=1&y=")

    copy(s3, bucket)

    found = s3.get_object(Bucket=bucket.name, Key="object")
    kept = (found["Body"].read(), found["Metadata"], found["ContentType"], found["CacheControl"])
    assert kept == (b"proof", {"a": "b"}, "text/csv", "no-store")
    tags = s3.get_object_tagging(Bucket=bucket.name, Key="object")["TagSet"]
    assert sorted((tag["Key"], tag["Value"]) for tag in tags) == [("x", "1"), ("y", "")]
    assert bucket.head() == Landed("aws:kms", "customer managed")


def test_a_copy_falls_to_standard_unless_the_class_is_restated(s3: Any, bucket: Bucket) -> None:
    put(s3, bucket, StorageClass="STANDARD_IA")

    copy(s3, bucket, StorageClass="STANDARD_IA")
    assert head(s3, bucket)["StorageClass"] == "STANDARD_IA"

    copy(s3, bucket)
    assert "StorageClass" not in head(s3, bucket)


def test_a_copy_drops_the_website_redirect_unless_it_is_restated(s3: Any, bucket: Bucket) -> None:
    put(s3, bucket, WebsiteRedirectLocation="/elsewhere")

    copy(s3, bucket, WebsiteRedirectLocation="/elsewhere")
    assert head(s3, bucket)["WebsiteRedirectLocation"] == "/elsewhere"

    copy(s3, bucket)
    assert "WebsiteRedirectLocation" not in head(s3, bucket)


def test_a_copy_has_the_private_acl_unless_it_is_restated(server: Server, s3: Any) -> None:
    bucket = server.new_bucket()
    s3.put_bucket_ownership_controls(
        Bucket=bucket.name, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    )
    s3.delete_public_access_block(Bucket=bucket.name)
    everyone = 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'
    put(s3, bucket, ACL="public-read")

    copy(s3, bucket, GrantRead=everyone)
    assert "AllUsers" in str(s3.get_object_acl(Bucket=bucket.name, Key="object")["Grants"])

    copy(s3, bucket)
    assert "AllUsers" not in str(s3.get_object_acl(Bucket=bucket.name, Key="object")["Grants"])


def test_a_copy_keeps_the_checksum_algorithm(s3: Any, bucket: Bucket) -> None:
    put(s3, bucket, ChecksumAlgorithm="SHA256")

    copy(s3, bucket)

    found = s3.head_object(Bucket=bucket.name, Key="object", ChecksumMode="ENABLED")
    assert found["ChecksumSHA256"] == base64.b64encode(hashlib.sha256(b"proof").digest()).decode()


def test_another_source_etag_is_a_failed_precondition(s3: Any, bucket: Bucket) -> None:
    etag = put(s3, bucket)["ETag"]

    assert said(lambda: copy(s3, bucket, CopySourceIfMatch='"0123"')) == "PreconditionFailed 412"
    assert said(lambda: copy(s3, bucket, CopySourceIfMatch=etag)) == "done"


def test_a_source_etag_that_must_not_be_is_a_failed_precondition(s3: Any, bucket: Bucket) -> None:
    etag = put(s3, bucket)["ETag"]

    assert said(lambda: copy(s3, bucket, CopySourceIfNoneMatch=etag)) == "PreconditionFailed 412"


def test_another_destination_etag_is_a_failed_precondition(server: Server, s3: Any, bucket: Bucket) -> None:
    put(s3, bucket)

    refused = said(lambda: copy(s3, bucket, IfMatch='"0123"'))

    assert refused == expected(server, "CopyObject with another If-Match")
    assert said(lambda: copy(s3, bucket, IfMatch=head(s3, bucket)["ETag"])) == "done"


def test_a_destination_that_is_there_is_refused_to_if_none_match(
    server: Server, s3: Any, bucket: Bucket
) -> None:
    put(s3, bucket)

    refused = said(lambda: copy(s3, bucket, IfNoneMatch="*"))

    assert refused == expected(server, "CopyObject with If-None-Match")


def test_a_version_of_the_source_is_copied_to_a_new_version(s3: Any, bucket: Bucket) -> None:
    s3.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": "Enabled"})
    first = put(s3, bucket, b"first")["VersionId"]
    put(s3, bucket, b"second")

    answer = copy(s3, bucket, first)

    assert answer["CopySourceVersionId"] == first
    assert answer["VersionId"] not in {None, first}
    assert bucket.read() == b"first"
    assert len(s3.list_object_versions(Bucket=bucket.name)["Versions"]) == 3


def test_a_version_that_is_not_there_is_refused(s3: Any, bucket: Bucket) -> None:
    s3.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": "Enabled"})
    version = put(s3, bucket)["VersionId"]
    s3.delete_object(Bucket=bucket.name, Key="object", VersionId=version)

    assert said(lambda: copy(s3, bucket, version)).startswith("NoSuch")


def test_a_delete_marker_is_no_source(s3: Any, bucket: Bucket) -> None:
    s3.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": "Enabled"})
    put(s3, bucket)
    marker = s3.delete_object(Bucket=bucket.name, Key="object")["VersionId"]

    assert said(lambda: copy(s3, bucket)) == "NoSuchKey 404"
    assert said(lambda: copy(s3, bucket, marker)) == "InvalidRequest 400"


@pytest.mark.parametrize("storage_class", ["GLACIER", "DEEP_ARCHIVE"])
def test_an_archived_object_is_no_source(s3: Any, bucket: Bucket, storage_class: str) -> None:
    put(s3, bucket, StorageClass=storage_class)

    assert said(lambda: copy(s3, bucket)) == "InvalidObjectState 403"


def test_a_customers_key_is_needed_to_copy_from_it(s3: Any, bucket: Bucket) -> None:
    bucket.put(rule("AES256", blocked=["NONE"]))
    put(s3, bucket, b"proof", **SSE_C)
    key = {f"CopySource{name}": value for name, value in SSE_C.items()}

    assert said(lambda: copy(s3, bucket)).endswith("400")
    assert said(lambda: copy(s3, bucket, **key)) == "done"
    assert bucket.read() == b"proof"


def test_a_copy_of_a_dsse_object_is_under_the_wanted_key(s3: Any, bucket: Bucket) -> None:
    put(s3, bucket, ServerSideEncryption="aws:kms:dsse")

    copy(s3, bucket)

    assert bucket.head() == Landed("aws:kms", "customer managed")


def test_object_lock_is_not_copied_unless_it_is_restated(server: Server, s3: Any) -> None:
    bucket = server.new_bucket()
    s3.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object_lock_configuration(
        Bucket=bucket.name, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"}
    )
    lock: dict[str, Any] = {
        "ObjectLockMode": "GOVERNANCE",
        "ObjectLockRetainUntilDate": "2099-01-01T00:00:00Z",
    }
    put(s3, bucket, b"proof", ObjectLockLegalHoldStatus="ON", **lock)

    copy(s3, bucket)
    found = head(s3, bucket)
    assert "ObjectLockMode" not in found
    assert found.get("ObjectLockLegalHoldStatus", "OFF") == "OFF"

    copy(s3, bucket, ObjectLockLegalHoldStatus="ON", **lock)
    found = head(s3, bucket)
    assert (found["ObjectLockMode"], found["ObjectLockLegalHoldStatus"]) == ("GOVERNANCE", "ON")


def upload(s3: Any, bucket: Bucket, **parameters: Any) -> dict[str, Any]:
    arn = bucket.server.keys.customer["Arn"]
    answer = s3.create_multipart_upload(
        Bucket=bucket.name, Key="object", **UNDER_KMS, SSEKMSKeyId=arn, **parameters
    )
    return {"Bucket": bucket.name, "Key": "object", "UploadId": answer["UploadId"]}


def copy_part(s3: Any, upload: dict[str, Any], number: int, **parameters: Any) -> dict[str, Any]:
    source = {"Bucket": upload["Bucket"], "Key": "object"}
    answer = s3.upload_part_copy(**upload, CopySource=source, PartNumber=number, **parameters)
    return {"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]}


def test_parts_are_copied_in_ranges_and_joined(s3: Any, bucket: Bucket) -> None:
    body = bytes(range(256)) * (6 * MEBIBYTE // 256)
    etag = put(s3, bucket, body)["ETag"]
    to = upload(s3, bucket, Metadata={"a": "b"}, Tagging="x=1", WebsiteRedirectLocation="/elsewhere")

    first = copy_part(s3, to, 1, CopySourceRange=f"bytes=0-{5 * MEBIBYTE - 1}", CopySourceIfMatch=etag)
    last = copy_part(s3, to, 2, CopySourceRange=f"bytes={5 * MEBIBYTE}-{len(body) - 1}")
    s3.complete_multipart_upload(**to, MultipartUpload={"Parts": [first, last]}, IfMatch=etag)

    found = head(s3, bucket)
    assert bucket.read() == body
    assert (found["Metadata"], found["WebsiteRedirectLocation"]) == ({"a": "b"}, "/elsewhere")
    assert s3.get_object_tagging(Bucket=bucket.name, Key="object")["TagSet"] == [{"Key": "x", "Value": "1"}]
    assert bucket.head() == Landed("aws:kms", "customer managed")


def test_a_part_of_another_source_etag_is_refused(s3: Any, bucket: Bucket) -> None:
    put(s3, bucket)
    to = upload(s3, bucket)

    refused = said(lambda: copy_part(s3, to, 1, CopySourceIfMatch='"0123"'))

    assert refused == "PreconditionFailed 412"


def test_a_range_behind_the_end_is_refused(s3: Any, bucket: Bucket) -> None:
    put(s3, bucket, b"x" * (6 * MEBIBYTE))
    to = upload(s3, bucket)

    refused = said(lambda: copy_part(s3, to, 1, CopySourceRange=f"bytes=0-{6 * MEBIBYTE}"))

    assert refused == "InvalidArgument 400"


def test_an_upload_is_not_completed_over_another_etag(s3: Any, bucket: Bucket) -> None:
    put(s3, bucket)
    to = upload(s3, bucket)
    part = copy_part(s3, to, 1)
    put(s3, bucket, b"a concurrent writer's")

    refused = said(
        lambda: s3.complete_multipart_upload(**to, MultipartUpload={"Parts": [part]}, IfMatch='"0123"')
    )

    assert refused == "PreconditionFailed 412"
    assert bucket.read() == b"a concurrent writer's"


def test_an_aborted_upload_is_no_more(s3: Any, bucket: Bucket) -> None:
    put(s3, bucket)
    to = upload(s3, bucket)
    listed = s3.list_multipart_uploads(Bucket=bucket.name)["Uploads"]
    assert [(u["Key"], u["UploadId"]) for u in listed] == [("object", to["UploadId"])]

    s3.abort_multipart_upload(**to)

    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket.name)
    assert said(lambda: copy_part(s3, to, 1)) == "NoSuchUpload 404"
