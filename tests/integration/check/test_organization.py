"""`check --org` on the embedded organization: who is entered, how often, and what is said of the others."""

from collections import Counter
from pathlib import Path

import pytest
from tests.conftest import shell_of
from tests.support.cli import Done, Shell

from s3kms.demo.aws import ACQUIRED, DORMANT, MANAGEMENT, PRODUCTION, SANDBOX, EmbeddedAws
from s3kms.demo.sample_estate import AUDIT_EXTERNAL_ID, AUDIT_ROLE, FRANKFURT

AUDIT_OPTIONS = ("--assume-role", AUDIT_ROLE, "--external-id", AUDIT_EXTERNAL_ID)


@pytest.fixture
def management(estate: EmbeddedAws, tmp_path: Path) -> Shell:
    estate.calls.clear()
    keys = estate.credentials(MANAGEMENT)
    return Shell(tmp_path, {"AWS_ENDPOINT_URL": estate.url, "AWS_REGION": FRANKFURT, **keys})


@pytest.fixture
def auditor(estate: EmbeddedAws, tmp_path: Path) -> Shell:
    return shell_of(estate, tmp_path, "audit")


def check(shell: Shell, *arguments: str) -> Done:
    return shell("check", "--format", "json", *arguments)


def by_account(done: Done) -> Counter[str]:
    return Counter(finding["account"] for finding in done.findings if finding["bucket"])


def closed(done: Done) -> dict[str, str]:
    """Accounts that nobody could look into, and why."""
    return {f["account"]: f["message"] for f in done.findings if f["bucket"] is None}


def alone(estate: EmbeddedAws, folder: Path, profile: str) -> list[tuple[str, str]]:
    done = check(shell_of(estate, folder, profile))
    return sorted((f["bucket"], f["verdict"]) for f in done.findings)


def test_every_account_gets_the_verdicts_it_gets_alone(
    management: Shell, estate: EmbeddedAws, tmp_path: Path
) -> None:
    done = check(management, "--org")

    for profile, account in (("production", PRODUCTION), ("sandbox", SANDBOX)):
        found = sorted((f["bucket"], f["verdict"]) for f in done.findings if f["account"] == account)
        assert found == alone(estate, tmp_path, profile)


def test_within_an_account_the_order_is_that_of_the_listing(
    management: Shell, estate: EmbeddedAws, tmp_path: Path
) -> None:
    far = [f["bucket"] for f in check(management, "--org").findings if f["account"] == PRODUCTION]
    near = [f["bucket"] for f in check(shell_of(estate, tmp_path, "production")).findings]

    assert far == near


def test_each_account_is_entered_once_and_each_bucket_read_once(
    management: Shell, estate: EmbeddedAws
) -> None:
    done = check(management, "--org", "--no-directory-buckets")

    made = Counter(call.operation for call in estate.calls)
    buckets = sum(by_account(done).values())
    assert made["GetBucketEncryption"] == buckets
    assert made["AssumeRole"] == 4  # production, sandbox, audit and the one that cannot be entered
    assert made["ListBuckets"] == 4  # management with its own credentials, and three through the role
    assert made["GetCallerIdentity"] == made["ListAccounts"] == 1


def test_an_account_that_cannot_be_entered_is_one_unknown_with_a_remedy(management: Shell) -> None:
    done = check(management, "--org")

    assert set(closed(done)) == {ACQUIRED}
    (finding,) = [f for f in done.findings if f["bucket"] is None]
    assert finding["verdict"] == "unknown"
    assert "could not be assumed: AccessDenied from AssumeRole" in finding["message"]
    assert "sts:AssumeRole" in finding["remedy"]
    assert "trust" in finding["remedy"]


def test_a_suspended_account_is_skipped_and_said(management: Shell, estate: EmbeddedAws) -> None:
    done = check(management, "--org")

    assert f"account {DORMANT}" in done.err
    assert "SUSPENDED and was not checked" in done.err
    assert DORMANT not in {finding["account"] for finding in done.findings}


def test_a_delegated_administrator_enters_with_its_role_and_external_id(auditor: Shell) -> None:
    done = check(auditor, "--org", *AUDIT_OPTIONS)

    assert {PRODUCTION, SANDBOX} <= set(by_account(done))
    assert set(closed(done)) == {ACQUIRED, MANAGEMENT}


def test_a_wrong_external_id_opens_nothing(auditor: Shell) -> None:
    done = check(auditor, "--account", PRODUCTION, "--assume-role", AUDIT_ROLE, "--external-id", "guessed")

    assert set(closed(done)) == {PRODUCTION}
    assert done.exit == 11


def test_accounts_can_be_named_without_asking_organizations(management: Shell, estate: EmbeddedAws) -> None:
    (management.folder / "accounts").write_text(f"# mine\n{SANDBOX}\n")

    done = check(management, "--account", PRODUCTION, "--accounts-file", "accounts")

    assert set(by_account(done)) == {PRODUCTION, SANDBOX}
    assert "ListAccounts" not in {call.operation for call in estate.calls}


def test_an_excluded_account_is_not_entered(management: Shell, estate: EmbeddedAws) -> None:
    done = check(management, "--org", "--exclude-account", PRODUCTION, "--exclude-account", ACQUIRED)

    assert set(by_account(done)) == {MANAGEMENT, SANDBOX}
    assert closed(done) == {}


def test_a_named_bucket_is_missing_only_where_no_account_has_it(management: Shell) -> None:
    done = check(management, "--org", "s3://acme-sandbox-bob", "s3://acme-no-such-bucket")

    assert [f["bucket"] for f in done.findings if f["bucket"]] == ["acme-sandbox-bob"]
    assert "acme-no-such-bucket was not checked" in done.err
    assert "acme-sandbox-bob was not" not in done.err


def test_a_member_may_not_list_the_organization(estate: EmbeddedAws, tmp_path: Path) -> None:
    done = check(shell_of(estate, tmp_path), "--org")

    assert (done.exit, done.out) == (1, "")
    assert "organizations:ListAccounts" in done.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--org", "--account", PRODUCTION], "--org means every account"),
        (["--account", "1234"], "is not the id of an account"),
        (["--external-id", "tenant"], "add --org or --account"),
        (["--exclude-account", PRODUCTION], "add --org or --account"),
        (["--org", "--assume-role", "arn:aws:iam::1:role/x"], "is not the name of a role"),
        (["--org", "--assume-role", "a b"], "is not the name of a role"),
        (["--accounts-file", "nowhere"], "nowhere cannot be read"),
    ],
)
def test_what_cannot_be_meant_is_a_sentence(management: Shell, arguments: list[str], sentence: str) -> None:
    done = check(management, *arguments)

    assert (done.exit, done.out) == (2, "")
    assert sentence in done.err


def test_the_printed_policies_are_the_calls_made(management: Shell, estate: EmbeddedAws) -> None:
    printed = management("permissions", "check", "--org").out
    estate.calls.clear()

    check(management, "--org")

    own = {"ListBuckets", "ListDirectoryBuckets", "GetBucketEncryption"}
    made = {call.operation for call in estate.calls if call.account == MANAGEMENT}
    assert made == {"GetCallerIdentity", "ListAccounts", "AssumeRole"} | own
    assert {"organizations:ListAccounts", "sts:AssumeRole"} <= set(printed.replace('"', " ").split())


def test_the_key_rules_look_at_each_accounts_own_keys(
    management: Shell, estate: EmbeddedAws, tmp_path: Path
) -> None:
    rule = ("--rule", "s3_bucket_kms_key_usable")
    far = check(management, "--account", PRODUCTION, *rule).verdicts(rule[1])

    assert far == check(shell_of(estate, tmp_path, "production"), *rule).verdicts(rule[1])
    assert set(far.values()) == {"pass", "fail", "unknown"}
