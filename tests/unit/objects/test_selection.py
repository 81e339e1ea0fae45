"""Which versions are taken: nobody's deliberate key, unless it was named."""

import pytest

from s3kms.model.objects import ObjectEncryption, ObjectVersion
from s3kms.objects.selection import Choice, ObjectSelection, VersionScope

KEY = "arn:aws:kms:eu-west-1:111122223333:key/wanted"
TENANT = "arn:aws:kms:eu-west-1:111122223333:key/tenant"
SELECTION = ObjectSelection(key_arn=KEY, bucket_key=True)


def version(encryption: ObjectEncryption | None, key: str | None = None, **more: object) -> ObjectVersion:
    return ObjectVersion("b", "k", encryption=encryption, key_arn=key, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "choice"),
    [
        (version(ObjectEncryption.SSE_S3), Choice.TAKEN),
        (version(ObjectEncryption.NOT_SSE), Choice.TAKEN),
        (version(ObjectEncryption.SSE_C), Choice.NOT_INCLUDED),
        (version(ObjectEncryption.DSSE_KMS, TENANT), Choice.NOT_INCLUDED),
        (version(ObjectEncryption.DSSE_KMS, KEY), Choice.NOT_INCLUDED),
        (version(ObjectEncryption.SSE_KMS, KEY), Choice.ALREADY),
        (version(ObjectEncryption.SSE_KMS, KEY, bucket_key=False), Choice.ALREADY),
        (version(ObjectEncryption.SSE_KMS, TENANT), Choice.OTHER_KEY),
        (version(ObjectEncryption.SSE_KMS), Choice.OTHER_KEY),
        (version(None), Choice.UNREAD),
        (version(None, is_delete_marker=True), Choice.DELETE_MARKER),
        (version(ObjectEncryption.SSE_S3, is_latest=False), Choice.TAKEN),
    ],
)
def test_by_default_what_nobody_chose_a_key_for_is_taken(found: ObjectVersion, choice: Choice) -> None:
    assert SELECTION.choose(found) is choice


def test_objects_of_another_key_are_taken_where_that_key_is_named() -> None:
    selection = ObjectSelection(key_arn=KEY, bucket_key=True, from_keys=frozenset({TENANT}))

    assert selection.choose(version(ObjectEncryption.SSE_KMS, TENANT)) is Choice.TAKEN
    assert selection.choose(version(ObjectEncryption.SSE_KMS, f"{TENANT}-2")) is Choice.OTHER_KEY


def test_evidence_without_keys_has_to_be_looked_at_where_a_key_is_named() -> None:
    selection = ObjectSelection(key_arn=KEY, bucket_key=True, from_keys=frozenset({TENANT}))

    assert selection.choose(version(ObjectEncryption.SSE_KMS)) is Choice.UNREAD


def test_the_wanted_key_itself_means_its_objects_with_another_bucket_key_setting() -> None:
    selection = ObjectSelection(key_arn=KEY, bucket_key=True, from_keys=frozenset({KEY}))

    assert selection.choose(version(ObjectEncryption.SSE_KMS, KEY, bucket_key=False)) is Choice.TAKEN
    assert selection.choose(version(ObjectEncryption.SSE_KMS, KEY, bucket_key=True)) is Choice.ALREADY
    assert selection.choose(version(ObjectEncryption.SSE_KMS, KEY)) is Choice.UNREAD


@pytest.mark.parametrize("name", [ObjectEncryption.SSE_C, ObjectEncryption.DSSE_KMS])
def test_what_is_included_is_taken(name: ObjectEncryption) -> None:
    selection = ObjectSelection(key_arn=KEY, bucket_key=True, include=frozenset({name}))

    assert selection.choose(version(name, TENANT)) is Choice.TAKEN


def test_noncurrent_versions_are_left_where_the_current_ones_alone_are_meant() -> None:
    selection = ObjectSelection(key_arn=KEY, bucket_key=True, scope=VersionScope.CURRENT)

    assert selection.choose(version(ObjectEncryption.SSE_S3, is_latest=False)) is Choice.NONCURRENT
    assert selection.choose(version(ObjectEncryption.SSE_S3, is_latest=None)) is Choice.TAKEN


def test_dsse_under_the_wanted_key_is_not_done_for_it_stays_dsse() -> None:
    assert not SELECTION.is_done(version(ObjectEncryption.DSSE_KMS, KEY, bucket_key=True))
    assert not SELECTION.is_done(version(ObjectEncryption.SSE_KMS, KEY, bucket_key=False))
    assert SELECTION.is_done(version(ObjectEncryption.SSE_KMS, KEY, bucket_key=True))
