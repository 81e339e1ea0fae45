"""`s3kms check config://AGGREGATOR` on the embedded AWS: the organization's buckets, and no account entered."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.conftest import shell_of
from tests.support.cli import Done, Shell

from s3kms.demo.aws import MANAGEMENT, PRODUCTION, EmbeddedAws
from s3kms.demo.sample_estate import AGGREGATOR_NAME, PROFILES, SAMPLE_BUCKETS
from s3kms.model.encryption import KMS_ALGORITHMS

TARGET = f"config://{AGGREGATOR_NAME}"
SCHEMA = json.loads((Path(__file__).parents[3] / "src/s3kms/schemas/check-v1.schema.json").read_text())
OWN = {s.name for s in SAMPLE_BUCKETS if s.account == MANAGEMENT}
TOLD = ("--rule", "s3_bucket_bucket_key_enabled")
"""A companion rule whose every fact AWS Config records."""


@pytest.fixture
def management(estate: EmbeddedAws, tmp_path: Path) -> Shell:
    """A shell with the credentials of the account that has the aggregator."""
    estate.calls.clear()
    return shell_of(estate, tmp_path, "management")


def judged(done: Done) -> dict[tuple[str, str], dict[str, Any]]:
    """What every verdict rests on, and the verdict; of the encryption what AWS Config records."""
    parts = ("verdict", "account", "region", "arn", "places")
    return {
        (f["rule"], f["bucket"]): {
            **{part: f[part] for part in parts},
            "encryption": {**f["encryption"], "blocked": None} if f["encryption"] else None,
        }
        for f in done.findings
    }


def test_the_verdicts_are_those_of_a_live_check_of_every_account(
    estate: EmbeddedAws, management: Shell, tmp_path: Path
) -> None:
    live: dict[tuple[str, str], dict[str, Any]] = {}
    for profile in PROFILES:
        live |= judged(
            shell_of(estate, tmp_path, profile)("check", "--format", "json", *TOLD, "--no-directory-buckets")
        )

    done = management("check", "--format", "json", TARGET, *TOLD)

    assert judged(done) == live
    assert len(live) == 2 * len(SAMPLE_BUCKETS)
    assert done.exit == 10


def test_a_whole_organization_costs_a_page_of_rows_and_two_questions(
    management: Shell, estate: EmbeddedAws
) -> None:
    management("check", TARGET, *TOLD)

    assert Counter((call.account, call.operation) for call in estate.calls) == {
        (MANAGEMENT, "DescribeConfigurationAggregators"): 1,
        (MANAGEMENT, "DescribeConfigurationAggregatorSourcesStatus"): 1,
        (MANAGEMENT, "SelectAggregateResourceConfig"): 1,
    }


def test_the_evidence_is_the_query_and_the_time_of_the_capture(
    management: Shell, estate: EmbeddedAws
) -> None:
    finding = next(
        f for f in management("check", "--format", "json", TARGET).findings if f["bucket"] == "acme-ledger"
    )

    assert finding["evidence"]["operation"] == "SelectAggregateResourceConfig"
    assert finding["evidence"]["request_id"]
    assert finding["evidence"]["at"].endswith("+00:00")


def test_a_bucket_that_aws_config_could_not_read_is_unknown_and_says_what_to_do(management: Shell) -> None:
    finding = next(
        f for f in management("check", "--format", "json", TARGET).findings if f["bucket"] == "acme-sealed"
    )

    assert finding["verdict"] == "unknown"
    assert "does not hold the default encryption" in finding["message"]
    assert "record AWS::S3::Bucket" in finding["remedy"]
    assert "--confirm" in finding["remedy"]


def test_what_the_inventory_leaves_out_is_said(management: Shell) -> None:
    (note,) = json.loads(management("check", "--format", "json", TARGET).out)["summary"]["notes"]

    assert "directory buckets, and buckets of accounts that do not record AWS::S3::Bucket" in note


def test_the_json_of_an_inventory_fits_the_published_schema(management: Shell) -> None:
    done = management("check", "--format", "json", TARGET, "--confirm", "--rule", "s3_bucket_kms_key_usable")

    Draft202012Validator(SCHEMA).validate(json.loads(done.out))


def test_a_region_filter_chooses_rows_in_the_query(management: Shell) -> None:
    done = management("check", "--format", "json", TARGET, "--region", "eu-west-1", "--region", "us-east-1")

    wanted = {s.name for s in SAMPLE_BUCKETS if s.region in {"eu-west-1", "us-east-1"}}
    assert {f["bucket"] for f in done.findings} == wanted


def test_confirm_reads_again_what_does_not_pass_in_the_own_account_and_nothing_else(
    management: Shell, estate: EmbeddedAws
) -> None:
    done = management("check", "--format", "json", TARGET, "--confirm")

    asked = [call.path.strip("/") for call in estate.calls if call.operation == "GetBucketEncryption"]
    failing = {
        s.name
        for s in SAMPLE_BUCKETS
        if s.name in OWN and not (s.encryption and s.encryption.algorithm in KMS_ALGORITHMS)
    }
    assert sorted(asked) == sorted(failing)
    assert {call.account for call in estate.calls} == {MANAGEMENT}
    by_name = {f["bucket"]: f for f in done.findings}
    for name in failing:
        assert by_name[name]["evidence"]["operation"] == "GetBucketEncryption"
        assert by_name[name]["encryption"]["blocked"] == ["SSE-C"]


def test_what_could_not_be_confirmed_keeps_its_verdict_and_says_why(management: Shell) -> None:
    by_name = {f["bucket"]: f for f in management("check", "--format", "json", TARGET, "--confirm").findings}

    finding = by_name["acme-invoices"]
    assert finding["verdict"] == "fail"
    assert finding["evidence"]["operation"] == "SelectAggregateResourceConfig"
    assert (
        f"not confirmed: it belongs to account {PRODUCTION}, the credentials belong to account {MANAGEMENT}"
        in finding["message"]
    )
    assert by_name["acme-sealed"]["verdict"] == "unknown"
    assert "not confirmed" not in by_name["acme-orders"]["message"]  # it passes, so nobody looks again


def test_the_state_of_a_key_is_unknown_and_kms_is_not_asked(management: Shell, estate: EmbeddedAws) -> None:
    done = management("check", "--format", "json", TARGET, "--rule", "s3_bucket_kms_key_usable")

    usable = {f["bucket"]: f for f in done.findings if f["rule"] == "s3_bucket_kms_key_usable"}
    assert usable["acme-orders"]["verdict"] == "unknown"
    assert "AWS Config does not record the state of the key arn:aws:kms:" in usable["acme-orders"]["message"]
    assert "credentials of the other" in usable["acme-orders"]["remedy"]
    assert usable["acme-invoices"]["verdict"] == "pass"  # SSE-S3: there is no key
    assert {call.service for call in estate.calls} == {"config"}


def test_confirm_asks_kms_about_the_keys_of_the_own_account(management: Shell, estate: EmbeddedAws) -> None:
    done = management("check", "--format", "json", TARGET, "--confirm", "--rule", "s3_bucket_kms_key_usable")

    verdicts = done.verdicts("s3_bucket_kms_key_usable")
    assert {verdicts[name] for name in OWN} == {"pass"}
    assert verdicts["acme-orders"] == "unknown"
    assert {call.account for call in estate.calls} == {MANAGEMENT}


def test_whether_sse_c_is_blocked_is_unknown_and_never_a_failure(management: Shell) -> None:
    rule = "s3_bucket_sse_c_blocked"

    told = management("check", "--format", "json", TARGET, "--rule", rule).verdicts(rule)
    confirmed = management("check", "--format", "json", TARGET, "--rule", rule, "--confirm").verdicts(rule)

    assert set(told.values()) == {"unknown"}
    assert {name for name, verdict in confirmed.items() if verdict == "pass"} == OWN
    assert {verdict for name, verdict in confirmed.items() if name not in OWN} == {"unknown"}


def test_tags_come_with_the_row(management: Shell, estate: EmbeddedAws) -> None:
    (management.folder / "s3kms.toml").write_text(
        '[[overrides]]\ntags = { classification = "restricted" }\nalgorithm = "aws:kms:dsse"\n'
    )

    verdicts = management("check", "--format", "json", TARGET).verdicts("s3_bucket_dsse_encryption")

    assert verdicts["acme-patient-records"] == "fail"
    assert verdicts["acme-ledger"] == "pass"
    assert "GetBucketTagging" not in {call.operation for call in estate.calls}


def test_exemptions_count_by_account(management: Shell) -> None:
    (management.folder / "s3kms.toml").write_text(
        f'[[exemptions]]\nbuckets = "*"\naccount = "{PRODUCTION}"\nreason = "moves next month"\n'
    )

    by_name = {f["bucket"]: f for f in management("check", "--format", "json", TARGET).findings}

    assert by_name["acme-invoices"]["verdict"] == "exempt"
    assert by_name["acme-sandbox-alice"]["verdict"] == "fail"


def test_an_aggregator_that_is_not_there_is_an_error_that_says_where_to_look(production: Shell) -> None:
    done = production("check", TARGET)

    assert done.exit == 1
    assert done.out == ""
    assert "the Config aggregator organization in eu-central-1 does not exist" in done.err
    assert "AWS_REGION" in done.err


def test_a_target_of_a_file_can_be_the_aggregator(management: Shell) -> None:
    done = management("check", "--format", "json", "--from-file", "-", stdin=f"# all of it\n{TARGET}\n")

    assert len(done.findings) == len(SAMPLE_BUCKETS)


@pytest.mark.parametrize("form", ["table", "markdown", "csv", "jsonl"])
def test_every_format_has_the_inventory(management: Shell, form: str) -> None:
    done = management("check", TARGET, "--confirm", "--format", form)

    assert "acme-sandbox-alice" in done.out
    assert "not confirmed" in done.out


def test_the_demo_has_an_aggregator(shell: Shell) -> None:
    done = shell("demo", "check", "--profile", "management", TARGET, "--format", "json")

    assert len(done.findings) == len(SAMPLE_BUCKETS)
