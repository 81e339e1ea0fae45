"""What a copy must be given again, and what is compared afterwards."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3kms.model.objects import ObjectAcl, ObjectEncryption, ObjectGrant, ObjectHead, ObjectLockState
from s3kms.objects.engines.copy.restated import (
    CustomerKey,
    Original,
    destination_headers,
    encryption_headers,
    has_strange_grants,
    lost_properties,
    part_ranges,
    restated_headers,
    source_headers,
    written_anew,
)
from s3kms.objects.interface import Wanted

NOW = datetime(2026, 11, 27, tzinfo=UTC)
LATER, EARLIER = datetime(2030, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)
WANTED = Wanted(
    "data", "us-east-1", "111111111111", "arn:aws:kms:us-east-1:111111111111:key/k", bucket_key=True
)
OWNER = ObjectGrant("me", "FULL_CONTROL")


def head(**changes: Any) -> ObjectHead:
    plain: dict[str, Any] = {
        "size": 3,
        "etag": "e",
        "last_modified": EARLIER,
        "version_id": None,
        "storage_class": "STANDARD",
        "encryption": ObjectEncryption.SSE_S3,
        "key_arn": None,
        "bucket_key": False,
        "metadata": {},
        "content_headers": {},
        "redirect": None,
        "lock_mode": None,
        "retain_until": None,
        "legal_hold": False,
        "replication_status": None,
        "restore": None,
        "tag_count": 0,
        "headers": {},
    }
    return ObjectHead(**plain | changes)


def original(
    key: str = "k", acl: ObjectAcl | None = None, lock: ObjectLockState | None = None, **changes: Any
) -> Original:
    return Original(key, head(**changes), acl, lock or ObjectLockState())


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("a b+c", "data/a%20b%2Bc"),
        ("what?versionId=1", "data/what%3FversionId%3D1"),
        ("é/\n", "data/%C3%A9/%0A"),
        ("%2F", "data/%252F"),
    ],
)
def test_the_source_is_quoted(key: str, path: str) -> None:
    assert source_headers(original(key), WANTED)["x-amz-copy-source"] == path


def test_source_and_destination_are_pinned() -> None:
    found = source_headers(original(version_id="v+1"), WANTED)

    assert found["x-amz-copy-source"] == "data/k?versionId=v%2B1"
    assert found["x-amz-copy-source-if-match"] == '"e"'
    assert destination_headers(original()) == {"If-Match": '"e"'}


def test_a_customers_key_goes_with_the_source() -> None:
    made = Original(
        "k", head(), None, ObjectLockState(), CustomerKey("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
    )

    found = source_headers(made, WANTED)

    prefix = "x-amz-copy-source-server-side-encryption-customer-"
    assert {name.removeprefix(prefix) for name in found if name.startswith(prefix)} == {
        "algorithm",
        "key",
        "key-MD5",
    }


def test_key_and_bucket_key_are_said() -> None:
    found = encryption_headers(WANTED)

    assert found["x-amz-server-side-encryption-aws-kms-key-id"] == WANTED.key_arn
    assert found["x-amz-server-side-encryption-bucket-key-enabled"] == "true"


def test_class_and_redirect_are_restated() -> None:
    found = restated_headers(original(storage_class="STANDARD_IA", redirect="/x"), NOW)

    assert found == {"x-amz-storage-class": "STANDARD_IA", "x-amz-website-redirect-location": "/x"}


@pytest.mark.parametrize(("until", "is_restated"), [(LATER, True), (EARLIER, False), (NOW, False)])
def test_a_retention_is_restated_until_it_has_ended(until: datetime, is_restated: bool) -> None:
    found = restated_headers(original(lock=ObjectLockState("COMPLIANCE", until)), NOW)

    assert ("x-amz-object-lock-mode" in found) is is_restated
    assert (found.get("x-amz-object-lock-retain-until-date") == "2030-01-01T00:00:00.000Z") is is_restated


def test_a_hold_is_restated() -> None:
    assert (
        restated_headers(original(lock=ObjectLockState(legal_hold=True)), NOW)["x-amz-object-lock-legal-hold"]
        == "ON"
    )


def test_all_grants_are_restated_the_owners_too() -> None:
    everyone = "http://acs.amazonaws.com/groups/global/AllUsers"
    acl = ObjectAcl("me", (OWNER, ObjectGrant(everyone, "READ"), ObjectGrant("you", "READ")))

    found = restated_headers(original(acl=acl), NOW)

    assert found["x-amz-grant-full-control"] == 'id="me"'
    assert found["x-amz-grant-read"] == f'uri="{everyone}", id="you"'


def test_the_private_acl_needs_no_header() -> None:
    assert restated_headers(original(acl=ObjectAcl("me", (OWNER,))), NOW) == {
        "x-amz-storage-class": "STANDARD"
    }


@pytest.mark.parametrize(
    ("grant", "is_strange"),
    [
        (ObjectGrant("you", "WRITE"), True),
        (ObjectGrant('you", id="me', "READ"), True),
        (ObjectGrant("you", "WRITE_ACP"), False),
    ],
)
def test_a_grant_that_no_header_says_is_strange(grant: ObjectGrant, is_strange: bool) -> None:
    assert has_strange_grants(ObjectAcl("me", (OWNER, grant))) is is_strange


def test_an_owner_without_a_grant_is_not_private() -> None:
    acl = ObjectAcl("me", (ObjectGrant("me", "READ"),))

    assert restated_headers(original(acl=acl), NOW)["x-amz-grant-read"] == 'id="me"'


def test_an_upload_is_given_metadata_headers_tags_and_the_algorithm() -> None:
    made = original(
        metadata={"a": "b"},
        content_headers={"Content-Type": "text/csv"},
        headers={"x-amz-checksum-crc32": "AAAA", "x-amz-checksum-type": "FULL_OBJECT"},
    )

    assert written_anew(made, "t=1") == {
        "Content-Type": "text/csv",
        "x-amz-meta-a": "b",
        "x-amz-tagging": "t=1",
        "x-amz-checksum-algorithm": "CRC32",
        "x-amz-checksum-type": "FULL_OBJECT",
    }


def test_a_sha_of_parts_is_not_asked_for_over_the_whole() -> None:
    made = original(headers={"x-amz-checksum-sha256": "AAAA", "x-amz-checksum-type": "FULL_OBJECT"})

    assert written_anew(made, "") == {"x-amz-checksum-algorithm": "SHA256"}


@given(st.integers(1, 60_000_000_000_000), st.integers(1, 6_000_000_000))
def test_parts_cover_every_byte_once_and_are_not_too_many(size: int, part_bytes: int) -> None:
    ranges = part_ranges(size, max(part_bytes, size // 10_000), 10_000)

    assert len(ranges) <= 10_000
    assert (ranges[0][0], ranges[-1][1]) == (0, size - 1)
    assert all(before[1] + 1 == after[0] for before, after in pairwise(ranges))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"size": 4}, "size"),
        ({"storage_class": "GLACIER_IR"}, "storage class"),
        ({"metadata": {"a": "b"}}, "metadata"),
        ({"content_headers": {"Content-Type": "x"}}, "content headers"),
        ({"redirect": "/x"}, "website redirect"),
        ({"tag_count": 1}, "tags"),
        ({"legal_hold": True}, "legal hold"),
        ({"headers": {"x-amz-object-lock-event-hold": "ON"}}, "event hold"),
    ],
)
def test_what_a_copy_lost_is_told(changes: dict[str, Any], told: str) -> None:
    assert lost_properties(head(), head(**changes), NOW) == (told,)


def test_a_retention_that_was_lost_is_told_unless_it_had_ended() -> None:
    assert lost_properties(head(lock_mode="GOVERNANCE", retain_until=LATER), head(), NOW) == ("retention",)
    assert lost_properties(head(lock_mode="GOVERNANCE", retain_until=EARLIER), head(), NOW) == ()
    assert lost_properties(head(), head(lock_mode="GOVERNANCE", retain_until=LATER), NOW) == ()


def test_encryption_date_and_etag_are_not_kept_and_not_told() -> None:
    after = head(
        etag="f", last_modified=NOW, encryption=ObjectEncryption.SSE_KMS, key_arn="k", version_id="2"
    )

    assert lost_properties(head(), after, NOW) == ()
