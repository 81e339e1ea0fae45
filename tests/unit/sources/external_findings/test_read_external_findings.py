"""Findings of other tools: which buckets are taken, and why the others are not."""

import gzip
import json
from pathlib import Path
from random import Random

import pytest
from tests.support.external_findings import (
    ACCOUNT,
    Record,
    arn,
    as_json,
    asff,
    csv_rows,
    custodian,
    evaluation,
    hub_ocsf,
    hub_row,
    prowler_ocsf,
    prowler_row,
    result,
    sarif,
)

from s3kms.model.errors import BadInput
from s3kms.sources.external_findings.checks import CHECKS, CheckQuestion, question_of
from s3kms.sources.external_findings.read import FindingsFile, read_external_findings
from s3kms.sources.observed.budget import LogLimits


def read(tmp_path: Path, content: bytes | str, *checks: str, limits: LogLimits | None = None) -> FindingsFile:
    path = tmp_path / "findings"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    found = (
        read_external_findings([path], checks, limits) if limits else read_external_findings([path], checks)
    )
    return found.files[0]


EVERY_FORM = {
    "OCSF of Prowler": as_json([prowler_ocsf()]),
    "OCSF of Security Hub CSPM": as_json({"Findings": [hub_ocsf()]}),
    "ASFF of Security Hub": as_json({"Findings": [asff()]}),
    "compliance details of AWS Config": as_json({"EvaluationResults": [evaluation()]}),
    "resources.json of Cloud Custodian": as_json([custodian()]),
    "CSV of Prowler": csv_rows([prowler_row()], ";").encode(),
    "CSV of AWS Security Hub": csv_rows([hub_row()], ",").encode(),
}


@pytest.mark.parametrize("form", EVERY_FORM)
def test_each_form_is_recognized_and_gives_its_bucket(tmp_path: Path, form: str) -> None:
    found = read(tmp_path, EVERY_FORM[form])

    assert (found.form, found.findings, found.targets) == (form, 1, ("s3://acme-orders",))
    assert found.passed_over == ()


@pytest.mark.parametrize("form", EVERY_FORM)
def test_each_form_may_be_packed_and_begin_with_a_byte_order_mark(tmp_path: Path, form: str) -> None:
    packed = gzip.compress(b"\xef\xbb\xbf" + EVERY_FORM[form])

    assert read(tmp_path, packed).targets == ("s3://acme-orders",)


@pytest.mark.parametrize("form", EVERY_FORM)
def test_of_half_a_file_nothing_is_taken(tmp_path: Path, form: str) -> None:
    with pytest.raises(BadInput, match=r"is cut, or is not|in no form"):
        read(tmp_path, EVERY_FORM[form][:-8])


def test_lines_of_an_export_of_security_hub_are_read_one_by_one(tmp_path: Path) -> None:
    lines = b"\n".join(as_json(hub_ocsf(name)) for name in ("one-bucket", "two-bucket"))

    assert read(tmp_path, lines).targets == ("s3://one-bucket", "s3://two-bucket")


def test_of_many_accounts_the_first_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    records = [evaluation() | {"AccountId": f"{number:012}"} for number in range(8)]
    found = read(tmp_path, as_json({"AggregateEvaluationResults": records}))

    assert str(found.sentence).endswith(
        "of accounts 000000000000, 000000000001, 000000000002, 000000000003, 000000000004 and 3 more"
    )


def test_results_of_a_conformance_pack_are_read(tmp_path: Path) -> None:
    record = evaluation(rule="s3-default-encryption-kms-conformance-pack-abc123xyz")
    content = {"ConformancePackName": "p", "ConformancePackRuleEvaluationResults": [record]}

    assert read(tmp_path, as_json(content)).targets == ("s3://acme-orders",)


def test_results_of_an_aggregator_name_their_accounts(tmp_path: Path) -> None:
    record = evaluation() | {"AccountId": "111122223333", "AwsRegion": "eu-central-1"}
    found = read(tmp_path, as_json({"AggregateEvaluationResults": [record]}))

    assert found.targets == ("s3://acme-orders",)
    assert str(found.sentence).endswith("1 finding: 1 bucket taken; of account 111122223333")


@pytest.mark.parametrize(
    ("findings", "why"),
    [
        ([prowler_ocsf(status="PASS")], "1 passed"),
        ([prowler_ocsf(status="MANUAL")], "1 neither failed nor passed"),
        ([prowler_ocsf(muted=True)], "1 suppressed, muted, resolved or archived"),
        (
            [prowler_ocsf(check="s3_bucket_default_encryption", status="PASS")],
            "1 passed a check that SSE-S3 passes, too",
        ),
        ([prowler_ocsf(check="s3_bucket_object_versioning")], "1 of other checks"),
        ([hub_ocsf(status_id=1)], "1 passed"),
        ([hub_ocsf(status_id=2)], "1 neither failed nor passed"),
        ([hub_ocsf(finding_status=3)], "1 suppressed, muted, resolved or archived"),
        ([hub_ocsf(control="S3.5")], "1 of other checks"),
        ([asff(status="PASSED")], "1 passed"),
        ([asff(status="NOT_AVAILABLE")], "1 neither failed nor passed"),
        ([asff(workflow="SUPPRESSED")], "1 suppressed, muted, resolved or archived"),
        ([asff(record_state="ARCHIVED")], "1 suppressed, muted, resolved or archived"),
        ([asff(type_="AwsKmsKey")], "1 of other types of resource"),
        ([evaluation(compliance="COMPLIANT")], "1 passed"),
        ([evaluation(compliance="NOT_APPLICABLE")], "1 neither failed nor passed"),
        ([evaluation(type_="AWS::KMS::Key")], "1 of other types of resource"),
        ([evaluation(rule="s3-bucket-versioning-enabled")], "1 of other checks"),
        ([{"InstanceId": "i-1", "c7n:MatchedFilters": []}], "1 of other types of resource"),
    ],
)
def test_what_is_passed_over_is_counted_with_its_reason(
    tmp_path: Path, findings: list[Record], why: str
) -> None:
    found = read(tmp_path, as_json(findings))

    assert found.targets == ()
    assert f"0 buckets taken; passed over: {why}" in str(found.sentence)


@pytest.mark.parametrize(
    "id_",
    [
        "S3.17",
        "security-control/S3.17",
        "nist-800-53/v/5.0.0/S3.17",
        "prowler-s3_bucket_kms_encryption",
        "securityhub-s3-default-encryption-kms-1a2b3c4d",
        "OrgConfigRule-s3-default-encryption-kms-abcd1234",
        "s3-default-encryption-kms-conformance-pack-abc123xyz",
    ],
)
def test_a_check_is_known_by_the_names_that_services_give_it(id_: str) -> None:
    assert question_of([id_]) is CheckQuestion.SSE_KMS


@pytest.mark.parametrize(
    "id_", ["S3.170", "XS3.17", "my-s3-default-encryption-kms", "s3-default-encryption-kms "]
)
def test_a_name_that_only_resembles_a_check_is_not_it(id_: str) -> None:
    assert question_of([id_]) is None


def test_what_fails_a_check_for_any_encryption_is_taken_for_it_has_no_kms_either(tmp_path: Path) -> None:
    content = as_json([prowler_ocsf(check="s3_bucket_default_encryption")])

    assert read(tmp_path, content).targets == ("s3://acme-orders",)


def test_every_row_of_the_table_has_its_source() -> None:
    assert all(check.source for check in CHECKS)


def test_a_check_of_ones_own_counts_where_it_is_named(tmp_path: Path) -> None:
    content = as_json({"EvaluationResults": [evaluation(rule="acme-kms")]})

    assert read(tmp_path, content).targets == ()
    assert read(tmp_path, content, "acme-kms").targets == ("s3://acme-orders",)


def test_findings_of_several_resources_and_files_name_each_bucket_once(tmp_path: Path) -> None:
    several = asff("one-bucket")
    several["Resources"].append({"Type": "AwsS3Bucket", "Id": arn("two-bucket")})
    (tmp_path / "a").write_bytes(as_json([several, asff("one-bucket")]))
    (tmp_path / "b").write_bytes(as_json([custodian("two-bucket"), custodian("three-bucket")]))
    found = read_external_findings([tmp_path / "a", tmp_path / "b", tmp_path / "a"])

    assert found.targets == ("s3://one-bucket", "s3://two-bucket", "s3://three-bucket")
    assert len(found.files) == 2


def test_a_directory_bucket_keeps_its_arn(tmp_path: Path) -> None:
    express = f"arn:aws:s3express:eu-central-1:{ACCOUNT}:bucket/logs--euc1-az1--x-s3"
    record = prowler_ocsf()
    record["resources"] = [{"uid": express, "type": "AWS::S3Express::DirectoryBucket"}]

    assert read(tmp_path, as_json([record])).targets == (express,)


@pytest.mark.parametrize(
    "name", ["*", "logs-*", "a", "x" * 300, "s3://x", "acme\x1b[31m", "../x", "a b c", "--apply", ""]
)
def test_a_name_that_no_bucket_can_have_ends_the_reading(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="which no bucket can be called") as error:
        read(tmp_path, as_json([evaluation(name)]))

    assert "\x1b" not in str(error.value)
    assert len(str(error.value)) < 400


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"   \n", "not in a known format"),
        (b"\x00\x01\x02PK", "not in a known format"),
        (b"{}", "not in a known format"),
        (b"[1]", "not in a known format"),
        (b'{"version": "2.1.0"}', "not in a known format"),
        (b"name,size\na,1\n", "not in a known format"),
        (b"hello", "not in a known format"),
        (as_json([prowler_ocsf(), {"a": 1}]), "record 2 in another form"),
        (as_json([prowler_ocsf()]) + b"[]", "goes on after its end"),
        (as_json({"Findings": [asff()], "NextToken": "x"}), "is one page of several"),
        (b"[" * 100_000, "nested too deeply|is cut"),
        (b"\x1f\x8b\x08\x00broken", "cannot be unpacked|is cut"),
        (csv_rows([{"resources.uid": arn("acme-orders")}], ",").encode(), "has no column compliance.control"),
        (csv_rows([hub_row() | {"resources.uid": "[1"}], ",").encode(), "begins as a list and is none"),
        (csv_rows([prowler_row()], ";").encode() + b"a;b\r\n", "row 2 has 2 of 9 cells"),
    ],
)
def test_what_is_no_file_of_findings_ends_with_a_sentence(tmp_path: Path, content: bytes, why: str) -> None:
    with pytest.raises(BadInput, match=why) as error:
        read(tmp_path, content)

    assert error.value.exit_code == 2


RECORDS = (prowler_ocsf(), hub_ocsf(), asff(), evaluation(), custodian(), sarif(result("main.tf")))
ODD: tuple[object, ...] = (
    None,
    0,
    -1.5,
    True,
    "",
    "x" * 5000,
    "\x1b[2J\u202e",
    "arn:",
    [],
    [[]],
    {},
    [1],
    {"uid": []},
    ["\ud800"],
)


def odd_copy(value: object, random: Random) -> object:
    """The value with one part replaced by something that does not belong there."""
    if not isinstance(value, dict | list) or not value or random.random() < 0.2:
        return random.choice(ODD)
    if isinstance(value, list):
        place = random.randrange(len(value))
        return [odd_copy(one, random) if at == place else one for at, one in enumerate(value)]
    name = random.choice(list(value))
    return {key: odd_copy(one, random) if key == name else one for key, one in value.items()}


@pytest.mark.parametrize("record", RECORDS)
def test_whatever_stands_in_a_field_ends_in_a_sentence_at_worst(
    folder: Path, record: Record, capfd: pytest.CaptureFixture[str]
) -> None:
    random = Random(17)
    (folder / "main.tf").write_text("")
    said: list[str] = []
    for _ in range(150):
        odd = odd_copy(record, random)
        try:
            found = read(folder, as_json(odd if "runs" in record else [odd]))
        except BadInput as error:
            said.append(str(error))
        else:
            said += [str(found.sentence), *found.targets]

    assert all(len(text) < 1000 and text.isprintable() for text in said)
    assert capfd.readouterr().err == ""


def test_an_empty_list_is_no_mistake_and_names_nothing(tmp_path: Path) -> None:
    found = read(tmp_path, b"[]")

    assert str(found.sentence).endswith("findings is an empty list, 0 findings: 0 buckets taken")


@pytest.mark.parametrize(
    "content", [as_json([prowler_ocsf("a" * 60) for _ in range(9)]), EVERY_FORM["CSV of Prowler"] * 9]
)
def test_a_file_has_a_budget(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(BadInput, match=r"has more than|has a record of more|has a line of more"):
        read(tmp_path, gzip.compress(content), limits=LogLimits(file_bytes=500, record_bytes=300))


def test_a_tool_named_with_control_characters_is_shown_without_them(tmp_path: Path) -> None:
    record = prowler_ocsf()
    record["metadata"]["product"]["name"] = "Prow\x1b[2Jler"

    assert "\x1b" not in str(read(tmp_path, as_json([record])).sentence)


# Code


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra/main.tf").write_text("")
    (tmp_path / "my file.tf").write_text("")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("tool_last", [False, True])
def test_files_that_sarif_names_are_taken_as_targets(folder: Path, tool_last: bool) -> None:
    document = sarif(
        result("infra/main.tf"), result("infra/main.tf"), result("my%20file.tf"), tool_last=tool_last
    )
    found = read(folder, as_json(document))

    assert found.targets == ("./infra/main.tf", "./my file.tf")
    assert "is SARIF of Checkov, 3 findings: 2 files taken" in str(found.sentence)


def test_results_of_sarif_that_passed_or_are_suppressed_are_passed_over(folder: Path) -> None:
    document = sarif(
        result("infra/main.tf", kind="pass"),
        result("infra/main.tf", suppressions=[{"kind": "inSource"}]),
        result("infra/main.tf", rule="CKV_AWS_19", kind="pass"),
        result("infra/main.tf", rule="CKV_AWS_21"),
        result("infra/main.tf", suppressions=[{"kind": "external", "status": "rejected"}]),
    )
    found = read(folder, as_json(document))

    assert found.targets == ("./infra/main.tf",)
    assert [number for _, number in found.passed_over] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("../../etc/passwd", "is outside of"),
        ("/etc/passwd", "is outside of"),
        ("file:///etc/passwd", "is outside of"),
        ("link/passwd", "is outside of"),
        ("https://example.com/main.tf", "is no file of this machine"),
        ("file://host/main.tf", "is no file of this machine"),
        ("gone.tf", "is not there: run s3kms in the folder"),
        ("infra", "is not there"),
        ("a\x00b", "which no file can be called"),
        ("x" * 5000, "which no file can be called"),
        ("http://[", "which no file can be called"),
    ],
)
def test_a_file_outside_of_the_repository_is_not_read(folder: Path, uri: str, why: str) -> None:
    (folder / "link").symlink_to("/etc")
    with pytest.raises(BadInput, match=why):
        read(folder, as_json(sarif(result(uri))))


def test_below_a_subfolder_files_of_the_repository_are_named_from_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = json.dumps(sarif(result("../my%20file.tf"))).encode()
    monkeypatch.chdir(folder / "infra")

    assert read(folder, content).targets == ("../my file.tf",)
