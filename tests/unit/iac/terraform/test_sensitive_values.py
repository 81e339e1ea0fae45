"""What is sensitive is in no finding, whatever is made of it."""

import pytest
from tests.support.terraform_case import Case, bucket, kms, sse, variable
from tests.unit.iac.terraform.test_code_cases import TODAY, judge, read

from s3kms.desired.configuration import Configuration
from s3kms.rules import RULES
from s3kms.rules.evaluate import evaluate_bucket

SECRET = "SuperSecretValue"


@pytest.mark.parametrize(
    "written",
    ["upper(var.k)", "base64encode(var.k)", 'replace(var.k, "e", "3")', 'split("S", var.k)[2]', "var.k"],
)
def test_what_is_made_of_a_secret_is_not_shown(written: str) -> None:
    text = variable("k", "sensitive = true", f'default = "{SECRET}"') + bucket()
    made = {SECRET, SECRET.upper(), "U3VwZXJTZWNyZXRWYWx1ZQ==", SECRET.replace("e", "3"), "ecretValue"}

    for config in (sse(written), kms(key=written)):
        (found,) = read(Case("secret", {"main.tf": text + config}, {}))
        shown = "".join(repr(evaluate_bucket(found, rule, Configuration(), TODAY)) for rule in RULES)
        assert not any(secret in shown for secret in made)


def test_a_member_of_a_sensitive_set_is_not_shown() -> None:
    text = variable("k", "sensitive = true", "type = set(string)", f'default = ["{SECRET}"]') + bucket()

    (found,) = read(Case("secret", {"main.tf": text + kms(key="one(var.k)")}, {}))

    assert SECRET not in repr(judge(found))


@pytest.mark.parametrize("value", [SECRET, f"{SECRET}!! x", f"[{SECRET}/x]", f'"a" {SECRET}'])
def test_a_value_that_is_no_value_is_not_shown(value: str) -> None:
    text = variable("k", "sensitive = true") + bucket() + sse("var.k")

    for found in read(Case("secret", {"main.tf": text, "terraform.tfvars": f"k = {value}\n"}, {})):
        assert SECRET not in repr(judge(found))
