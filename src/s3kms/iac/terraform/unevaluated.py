"""Terraform's resources that make buckets and are not evaluated: each is said."""

import re

from s3kms.model.advice import Advice, Command
from s3kms.model.unknown import Unknown, UnknownCause

REPOSITORY_STACK = "aws_serverlessapplicationrepository_cloudformation_stack"
"""Names an application and a version of it, and no template."""
STACK_TYPES = frozenset(
    {
        *("aws_cloudformation_stack", "aws_cloudformation_stack_set"),
        *("awscc_cloudformation_stack", "awscc_cloudformation_stack_set"),
        REPOSITORY_STACK,
    }
)
TEMPLATE_BODY, TEMPLATE_URL = "template_body", "template_url"
STACK_SET_INSTANCE = frozenset(
    {"aws_cloudformation_stack_set_instance", "aws_cloudformation_stack_instances"}
)
_MAY_DECLARE = re.compile(r"AWS::S3|AWS::Serverless|AWS::CloudFormation|Transform|::MODULE|Modules|\\[uU]")


def may_declare_buckets(template: str) -> bool:
    """Whether a template has buckets, or brings in what may have some."""
    return _MAY_DECLARE.search(template) is not None


def describe_stack(address: str, why: str) -> Unknown:
    """Why the buckets of a stack are not known."""
    return Unknown(
        UnknownCause.UNSUPPORTED,
        f"{address} makes what its template declares, which is not evaluated within Terraform: {why}",
        Advice("check the template itself, or the deployed buckets: {check}", {"check": Command("check")}),
    )
