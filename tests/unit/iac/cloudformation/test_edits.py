"""What is written into CloudFormation templates, and that it is nothing else."""

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.cases.cloudformation.parameters import GIVEN, TABLES
from tests.support.cases.cloudformation.styles import ARN, STYLES, Style
from tests.support.cases.cloudformation.templates import CASES, IS_PROD, KEY
from tests.support.template_edits import AS_USUAL, Edited, buckets_of, facts, fix, fix_case, key
from tests.support.templates import FAIL, Case, bucket, default
from tests.unit.iac.cloudformation.test_templates import TOKENS

from s3kms.desired.configuration import Configuration
from s3kms.iac.interface import DesiredKey, EditTarget
from s3kms.model.encryption import DSSE_KMS, SSE_KMS
from s3kms.model.findings import Verdict
from s3kms.rules import find_rule
from s3kms.rules.evaluate import evaluate_bucket

FAILING = [case for case in (*CASES, *TABLES, *GIVEN) if case.verdict is FAIL]
DECLINED = {
    "directory, none": "a directory bucket accepts SSE-KMS only with a key of the customer, and none was named",
    "directory, SSE-S3": "the same",
    "table bucket, none": "the same of a table bucket",
    "table bucket, SSE-S3": "the same",
    "table bucket, a condition": "the same",
}
CHANGED = {
    "no properties": 6,
    "no encryption": 5,
    "SSE-S3": 2,
    "a key with SSE-S3": 2,
    "a rule that only blocks": 2,
    "a default that fails": 4,
    "allowed values of which one fails": 2,
    "a default among allowed values": 2,
    "a number for a name": 5,
    "value, one branch fails": 2,
    "value, long form": 2,
    "property, NoValue": 2,
    "list item": 2,
    "an open value that is compared is known": 2,
    "text is compared with its case": 2,
    "Not": 2,
    "a condition by name, short": 2,
    "a condition by name": 2,
    "a region": 2,
    "a mapping by an allowed value": 4,
    "a mapping by region": 4,
    "Sub with what is literal": 5,
    "a name of a default": 5,
    "a name that varies": 5,
    "a name with the account": 5,
    "JSON with tabs": 2,
    "JSON with emoji": 2,
    "a byte order mark": 6,
    "given, a value that fails": 2,
}
"""Lines that are new or gone, by template."""


def verdicts(edited: Edited, name: str = "t.yaml") -> dict[str, Verdict]:
    rule = find_rule("s3_bucket_kms_encryption")
    found = buckets_of(edited.data, name)
    return {
        address: evaluate_bucket(b, rule, Configuration(), date(2026, 11, 23)).verdict
        for address, b in found.items()
    }


@pytest.mark.parametrize("case", FAILING, ids=[case.id for case in FAILING])
def test_a_failing_template_is_put_right_with_few_lines(case: Case) -> None:
    edited = fix_case(case)

    if case.id in DECLINED:
        assert edited.data == edited.before
        assert "customer managed key" in edited.declined[0].why
        return
    assert not edited.declined, edited.declined
    assert verdicts(edited) == {"B": Verdict.PASS}
    assert edited.changed_lines == CHANGED[case.id]
    assert fix(edited.data).edits == ()


def test_the_snapshot_knows_every_failing_template() -> None:
    assert CHANGED.keys() | DECLINED.keys() == {case.id for case in FAILING}


@pytest.mark.parametrize("case", FAILING, ids=[case.id for case in FAILING])
@pytest.mark.parametrize(
    "desired",
    [
        EditTarget(key=DesiredKey(literal=ARN)),
        EditTarget(algorithm=SSE_KMS, key=DesiredKey(literal=ARN), bucket_key=False),
        EditTarget(algorithm=DSSE_KMS, key=DesiredKey(literal=ARN)),
    ],
    ids=["a key", "a key and no bucket key", "DSSE-KMS"],
)
def test_a_failing_template_gets_what_is_desired(case: Case, desired: EditTarget) -> None:
    edited = fix_case(case, desired)

    if desired.algorithm == DSSE_KMS and case.id in DECLINED:
        assert "DSSE-KMS" in edited.declined[0].why
        return
    assert not edited.declined, edited.declined
    (found,) = buckets_of(edited.data).values()
    for outcome in found.outcomes or (found,):
        assert not hasattr(outcome.encryption, "why"), outcome.encryption
        assert outcome.encryption.key == ARN
        assert outcome.encryption.algorithm == (desired.algorithm or SSE_KMS)
        assert not (outcome.encryption.algorithm == DSSE_KMS and outcome.encryption.bucket_key)
    assert fix(edited.data, desired).edits == ()


@pytest.mark.parametrize("style", STYLES, ids=[style.id for style in STYLES])
def test_a_template_keeps_its_style(style: Style) -> None:
    edited = fix(style.before, style.desired, name=style.name)

    assert edited.data == style.after, edited.declined
    assert fix(edited.data, style.desired, name=style.name).edits == ()


WITH_OTHER_USES = """
Parameters:
  Algorithm: {Type: String, Default: AES256}
Mappings:
  M: {a: {Alg: AES256, Other: AES256}}
Resources:
  B:
    Type: AWS::S3::Bucket
    Properties:
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - BucketKeyEnabled: false
            ServerSideEncryptionByDefault:
              SSEAlgorithm: ALGORITHM
  F:
    Type: AWS::Lambda::Function
    Properties:
      Environment: {Variables: {A: USE}}
"""


@pytest.mark.parametrize(
    ("algorithm", "use", "line"),
    [
        ("!Ref Algorithm", "x", "  Algorithm: {Type: String, Default: aws:kms}"),
        ("!Ref Algorithm", "!Ref Algorithm", "              SSEAlgorithm: aws:kms"),
        ("!Ref Algorithm", "!Sub '${Algorithm}'", "              SSEAlgorithm: aws:kms"),
        ("!Sub '${Algorithm}'", "x", "              SSEAlgorithm: aws:kms"),
        ("!FindInMap [M, a, Alg]", "x", "  M: {a: {Alg: aws:kms, Other: AES256}}"),
        ("!FindInMap [M, a, Alg]", "!FindInMap [M, a, Other]", "  M: {a: {Alg: aws:kms, Other: AES256}}"),
        ("!FindInMap [M, a, Alg]", "!FindInMap [M, a, Alg]", "              SSEAlgorithm: aws:kms"),
        (
            "!FindInMap [M, b, Alg, {DefaultValue: AES256}]",
            "x",
            "              SSEAlgorithm: !FindInMap [M, b, Alg, {DefaultValue: aws:kms}]",
        ),
        ("\n                Ref: Algorithm", "!Ref Algorithm", "              SSEAlgorithm: aws:kms"),
    ],
)
def test_an_algorithm_from_elsewhere_is_changed_where_it_reaches_nothing_else(
    algorithm: str, use: str, line: str
) -> None:
    text = WITH_OTHER_USES.replace("ALGORITHM", algorithm).replace("USE", use)

    edited = fix(text)

    assert verdicts(edited) == {"B": Verdict.PASS}
    assert [new for new in edited.text.splitlines() if new not in text.splitlines()] == [line]


def test_one_default_puts_all_its_buckets_right() -> None:
    one = WITH_OTHER_USES.replace("ALGORITHM", "!Ref Algorithm").replace("USE", "x")
    rest = one[one.index("  B:") : one.index("  F:")]

    edited = fix(one + rest.replace("B:", "C:", 1))

    (proposal,) = edited.proposals
    assert proposal.buckets == ("B", "C")
    assert len(proposal.splices) == 1
    assert "Default" in proposal.why


def test_a_default_that_another_bucket_needs_stays() -> None:
    one = WITH_OTHER_USES.replace("ALGORITHM", "!Ref Algorithm").replace("USE", "x")
    rest = one[one.index("  B:") : one.index("  F:")]

    edited = fix(one + rest.replace("B:", "C:", 1), wanted={"C"})

    assert verdicts(edited) == {"B": Verdict.FAIL, "C": Verdict.PASS}


SHARED = """
Resources:
  B: &bucket
    Type: AWS::S3::Bucket
    Properties: &properties
      BucketName: !Ref AWS::NoValue
  C: *bucket
  D:
    Type: AWS::S3::Bucket
    Properties: *properties
"""


def test_an_anchor_is_edited_where_all_its_buckets_are_wanted() -> None:
    edited = fix(SHARED)

    (proposal,) = edited.proposals
    assert proposal.buckets == ("B", "C", "D")
    assert set(verdicts(edited).values()) == {Verdict.PASS}


def test_an_anchor_is_not_edited_where_another_bucket_shares_it() -> None:
    edited = fix(SHARED, wanted={"B", "D"})

    assert edited.data == edited.before
    assert [declined.bucket for declined in edited.declined] == ["B", "D"]
    assert edited.declined[0].why == "what is written there is used by C, too"
    assert edited.declined[0].snippet.startswith("BucketEncryption:\n  ServerSideEncryptionConfiguration:\n")


def test_an_anchor_in_something_else_stays() -> None:
    text = """
Resources:
  F: {Type: AWS::Lambda::Function, Properties: {Environment: {Variables: {A: &a AES256}}}}
  B:
    Type: AWS::S3::Bucket
    Properties:
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault: {SSEAlgorithm: *a}
"""
    edited = fix(text)

    assert verdicts(edited) == {"B": Verdict.PASS}
    assert "{A: &a AES256}" in edited.text


def test_a_merge_key_that_others_share_is_overridden() -> None:
    style = next(style for style in STYLES if style.id == "an anchor that all share")

    edited = fix(style.before, wanted={"C"})

    assert verdicts(edited) == {"B": Verdict.FAIL, "C": Verdict.PASS}


def test_what_blocks_sse_c_is_not_overridden() -> None:
    style = next(style for style in STYLES if style.id == "an anchor that all share")
    blocks = b"&encryption\n  BucketEncryption:\n    ServerSideEncryptionConfiguration:\n      - "
    before = style.before.replace(
        blocks, blocks + b"BlockedEncryptionTypes: {EncryptionType: [SSE-C]}\n        "
    )

    edited = fix(before, wanted={"C"})

    assert edited.data == edited.before
    assert len(edited.declined) == 1


def test_an_unknown_way_is_nothing_that_an_edit_settles() -> None:
    text = bucket(
        default("!If [IsProd, !Ref P, AES256]"), IS_PROD.replace("{Stage", "{P: {Type: String}, Stage")
    )

    edited = fix(text)

    (declined,) = edited.declined
    assert edited.data == edited.before
    assert "when IsProd is true: SSEAlgorithm is !Ref P" in declined.why


def test_only_what_is_wanted_is_edited() -> None:
    text = "Resources:\n  A: {Type: AWS::S3::Bucket}\n  B: {Type: AWS::S3::Bucket}\n  C: {Type: AWS::S3::Bucket}\n"

    edited = fix(text, wanted={"A", "C"})

    assert verdicts(edited) == {"A": Verdict.PASS, "B": Verdict.FAIL, "C": Verdict.PASS}
    assert [proposal.buckets for proposal in edited.proposals] == [("A",), ("C",)]


@pytest.mark.parametrize(
    ("desired", "says"),
    [
        (key("Nope"), "declares no Nope"),
        (key("Q"), "Q is a AWS::SQS::Queue, not a key"),
        (key("Empty"), "Empty may be empty"),
    ],
)
def test_a_key_that_cannot_be_named_is_declined(desired: EditTarget, says: str) -> None:
    more = "Q: {Type: AWS::SQS::Queue}"

    edited = fix(bucket("", "Parameters: {Empty: {Type: String, Default: ''}}", more=more), desired)

    (declined,) = edited.declined
    assert says in declined.why


@pytest.mark.parametrize(
    "desired", [DesiredKey(), DesiredKey(literal="alias/x"), DesiredKey(address="Alias")]
)
def test_a_directory_bucket_takes_neither_aws_s3_nor_an_alias(desired: DesiredKey) -> None:
    text = bucket(
        "LocationName: euc1-az1\nDataRedundancy: SingleAvailabilityZone",
        kind="AWS::S3Express::DirectoryBucket",
        more="Alias: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/x, TargetKeyId: x}}",
    )

    edited = fix(text, EditTarget(key=desired))

    assert "no aws/s3 and no alias" in edited.declined[0].why


def test_a_directory_bucket_gets_a_key_and_no_bucket_key() -> None:
    text = bucket(
        "LocationName: euc1-az1\nDataRedundancy: SingleAvailabilityZone",
        kind="AWS::S3Express::DirectoryBucket",
        more=KEY,
    )

    edited = fix(text, key("Key"))

    assert verdicts(edited) == {"B": Verdict.PASS}
    assert "BucketKeyEnabled" not in edited.text


HOSTILE = [
    "it's",
    'a"b',
    "a: b",
    "a #b",
    "a\nb",
    "- a",
    "é😀",
    "&a",
    "*a",
    "!Ref a",
    "{a",
    "a\x7fb",
    "true",
    "\u2028",
]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("is_json", [True, False], ids=["JSON", "YAML"])
def test_a_key_of_any_name_is_escaped(name: str, is_json: bool) -> None:
    resources = {name: {"Type": "AWS::KMS::Key"}, "B": {"Type": "AWS::S3::Bucket"}}
    as_json = json.dumps({"Resources": resources}, indent=2)
    quoted = json.dumps(name).replace("\\ud83d\\ude00", "\\U0001f600")
    as_yaml = f"Resources:\n  {quoted}:\n    Type: AWS::KMS::Key\n  B:\n    Type: AWS::S3::Bucket\n"
    text = as_json if is_json and name != "é😀" else as_yaml

    edited = fix(text, key(name), name="t.json" if is_json else "t.yaml")

    assert not edited.declined, edited.declined
    assert verdicts(edited) == {"B": Verdict.PASS}


@pytest.mark.parametrize("literal", HOSTILE)
@pytest.mark.parametrize("text", [bucket(""), '{"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}'])
def test_a_literal_key_is_escaped(literal: str, text: str) -> None:
    edited = fix(text, EditTarget(key=DesiredKey(literal=literal)))

    (found,) = buckets_of(edited.data).values()
    assert not edited.declined, edited.declined
    assert getattr(found.encryption, "key", None) == literal


def test_a_file_that_is_no_template_any_more_is_declined() -> None:
    edited = fix("AWSTemplateFormatVersion: 1\nResources: [a\n")

    assert edited.declined[0].why == "its declaration was not found"


def test_a_rule_that_says_nothing_becomes_a_whole_one() -> None:
    edited = fix(bucket("BucketEncryption: {ServerSideEncryptionConfiguration: [{}]}"))

    assert verdicts(edited) == {"B": Verdict.PASS}
    assert edited.text.endswith(
        "[{ServerSideEncryptionByDefault: {SSEAlgorithm: aws:kms}, BucketKeyEnabled: true}]}\n"
    )


def test_aliases_of_aliases_are_walked_once() -> None:
    anchors = "".join(f"x{n}: &a{n} !If [C, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 14))
    text = (
        "x0: &a0 AES256\n"
        + anchors
        + bucket(default("*a13"), "Conditions: {C: !Equals [a, !Ref AWS::Region]}")
    )

    edited = fix(text)

    assert verdicts(edited) == {"B": Verdict.PASS}
    assert "x0: &a0 aws:kms\n" in edited.text


TEXTS = [*(case.text for case in CASES), *(style.before.decode() for style in STYLES)]
DESIRED = [
    AS_USUAL,
    key("Key"),
    key("P"),
    EditTarget(algorithm=DSSE_KMS, bucket_key=True),
    EditTarget(key=DesiredKey(literal=ARN), bucket_key=False),
    EditTarget(key=DesiredKey()),
]
MORE_TOKENS = (
    *("\r", "\r\n", "\x85", "\u2028", "\ufeff", "# c\n", "? ", "|+\n", ">-\n"),
    *(",", "Properties: {}", "&b ", "*b", "%", "---"),
)


@settings(max_examples=600)
@given(
    st.sampled_from(TEXTS),
    st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 12), st.sampled_from(TOKENS + MORE_TOKENS)),
        min_size=0,
        max_size=4,
    ),
    st.sampled_from(DESIRED),
)
def test_no_mutation_of_a_template_loses_a_byte(
    text: str, cuts: list[tuple[float, int, str]], desired: EditTarget
) -> None:
    for where, length, token in cuts:
        at = int(where * len(text))
        text = text[:at] + token + text[at + length :]
    before = buckets_of(text.encode())

    edited = fix(text, desired)

    after = buckets_of(edited.data)
    fixed = {name for proposal in edited.proposals for name in proposal.buckets}
    assert after.keys() == before.keys()
    assert all(facts(after[name]) == facts(before[name]) for name in before.keys() - fixed)
    assert not {declined.bucket for declined in edited.declined} & fixed
    assert fix(edited.data, desired, wanted=fixed).edits == ()


def chosen(written: str) -> str:
    rule = f"- ServerSideEncryptionByDefault: {written}"
    return bucket(f"BucketEncryption:\n  ServerSideEncryptionConfiguration:\n    {rule}", IS_PROD)


@pytest.mark.parametrize(
    ("written", "after"),
    [
        ("{SSEAlgorithm: !If [IsProd, 'aws:kms', AES256]}", "{SSEAlgorithm: aws:kms}"),
        ("{SSEAlgorithm: !If [IsProd, AES256, AES256]}", "{SSEAlgorithm: aws:kms}"),
        (
            "{SSEAlgorithm: !If [IsProd, !If [IsProd, AES256, 'aws:kms'], 'aws:kms']}",
            "{SSEAlgorithm: aws:kms}",
        ),
        ("{SSEAlgorithm: {'Fn::If': [IsProd, 'aws:kms', AES256]}}", "{SSEAlgorithm: aws:kms}"),
        ("!If [IsProd, {SSEAlgorithm: 'aws:kms'}, {SSEAlgorithm: AES256}]", "SSEAlgorithm: aws:kms"),
    ],
)
def test_a_choice_whose_branches_would_be_alike_becomes_what_they_are(written: str, after: str) -> None:
    edited = fix_case(Case("choice", chosen(written), FAIL))

    assert "Fn::If" not in edited.text.replace("!If", "Fn::If")
    assert after in edited.text
    assert verdicts(edited) == {"B": Verdict.PASS}
    assert "both branches of the !If would be aws:kms" in edited.proposals[0].why


@pytest.mark.parametrize(
    ("written", "keeps"),
    [
        ("{SSEAlgorithm: !If [IsProd, 'aws:kms:dsse', AES256]}", "!If [IsProd, 'aws:kms:dsse', aws:kms]"),
        (
            "!If [IsProd, {SSEAlgorithm: 'aws:kms', KMSMasterKeyID: alias/x}, {SSEAlgorithm: AES256}]",
            "!If [IsProd, {SSEAlgorithm: 'aws:kms', KMSMasterKeyID: alias/x}, {SSEAlgorithm: aws:kms}]",
        ),
    ],
)
def test_a_choice_whose_branches_differ_in_more_stays_a_choice(written: str, keeps: str) -> None:
    edited = fix_case(Case("choice", chosen(written), FAIL))

    assert keeps in edited.text
    assert verdicts(edited) == {"B": Verdict.PASS}


def test_a_choice_with_a_comment_keeps_it() -> None:
    text = bucket(
        """
        BucketEncryption:
          ServerSideEncryptionConfiguration:
            - ServerSideEncryptionByDefault:
                SSEAlgorithm: !If
                  - IsProd
                  # finance asks for it
                  - aws:kms
                  - AES256
        """,
        IS_PROD,
    )

    edited = fix_case(Case("choice", text, FAIL))

    assert "# finance asks for it" in edited.text
    assert verdicts(edited) == {"B": Verdict.PASS}


@pytest.mark.parametrize(
    ("limit", "is_in_default"),
    [
        ("", True),
        (", AllowedPattern: 'aws:.*|AES256'", True),
        (", MaxLength: 7", True),
        (", AllowedPattern: 'AES[0-9]+'", False),
        (", AllowedPattern: '('", False),
        (", MaxLength: 6", False),
        (", MinLength: x", False),
    ],
)
def test_a_default_is_not_given_a_value_that_its_parameter_refuses(limit: str, is_in_default: bool) -> None:
    head = f"Parameters: {{P: {{Type: String, Default: AES256{limit}}}}}"

    edited = fix_case(Case("limit", bucket(default("!Ref P"), head), FAIL))

    assert ("Default: aws:kms" in edited.text) is is_in_default
    assert verdicts(edited) == {"B": Verdict.PASS}
    assert ("a stack that exists keeps the value" in edited.proposals[0].why) is is_in_default
