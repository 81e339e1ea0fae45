"""`check --org` where things go wrong in the middle, or there is no organization."""

from collections import Counter
from pathlib import Path

from tests.conftest import shell_of
from tests.integration.check.test_organization import check
from tests.support.cli import Shell

from s3kms.demo.aws import MANAGEMENT, PRODUCTION, EmbeddedAws
from s3kms.demo.sample_estate import FRANKFURT, seed_estate


def test_sessions_that_expire_in_the_middle_are_renewed(aws: EmbeddedAws, tmp_path: Path) -> None:
    seed_estate(aws)
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


def test_keys_of_other_accounts_are_asked_for_where_the_profile_says(
    estate: EmbeddedAws, tmp_path: Path
) -> None:
    keys = estate.credentials(MANAGEMENT)
    (tmp_path / "aws-config").write_text(
        f"[profile boss]\nregion = {FRANKFURT}\nendpoint_url = {estate.url}\n"
        f"aws_access_key_id = {keys['AWS_ACCESS_KEY_ID']}\n"
        f"aws_secret_access_key = {keys['AWS_SECRET_ACCESS_KEY']}\n"
    )
    # Whoever does not ask there meets a proxy that is not; and AWS_PROFILE is another's, which must not matter.
    boss = Shell(tmp_path, {"AWS_PROFILE": "nobody", "HTTPS_PROXY": "http://127.0.0.1:9"})

    done = check(
        boss,
        "--profile",
        "boss",
        "--account",
        PRODUCTION,
        "--rule",
        "s3_bucket_kms_key_usable",
        "s3://acme-analytics",
    )

    assert done.verdicts("s3_bucket_kms_key_usable") == {"acme-analytics": "pass"}, done.err


def test_a_text_that_is_no_external_id_is_not_quoted(shell: Shell) -> None:
    done = check(shell, "--account", PRODUCTION, "--external-id", "my secret")

    assert done.exit == 2
    assert "--external-id is not an external id" in done.err
    assert "secret" not in done.err
