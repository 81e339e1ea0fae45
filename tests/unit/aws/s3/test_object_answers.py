"""What S3 says of objects, checked field by field; a listing however its keys are encoded."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3kms.aws.s3.http1 import ResponseHeaders
from s3kms.aws.s3.object_answers import ListedPage, read_copy, read_head, read_write
from s3kms.aws.s3.transport import Response
from s3kms.model import object_operations as op
from s3kms.model.errors import BadAnswer
from s3kms.model.objects import ObjectEncryption, ObjectVersion

KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
HEAD = {
    "content-length": "5497558138880",
    "etag": '"0cc175b9c0f1b6a831c399e269772661-3"',
    "last-modified": "Fri, 27 Nov 2026 03:00:00 GMT",
}


def head_of(**headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(200, ResponseHeaders(HEAD | named), b"")


def version(key: str = "a", **parts: str) -> str:
    told = {
        "Key": key,
        "VersionId": "v1",
        "IsLatest": "true",
        "LastModified": "2026-11-27T03:00:00.000Z",
        "ETag": '"e"',
        "Size": "7",
        "StorageClass": "STANDARD",
    } | parts
    return f"<Version>{''.join(f'<{n}>{escape(v)}</{n}>' for n, v in told.items() if v != '-')}</Version>"


def page(*rows: str, **said: str) -> ListedPage:
    head = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in ({"Name": "b"} | said).items())
    xmlns = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
    body = f"<ListVersionsResult {xmlns}>{head}{''.join(rows)}</ListVersionsResult>"
    return ListedPage(Response(200, {}, body.encode()), op.LIST_OBJECT_VERSIONS, "s3://b", "b")


def test_a_listed_version_is_told_whole() -> None:
    (found,) = page(version("a/b", Owner="x")).versions("a/")

    assert found == ObjectVersion(
        bucket="b",
        key="a/b",
        version_id="v1",
        is_latest=True,
        size=7,
        etag="e",
        last_modified=datetime(2026, 11, 27, 3, tzinfo=UTC),
        storage_class="STANDARD",
    )


def test_a_delete_marker_has_neither_size_nor_etag() -> None:
    row = version("a", Size="-", ETag="-", StorageClass="-", IsLatest="false")

    (found,) = page(row.replace("Version>", "DeleteMarker>")).versions("")

    assert (found.is_delete_marker, found.is_latest, found.size, found.etag) == (True, False, None, None)


@given(KEYS)
def test_an_encoded_key_is_decoded_as_s3_encodes_it(key: str) -> None:
    (found,) = page(version(quote_plus(key, safe="/")), EncodingType="url").versions("")

    assert found.key == key


@pytest.mark.parametrize("key", ["a%2Bb+c", " a ", "+"])
def test_a_key_that_is_not_said_to_be_encoded_is_taken_as_it_stands(key: str) -> None:
    (found,) = page(version(key)).versions("")

    assert found.key == key


def test_where_the_next_page_begins_is_decoded_too() -> None:
    found = page(
        version(), EncodingType="url", IsTruncated="true", NextKeyMarker="a+%2B", NextVersionIdMarker="v+1"
    )

    assert found.next_versions() == ("a +", "v+1")
    assert page(version(), IsTruncated="false", NextKeyMarker="a").next_versions() is None


@pytest.mark.parametrize(
    "listed",
    [
        pytest.param(lambda: page(version("")).versions(""), id="no key"),
        pytest.param(lambda: page(version("b")).versions("a/"), id="a key outside the prefix"),
        pytest.param(lambda: page(version(Size="-1")).versions(""), id="a size below nothing"),
        pytest.param(lambda: page(version(Size="")).versions(""), id="no size"),
        pytest.param(lambda: page(version(VersionId="")).versions(""), id="no version id"),
        pytest.param(lambda: page(version(IsLatest="yes")).versions(""), id="no boolean"),
        pytest.param(lambda: page(version(LastModified="soon")).versions(""), id="no date"),
        pytest.param(lambda: page(version(), Name="other"), id="another bucket"),
        pytest.param(lambda: page(version(), IsTruncated="true").next_versions(), id="more, and not where"),
        pytest.param(lambda: page(version(), IsTruncated="true").next_token(), id="more, and no token"),
        pytest.param(
            lambda: page(IsTruncated="true", NextKeyMarker="a", NextVersionIdMarker="v"), id="more of nothing"
        ),
    ],
)
def test_a_listing_that_s3_would_not_give_is_a_bad_answer(listed: Callable[[], Any]) -> None:
    with pytest.raises(BadAnswer):
        listed()


def test_another_document_is_no_listing() -> None:
    with pytest.raises(BadAnswer, match="something else than a listing"):
        ListedPage(Response(200, {}, b"<ListAllMyBucketsResult/>"), op.LIST_OBJECT_VERSIONS, "s3://b", "b")


def test_a_head_says_all_that_a_copy_has_to_keep() -> None:
    found = read_head(
        head_of(
            x_amz_version_id="v1",
            x_amz_server_side_encryption="aws:kms",
            x_amz_server_side_encryption_aws_kms_key_id="arn:key",
            x_amz_server_side_encryption_bucket_key_enabled="true",
            x_amz_storage_class="GLACIER",
            x_amz_meta_name="=?UTF-8?Q?=C3=BC?=",
            cache_control="no-cache",
            content_type="text/plain",
            x_amz_website_redirect_location="/other",
            x_amz_object_lock_mode="GOVERNANCE",
            x_amz_object_lock_retain_until_date="2030-01-01T00:00:00.000Z",
            x_amz_object_lock_legal_hold="ON",
            x_amz_replication_status="COMPLETED",
            x_amz_restore='ongoing-request="true"',
            x_amz_tagging_count="3",
        ),
        op.HEAD_OBJECT_VERSION,
        "s3://b/k",
    )

    assert (found.size, found.etag) == (5497558138880, "0cc175b9c0f1b6a831c399e269772661-3")
    assert found.last_modified == datetime(2026, 11, 27, 3, tzinfo=UTC)
    assert (found.encryption, found.key_arn, found.bucket_key) == (ObjectEncryption.SSE_KMS, "arn:key", True)
    assert (found.version_id, found.storage_class) == ("v1", "GLACIER")
    assert found.metadata == {"name": "=?UTF-8?Q?=C3=BC?="}
    assert found.content_headers == {"Cache-Control": "no-cache", "Content-Type": "text/plain"}
    assert (found.lock_mode, found.retain_until) == ("GOVERNANCE", datetime(2030, 1, 1, tzinfo=UTC))
    assert (found.legal_hold, found.redirect, found.tag_count) == (True, "/other", 3)
    assert (found.replication_status, found.restore) == ("COMPLETED", 'ongoing-request="true"')


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({}, ObjectEncryption.NOT_SSE),
        ({"x_amz_server_side_encryption": "AES256"}, ObjectEncryption.SSE_S3),
        ({"x_amz_server_side_encryption": "aws:kms:dsse"}, ObjectEncryption.DSSE_KMS),
        ({"x_amz_server_side_encryption_customer_algorithm": "AES256"}, ObjectEncryption.SSE_C),
    ],
)
def test_how_an_object_is_encrypted_is_told_by_its_headers(
    headers: dict[str, str], kind: ObjectEncryption
) -> None:
    found = read_head(head_of(**headers), op.HEAD_OBJECT_VERSION, "s3://b/k")

    assert (found.encryption, found.bucket_key, found.storage_class) == (kind, False, "STANDARD")


@pytest.mark.parametrize(
    "headers",
    [
        {"content_length": ""},
        {"content_length": "-3"},
        {"etag": ""},
        {"last_modified": "yesterday"},
        {"x_amz_server_side_encryption": "rot13"},
        {"x_amz_server_side_encryption_bucket_key_enabled": "perhaps"},
        {"x_amz_object_lock_retain_until_date": "later"},
        {"x_amz_tagging_count": "many"},
    ],
)
def test_a_head_that_s3_would_not_give_is_a_bad_answer(headers: dict[str, str]) -> None:
    with pytest.raises(BadAnswer):
        read_head(head_of(**headers), op.HEAD_OBJECT_VERSION, "s3://b/k")


COPIED = Response(
    200,
    {
        "x-amz-version-id": "v2",
        "x-amz-copy-source-version-id": "v1",
        "x-amz-server-side-encryption": "AES256",
    },
    b'\n \n<CopyObjectResult xmlns="x"><ETag>"e"</ETag><LastModified>m</LastModified></CopyObjectResult>',
)


def test_a_copy_is_told_after_the_white_space_that_kept_its_connection_open() -> None:
    found = read_copy(COPIED, op.COPY_OBJECT, "s3://b/k")

    assert (found.etag, found.version_id, found.source_version_id) == ("e", "v2", "v1")
    assert found.encryption is ObjectEncryption.SSE_S3


@pytest.mark.parametrize("end", range(len(COPIED.body)))
def test_the_body_of_a_copy_cut_anywhere_says_of_no_copy(end: int) -> None:
    with pytest.raises(BadAnswer):
        read_copy(replace(COPIED, body=COPIED.body[:end]), op.COPY_OBJECT, "s3://b/k")


def test_a_copy_without_an_etag_is_a_bad_answer() -> None:
    with pytest.raises(BadAnswer, match="without the ETag"):
        read_copy(replace(COPIED, body=b"<CopyObjectResult/>"), op.COPY_OBJECT, "s3://b/k")


def test_what_a_write_does_not_say_is_none() -> None:
    found = read_write(Response(200, {}, b""), op.UPDATE_OBJECT_ENCRYPTION, "s3://b/k")

    assert (found.etag, found.version_id, found.is_delete_marker) == (None, None, False)
