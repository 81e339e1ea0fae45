"""What re-encrypting costs, by each engine: worked by hand, and what may never be claimed."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from s3kms.model.object_costs import CostKind, EngineEstimate
from s3kms.model.object_summary import EvidenceCoverage, SampleFrame, Tally
from s3kms.model.objects import ObjectEncryption, ObjectVersion
from s3kms.objects.cost import EstimateConditions, ObjectGroup
from s3kms.objects.engine_sizes import engines_by_size
from s3kms.objects.estimate import advise_engine, estimate_engines, estimate_notes
from s3kms.objects.estimate_basis import read_back_line
from s3kms.objects.offender_costs import estimate_offenders
from s3kms.objects.prices import OBJECT_PRICES

MILLION = 1_000_000
GIB = 1024**3
WITHOUT_BUCKET_KEY = EstimateConditions(bucket_key=False, region="us-east-1", is_versioned=False)


def group(
    versions: int = MILLION,
    *,
    encryption: ObjectEncryption | None = ObjectEncryption.SSE_S3,
    storage_class: str | None = "STANDARD",
    is_latest: bool | None = True,
    size: int | None = 1000 * GIB,
    **more: float,
) -> ObjectGroup:
    sample = ObjectVersion("b", "", encryption=encryption, storage_class=storage_class, is_latest=is_latest)
    return ObjectGroup(sample, versions, size, **more)  # type: ignore[arg-type]


def estimates(
    *groups: ObjectGroup, conditions: EstimateConditions = WITHOUT_BUCKET_KEY
) -> dict[str, EngineEstimate]:
    return {one.engine: one for one in estimate_engines(groups, conditions)}


def reasons(estimate: EngineEstimate) -> list[tuple[str, int]]:
    return [(left.reason, left.versions) for left in estimate.immovable]


def dollars_of(estimate: EngineEstimate, kind: CostKind) -> float | None:
    (line,) = [line for line in estimate.lines if line.kind is kind]
    return line.dollars


def test_a_million_standard_objects_cost_five_dollars_of_writes_and_up_to_three_of_kms() -> None:
    found = estimates(group())

    assert found["update"].dollars == pytest.approx(5 + 0.804 + 3)
    assert found["batch"].dollars == pytest.approx(5 + 0.25 + 1 + 3)
    assert found["copy"].dollars == pytest.approx(5 + 0.804 + 3)


@pytest.mark.parametrize("storage_class", [*OBJECT_PRICES.classes, None, "A_NEW_CLASS"])
def test_an_update_costs_the_same_in_every_storage_class(storage_class: str | None) -> None:
    found = estimates(group(storage_class=storage_class))

    assert found["update"].dollars == estimates(group())["update"].dollars
    assert found["update"].is_complete


def test_a_bucket_key_saves_99_percent_of_the_requests_to_kms() -> None:
    found = estimates(group(), conditions=EstimateConditions(bucket_key=True))

    assert dollars_of(found["update"], CostKind.KMS) == pytest.approx(0.03)
    assert found["batch"].kms_requests == pytest.approx(10_000)


def test_archived_objects_are_updated_and_not_copied_and_their_restore_is_no_part_of_the_sum() -> None:
    found = estimates(group(storage_class="DEEP_ARCHIVE"))

    assert found["update"].versions == MILLION
    assert found["copy"].versions == 0
    assert reasons(found["copy"]) == [("archived", MILLION)]
    assert found["copy"].dollars == 0
    assert dollars_of(found["copy"], CostKind.RESTORE) == pytest.approx(100 + 20)


@pytest.mark.parametrize(
    ("encryption", "update", "copy"),
    [
        (ObjectEncryption.SSE_S3, True, True),
        (ObjectEncryption.SSE_KMS, True, True),
        (ObjectEncryption.NOT_SSE, False, True),
        (ObjectEncryption.DSSE_KMS, False, True),
        (ObjectEncryption.SSE_C, False, False),
        (None, True, True),
    ],
)
def test_each_engine_counts_what_it_can_move_by_the_encryption(
    encryption: ObjectEncryption | None, update: bool, copy: bool
) -> None:
    found = estimates(group(7, encryption=encryption))

    assert {name for name, one in found.items() if one.versions == 7} == {
        name for name, can in (("update", update), ("batch", update), ("copy", copy)) if can
    }
    assert all(one.versions + sum(left.versions for left in one.immovable) == 7 for one in found.values())


def test_noncurrent_versions_are_updated_and_never_copied() -> None:
    found = estimates(group(3), group(5, is_latest=False))

    assert (found["update"].versions, found["batch"].versions, found["copy"].versions) == (8, 8, 3)
    assert reasons(found["copy"]) == [("noncurrent", 5)]


def test_a_copy_in_infrequent_access_reads_and_pays_at_most_30_days_of_what_is_younger() -> None:
    half = estimates(group(storage_class="STANDARD_IA", young_bytes=500 * GIB))["copy"]
    unknown = estimates(group(storage_class="STANDARD_IA"))["copy"]
    old = estimates(group(storage_class="STANDARD_IA", young_bytes=0))["copy"]

    assert dollars_of(half, CostKind.RETRIEVAL) == pytest.approx(10)
    assert dollars_of(half, CostKind.EARLY_DELETE) == pytest.approx(6.25)
    assert dollars_of(unknown, CostKind.EARLY_DELETE) == pytest.approx(12.5)
    assert dollars_of(old, CostKind.EARLY_DELETE) == 0
    assert [line.is_upper for line in half.lines if line.kind is CostKind.EARLY_DELETE] == [True]


def test_the_minimum_duration_of_an_archive_is_counted_in_months() -> None:
    found = estimates(group(storage_class="GLACIER_IR", young_bytes=1000 * GIB))["copy"]

    assert dollars_of(found, CostKind.EARLY_DELETE) == pytest.approx(1000 * 0.004 * 3)


@pytest.mark.parametrize("is_versioned", [True, None])
def test_a_copy_in_a_bucket_with_versions_leaves_old_ones_that_cost_every_month(
    is_versioned: bool | None,
) -> None:
    conditions = EstimateConditions(bucket_key=False, is_versioned=is_versioned)
    found = estimates(group(storage_class="STANDARD_IA"), conditions=conditions)["copy"]

    assert found.dollars_per_month == pytest.approx(12.5)
    early = [line for line in found.lines if line.kind is CostKind.EARLY_DELETE]
    assert bool(early) is (is_versioned is None)
    assert any("not known" in note for note in found.notes) is (is_versioned is None)


def test_large_objects_are_copied_in_parts_and_two_more_requests_each() -> None:
    found = estimates(group(10, large=2, large_parts=7))["copy"]

    assert found.lines[0].units == 8 + 2 * 2 + 7


def test_a_storage_class_without_a_known_price_makes_the_copy_incomplete_and_nothing_else() -> None:
    found = estimates(group(storage_class="A_NEW_CLASS"))

    assert (found["copy"].is_complete, found["update"].is_complete) == (False, True)


def test_what_has_no_size_has_no_invented_cost_of_bytes() -> None:
    found = estimates(group(storage_class="GLACIER_IR", size=None))["copy"]

    assert found.bytes is None
    assert dollars_of(found, CostKind.RETRIEVAL) is None
    assert not found.is_complete


def test_lines_of_one_class_are_added_up_over_encryptions() -> None:
    found = estimates(group(2), group(3, encryption=ObjectEncryption.NOT_SSE))["copy"]

    assert [(line.what, line.units) for line in found.lines[:1]] == [("CopyObject to STANDARD", 5)]


def test_a_job_is_needed_for_each_source_of_encryption_and_key() -> None:
    kms = ObjectVersion("b", "", encryption=ObjectEncryption.SSE_KMS, key_arn="arn:1")
    found = estimates(group(1), group(1, is_latest=False), ObjectGroup(kms, 1, 1))["batch"]

    assert [line.units for line in found.lines if line.what.endswith("Operations jobs")] == [2]


def test_the_time_of_an_update_is_that_of_the_tightest_limit() -> None:
    def time_of(region: str, *, bucket_key: bool, max_rps: float | None = None) -> tuple[float | None, str]:
        conditions = EstimateConditions(bucket_key=bucket_key, region=region, max_rps=max_rps)
        found = estimates(group(35 * MILLION), conditions=conditions)["update"]
        return found.seconds, found.limit

    assert time_of("us-east-1", bucket_key=False)[0] == pytest.approx(10_000)
    assert time_of("sa-east-1", bucket_key=False)[0] == pytest.approx(10_000)
    seconds, limit = time_of("us-east-1", bucket_key=True, max_rps=350)
    assert seconds == pytest.approx(3 * 100_000 + 10_000 / 350)
    assert "350" in limit


def test_no_time_is_claimed_for_a_batch_job() -> None:
    found = estimates(group())["batch"]

    assert found.seconds is None
    assert "no job rate" in found.limit


def test_the_notes_name_date_and_region_of_the_prices_and_what_is_not_documented() -> None:
    here = " ".join(estimate_notes(WITHOUT_BUCKET_KEY))
    there = " ".join(estimate_notes(EstimateConditions(bucket_key=True, region="eu-central-1")))

    assert "us-east-1, August 2026" in here
    assert "eu-central-1 are not known" in there
    assert "no exact number" in here
    assert ("99%" in here, "99%" in there) == (False, True)


def test_update_is_advised_while_it_takes_a_day_at_most_then_batch_then_copy_for_what_only_it_can_do() -> (
    None
):
    rows = {row.objects: row.advised for row in engines_by_size(WITHOUT_BUCKET_KEY)}

    assert rows == {
        10_000: "update",
        MILLION: "update",
        100 * MILLION: "update",
        1_000 * MILLION: "batch",
        10_000 * MILLION: "batch",
    }
    assert (
        advise_engine(estimate_engines((group(encryption=ObjectEncryption.NOT_SSE),), WITHOUT_BUCKET_KEY))
        == "copy"
    )


def test_nothing_to_move_costs_nothing() -> None:
    assert [(one.dollars, one.versions) for one in estimate_engines((), WITHOUT_BUCKET_KEY)] == [(0, 0)] * 3


class _OneGroup:
    """A table whose offenders are ten objects of one class."""

    def ask(self, *_: object) -> Iterator[tuple[object, ...]]:
        yield ("SSE-S3", "STANDARD", True, 10, 1000, 0, None, 0, 0, 0, 10, 0)


@pytest.mark.parametrize(
    ("sample", "versions"),
    [
        (None, 10),
        (SampleFrame(Tally(20, 2000), 0, 20, 1, is_whole=True), 10),
        (SampleFrame(Tally(1000, 2000), 0, 20, 1, is_whole=True), 500),
    ],
)
def test_a_sample_stands_for_all_that_were_listed_and_says_so(
    sample: SampleFrame | None, versions: int
) -> None:
    coverage = EvidenceCoverage("a sample", all_versions=False, bucket="b", sample=sample)
    found = estimate_offenders(_OneGroup(), coverage, None, datetime(2026, 11, 26, tzinfo=UTC))

    assert {one.versions for one in found.with_bucket_key} == {versions}
    assert any("a rough estimate" in note for note in found.notes) is (versions == 500)


@pytest.mark.parametrize(("versions", "reads"), [(10, 30), (100_000, 300_000), (1_000_000, 2_010_000)])
def test_each_version_is_read_before_and_after_and_up_to_a_sample_of_them_at_the_end(
    versions: int, reads: int
) -> None:
    line = read_back_line(versions, OBJECT_PRICES)

    assert line.units == reads
