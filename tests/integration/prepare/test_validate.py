"""`s3kms plan --prepare --validate`: what Access Analyzer says of each document, before it is written."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import shell_of
from tests.integration.prepare.conftest import BUCKET
from tests.support.account_seed import REGION
from tests.support.cli import Shell
from tests.support.sdk import client_of
from tests.support.stub_analyzer import Refusal, StubAnalyzer

from s3kms.demo.aws import PRODUCTION, EmbeddedAws

PLACE = {"line": 4, "column": 0, "offset": 0}
ERROR = {
    "findings": [
        {
            "findingType": "ERROR",
            "issueCode": "INVALID_ACTION",
            "findingDetails": "The action kms:X does not exist.\x1b[31m",
            "learnMoreLink": "https://docs.aws.amazon.com/x",
            "locations": [{"path": [], "span": {"start": PLACE, "end": PLACE}}],
        }
    ]
}


def prepare(aws: EmbeddedAws, folder: Path, key: str, stub: StubAnalyzer, *options: str) -> Any:
    sh = shell_of(aws, folder)
    there = Shell(sh.folder, {**sh.env, "AWS_ENDPOINT_URL_ACCESSANALYZER": stub.url, "AWS_MAX_ATTEMPTS": "1"})
    return there("plan", f"s3://{BUCKET}", "--key", key, "--prepare", *options)


def statements_of(aws: EmbeddedAws, key: str) -> int:
    kms = client_of(aws, PRODUCTION, "kms", REGION)
    return len(json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])["Statement"])


def test_the_document_that_would_be_written_is_asked_about_and_nothing_is_charged(
    aws: EmbeddedAws, tmp_path: Path, key: str
) -> None:
    with StubAnalyzer() as stub:
        done = prepare(aws, tmp_path, key, stub, "--validate")

    ((name, body),) = stub.calls
    assert name == "ValidatePolicy"
    assert [one.get("Sid") for one in json.loads(body["policyDocument"])["Statement"]][-1] == "S3kms1"
    assert f"the policy of {key}:\n  Access Analyzer finds nothing\n" in done.out
    assert "$" not in done.err


def test_an_error_is_shown_as_it_is_and_nothing_is_written(
    aws: EmbeddedAws, tmp_path: Path, key: str
) -> None:
    with StubAnalyzer(ValidatePolicy=ERROR) as stub:
        shown = prepare(aws, tmp_path, key, stub, "--validate")
        refused = prepare(aws, tmp_path, key, stub, "--validate", "--apply", "--yes")

    assert "  error INVALID_ACTION (line 4): The action kms:X does not exist." in shown.out
    assert "\x1b" not in shown.out
    assert (shown.exit, refused.exit, statements_of(aws, key)) == (11, 4, 1)
    assert "finds an error" in refused.err


def test_paid_checks_are_made_where_they_are_asked_for_and_their_price_is_said_before(
    aws: EmbeddedAws, tmp_path: Path, key: str
) -> None:
    wider = {"result": "FAIL", "reasons": [{"description": "New access in the statement with sid: S3kms1."}]}
    with StubAnalyzer(CheckNoNewAccess=wider) as stub:
        done = prepare(aws, tmp_path, key, stub, "--validate", "--paid-checks", "--apply", "--yes")

    assert sorted(stub.names) == ["CheckNoNewAccess", "CheckNoPublicAccess", "ValidatePolicy"]
    assert "2 paid checks of Access Analyzer: $0.0040, at $0.0020 a check" in done.err
    assert "  gives more access than now, as is meant\n    New access in the statement" in done.out
    assert "  gives no public access\n" in done.out
    assert (done.exit, statements_of(aws, key)) == (0, 2)


def test_what_it_does_not_answer_is_said_and_no_pass(aws: EmbeddedAws, tmp_path: Path, key: str) -> None:
    with StubAnalyzer(ValidatePolicy=Refusal("AccessDeniedException", 403)) as stub:
        done = prepare(aws, tmp_path, key, stub, "--validate", "--apply", "--yes")

    assert "  not validated: AccessDeniedException from ValidatePolicy" in done.out
    assert "access-analyzer:ValidatePolicy" in done.out
    assert (done.exit, statements_of(aws, key)) == (11, 2)


@pytest.mark.parametrize(
    ("options", "missing"),
    [(("--validate",), "--prepare"), (("--prepare", "--paid-checks"), "--validate")],
)
def test_options_of_validation_go_with_what_they_are_about(
    aws: EmbeddedAws, tmp_path: Path, options: tuple[str, ...], missing: str
) -> None:
    done = shell_of(aws, tmp_path)("plan", *options)

    assert (done.exit, missing in done.err) == (2, True)


def test_permissions_name_what_it_calls(aws: EmbeddedAws, tmp_path: Path) -> None:
    sh = shell_of(aws, tmp_path)
    actions = {
        options: {one for one in sh("permissions", "prepare", *options).out.split('"') if "analyzer" in one}
        for options in ((), ("--validate",), ("--validate", "--paid-checks"))
    }

    assert actions[()] == set()
    assert actions["--validate",] == {"access-analyzer:ValidatePolicy"}
    assert len(actions["--validate", "--paid-checks"]) == 3
    assert sh("permissions", "check", "--validate").exit == 2
