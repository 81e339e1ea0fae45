"""Which buckets of a listing are wanted, also by thousands of names."""

from collections.abc import Callable

import pytest

from s3kms.aws.response_checks import ListedBucket
from s3kms.model.request_fields import BucketIdentity, narrowing_of
from s3kms.model.targets import Target, TargetIndex, parse_targets
from s3kms.scan.request import ScanRequest
from s3kms.sources.selection import Selection

TARGETS = parse_targets(
    [
        "s3://one-bucket",
        "s3://logs-*",
        "arn:aws:s3:::one-bucket",
        "s3://[ab]-data",
        "arn:aws-cn:s3:::cn-bucket",
    ]
)
NAMES = ("one-bucket", "one-bucket2", "logs-", "logs-a", "a-data", "c-data", "cn-bucket", "two-bucket")


@pytest.mark.parametrize("name", NAMES)
def test_an_index_of_targets_finds_what_comparing_with_each_finds(name: str) -> None:
    found = TargetIndex.of(TARGETS).matching(name)

    assert sorted(map(str, found)) == sorted(str(target) for target in TARGETS if target.matches(name))


def lines_run(work: Callable[[], object]) -> int:
    """How many lines of Python a piece of work goes through: a budget that a noisy machine cannot change."""
    import sys

    count = 0

    def trace(_frame: object, event: str, _argument: object) -> object:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)  # type: ignore[arg-type]
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def test_what_a_bucket_costs_does_not_hang_on_how_many_are_named() -> None:
    targets = tuple(Target(f"bucket-{number}") for number in range(3000))
    selection, narrowing = Selection.of(targets), narrowing_of(ScanRequest(targets=targets))
    assert narrowing is not None
    listed = ListedBucket("bucket-2999", "eu-west-1")

    assert lines_run(lambda: selection.wants(listed)) < 30
    assert lines_run(lambda: narrowing(BucketIdentity("bucket-2999"))) < 60
    assert selection.wants(listed)
    assert narrowing(BucketIdentity("bucket-2999"))
    assert not selection.wants(ListedBucket("other", "eu-west-1"))
    assert not narrowing(BucketIdentity("other"))
