"""The IAM role of a job of S3 Batch Operations, in the forms of the other remedies. Pure."""

import json
from collections.abc import Callable, Mapping

from s3kms.model.job_role import POLICY_NAME, JobRole
from s3kms.text.quoting import quote_hcl, quote_shell, quote_yaml


def _as_console(role: JobRole) -> str:
    return (
        f"1. Open IAM in account {role.account}, Roles, Create role, Custom trust policy, and put this in:\n\n"
        f"{json.dumps(role.trust, indent=2)}\n\n"
        "2. Next, choose no policy, Next.\n"
        f"3. Role name: {role.name}. Create role.\n"
        "4. Open the role, Add permissions, Create inline policy, JSON, and put this in:\n\n"
        f"{json.dumps(role.policy, indent=2)}\n\n"
        f"5. Next, policy name: {POLICY_NAME}. Create policy.\n"
    )


def _as_aws_cli(role: JobRole) -> str:
    name = quote_shell(role.name)
    return (
        "set -eu\n"
        "export AWS_PAGER=\n"
        "account=$(aws sts get-caller-identity --query Account --output text)\n"
        f'if [ "$account" != {quote_shell(role.account)} ]; then\n'
        f'  echo "these credentials belong to account $account, not {role.account}" >&2\n'
        "  exit 1\n"
        "fi\n"
        f"aws iam create-role --role-name {name} --description {quote_shell(role.description)} \\\n"
        f"  --assume-role-policy-document {quote_shell(json.dumps(role.trust))}\n"
        f"aws iam put-role-policy --role-name {name} --policy-name {POLICY_NAME} \\\n"
        f"  --policy-document {quote_shell(json.dumps(role.policy))}\n"
    )


def _as_cloudformation(role: JobRole) -> str:
    trust, policy = (
        json.dumps(document, indent=2).replace("\n", "\n" + " " * indent)
        for document, indent in ((role.trust, 8), (role.policy, 12))
    )
    return (
        "AWSTemplateFormatVersion: '2010-09-09'\n"
        "Description: Role of jobs of S3 Batch Operations\n"
        "Resources:\n"
        "  BatchRole:\n"
        "    Type: AWS::IAM::Role\n"
        "    Properties:\n"
        f"      RoleName: {quote_yaml(role.name)}\n"
        f"      Description: {quote_yaml(role.description)}\n"
        "      AssumeRolePolicyDocument:\n"
        f"        {trust}\n"
        "      Policies:\n"
        f"        - PolicyName: {POLICY_NAME}\n"
        "          PolicyDocument:\n"
        f"            {policy}\n"
        "Outputs:\n"
        "  RoleArn:\n"
        "    Value: !GetAtt BatchRole.Arn\n"
    )


def _heredoc(document: Mapping[str, object], word: str) -> str:
    text = json.dumps(document, indent=2).replace("${", "$${").replace("%{", "%%{").replace("\n", "\n  ")
    return f"<<-{word}\n  {text}\n  {word}\n"


def _as_terraform(role: JobRole) -> str:
    return (
        'resource "aws_iam_role" "batch" {\n'
        f"  name               = {quote_hcl(role.name)}\n"
        f"  description        = {quote_hcl(role.description)}\n"
        f"  assume_role_policy = {_heredoc(role.trust, 'TRUST')}"
        "}\n"
        "\n"
        'resource "aws_iam_role_policy" "batch" {\n'
        f"  name   = {quote_hcl(POLICY_NAME)}\n"
        "  role   = aws_iam_role.batch.id\n"
        f"  policy = {_heredoc(role.policy, 'POLICY')}"
        "}\n"
        "\n"
        'output "role_arn" {\n'
        "  value = aws_iam_role.batch.arn\n"
        "}\n"
    )


JOB_ROLE_FORMS: Mapping[str, Callable[[JobRole], str]] = {
    "console": _as_console,
    "cli": _as_aws_cli,
    "cloudformation": _as_cloudformation,
    "terraform": _as_terraform,
}


def render_job_role(form: str, role: JobRole) -> str:
    """A role in a form. Raises KeyError for a form that there is not."""
    return JOB_ROLE_FORMS[form](role)
