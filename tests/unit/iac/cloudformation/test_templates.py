"""What a CloudFormation template says of its buckets."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.cases.cloudformation.parameters import GIVEN, TABLES
from tests.support.cases.cloudformation.templates import CASES as WRITTEN
from tests.support.cases.cloudformation.templates import IS_PROD, KEY
from tests.support.code import context
from tests.support.templates import Case, bucket, default

from s3kms.desired.configuration import Configuration
from s3kms.iac.cloudformation.reader import READER
from s3kms.iac.interface import Document
from s3kms.model.bucket import Bucket
from s3kms.model.code_inputs import CodeInputs
from s3kms.model.encryption import Encryption
from s3kms.model.findings import Finding, Verdict
from s3kms.model.unknown import NOT_READ, Unknown
from s3kms.rules import RULES, find_rule
from s3kms.rules.evaluate import evaluate_bucket

CASES = (*WRITTEN, *TABLES, *GIVEN)
TODAY = date(2026, 11, 23)


def read(text: str, name: str = "t.yaml", given: Mapping[str, str] | None = None) -> list[Bucket]:
    document = Document(Path(name), text.encode())
    around = context(given, CodeInputs(parameter_files=tuple(Path(file) for file in given or {})))
    return list(READER.read(document, around)) if READER.claims(document) else []


def judge(found: Bucket, rule: str = "s3_bucket_kms_encryption") -> Finding:
    return evaluate_bucket(found, find_rule(rule), Configuration(), TODAY)


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_a_template_gets_its_verdict(case: Case) -> None:
    given = {case.file: case.parameters} if case.parameters else None
    (found,) = read(case.text, given=given)
    finding = judge(found)

    assert finding.verdict is case.verdict, finding.message
    assert (finding.bucket, finding.resource) == (case.name, "B")
    if case.verdict is Verdict.PASS:
        assert finding.key_kind is case.key_kind
    if finding.encryption and case.verdict is not Verdict.FAIL:
        assert finding.encryption.bucket_key is case.bucket_key
    assert case.says in finding.message
    if case.place:
        (place,) = finding.places
        assert (place.uri, place.line, place.column) == ("t.yaml", *case.place)


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_what_is_not_known_says_what_would_settle_it(case: Case) -> None:
    for found in read(case.text):
        for rule in RULES:
            finding = evaluate_bucket(found, rule, Configuration(), TODAY)
            assert NOT_READ.why not in finding.message
            assert "bug" not in str(finding.advice)
            assert finding.advice or finding.verdict is Verdict.PASS


def test_the_table_is_long_enough() -> None:
    assert len({case.id for case in CASES}) == len(CASES) >= 60
    assert {case.verdict for case in CASES} == {Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN}


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("AWSTemplateFormatVersion: 1\nResources: [a\n", 3, "',' or ']'"),
        ('{"Resources": {"B": {"Type": "AWS::S3::Bucket"}', 2, "'}'"),
        ("AWSTemplateFormatVersion: 1\n---\na: b\n", 2, "a second one begins"),
        ("AWSTemplateFormatVersion: 1\nResources: *r\n", 2, "undefined|names no anchor"),
        ("AWSTemplateFormatVersion: 1\nResources: &r {B: *r}\n", 2, "names no anchor"),
        ("AWSTemplateFormatVersion: 1\nResources: " + "[" * 100_000, 2, "nested deeper"),
        ("AWSTemplateFormatVersion: 1\nResources: \x07\n", 2, "character"),
        ("AWSTemplateFormatVersion: 1\n? [a]\n: b\n", 2, "a key is not a text"),
        (
            f"AWSTemplateFormatVersion: 1\na0: &a0 [{'x, ' * 9}x]\n"
            + "".join(f"a{n}: &a{n} [{f'*a{n - 1}, ' * 9}*a{n - 1}]\n" for n in range(1, 9)),
            7,
            "parts",
        ),
    ],
)
def test_a_broken_template_is_one_unknown_at_its_place(text: str, line: int, says: str) -> None:
    (found,) = read(text)

    assert found.name is found.resource is None
    assert isinstance(found.encryption, Unknown)
    assert any(word in found.encryption.why for word in says.split("|")), found.encryption.why
    assert found.places[0].line == line


def test_a_file_that_is_not_utf_8_is_told_where() -> None:
    document = Document(Path("t.yaml"), b"AWSTemplateFormatVersion: 1\nResources: \xff\n")

    (found,) = READER.read(document, context())

    assert (found.places[0].line, found.places[0].column) == (2, 12)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.md", bucket("")),
        ("k8s.yaml", "apiVersion: v1\nResources: {cpu: 1}\n"),
        ("t.yaml", "Resources: {a: {Type: b}}\n"),
        ("t.json", '{"text": "AWSTemplateFormatVersion"}'),
        ("t.json", '{"resources": {"B": {"Type": "AWS::S3::Bucket"}}}'),
        ("t.json", '{"planned_values": {"Resources": "::"}}'),
        ("t.yaml", ""),
        ("t.yaml", "serverless:\n  Resources: {B: {Type: AWS::S3::Bucket}}\n"),
    ],
)
def test_other_files_are_not_claimed(name: str, text: str) -> None:
    assert not READER.claims(Document(Path(name), text.encode()))


@pytest.mark.parametrize("name", ["t.yaml", "t.YML", "t.template.json", "t.template", "t.json"])
def test_a_template_is_claimed_by_its_resources(name: str) -> None:
    assert READER.claims(Document(Path(name), b"Resources: {F: {Type: AWS::Serverless::Function}}"))


def test_a_bucket_of_a_condition_that_is_never_true_is_not_there() -> None:
    text = bucket(default("AES256"), "Conditions: {C: !Equals [a, b]}").replace(
        "    Properties", "    Condition: C\n    Properties"
    )

    assert read(text) == []


def loop(values: str, body: str, head: str = "Transform: AWS::LanguageExtensions") -> str:
    return f"{head}\nResources:\n  Fn::ForEach::Buckets: [Name, {values}, {body}]\n"


def test_a_loop_is_written_out() -> None:
    properties = "{BucketName: !Sub '${Name}-x', Tags: [{Key: n, Value: !Ref Name}]}"
    body = f"{{'B${{Name}}': {{Type: AWS::S3::Bucket, Properties: {properties}}}}}"

    first, second = read(loop("[one, two]", body))

    assert (first.resource, first.name, first.tags) == ("Bone", "one-x", {"n": "one"})
    assert (second.resource, second.name, second.tags) == ("Btwo", "two-x", {"n": "two"})
    assert first.places == second.places


def test_a_loop_over_a_parameter_or_over_what_is_open() -> None:
    properties = default("!Sub 'aws:${Name}'")
    body = f"{{'B&{{Name}}': {{Type: AWS::S3::Bucket, Properties: {{{properties}}}}}}}"
    told = "Parameters: {L: {Type: CommaDelimitedList, Default: 'kms,kms:dsse'}}"
    open_ = "Parameters: {L: {Type: CommaDelimitedList}}"

    passing = read(loop("!Ref L", body, told))
    (unknown,) = read(loop("!Ref L", body, open_))

    assert [(b.resource, judge(b).verdict) for b in passing] == [("Bkms", "pass"), ("Bkmsdsse", "pass")]
    assert judge(unknown).verdict is Verdict.UNKNOWN


def test_loops_nest() -> None:
    inner = "{'B${Name}${N}': {Type: AWS::S3::Bucket}}"

    found = read(loop("[a, b]", f"{{'Fn::ForEach::Inner': [N, ['1', '2'], {inner}]}}"))

    assert [b.resource for b in found] == ["Ba1", "Ba2", "Bb1", "Bb2"]


def test_too_many_combinations_are_not_told() -> None:
    many = range(12)
    parameters = ", ".join(f"P{n}: {{Type: String}}" for n in many)
    conditions = ", ".join(f"C{n}: !Equals [!Ref P{n}, x]" for n in many)
    value = "aws:kms"
    for n in many:
        value = f"!If [C{n}, {value}, !If [C{(n + 1) % 12}, aws:kms, aws:kms:dsse]]"
    value = "!Join [':', [" + ", ".join(f"!If [C{n}, a, b]" for n in many) + "]]"

    (found,) = read(bucket(default(value), f"Parameters: {{{parameters}}}\nConditions: {{{conditions}}}"))

    assert judge(found).verdict is Verdict.UNKNOWN
    assert len(found.outcomes) <= 300


@pytest.mark.parametrize(
    "link", ["!Not [!Condition C{}]", "!Not [!Not [!And [!Equals [!If [C{}, a, b], a], !Equals [a, a]]]]"]
)
def test_a_long_way_from_condition_to_condition_is_not_told(link: str) -> None:
    chain = "\n".join(f"  C{n}: {link.format(n + 1)}" for n in range(400))
    conditions = f"Conditions:\n{chain}\n  C400: !Equals [a, b]"

    (found,) = read(bucket(default("!If [C0, aws:kms, AES256]"), conditions))

    assert judge(found).message == "the expression is nested too deeply"


def test_tags_are_read_for_the_overrides() -> None:
    (found,) = read(bucket("Tags: [{Key: a, Value: !Ref AWS::Region}]"))
    (known,) = read(bucket("Tags: [{Key: a, Value: b}]"))

    assert isinstance(found.tags, Unknown)
    assert known.tags == {"a": "b"}


@pytest.mark.parametrize(
    ("properties", "usable", "rotates"),
    [
        ("KeyPolicy: {}", "pass", "fail"),
        ("EnableKeyRotation: true", "pass", "pass"),
        ("EnableKeyRotation: !Ref P", "pass", "unknown"),
        ("Enabled: false", "fail", "fail"),
        ("KeySpec: RSA_2048, KeyUsage: SIGN_VERIFY", "fail", "fail"),
        ("KeySpec: !Ref P", "unknown", "fail"),
    ],
)
def test_a_declared_key_is_judged_too(properties: str, usable: str, rotates: str) -> None:
    key = f"Key: {{Type: AWS::KMS::Key, Properties: {{{properties}}}}}"
    (found,) = read(bucket(default("aws:kms", "!Ref Key"), "Parameters: {P: {Type: String}}", more=key))

    assert judge(found, "s3_bucket_kms_key_usable").verdict == usable
    assert judge(found, "s3_bucket_kms_key_rotation").verdict == rotates
    assert judge(found, "s3_bucket_customer_managed_key").verdict == "pass"


def test_an_allowed_key_that_is_yet_to_be_made_is_unknown() -> None:
    (found,) = read(bucket(default("aws:kms", "!Ref Key"), more=KEY))

    finding = evaluate_bucket(
        found, find_rule("s3_bucket_kms_key_allowed"), Configuration(allowed_keys=("arn:*",)), TODAY
    )

    assert finding.verdict is Verdict.UNKNOWN
    assert "gets its ARN when it is made" in finding.message


def test_an_unknown_way_weighs_less_than_a_failing_one() -> None:
    text = bucket(
        default("!If [IsProd, !Ref P, AES256]"), IS_PROD.replace("{Stage", "{P: {Type: String}, Stage")
    )
    (failing,), (unknown,) = read(text), read(text.replace("AES256", "aws:kms"))

    assert judge(failing).verdict is Verdict.FAIL
    assert judge(unknown).verdict is Verdict.UNKNOWN
    assert judge(unknown).message.startswith("when IsProd is true: SSEAlgorithm is !Ref P")


SILENT = bucket(default("aws:kms"))


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (SILENT, "unknown"),
        (bucket(""), "unknown"),
        (bucket(default("aws:kms", "", "BlockedEncryptionTypes: !Ref AWS::NoValue")), "unknown"),
        (
            bucket(default("aws:kms", "", "BlockedEncryptionTypes: {EncryptionType: !Ref AWS::NoValue}")),
            "unknown",
        ),
        (bucket(default("aws:kms", "", "BlockedEncryptionTypes: {}")), "unknown"),
        (bucket(default("aws:kms", "", "BlockedEncryptionTypes: {EncryptionType: []}")), "fail"),
        (bucket(default("aws:kms", "", "BlockedEncryptionTypes: {EncryptionType: [NONE]}")), "fail"),
        (bucket(default("AES256", "", "BlockedEncryptionTypes: {EncryptionType: [SSE-C]}")), "pass"),
    ],
)
def test_silence_about_sse_c_is_unknown_and_an_empty_list_is_not_silence(text: str, verdict: str) -> None:
    (found,) = read(text)

    assert judge(found, "s3_bucket_sse_c_blocked").verdict == verdict


@pytest.mark.parametrize("text", [bucket(""), bucket("BucketEncryption: !Ref AWS::NoValue")])
def test_a_bucket_without_encryption_has_the_algorithm_that_s3_gives_it(text: str) -> None:
    (found,) = read(text)

    assert isinstance(found.encryption, Encryption)
    assert found.encryption.algorithm == "AES256"


TOKENS = (
    *(
        "!Ref ",
        "!If [",
        "!Sub '",
        "'",
        '"',
        "]",
        "[",
        "{",
        "}",
        ", ",
        ": ",
        "\n",
        "  ",
        "- ",
        "&a ",
        "*a",
        "<<: *a",
    ),
    *(
        "Fn::If",
        "AWS::NoValue",
        "BucketEncryption",
        "SSEAlgorithm",
        "null",
        "true",
        "${",
        "P",
        "IsProd",
        "\t",
        "|",
    ),
    *(
        "!FindInMap [",
        "!Select [0, ",
        "!Split [',', ",
        "!Join ['', ",
        "!GetAtt ",
        "Condition",
        "\x00",
        "\ud7ff",
        "é",
    ),
)


@settings(max_examples=600)
@given(
    st.sampled_from([case.text for case in CASES]),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), st.sampled_from(TOKENS)), min_size=1, max_size=4),
)
def test_no_mutation_of_a_template_crashes(text: str, cuts: list[tuple[float, int, str]]) -> None:
    for where, length, token in cuts:
        at = int(where * len(text))
        text = text[:at] + token + text[at + length :]

    for found in read(text):
        for rule in RULES:
            evaluate_bucket(found, rule, Configuration(), TODAY)
