"""A clock that is off: the number of minutes, and how to set it, not new credentials."""

import pytest
from tests.integration.live.conftest import HOME, Account
from tests.support.cli import Shell
from tests.support.stub import Stub, encryption, error, listing


@pytest.mark.parametrize(("seconds", "says"), [(3600, "60 minutes behind"), (-1800, "30 minutes ahead of")])
def test_a_write_that_the_clock_forbids_says_by_how_much_and_what_to_do(
    account: Account, seconds: int, says: str
) -> None:
    account.aws.faults.clock = seconds

    done = account.shell("fix", f"s3://{HOME}", "--apply", "--yes")

    assert f"this machine's clock is {says} the server's" in done.out + done.err
    assert "set this machine's clock from the network" in done.err
    assert "refresh the credentials" not in done.err
    account.aws.faults.clock = 0
    assert account.algorithm(HOME) == "AES256"


def test_a_key_that_the_clock_forbids_to_look_at_says_so(account: Account) -> None:
    key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    account.aws.faults.clock = 3600

    done = account.shell("fix", f"s3://{HOME}", "--key", key, "--apply", "--yes")

    assert "this machine's clock is 60 minutes behind the server's" in done.err
    assert "set this machine's clock from the network" in done.err


def test_a_refusal_without_a_time_says_that_the_clock_is_wrong_all_the_same(shell: Shell) -> None:
    with Stub(ListBuckets=listing("logs"), GetBucketEncryption=encryption()) as stub:
        stub.on["PutBucketEncryption"] = error("RequestTimeTooSkewed", 403)
        there = shell.having(**stub.env, XDG_STATE_HOME=str(shell.folder / "state"))
        done = there("fix", "s3://logs", "--apply", "--yes")

    assert "this machine's clock is 0 minutes" not in done.out + done.err
    assert "this machine's clock is" in done.out + done.err
