"""What a folder of Terraform says of its buckets."""

from datetime import date
from pathlib import Path

import pytest
from tests.support.cases.terraform.code import CASES
from tests.support.code import context
from tests.support.terraform_case import ROOT, UNREADABLE, Case, Said

from s3kms.cli.wording import cli_wording
from s3kms.desired.configuration import Configuration
from s3kms.iac import load_languages
from s3kms.iac.interface import Folder
from s3kms.model.bucket import Bucket
from s3kms.model.findings import Finding, Verdict
from s3kms.model.unknown import NOT_READ
from s3kms.rules import RULES, find_rule
from s3kms.rules.evaluate import evaluate_bucket

TODAY = date(2026, 11, 23)
BUCKET_KEY = "s3_bucket_bucket_key_enabled"
PARAMETERS = [pytest.param(case, id=case.id) for case in CASES]


def read(case: Case, root: Path = ROOT) -> list[Bucket]:
    """Through whoever claims the folder."""
    unit = Folder(root)
    reader = next(one.reader for one in load_languages() if one.reader.claims(unit))
    files = {str(root / name): text for name, text in case.files.items()}
    return list(reader.read(unit, context(files, case.inputs)))


def judge(found: Bucket, rule: str = "s3_bucket_kms_encryption") -> Finding:
    return evaluate_bucket(found, find_rule(rule), Configuration(), TODAY)


def agree(found: Bucket, said: Said) -> None:
    finding = judge(found)

    assert finding.verdict is said.verdict, finding.message
    assert said.says in finding.message
    assert said.remedy in finding.advice.worded(cli_wording)
    assert said.name in {None, finding.bucket}
    if said.verdict is Verdict.PASS and said.key_kind:
        assert finding.key_kind is said.key_kind, finding.encryption
    if said.verdict is Verdict.PASS and said.algorithm:
        assert finding.encryption
        assert finding.encryption.algorithm == said.algorithm
        assert said.bucket_key_verdict or finding.encryption.bucket_key is said.bucket_key
    if said.bucket_key_verdict:
        assert judge(found, BUCKET_KEY).verdict is said.bucket_key_verdict


@pytest.mark.parametrize("case", PARAMETERS)
def test_every_bucket_gets_its_verdict(case: Case) -> None:
    found = {bucket.resource or UNREADABLE: bucket for bucket in read(case)}

    assert set(found) == set(case.said)
    for address, said in case.said.items():
        agree(found[address], said)


PLACED = [pytest.param(case, id=case.id) for case in CASES if case.place]


@pytest.mark.parametrize("case", PLACED)
def test_the_place_is_what_decides(case: Case) -> None:
    found = {bucket.resource: judge(bucket) for bucket in read(case)}
    assert case.place
    name, line = case.place

    places = found[next(iter(case.said))].places

    assert (places[0].uri, places[0].line) == (str(ROOT / name), line)


@pytest.mark.parametrize("case", PARAMETERS)
def test_what_is_not_known_says_what_would_settle_it(case: Case) -> None:
    for found in read(case):
        for rule in RULES:
            finding = evaluate_bucket(found, rule, Configuration(), TODAY)
            assert NOT_READ.why not in finding.message
            assert "bug" not in str(finding.advice)
            assert finding.advice or finding.verdict is Verdict.PASS


@pytest.mark.parametrize("case", PARAMETERS)
def test_every_bucket_has_a_place_in_some_file(case: Case) -> None:
    for found in read(case):
        for place in found.places:
            assert Path(place.uri).relative_to(ROOT).as_posix() in case.files
            assert place.line
        assert found.places


def test_a_key_that_is_sensitive_is_not_shown() -> None:
    secret = "1234abcd-12ab-34cd-56ef-1234567890ab"
    text = (
        f'variable "key" {{\n  default   = "{secret}"\n  sensitive = true\n}}\n'
        'resource "aws_s3_bucket" "b" {}\n'
        'resource "aws_s3_bucket_server_side_encryption_configuration" "b" {\n  bucket = aws_s3_bucket.b.id\n'
        "  rule {\n    apply_server_side_encryption_by_default {\n"
        '      sse_algorithm     = "aws:kms"\n      kms_master_key_id = var.key\n    }\n  }\n}\n'
    )

    (found,) = read(Case("sensitive", {"main.tf": text}, {}))

    assert judge(found).verdict is Verdict.PASS
    assert all(secret not in repr(evaluate_bucket(found, rule, Configuration(), TODAY)) for rule in RULES)


def test_the_table_is_long_enough() -> None:
    assert len({case.id for case in CASES}) == len(CASES) >= 300
    verdicts = [said.verdict for case in CASES for said in case.said.values()]
    for verdict in (Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN):
        assert verdicts.count(verdict) >= 40
