"""One field of a request is one place: what hangs on an option is derived from the field itself."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.support.events import default_evaluator
from tests.support.findings import ACCOUNT, OTHER, finding

from s3kms.model.bucket import Bucket
from s3kms.model.encryption import NO_CONFIGURATION
from s3kms.model.errors import BadInput
from s3kms.model.findings import Finding
from s3kms.model.request_fields import (
    LIVE_ONLY,
    BucketIdentity,
    checkpoint_key,
    journal_fields,
    keeps_bucket,
    request_field,
)
from s3kms.model.targets import AggregatorTarget, CodeTarget, parse_targets
from s3kms.results.comparison import Comparison, ComparisonScope
from s3kms.results.earlier import EarlierResult
from s3kms.scan.checkpoint import question_of
from s3kms.scan.engine import Scan
from s3kms.scan.request import ScanRequest

CODE = CodeTarget((Path("infra"),))


def _begins(prefix: str, bucket: BucketIdentity) -> bool:
    return (bucket.name or "").startswith(prefix)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrefixRequest(ScanRequest):
    """A check with one more option. Nothing else in the product knows of it."""

    prefix: str = request_field("", applies_to=LIVE_ONLY, keeps=_begins, is_journalled=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRequest(ScanRequest):
    """A check with an option whose values nobody may read."""

    secrets: tuple[tuple[str, str], ...] = request_field((), is_journalled=True, is_secret=True)


LOGS = PrefixRequest(prefix="logs")


def bucket(name: str, **known: Any) -> Bucket:
    return Bucket(name, account=ACCOUNT, region="eu-central-1", encryption=NO_CONFIGURATION, **known)


def checked(request: ScanRequest, *names: str) -> list[str | None]:
    scan = Scan(request, default_evaluator())
    events = scan.run(iter([bucket(name) for name in names]))
    return [event.bucket for event in events if isinstance(event, Finding)]


def test_a_narrowing_field_narrows_what_is_checked() -> None:
    assert checked(LOGS, "logs-a", "web", "logs-b") == ["logs-a", "logs-b"]
    assert checked(PrefixRequest(), "logs-a", "web") == ["logs-a", "web"]


def test_a_narrowing_field_is_part_of_what_a_checkpoint_is_of() -> None:
    asked = question_of(LOGS, ["r"], ACCOUNT, "")

    assert asked["prefix"] == frozenset({"logs"})
    assert asked != question_of(PrefixRequest(prefix="web"), ["r"], ACCOUNT, "")


def test_what_a_narrowing_field_leaves_out_is_not_gone() -> None:
    earlier = EarlierResult("old.json", [finding("logs-a"), finding("web"), finding("logs-lost")])
    comparison = Comparison(earlier, ComparisonScope(("r",), partial(keeps_bucket, LOGS)))

    comparison.compare(finding("logs-a"))

    assert [gone.bucket for gone in comparison.gone()] == ["logs-lost"]
    assert comparison.summary().unseen == 1


def test_a_journal_keeps_a_field_that_was_given_and_says_that_it_is_to_be_kept() -> None:
    assert journal_fields(LOGS) == {"prefix": "logs"}
    assert journal_fields(PrefixRequest(regions=("eu-central-1",))) == {}


def test_a_journal_keeps_of_a_secret_the_names_alone() -> None:
    assert journal_fields(SecretRequest(secrets=(("password", "hunter2"),))) == {"secrets": ["password"]}


@pytest.mark.parametrize("targets", [CODE, AggregatorTarget("org")])
def test_a_field_of_live_buckets_does_not_apply_to_other_targets(
    targets: CodeTarget | AggregatorTarget,
) -> None:
    with pytest.raises(BadInput, match="prefix is about buckets in an account, and the targets are"):
        replace(LOGS, targets=targets).check()


def test_a_field_that_says_its_default_is_no_mistake_where_it_does_not_apply() -> None:
    PrefixRequest(targets=CODE).check()


def test_an_option_that_was_named_is_a_mistake_though_it_says_its_default() -> None:
    with pytest.raises(BadInput, match="prefix is about"):
        PrefixRequest(targets=CODE).check(frozenset({"prefix"}))


# The fields that there are


@pytest.mark.parametrize(
    ("request_", "identity", "is_kept"),
    [
        (ScanRequest(), BucketIdentity("a"), True),
        (ScanRequest(targets=parse_targets(["s3://logs-*"])), BucketIdentity("logs-a"), True),
        (ScanRequest(targets=parse_targets(["s3://logs-*"])), BucketIdentity("web"), False),
        (ScanRequest(targets=parse_targets(["s3://logs-*"])), BucketIdentity(None), False),
        (ScanRequest(regions=("eu-west-1",)), BucketIdentity("a", region="eu-west-1"), True),
        (ScanRequest(regions=("eu-west-1",)), BucketIdentity("a", region="eu-central-1"), False),
        (ScanRequest(directory_buckets=False), BucketIdentity("d--use1-az4--x-s3"), False),
        (ScanRequest(directory_buckets=None), BucketIdentity("d--use1-az4--x-s3"), True),
        (ScanRequest(targets=CODE), BucketIdentity(None), True),
    ],
)
def test_targets_regions_and_directory_buckets_narrow(
    request_: ScanRequest, identity: BucketIdentity, is_kept: bool
) -> None:
    assert keeps_bucket(request_, identity) is is_kept


def test_a_directory_bucket_of_another_account_is_not_the_one_that_its_arn_names() -> None:
    arn = f"arn:aws:s3express:us-east-1:{ACCOUNT}:bucket/d--use1-az4--x-s3"
    request = ScanRequest(targets=parse_targets([arn]))

    assert keeps_bucket(request, BucketIdentity("d--use1-az4--x-s3", ACCOUNT, "us-east-1", arn))
    assert not keeps_bucket(request, BucketIdentity("d--use1-az4--x-s3", OTHER, "us-east-1", arn))


def test_a_bucket_whose_region_is_not_known_is_looked_at() -> None:
    """It is not known that it is elsewhere."""
    scan = Scan(ScanRequest(regions=("eu-west-1",)), default_evaluator())
    unplaced = replace(bucket("a"), region=None)

    assert [event for event in scan.run(iter([unplaced])) if isinstance(event, Finding)]


def test_a_checkpoint_is_of_targets_regions_accounts_and_configuration() -> None:
    assert set(checkpoint_key(ScanRequest())) == {
        "targets",
        "regions",
        "deep",
        "directory_buckets",
        "org",
        "accounts",
        "exclude_accounts",
        "configuration",
    }


def test_a_checkpoint_does_not_hang_on_the_order_or_the_form_of_what_was_asked() -> None:
    one = ScanRequest(targets=parse_targets(["s3://a1b", "s3://c1d"]), regions=("eu-west-1", "us-east-1"))
    other = ScanRequest(targets=parse_targets(["c1d", "a1b"]), regions=("us-east-1", "eu-west-1"))

    assert question_of(one, ["r", "s"], ACCOUNT, "") == question_of(other, ["s", "r"], ACCOUNT, "")


def test_a_checkpoint_says_in_words_what_was_asked() -> None:
    arns = ["arn:aws:s3:::a1b", f"arn:aws:s3express:us-east-1:{ACCOUNT}:bucket/d--use1-az4--x-s3"]
    request = ScanRequest(targets=parse_targets(["s3://logs-*", *arns]), directory_buckets=False)

    asked = question_of(request, ["r"], ACCOUNT, "http://x")

    assert asked["targets"] == {"s3://logs-*", *arns}
    assert asked["directory_buckets"] == {"no"}
    assert question_of(ScanRequest(), ["r"], ACCOUNT, "")["directory_buckets"] == frozenset()


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        (ScanRequest(org=True, accounts=(OTHER,)), "org means every account; leave accounts out"),
        (ScanRequest(assume_role="Audit"), "are about other accounts; add org or accounts"),
        (
            ScanRequest(targets=AggregatorTarget("o"), assume_role="Audit"),
            "no role in another account is assumed without confirm",
        ),
        (ScanRequest(targets=AggregatorTarget("o"), directory_buckets=True), "config://o knows no directory buckets"),
        (ScanRequest(state=Path("s"), iac=(Path("infra"),)), "state does not remember what iac says"),
        (ScanRequest(variables=(("a", "b"),)), "variables is about code"),
    ],
)  # fmt: skip
def test_options_that_do_not_go_together_are_a_mistake(request_: ScanRequest, says: str) -> None:
    with pytest.raises(BadInput) as caught:
        request_.check()

    assert says in f"{caught.value}; {caught.value.advice}"


def test_variables_of_code_go_with_live_buckets_beside_their_code() -> None:
    ScanRequest(iac=(Path("infra"),), variables=(("a", "b"),), workspace="prod").check()
