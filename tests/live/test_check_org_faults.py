"""`check --org` where things go wrong in the middle, or there is no organization."""

from collections import Counter
from pathlib import Path

from tests.conftest import shell_of
from tests.live.test_check_org import check
from tests.support.cli import Shell

from s3kms.demo.aws import MANAGEMENT, PRODUCTION, EmbeddedAws
from s3kms.demo.estate import FRANKFURT, seed


def test_sessions_that_expire_in_the_middle_are_renewed(aws: EmbeddedAws, tmp_path: Path) -> None:
    seed(aws)
    aws.faults.fail("GetBucketEncryption", 400, "ExpiredToken", bucket="acme-backups", share=0.5)
    keys = aws.credentials(MANAGEMENT)
    management = Shell(tmp_path, {"AWS_ENDPOINT_URL": aws.url, "AWS_REGION": FRANKFURT, **keys})
    aws.calls.clear()

    done = check(management, "--account", PRODUCTION, "s3://acme-b*")
    again = check(management, "--account", PRODUCTION, "s3://acme-b*")

    for each in (done, again):
        assert each.verdicts()["acme-backups"] == "fail"
    assert Counter(call.operation for call in aws.calls)["AssumeRole"] == 3  # two, and one renewed


def test_an_account_outside_any_organization_is_told_what_else_there_is(
    aws: EmbeddedAws, tmp_path: Path
) -> None:
    done = check(shell_of(aws, tmp_path), "--org")

    assert (done.exit, done.out) == (1, "")
    assert "in no organization" in done.err
    assert "--account or --accounts-file" in done.err
