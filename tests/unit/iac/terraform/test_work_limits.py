"""Code that would take too long is evaluated within its budget, or not at all."""

import time

import pytest
from tests.support.terraform_case import BLIND, Case, bucket, kms
from tests.unit.iac.terraform.test_code_cases import judge, read

from s3kms.iac.hcl.functions.regular_expressions import regex
from s3kms.iac.values import UnknownValue


@pytest.mark.parametrize(
    ("expression", "text"),
    [("(?:a?){50}a{50}", "a" * 50 + "b"), ("a?" * 40 + "a" * 40, "a" * 39), ("(a|a)" * 30 + "c", "a" * 40)],
)
def test_an_expression_with_too_many_ways_is_open(expression: str, text: str) -> None:
    start = time.process_time()

    assert isinstance(regex(expression, text), UnknownValue)
    assert time.process_time() - start < 1


def test_the_usual_expression_for_a_key_is_evaluated() -> None:
    arn = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

    assert regex(r"^arn:aws[a-zA-Z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)/.+$", arn) == ["key"]


def test_many_configurations_that_may_be_for_any_bucket_are_told_once() -> None:
    count = 300
    parts = [
        bucket(f'bucket = "name-{n}"', f"b{n}")
        + kms(of=f"data.external.x.result.n{n}").replace('configuration" "b"', f'configuration" "b{n}"')
        for n in range(count)
    ]

    start = time.process_time()
    found = read(Case("many", {"main.tf": 'data "external" "x" {}\n' + "".join(parts)}, {}))

    assert len(found) == count
    assert {judge(one).verdict for one in found} == {BLIND.verdict}
    assert time.process_time() - start < 10
