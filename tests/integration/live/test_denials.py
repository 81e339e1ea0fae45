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
