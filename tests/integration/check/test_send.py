"""`s3kms check --send securityhub`: what is imported, what is archived, and what never is."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import shell_of
from tests.support.cli import Shell
from tests.support.sdk import client_of
from tests.support.stub import ACCOUNT, Stub, encryption, listing
from tests.support.stub_hub import StubHub

from s3kms.demo.aws import EmbeddedAws
from s3kms.demo.environment import FINDINGS_FILE
from s3kms.demo.sample_estate import PROFILES

PRODUCTION = PROFILES["production"]
FRANKFURT, IRELAND = "eu-central-1", "eu-west-1"
FAILING, PASSING, SEALED = "acme-invoices", "acme-orders", "acme-sealed"
RULE = "s3_bucket_kms_encryption"
CREATED = "2026-01-01T00:00:00Z"


def id_of(bucket: str) -> str:
    return f"s3kms/{RULE}/arn:aws:s3:::{bucket}"


def earlier(bucket: str, **different: Any) -> dict[str, Any]:
    """An active finding of an earlier check."""
    return {
        "Id": id_of(bucket),
        "ProductArn": f"arn:aws:securityhub:{FRANKFURT}:{PRODUCTION}:product/{PRODUCTION}/default",
        "GeneratorId": f"s3kms/{RULE}",
        "AwsAccountId": PRODUCTION,
        "RecordState": "ACTIVE",
        "CreatedAt": CREATED,
        "Compliance": {"Status": "FAILED"},
        **different,
    }


def sending(shell: Shell, hub: StubHub) -> Shell:
    return shell.having(AWS_ENDPOINT_URL_SECURITYHUB=hub.url, AWS_MAX_ATTEMPTS="1")


CHECK = (
    "check",
    f"s3://{FAILING}",
    f"s3://{PASSING}",
    f"s3://{SEALED}",
    "--format",
    "json",
    "--send",
    "securityhub",
)


def test_without_apply_nothing_is_sent_and_what_would_be_is_said(production: Shell) -> None:
    with StubHub([earlier(PASSING)]) as hub:
        done = sending(production, hub)(*CHECK)

    assert hub.calls == ["GetFindings"]
    place = f"Security Hub of account {PRODUCTION} in {FRANKFURT}"
    assert f"{place}: 2 findings would be sent, 1 archived" in done.err
    assert "nothing was sent; --apply sends it" in done.err
    assert done.exit == 10


def test_what_fails_or_is_unknown_is_sent_and_what_passes_is_not(production: Shell) -> None:
    with StubHub() as hub:
        done = sending(production, hub)(*CHECK, "--apply")

    sent = {id_: record["Compliance"]["Status"] for id_, record in hub.imported().items()}
    assert sent == {id_of(FAILING): "FAILED", id_of(SEALED): "NOT_AVAILABLE"}
    assert {record["RecordState"] for record in hub.imported().values()} == {"ACTIVE"}
    assert "2 findings sent, 0 archived" in done.err
    assert done.exit == 10


def test_an_earlier_finding_of_a_bucket_that_passes_now_is_archived_as_passed(production: Shell) -> None:
    with StubHub([earlier(PASSING), earlier(FAILING)]) as hub:
        sending(production, hub)(*CHECK, "--apply")

    archived, again = hub.imported()[id_of(PASSING)], hub.imported()[id_of(FAILING)]
    assert (archived["RecordState"], archived["Compliance"]["Status"]) == ("ARCHIVED", "PASSED")
    assert (again["RecordState"], again["Compliance"]["Status"]) == ("ACTIVE", "FAILED")
    assert (archived["CreatedAt"], again["CreatedAt"]) == (CREATED, CREATED)
    assert archived["UpdatedAt"] > CREATED


@pytest.mark.parametrize("honors_filters", [True, False])
def test_nothing_is_archived_that_is_not_ours_or_was_not_judged_as_a_pass(
    production: Shell, honors_filters: bool
) -> None:
    others = [
        earlier(SEALED),
        earlier("acme-out-of-scope"),
        earlier(PASSING, Id="theirs", GeneratorId="prowler-s3_bucket_kms_encryption"),
        earlier(PASSING, Id="hub", GeneratorId=f"security-control/S3.17/{id_of(PASSING)}"),
        earlier(PASSING, ProductArn="arn:aws:securityhub:eu-central-1::product/aws/securityhub"),
        earlier(
            PASSING,
            Id=f"s3kms/s3_bucket_dsse_encryption/{PASSING}",
            GeneratorId="s3kms/s3_bucket_dsse_encryption",
        ),
        earlier("acme-other-account", AwsAccountId="999999999999"),
    ]
    with StubHub(others, honors_filters=honors_filters) as hub:
        done = sending(production, hub)(*CHECK, "--apply")

    assert {record["RecordState"] for record in hub.imported().values()} == {"ACTIVE"}
    assert "2 findings sent, 0 archived; 2 earlier findings that this check does not judge stay" in done.err


def test_an_archived_finding_of_a_bucket_that_passes_is_left_alone(production: Shell) -> None:
    with StubHub([earlier(PASSING, RecordState="ARCHIVED")]) as hub:
        sending(production, hub)(*CHECK, "--apply")

    assert id_of(PASSING) not in hub.imported()


def test_each_region_has_its_own_hub_unless_one_is_named(production: Shell) -> None:
    check = ("check", f"s3://{FAILING}", "s3://acme-backups", "-q", "--send", "securityhub", "--apply")
    with StubHub() as hub:
        sending(production, hub)(*check)
    regions = {region for _, region in hub.callers}
    with StubHub() as one:
        sending(production, one)(*check, "--send-region", "us-east-1")

    assert regions == {FRANKFURT, IRELAND}
    assert [(region, len(batch)) for (_, region), batch in zip(one.callers, one.batches, strict=True)] == [
        ("us-east-1", 2)
    ]


def test_findings_of_each_account_are_sent_as_that_account(estate: EmbeddedAws, tmp_path: Path) -> None:
    management = shell_of(estate, tmp_path, "management")
    with StubHub() as hub:
        done = sending(management, hub)("check", "--org", "--send", "securityhub", "--apply")

    keys: dict[str, set[str]] = {}
    for (key, _), batch in zip(hub.callers, hub.batches, strict=True):
        keys.setdefault(batch[0]["AwsAccountId"], set()).add(key)
    assert len(keys) > 2
    assert all(len(some) == 1 for some in keys.values())
    assert len(set.union(*keys.values())) == len(keys)
    assert "error" not in done.err
    assert "not sent: 1 finding of what could not be listed" in done.err


def test_a_batch_has_a_hundred_findings_at_most(shell: Shell) -> None:
    names = [f"bucket-{number:03}" for number in range(250)]
    with StubHub() as hub, Stub(ListBuckets=listing(*names), GetBucketEncryption=encryption()) as stub:
        there = sending(shell.having(**stub.env), hub)
        done = there("check", "--no-directory-buckets", "--send", "securityhub", "--apply")

    assert [len(batch) for batch in hub.batches] == [100, 100, 50]
    assert f"Security Hub of account {ACCOUNT} in {FRANKFURT}: 250 findings sent" in done.err


def test_a_throttled_import_is_tried_again(production: Shell) -> None:
    def fail(name: str, number: int) -> tuple[int, str] | None:
        return (429, "LimitExceededException") if name == "BatchImportFindings" and number < 3 else None

    with StubHub(fail=fail) as hub:
        done = sending(production, hub)(*CHECK, "--apply")

    assert hub.calls.count("BatchImportFindings") == 3
    assert "2 findings sent" in done.err


def test_what_security_hub_does_not_take_is_told_and_is_no_success(production: Shell) -> None:
    with StubHub([earlier(PASSING)], refuse=frozenset({id_of(SEALED)})) as hub:
        done = sending(production, hub)(*CHECK, "-q", "--apply")

    assert f"did not take {id_of(SEALED)}: InvalidInput: bad \\x1b[31mfield" in done.err
    assert "\x1b" not in done.err
    assert done.exit == 1


@pytest.mark.parametrize(
    ("status", "code", "why", "hint"),
    [
        (401, "InvalidAccessException", "Security Hub CSPM is not enabled", "--send-region REGION"),
        (403, "AccessDeniedException", "AccessDenied", "securityhub:GetFindings"),
    ],
)
def test_a_hub_that_cannot_be_asked_is_told_with_what_to_do_and_is_no_success(
    production: Shell, status: int, code: str, why: str, hint: str
) -> None:
    with StubHub(fail=lambda _name, _number: (status, code)) as hub:
        done = sending(production, hub)(*CHECK, "--apply")

    assert f"in {FRANKFURT}: 2 findings not sent: " in done.err
    assert why in done.err
    assert hint in done.err
    assert (done.exit, hub.batches) == (1, [])
    assert json.loads(done.out)["summary"]["buckets"] == 3


def test_an_error_that_several_regions_have_alike_is_told_once(production: Shell) -> None:
    check = ("check", f"s3://{FAILING}", "s3://acme-backups", "-q", "--send", "securityhub")
    with StubHub(fail=lambda _name, _number: (401, "InvalidAccessException")) as hub:
        done = sending(production, hub)(*check)

    errors = [line for line in done.err.splitlines() if line.startswith("error")]
    assert len(errors) == 1
    assert f"in {FRANKFURT}, {IRELAND}: 2 findings not sent: " in errors[0]


def test_where_security_hub_is_not_enabled_and_nothing_is_to_be_sent_all_is_well(production: Shell) -> None:
    check = ("check", f"s3://{PASSING}", "--send", "securityhub", "--apply")
    with StubHub(fail=lambda _name, _number: (401, "InvalidAccessException")) as hub:
        done = sending(production, hub)(*check)

    assert done.exit == 0
    assert "not sent" not in done.err


def test_a_check_that_fails_sends_nothing(production: Shell) -> None:
    with StubHub() as hub:
        done = sending(production, hub)("check", "s3://acme-*-none", "--send", "securityhub", "--apply")

    assert (done.exit, hub.calls) == (3, [])


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("check", "--apply"), "--apply needs --send"),
        (("check", "--send-region", "eu-west-1"), "--send-region needs --send"),
        (("check", ".", "--send", "securityhub"), "--send works on live buckets"),
        (("check", "--send", "securityhub", "--send-region", "mars"), "is not the name of a region"),
        (("check", "--send", "elsewhere"), "securityhub"),
    ],
)
def test_options_that_do_not_go_together_are_a_mistake(
    production: Shell, arguments: tuple[str, ...], why: str
) -> None:
    done = production(*arguments)

    assert done.exit == 2
    assert why in done.err


def test_what_is_set_for_all_commands_and_does_not_fit_is_passed_over(production: Shell) -> None:
    (production.folder / "main.tf").write_text('resource "aws_s3_bucket" "b" {}\n')
    code = production.having(S3KMS_SEND="securityhub", S3KMS_SEND_REGION=FRANKFURT)("check", "main.tf")
    live = production.having(S3KMS_SEND_REGION=FRANKFURT)("check", f"s3://{PASSING}")

    assert (code.exit, live.exit) == (10, 0)
    assert "Security Hub" not in code.err + live.err


def test_permissions_knows_what_it_calls(shell: Shell) -> None:
    without, with_ = shell("permissions", "check"), shell("permissions", "check", "--send")

    assert "securityhub" not in without.out
    allowed = {a: s["Resource"] for s in json.loads(with_.out)["Statement"] for a in s["Action"]}
    assert allowed["securityhub:GetFindings"] == "*"
    assert "product/*/default" in str(allowed["securityhub:BatchImportFindings"])


@pytest.mark.parametrize(
    ("page", "arguments"),
    [
        ("security-hub.md", ("s3://acme-invoices", "s3://acme-orders", "--send", "securityhub", "--apply")),
        ("findings-of-others.md", ("--from-findings", str(FINDINGS_FILE.name))),
    ],
)
def test_a_page_shows_what_stderr_says(production: Shell, page: str, arguments: tuple[str, ...]) -> None:
    shutil.copy(FINDINGS_FILE, production.folder)
    done = production("check", *arguments)

    assert done.err.strip() in (Path(__file__).parents[3] / "docs" / page).read_text()


# The last one, for it leaves findings in the embedded Security Hub


def test_what_was_sent_to_another_server_comes_back_as_targets(
    production: Shell, estate: EmbeddedAws
) -> None:
    production(*CHECK, "--apply")
    found = client_of(estate, PRODUCTION, "securityhub", FRANKFURT).get_findings()["Findings"]
    (production.folder / "hub.json").write_text(json.dumps({"Findings": found}))

    done = production("check", "--from-findings", "hub.json", "--format", "json")

    assert list(done.verdicts()) == [FAILING]
