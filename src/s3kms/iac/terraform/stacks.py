"""CloudFormation stacks among Terraform's resources: what their templates declare is not evaluated, and said."""

import re

from s3kms.model.advice import Advice, Command
from s3kms.model.bucket import Bucket
from s3kms.model.place import Place
from s3kms.model.unknown import Unknown, UnknownCause

STACK_TYPES = frozenset(
    {
        *("aws_cloudformation_stack", "aws_cloudformation_stack_set"),
        *("awscc_cloudformation_stack", "awscc_cloudformation_stack_set"),
    }
)
TEMPLATE_BODY = "template_body"
_MAY_DECLARE = re.compile(r"AWS::S3|AWS::Serverless|AWS::CloudFormation|Transform|::MODULE|Modules|\\[uU]")


def may_declare_buckets(template: str) -> bool:
    """Whether a template has buckets, or brings in what may have some."""
    return _MAY_DECLARE.search(template) is not None


def unevaluated_stack(address: str, places: tuple[Place, ...]) -> Bucket:
    """What stands for the buckets of a stack: one without a name, its encryption Unknown."""
    unknown = Unknown(
        UnknownCause.UNSUPPORTED,
        f"{address} makes what its template declares, which is not evaluated within Terraform",
        Advice("check the template itself, or the deployed buckets: {check}", {"check": Command("check")}),
    )
    return Bucket(None, places=places, encryption=unknown, tags=unknown, key=unknown)
