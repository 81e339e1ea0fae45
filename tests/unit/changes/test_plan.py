"""From one bucket and what is required of it to the change, or why it is not changed. Pure."""

from dataclasses import replace

import pytest

from s3kms.changes.buckets.medium import BucketMedium
from s3kms.changes.buckets.plan import plan_change
from s3kms.changes.plan import ChangePlan
from s3kms.changes.request import FixRequest
from s3kms.changes.requirement import EncryptionRequirement
from s3kms.model.bucket import Bucket, BucketKind
from s3kms.model.change import Change
from s3kms.model.encryption import DSSE_KMS, SSE_KMS, SSE_S3, Encryption
from s3kms.model.errors import Refused
from s3kms.model.skipped import Skipped, SkippedBucket
from s3kms.model.targets import parse_target

KEY = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000000"


def bucket(algorithm: str | None, *, key: str | None = None, bucket_key: bool | None = None) -> Bucket:
    return Bucket(
        "logs", "111122223333", "eu-central-1", encryption=Encryption(algorithm, key, bucket_key, ("SSE-C",))
    )


def after(found: Bucket, required: EncryptionRequirement) -> Encryption:
    change = plan_change(found, required)
    assert isinstance(change, Change)
    return change.after


def test_what_is_not_asked_for_is_written_back() -> None:
    assert after(bucket(SSE_S3), EncryptionRequirement(key=KEY)) == Encryption(SSE_KMS, KEY, True, ("SSE-C",))


def test_a_default_that_this_version_does_not_know_is_unknown_whether_it_is_named_or_not() -> None:
    for is_named in (False, True):
        found = plan_change(bucket("aws:fsx"), EncryptionRequirement(is_named=is_named))
        assert isinstance(found, Skipped)
        assert (found.is_unknown, found.is_refusal) == (True, True)


def test_a_key_replaces_another_only_where_it_is_asked_to() -> None:
    has_kms = bucket(SSE_KMS, key="alias/other", bucket_key=True)

    assert isinstance(plan_change(has_kms, EncryptionRequirement(key=KEY)), Skipped)
    assert after(has_kms, EncryptionRequirement(key=KEY, rekey=True)).key == KEY


def test_a_bucket_that_is_right_already_is_compliant() -> None:
    found = plan_change(bucket(DSSE_KMS, bucket_key=False), EncryptionRequirement())

    assert isinstance(found, Skipped)
    assert (found.is_compliant, found.is_unknown) == (True, False)


@pytest.mark.parametrize(
    ("required", "says"),
    [
        (EncryptionRequirement(key=KEY), "its key cannot be changed later"),
        (EncryptionRequirement(algorithm=DSSE_KMS, is_named=True), "cannot have DSSE-KMS"),
        (EncryptionRequirement(is_named=True), "cannot have aws/s3"),
    ],
)
def test_what_a_directory_bucket_cannot_have_is_refused(required: EncryptionRequirement, says: str) -> None:
    directory = replace(bucket(SSE_S3), kind=BucketKind.DIRECTORY)

    found = plan_change(directory, required)

    assert isinstance(found, Skipped)
    assert says in found.reason
    assert found.is_refusal


class Nowhere:
    def read(self, change: Change) -> Encryption:
        raise AssertionError("nothing is read")

    def write(self, change: Change) -> None:
        raise AssertionError("nothing is written")


@pytest.mark.parametrize(("target", "is_refused"), [("s3://logs", True), ("s3://log*", False)])
def test_a_plan_is_refused_where_a_named_bucket_cannot_have_what_is_asked(
    target: str, is_refused: bool
) -> None:
    skipped = SkippedBucket(bucket(SSE_S3), Skipped("is a table bucket", is_refusal=True))
    plan = ChangePlan(
        request=FixRequest(targets=(parse_target(target),)),
        medium=BucketMedium(Nowhere(), "111122223333"),
        skipped=(skipped,),
    )

    if is_refused:
        with pytest.raises(Refused, match="s3://logs is a table bucket"):
            plan.check()
    else:
        plan.check()
