"""A denial with a reason: the server's own sentence, in the table, in JSON, and in errors of both clients."""

import pytest
from tests.integration.live.conftest import HOME, Account

USER = "User: arn:aws:sts::222222222222:assumed-role/auditor/me is not authorized to perform: "
SCP = USER + "s3:GetEncryptionConfiguration with an explicit deny in a service control policy"
NO_POLICY = USER + "s3:PutEncryptionConfiguration because no identity-based policy allows the action\u202e"


@pytest.mark.parametrize("format_", ["table", "json", "jsonl", "csv", "markdown", "sarif"])
def test_every_format_shows_why_a_bucket_could_not_be_read(account: Account, format_: str) -> None:
    account.aws.faults.fail("GetBucketEncryption", 403, "AccessDenied", SCP, bucket=HOME)

    done = account.shell.having(COLUMNS="1000")("check", "--format", format_)

    shown = "".join(done.out.replace("\\", "").split())
    assert "withanexplicitdenyinaservicecontrolpolicy" in shown


def test_a_denied_listing_says_why(account: Account) -> None:
    account.aws.faults.fail("ListBuckets", 403, "AccessDenied", SCP)

    done = account.shell("check")

    assert done.exit == 1
    assert f"the server said: {SCP}" in done.err


def test_a_denied_write_says_why_and_in_the_journal_too(account: Account) -> None:
    account.aws.faults.fail("PutBucketEncryption", 403, "AccessDenied", NO_POLICY)

    done = account.shell("fix", f"s3://{HOME}", "--apply", "--yes")

    assert done.exit == 5
    assert "because no identity-based policy allows the action" in done.out
    assert "allow s3:PutEncryptionConfiguration in the identity-based policy" in done.err
    assert "\u202e" not in done.out + done.err
    (journal,) = (account.shell.folder / "state" / "s3kms" / "runs").glob("*.jsonl")
    assert "because no identity-based policy allows" in journal.read_text()


def test_a_run_that_changed_nothing_does_not_offer_to_undo_it(account: Account) -> None:
    account.aws.faults.fail("PutBucketEncryption", 403, "AccessDenied", NO_POLICY)

    done = account.shell("fix", f"s3://{HOME}", "--apply", "--yes")

    assert "1 of 1 changes failed (0 changed)" in done.err
    assert "undo" not in done.err


def test_a_run_that_changed_one_bucket_of_two_offers_to_undo_it(account: Account) -> None:
    account.aws.faults.fail("PutBucketEncryption", 403, "AccessDenied", NO_POLICY, bucket=HOME)

    done = account.shell("fix", "--no-directory-buckets", "--apply", "--yes")

    assert "1 of 2 changes failed (1 changed)" in done.err
    assert "restores what was there" in done.err


def test_a_write_of_which_nothing_is_known_offers_to_undo_it(account: Account) -> None:
    """The put is denied, and so is the look afterwards: it may have been carried out."""
    account.aws.faults.fail("PutBucketEncryption", 503, "ServiceUnavailable")
    account.aws.faults.fail("GetBucketEncryption", 403, "AccessDenied", share=1 / 3)

    done = account.shell("fix", f"s3://{HOME}", "--apply", "--yes")

    assert "what the bucket has now is not known" in done.out, done.out + done.err
    assert "restores what was there" in done.err
