"""What jobs mean for a bucket, said before any is made."""

import pytest

from s3kms.model.plan import PlanClass
from s3kms.objects.engines.batch.hazards import hazards_of
from s3kms.objects.engines.batch.options import BatchOptions, ListMaker
from s3kms.objects.interface import SelectedCounts, Wanted

KEY = "arn:aws:kms:eu-central-1:222222222222:key/k"
ROLE = "arn:aws:iam::222222222222:role/s3kms-batch"
OPTIONS = BatchOptions(bucket="jobs", role_arn=ROLE)


def wanted(*, bucket_key: bool = True, region: str = "eu-central-1") -> Wanted:
    return Wanted("photos", region, "222222222222", KEY, bucket_key)


def classes(
    options: BatchOptions = OPTIONS, *, versions: int = 5, bucket_key: bool = True
) -> dict[str, PlanClass]:
    counts = SelectedCounts(versions, versions)
    found = hazards_of(wanted(bucket_key=bucket_key), counts, options, is_listed_by_s3=False)
    return {one.id: one.plan_class for one in found}


def test_nothing_is_said_where_there_is_nothing_to_do() -> None:
    assert classes(versions=0) == {}


def test_what_is_known_from_documentation_alone_is_said_to_be() -> None:
    assert classes()["batch_from_documentation"] is PlanClass.READY


@pytest.mark.parametrize(
    ("versions", "bucket_key", "found"),
    [
        (1_200_001, False, PlanClass.PREPARE),
        (1_200_000, False, PlanClass.READY),
        (1_200_001, True, PlanClass.READY),
    ],
)
def test_more_requests_than_a_minute_of_the_quota_of_kms_are_to_be_accepted(
    versions: int, bucket_key: bool, found: PlanClass
) -> None:
    """20,000 a second in Frankfurt (fact B19)."""
    assert classes(versions=versions, bucket_key=bucket_key)["batch_pace"] is found


def test_the_quota_of_the_region_is_named() -> None:
    counts = SelectedCounts(5, 5)
    for region, quota in (("us-east-1", "100,000"), ("eu-central-1", "20,000"), ("sa-east-1", "10,000")):
        hazards = hazards_of(wanted(region=region), counts, OPTIONS, is_listed_by_s3=False)
        assert f"{quota} requests per second" in next(one.why for one in hazards if one.id == "batch_pace")


def test_a_role_and_a_bucket_have_to_be_named_first() -> None:
    assert {"batch_needs_role", "batch_needs_bucket"} <= set(classes(BatchOptions()))
    assert "batch_needs_role" not in classes(BatchOptions(bucket="jobs", new_role="made"))
    assert "batch_needs_bucket" in classes(BatchOptions(bucket="photos", role_arn=ROLE))


def test_lists_of_s3_are_said_to_hold_what_was_written_since() -> None:
    options = BatchOptions(bucket="jobs", role_arn=ROLE, lists=ListMaker.S3)
    found = hazards_of(wanted(), SelectedCounts(5, 5), options, is_listed_by_s3=True)

    (told,) = [one for one in found if one.id == "batch_listed_by_s3"]
    assert "not confirmed by AWS" in told.why
    assert "job-list=ours" in str(told.advice)
