"""`fix --plan`: a plan carried out wave by wave, stopped, gone on with, verified, waived."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import shell_of
from tests.support.cli import Done, Shell
from tests.support.sdk import client_of

from s3kms.demo.aws import MANAGEMENT, PRODUCTION, SANDBOX, EmbeddedAws
from s3kms.demo.sample_estate import seed_estate

WAVE_1 = ("acme-backups", "acme-exports-apac", "acme-invoices")
LATER_WAVES = ("acme-lambda-code", "acme-mobile-crashes", "acme-legacy-import", "acme-orders-source")
STAYING = ("acme-www", "acme-alb-logs", "acme-access-logs")


@pytest.fixture
def fresh(server: EmbeddedAws) -> Iterator[EmbeddedAws]:
    """Some buckets of the sample estate, for one test that changes them."""
    server.reset()
    seed_estate(server, frozenset((*WAVE_1, *LATER_WAVES, *STAYING)))
    yield server
    server.reset()


@pytest.fixture
def whole(server: EmbeddedAws) -> Iterator[EmbeddedAws]:
    """The sample estate, for one test that changes it."""
    server.reset()
    seed_estate(server)
    yield server
    server.reset()


@pytest.fixture
def planned(fresh: EmbeddedAws, tmp_path: Path) -> Shell:
    """A shell with a plan of the production account in `plan.json`."""
    shell = shell_of(fresh, tmp_path).having(XDG_STATE_HOME=str(tmp_path / "state"))
    shell("plan", "--wave-by", "region", "--out", "plan.json")
    fresh.calls.clear()
    return shell


def carry_out(shell: Shell, *arguments: str) -> Done:
    return shell("fix", "--plan", "plan.json", *arguments, "--apply", "--yes")


def runs(shell: Shell) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(shell("runs", "--format", "json").out)
    return found


def verify(shell: Shell) -> list[int]:
    return [shell("verify", "--run", run["run"]).exit for run in runs(shell)]


def written(aws: EmbeddedAws) -> list[str]:
    return [call.path.strip("/") for call in aws.calls if call.operation == "PutBucketEncryption"]


def wave_of(shell: Shell, number: int) -> list[str]:
    document = json.loads((shell.folder / "plan.json").read_text())
    return [one["bucket"] for one in document["buckets"] if one["wave"] == number]


def set_policy(aws: EmbeddedAws, bucket: str) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{SANDBOX}:root"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    client_of(aws, PRODUCTION, "s3", "eu-central-1").put_bucket_policy(
        Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )


def test_a_wave_changes_its_buckets_and_no_other(planned: Shell, fresh: EmbeddedAws) -> None:
    done = carry_out(planned, "--wave", "1")

    assert done.exit == 0, done.err
    assert written(fresh) == wave_of(planned, 1) == list(WAVE_1)
    assert "3 buckets changed and read back" in done.out


def test_without_apply_nothing_is_written_and_no_journal_is_made(planned: Shell, fresh: EmbeddedAws) -> None:
    done = planned("fix", "--plan", "plan.json", "--wave", "1")

    assert (done.exit, written(fresh), runs(planned)) == (0, [], [])
    assert "3 buckets would change; nothing was written" in done.err


def test_without_a_wave_every_ready_bucket_is_changed(planned: Shell, fresh: EmbeddedAws) -> None:
    document = json.loads((planned.folder / "plan.json").read_text())
    done = carry_out(planned)

    assert done.exit == 0
    assert set(written(fresh)) == {one["bucket"] for one in document["buckets"] if one["class"] == "ready"}


def test_the_journal_names_the_plan_the_wave_and_who_approved_it(planned: Shell) -> None:
    carry_out(planned, "--wave", "1", "--approved-by", "Dana, CHG-1234")
    (run,) = runs(planned)
    document = json.loads((planned.folder / "plan.json").read_text())

    assert (run["plan"], run["wave"]) == (document["plan"], 1)
    assert run["request"]["approved_by"] == "Dana, CHG-1234"
    assert run["request"]["at"].endswith("+00:00")
    assert run["command"] == "fix --plan plan.json --wave 1 --approved-by 'Dana, CHG-1234'"
    assert document["plan"] in planned("runs").out


def test_the_next_wave_waits_until_the_one_before_was_verified(planned: Shell, fresh: EmbeddedAws) -> None:
    first = carry_out(planned, "--wave", "2")
    assert (first.exit, "waits for wave 1: it was not carried out" in first.err) == (4, True)

    carry_out(planned, "--wave", "1")
    second = carry_out(planned, "--wave", "2")
    assert (second.exit, "has not been verified" in second.err) == (4, True)
    assert len(written(fresh)) == 3

    assert verify(planned) == [0]
    assert carry_out(planned, "--wave", "2").exit == 0
    assert carry_out(planned, "--wave", "4").exit == 4


def test_a_verification_that_finds_something_does_not_let_the_next_wave_go(
    planned: Shell, fresh: EmbeddedAws
) -> None:
    carry_out(planned, "--wave", "1")
    client_of(fresh, PRODUCTION, "s3", "eu-central-1").delete_bucket_encryption(Bucket="acme-invoices")

    assert verify(planned) == [10]
    assert carry_out(planned, "--wave", "2").exit == 4


def test_a_verification_of_some_of_the_buckets_does_not_prove_the_wave(planned: Shell) -> None:
    carry_out(planned, "--wave", "1")
    (run,) = runs(planned)

    assert planned("verify", "--run", run["run"], "--region", "eu-west-1").exit == 11
    assert "has not been verified" in carry_out(planned, "--wave", "2").err


def test_a_run_whose_journal_is_lost_is_not_forgotten(planned: Shell, fresh: EmbeddedAws) -> None:
    fresh.faults.fail("PutBucketEncryption", 403, "AccessDenied", bucket="acme-invoices")
    carry_out(planned, "--wave", "1")
    fresh.faults.failures.clear()
    (lost,) = runs(planned)
    (planned.folder / "state" / "s3kms" / "runs" / f"{lost['run']}.jsonl").unlink()
    carry_out(planned, "--wave", "1")

    assert verify(planned) == [0]
    assert f"run {lost['run']} has not been verified" in carry_out(planned, "--wave", "2").err


def test_a_wave_that_was_undone_is_not_proven(planned: Shell) -> None:
    carry_out(planned, "--wave", "1")
    verify(planned)
    (run,) = runs(planned)
    assert planned("undo", run["run"], "--apply", "--yes").exit == 0

    done = carry_out(planned, "--wave", "2")
    assert (done.exit, f"run {run['run']} of it was undone" in done.err) == (4, True)

    assert carry_out(planned, "--wave", "1").exit == 0
    assert "has not been verified" in carry_out(planned, "--wave", "2").err


def test_a_wave_is_waived_by_name_and_stays_waived(planned: Shell, fresh: EmbeddedAws) -> None:
    carry_out(planned, "--wave", "1")
    fresh.faults.fail("PutBucketEncryption", 403, "AccessDenied", bucket="acme-lambda-code")
    stopped = carry_out(planned, "--wave", "2", "--waive", "1", "--approved-by", "Dana")
    fresh.faults.failures.clear()

    assert stopped.exit == 5
    assert carry_out(planned, "--wave", "2").exit == 0
    ledger = next((planned.folder / "state" / "s3kms" / "runs").glob("*.waves")).read_text()
    assert '"type": "waived"' in ledger
    assert '"approved_by": "Dana"' in ledger


def test_a_dry_run_waives_nothing(planned: Shell) -> None:
    carry_out(planned, "--wave", "1")

    assert (
        planned("fix", "--plan", "plan.json", "--wave", "2", "--waive", "1", "--approved-by", "D").exit == 0
    )
    assert carry_out(planned, "--wave", "2").exit == 4


def test_a_wave_stops_after_as_many_failures_as_may_be(planned: Shell, fresh: EmbeddedAws) -> None:
    fresh.faults.fail("PutBucketEncryption", 403, "AccessDenied")
    done = carry_out(planned, "--max-failures", "2")
    plan = json.loads((planned.folder / "plan.json").read_text())["plan"]

    assert done.exit == 5
    assert done.out.count("failed s3://") == 2
    assert f"plan {plan} stopped: run" in done.err
    assert "2 changes failed, and no more may fail" in done.err
    assert "s3kms fix --plan plan.json --apply goes on with what is left" in done.err


def test_a_stopped_wave_is_gone_on_with_and_what_is_done_is_kept(planned: Shell, fresh: EmbeddedAws) -> None:
    fresh.faults.fail("PutBucketEncryption", 403, "AccessDenied", bucket="acme-exports-apac")
    stopped = carry_out(planned, "--wave", "1", "--max-failures", "1")
    fresh.faults.failures.clear()
    waiting = carry_out(planned, "--wave", "2")
    fresh.calls.clear()

    done = carry_out(planned, "--wave", "1")

    assert (stopped.exit, waiting.exit, done.exit) == (5, 4, 0)
    assert "waits for wave 1: it has not come to its end" in waiting.err
    assert written(fresh) == ["acme-exports-apac", "acme-invoices"]
    assert "2 buckets changed and read back, 1 bucket so already" in done.out
    assert verify(planned) == [0, 0]
    assert carry_out(planned, "--wave", "2").exit == 0


def test_what_is_no_longer_as_it_was_planned_is_left_alone_and_nothing_else(
    planned: Shell, fresh: EmbeddedAws
) -> None:
    s3 = client_of(fresh, PRODUCTION, "s3", "eu-central-1")
    s3.put_bucket_versioning(Bucket="acme-backups", VersioningConfiguration={"Status": "Enabled"})
    set_policy(fresh, "acme-invoices")
    done = carry_out(planned, "--wave", "1")

    assert done.exit == 11
    assert written(fresh) == ["acme-backups", "acme-exports-apac"]
    assert "skipped: s3://acme-invoices: it was planned on other facts: policies changed since; " in done.err
    assert "its class is prepare now: it is used by account 333333333333" in done.err
    assert "acme-invoices is as" not in done.out


@pytest.mark.parametrize("arguments", [("--wave", "1"), ()])
def test_a_bucket_beside_them_that_began_to_log_into_one_is_noticed(
    planned: Shell, fresh: EmbeddedAws, arguments: tuple[str, ...]
) -> None:
    s3 = client_of(fresh, PRODUCTION, "s3", "eu-central-1")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::acme-invoices/*",
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    s3.put_bucket_policy(Bucket="acme-invoices", Policy=json.dumps(policy))
    s3.put_bucket_logging(
        Bucket="acme-www",
        BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": "acme-invoices", "TargetPrefix": "www/"}},
    )
    done = carry_out(planned, *arguments)

    assert (done.exit, "acme-invoices" in written(fresh)) == (11, False)
    assert "planned on other facts: log senders and policies changed since; its class is stay now" in done.err


def test_a_bucket_that_cannot_be_read_keeps_its_wave_from_its_end(planned: Shell, fresh: EmbeddedAws) -> None:
    fresh.faults.fail("GetBucketPolicy", 403, "AccessDenied", bucket="acme-invoices")
    done = carry_out(planned, "--wave", "1")
    fresh.faults.failures.clear()

    assert (done.exit, "acme-invoices" in written(fresh)) == (11, False)
    assert "1 bucket could not be read: the same command again goes on with what is left" in done.err
    assert verify(planned) == [0]
    assert "waits for wave 1: it has not come to its end" in carry_out(planned, "--wave", "2").err
    assert carry_out(planned, "--wave", "1").exit == 0


def test_a_class_that_became_better_needs_a_new_plan(planned: Shell, fresh: EmbeddedAws) -> None:
    client_of(fresh, PRODUCTION, "s3", "eu-central-1").delete_bucket_website(Bucket="acme-www")
    carry_out(planned)

    assert "acme-www" not in written(fresh)


def test_an_exemption_that_was_added_since_is_heeded(planned: Shell, fresh: EmbeddedAws) -> None:
    (planned.folder / "s3kms.toml").write_text(
        '[[exemptions]]\nbuckets = "acme-invoices"\nreason = "frozen"\nowner = "team"\nuntil = 2099-12-31\n'
    )
    done = carry_out(planned, "--wave", "1")

    assert (done.exit, "acme-invoices" in written(fresh)) == (11, False)
    assert "acme-invoices: it needs no change any more, or is exempt now" in done.err


def test_another_key_in_the_configuration_is_another_change(planned: Shell, fresh: EmbeddedAws) -> None:
    (planned.folder / "s3kms.toml").write_text(
        '[[overrides]]\nbuckets = "acme-invoices"\nbucket_key = false\n'
    )
    done = carry_out(planned, "--wave", "1")

    assert (done.exit, "acme-invoices" in written(fresh)) == (11, False), done.err
    assert "the change would be another now than the plan says" in done.err


def test_a_hazard_that_is_accepted_lets_its_buckets_be_changed(planned: Shell, fresh: EmbeddedAws) -> None:
    document = json.loads((planned.folder / "plan.json").read_text())
    www = next(one for one in document["buckets"] if one["bucket"] == "acme-www")
    accept = [word for one in www["hazards"] for word in ("--accept", one["id"])]
    done = carry_out(planned, *accept)

    assert done.exit == 0
    assert "acme-www" in written(fresh)
    assert "acme-alb-logs" not in written(fresh)
    (run,) = runs(planned)
    assert {one["hazard"] for one in run["request"]["accepted_hazards"]} >= {
        one["id"] for one in www["hazards"]
    }


def test_more_buckets_than_max_changes_are_refused_before_anything_is_written(
    planned: Shell, fresh: EmbeddedAws
) -> None:
    done = carry_out(planned, "--max-changes", "2")

    assert (done.exit, written(fresh)) == (4, [])
    assert "and at most 2 may" in done.err


def test_without_a_terminal_apply_needs_yes(planned: Shell, fresh: EmbeddedAws) -> None:
    done = planned("fix", "--plan", "plan.json", "--wave", "1", "--apply")

    assert (done.exit, written(fresh)) == (4, [])


def test_a_wave_over_many_accounts_is_a_run_each(whole: EmbeddedAws, tmp_path: Path) -> None:
    shell = shell_of(whole, tmp_path, "management").having(XDG_STATE_HOME=str(tmp_path / "state"))
    shell("plan", "--org", "--canary", "0", "--out", "plan.json")
    done = carry_out(shell, "--wave", "1")
    document = json.loads((tmp_path / "plan.json").read_text())
    ready = {one["account"] for one in document["buckets"] if one["class"] == "ready"}

    assert done.exit == 0, done.err
    assert len(ready) > 1
    assert {run["account"] for run in runs(shell)} == ready
    assert {run["plan"] for run in runs(shell)} == {document["plan"]}
    assert {call.account for call in whole.calls if call.operation == "PutBucketEncryption"} == ready


def test_the_runs_of_many_accounts_are_verified_and_undone_with_the_same_credentials(
    whole: EmbeddedAws, tmp_path: Path
) -> None:
    shell = shell_of(whole, tmp_path, "management").having(XDG_STATE_HOME=str(tmp_path / "state"))
    shell("plan", "--org", "--wave-by", "account", "--canary", "0", "--out", "plan.json")
    carry_out(shell, "--wave", "1")
    assert verify(shell) == [0]
    assert carry_out(shell, "--wave", "2").exit == 0
    others = [run for run in runs(shell) if run["account"] != MANAGEMENT]
    assert others

    assert [shell("undo", run["run"], "--apply", "--yes").exit for run in others] == [0] * len(others)
    assert all(run["request"]["assumed_role"] == "OrganizationAccountAccessRole" for run in others)


def test_failures_of_all_accounts_count_together(whole: EmbeddedAws, tmp_path: Path) -> None:
    shell = shell_of(whole, tmp_path, "management").having(XDG_STATE_HOME=str(tmp_path / "state"))
    shell("plan", "--org", "--canary", "0", "--out", "plan.json")
    whole.faults.fail("PutBucketEncryption", 403, "AccessDenied")
    done = carry_out(shell, "--max-failures", "3")

    assert done.exit == 5
    assert done.out.count("failed s3://") == 3


def test_an_account_that_cannot_be_entered_any_more_is_left_alone_and_said(
    whole: EmbeddedAws, tmp_path: Path
) -> None:
    shell = shell_of(whole, tmp_path, "management").having(XDG_STATE_HOME=str(tmp_path / "state"))
    shell("plan", "--org", "--canary", "16", "--out", "plan.json")
    whole.faults.fail("AssumeRole", 403, "AccessDenied", account=MANAGEMENT)
    done = carry_out(shell, "--wave", "1")

    assert done.exit == 11
    assert "its account could not be read" in done.err
    assert "could not be read: the same command again goes on with what is left" in done.err

    assert verify(shell) == [0]
    assert "waits for wave 1" in carry_out(shell, "--wave", "2").err


def test_an_edited_ledger_is_not_acted_on(planned: Shell) -> None:
    carry_out(planned, "--wave", "1")
    ledger = next((planned.folder / "state" / "s3kms" / "runs").glob("*.waves"))
    ledger.write_text(ledger.read_text().replace('"left": 0', '"left": 1'))
    done = carry_out(planned, "--wave", "2")

    assert (done.exit, "does not fit its checksum" in done.err) == (4, True)
