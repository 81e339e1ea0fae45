"""Every rule: its examples, its text, and what it does with facts nobody read."""

import inspect
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from s3kms import rules
from s3kms.cli.wording import cli_wording
from s3kms.desired.configuration import Configuration
from s3kms.desired.load import parse_wanted
from s3kms.explanation import explain
from s3kms.model.bucket import Bucket, Evidence
from s3kms.model.encryption import SSE_S3
from s3kms.model.findings import Verdict
from s3kms.rules import RULES, choose_rules, find_rule
from s3kms.rules import examples as an
from s3kms.rules.interface import Example, Rule, RuleResult

CASES = [pytest.param(r, e, id=f"{r.id}-{e.title}") for r in RULES for e in r.examples]
EVERY_RULE = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)


@pytest.mark.parametrize(("rule", "example"), CASES)
def test_an_example_gets_its_verdict(rule: Rule, example: Example) -> None:
    assert rule.result_for(example.bucket, example.wanted).verdict is example.verdict


@EVERY_RULE
def test_the_examples_show_a_pass_and_a_fail(rule: Rule) -> None:
    assert {Verdict.PASS, Verdict.FAIL} <= {example.verdict for example in rule.examples}


@EVERY_RULE
def test_a_bucket_nobody_read_is_unknown_and_says_so(rule: Rule) -> None:
    judgement = rule.result_for(Bucket("b"), Configuration(allowed_keys=("*",)))

    assert judgement.verdict is Verdict.UNKNOWN
    assert judgement.message == "this fact was not read"


@EVERY_RULE
def test_whatever_does_not_pass_says_what_to_do(rule: Rule) -> None:
    for example in rule.examples:
        judgement = rule.result_for(example.bucket, example.wanted)
        assert judgement.verdict is Verdict.PASS or judgement.advice, example.title


@EVERY_RULE
def test_a_rule_is_one_file_named_by_its_id(rule: Rule) -> None:
    assert Path(inspect.getfile(rule.evaluate)).stem == rule.id


def test_every_rule_file_is_on_the_list() -> None:
    files = {path.stem for path in Path(inspect.getfile(rules)).parent.glob("s3_*.py")}

    assert files == {rule.id for rule in RULES}


@EVERY_RULE
def test_every_rule_explains_itself_in_the_same_order(rule: Rule) -> None:
    text = explain(rule)
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)

    order = [
        "Overview",
        "Risk",
        "When not to",
        "Remediation",
        "Verification",
        "Notes",
        "Permissions",
        "Compliance",
    ]
    assert [h for h in order if h in headings] == [h for h in headings if h in order]
    assert {"Overview", "Risk", "When not to", "Remediation", "Verification", "Permissions"} <= set(headings)


@EVERY_RULE
def test_permissions_are_those_of_the_facts_it_needs(rule: Rule) -> None:
    own = {"s3tables:GetTableBucketEncryption", "s3vectors:GetVectorBucket"}
    assert {"s3:GetEncryptionConfiguration", *own} & set(rule.permissions)
    assert ("kms:DescribeKey" in rule.permissions) == any(f.value in {"key", "rotation"} for f in rule.needs)


def test_only_the_seeds_rule_is_on_by_default() -> None:
    assert [rule.id for rule in choose_rules((), Configuration())] == ["s3_bucket_kms_encryption"]


@pytest.mark.parametrize(
    ("toml", "turned_on"),
    [
        ('[wanted]\nkey_kind = "customer-managed"', "s3_bucket_customer_managed_key"),
        ("[wanted]\nbucket_key = true", "s3_bucket_bucket_key_enabled"),
        ('[wanted]\nalgorithm = "aws:kms:dsse"', "s3_bucket_dsse_encryption"),
        ('allowed_keys = ["alias/x"]', "s3_bucket_kms_key_allowed"),
        ('rules = ["s3_bucket_sse_c_blocked"]', "s3_bucket_sse_c_blocked"),
    ],
)
def test_what_the_configuration_states_turns_its_rule_on(toml: str, turned_on: str) -> None:
    wanted = parse_wanted(toml, "s3kms.toml", rules.IDS)

    assert [rule.id for rule in choose_rules((), wanted)] == ["s3_bucket_kms_encryption", turned_on]


def test_the_explanation_of_the_seeds_rule_has_everything_the_seed_has() -> None:
    text = explain(rules.find_rule("s3_bucket_kms_encryption"))

    for said in (
        "audit trail of encryption key usage in CloudTrail",
        "Cross-account access restrictions are harder to enforce",
        "s3:PutEncryptionConfiguration",
        "kms:DescribeKey",
        "aws configure",
        "Scroll to Default encryption",
        "aws s3api put-bucket-encryption",
        '"KMSMasterKeyID": "arn:aws:kms:us-east-1:123456789012:key/your-key-id"',
        "UseCustomKey: !Not [!Equals [!Ref KMSKeyArn, '']]",
        "aws cloudformation deploy",
        "Value: !GetAtt EncryptedS3Bucket.Arn",
        'resource "aws_s3_bucket_server_side_encryption_configuration" "encrypted"',
        "terraform init",
        "-var=kms_key_arn=arn:aws:kms",
        "aws s3api get-bucket-encryption",
        "Existing objects are not re-encrypted",
        "S3 Batch Operations",
        "S3 Bucket Keys cut KMS requests",
        "Cross-account access needs",
        "DSSE-KMS, two layers of encryption",
        "Amazon S3 Default Bucket Encryption",
    ):
        assert said in text, said


def test_an_explanation_about_a_bucket_has_its_names_and_no_placeholder() -> None:
    key = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

    text = explain(
        rules.find_rule("s3_bucket_kms_encryption"), bucket="my-bucket", region="eu-central-1", key=key
    )

    assert "--bucket my-bucket" in text
    assert key in text
    assert "your-bucket-name" not in text
    assert "your-key-id" not in text
    assert "us-east-1" not in text


def asked(rule: str, bucket: Bucket) -> RuleResult:
    return find_rule(rule).result_for(bucket, Configuration())


def test_what_code_says_nothing_of_is_said_in_grammar() -> None:
    bucket = an.bucket(None)

    for rule in (
        "s3_bucket_customer_managed_key",
        "s3_bucket_bucket_key_enabled",
        "s3_bucket_dsse_encryption",
    ):
        assert "no default algorithm is configured" in asked(rule, bucket).message


def test_the_remedy_of_a_bucket_of_code_is_an_edit() -> None:
    bucket = replace(an.bucket(SSE_S3), resource="Logs")
    live = replace(bucket, evidence=Evidence("GetBucketEncryption", None, datetime.now(UTC)))

    assert (
        asked("s3_bucket_kms_encryption", bucket)
        .advice.worded(cli_wording)
        .endswith("to edit the code: s3kms fix PATH")
    )
    assert asked("s3_bucket_kms_encryption", live).advice.worded(cli_wording).endswith("s3kms fix --iac PATH")
    assert (
        asked("s3_bucket_dsse_encryption", bucket)
        .advice.worded(cli_wording)
        .endswith("s3kms fix PATH --dsse")
    )
    assert "s3kms fix" not in asked("s3_bucket_kms_encryption", an.bucket(SSE_S3)).advice.worded(cli_wording)
