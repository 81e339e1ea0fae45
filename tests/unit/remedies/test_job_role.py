"""The role of a job in four forms: each says the same two documents."""

import json
import re
import shlex

import pytest
import yaml

from s3kms.model.job_role import JobRole
from s3kms.objects.engines.batch.role import job_role, role_policy
from s3kms.remedies.job_role import JOB_ROLE_FORMS, render_job_role

KEYS = ("arn:aws:kms:eu-central-1:222222222222:key/new", "arn:aws:kms:eu-central-1:222222222222:key/old")
POLICY = role_policy("photos", "jobs", "s3kms/", KEYS, "aws", generates=True)
ROLE = job_role("s3kms-batch", "222222222222", "aws", POLICY, "for ${run} %{1} it's")


class _Intrinsic(yaml.SafeLoader):
    """Reads `!GetAtt`."""


_Intrinsic.add_constructor("!GetAtt", lambda _, node: node.value)


def test_every_form_is_rendered() -> None:
    assert set(JOB_ROLE_FORMS) == {"console", "cli", "cloudformation", "terraform"}


def test_the_console_form_holds_both_documents() -> None:
    found = re.findall(r"^\{.*?^\}", render_job_role("console", ROLE), re.MULTILINE | re.DOTALL)

    assert [json.loads(one) for one in found] == [ROLE.trust, ROLE.policy]


def test_the_script_hands_both_documents_to_iam() -> None:
    words = shlex.split(render_job_role("cli", ROLE), comments=True)

    assert json.loads(words[words.index("--assume-role-policy-document") + 1]) == ROLE.trust
    assert json.loads(words[words.index("--policy-document") + 1]) == ROLE.policy
    assert words[words.index("--description") + 1] == ROLE.description


def test_the_template_makes_the_role_with_its_policy() -> None:
    template = yaml.load(render_job_role("cloudformation", ROLE), _Intrinsic)
    properties = template["Resources"]["BatchRole"]["Properties"]

    assert properties["AssumeRolePolicyDocument"] == ROLE.trust
    assert properties["Policies"][0]["PolicyDocument"] == ROLE.policy
    assert (properties["RoleName"], properties["Description"]) == ("s3kms-batch", ROLE.description)


def test_the_terraform_code_holds_both_documents_and_no_template_of_its_own() -> None:
    text = render_job_role("terraform", ROLE)
    found = re.findall(r"<<-\w+\n(.*?)\n  (?:TRUST|POLICY)\n", text, re.DOTALL)

    assert [json.loads(one) for one in found] == [ROLE.trust, ROLE.policy]
    assert '"for $${run} %%{1} it\'s"' in text


def test_the_role_may_not_write_the_objects() -> None:
    on_objects = [one for one in POLICY["Statement"] if one["Resource"] == "arn:aws:s3:::photos/*"]

    assert [one["Action"] for one in on_objects] == [
        ["s3:GetObject", "s3:GetObjectVersion", "s3:UpdateObjectEncryption"]
    ]


def test_a_role_that_gets_its_lists_may_not_touch_the_bucket_itself() -> None:
    listed = role_policy("photos", "jobs", "s3kms/", KEYS, "aws", generates=False)

    assert "arn:aws:s3:::photos" not in [one["Resource"] for one in listed["Statement"]]


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_the_arns_are_those_of_the_partition(partition: str) -> None:
    policy = role_policy("photos", "jobs", "s3kms/", (), partition, generates=True)
    role = JobRole("s3kms-batch", "222222222222", partition, {}, policy, "")

    assert {one["Resource"].split(":")[1] for one in policy["Statement"] if one["Resource"]} == {partition}
    assert role.arn == f"arn:{partition}:iam::222222222222:role/s3kms-batch"
