"""Where no listing tells a bucket's region, the region that answers is its region, for check and fix alike."""

import json

from tests.integration.live.conftest import FAR, FRANKFURT, HOME, VIRGINIA, Account
from tests.support.cli import Shell
from tests.support.stub import Stub, encryption, error, listing
from tests.support.stub_buckets import StubBuckets


def deny_listing(account: Account) -> None:
    account.aws.faults.fail("ListBuckets", 403, "AccessDenied")


def test_a_named_bucket_at_home_is_fixed_though_nothing_can_be_listed(account: Account) -> None:
    deny_listing(account)

    done = account.shell("fix", f"s3://{HOME}", "--apply", "--yes")

    assert done.exit == 0, done.err
    assert account.algorithm(HOME) == "aws:kms"
    assert "AccessDenied from ListBuckets" in done.err
    assert "the named buckets are read without it, and the region that answers is theirs" in done.err
    assert "1 bucket changed and read back" in done.out


def test_a_named_bucket_elsewhere_is_fixed_in_the_region_that_s3_leads_to(account: Account) -> None:
    deny_listing(account)

    done = account.shell("fix", f"s3://{FAR}", "--apply", "--yes")

    assert done.exit == 0, done.err
    assert account.algorithm(FAR, VIRGINIA) == "aws:kms"
    assert {call.region for call in account.aws.calls if call.operation == "PutBucketEncryption"} == {
        VIRGINIA
    }


def test_the_region_that_is_named_is_asked_first(account: Account) -> None:
    deny_listing(account)

    account.shell("fix", f"s3://{FAR}", "--region", VIRGINIA)

    assert {call.region for call in account.aws.calls if call.operation == "GetBucketEncryption"} == {
        VIRGINIA
    }


def test_a_bucket_of_a_region_that_was_not_asked_for_is_named_and_left_alone(account: Account) -> None:
    deny_listing(account)

    done = account.shell("fix", f"s3://{FAR}", "--region", FRANKFURT, "--apply", "--yes")

    assert done.exit == 3
    assert f"it is in {VIRGINIA}" in done.err
    assert account.algorithm(FAR, VIRGINIA) == "AES256"


def test_a_pattern_keeps_to_its_region_where_the_listing_tells_none(account: Account) -> None:
    account.aws.faults.without_regions = True

    done = account.shell("fix", "--region", VIRGINIA, "--apply", "--yes")

    assert done.exit == 0, done.err
    assert (account.algorithm(HOME), account.algorithm(FAR, VIRGINIA)) == ("AES256", "aws:kms")
    assert "1 bucket was listed without a region: the one that answered is taken" in done.err


def test_all_buckets_are_fixed_where_the_listing_tells_no_region(account: Account) -> None:
    account.aws.faults.without_regions = True

    done = account.shell("fix", "--apply", "--yes")

    assert done.exit == 0, done.err
    assert (account.algorithm(HOME), account.algorithm(FAR, VIRGINIA)) == ("aws:kms", "aws:kms")


def test_a_check_tells_the_region_that_answered(account: Account) -> None:
    account.aws.faults.without_regions = True

    found = json.loads(account.shell("check", "--format", "json").out)["findings"]

    assert {f["bucket"]: f["region"] for f in found} == {HOME: FRANKFURT, FAR: VIRGINIA}


def test_a_redirected_bucket_is_asked_in_the_right_region_the_second_time(account: Account) -> None:
    deny_listing(account)
    (account.shell.folder / "s3kms.toml").write_text(
        '[[overrides]]\ntags = { a = "b" }\nalgorithm = "aws:kms"\n'
    )

    done = account.shell("check", f"s3://{FAR}", "--format", "json")

    assert done.exit in {0, 10}, done.err
    asked = [c.region for c in account.aws.calls if c.operation == "GetBucketTagging"]
    assert asked == [VIRGINIA]


def test_a_server_without_regions_and_without_a_listing_is_fixed(shell: Shell) -> None:
    buckets = StubBuckets("logs")
    with buckets.stub as stub:
        stub.on["ListBuckets"] = error("AccessDenied", 403)
        done = buckets.shell(shell)("fix", "s3://logs", "--apply", "--yes")

    assert done.exit == 0, done.err
    assert buckets.algorithm("logs") == "aws:kms"


def test_a_listing_without_regions_is_no_reason_for_doubt(shell: Shell) -> None:
    with Stub(ListBuckets=listing("logs", region=""), GetBucketEncryption=encryption("aws:kms")) as stub:
        done = shell.having(**stub.env)("check", "--format", "json", "--no-directory-buckets")

    assert done.exit == 0
    assert [f["region"] for f in done.findings] == ["eu-central-1"]
