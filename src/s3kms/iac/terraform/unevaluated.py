"""Terraform's resources that make buckets and are not evaluated: each is said."""

import re

from s3kms.iac.vector_buckets import describe_vector_bucket
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
VECTOR_BUCKET_TYPES = frozenset({"aws_s3vectors_vector_bucket", "awscc_s3vectors_vector_bucket"})
UNEVALUATED_TYPES = STACK_TYPES | VECTOR_BUCKET_TYPES
TEMPLATE_BODY = "template_body"
_MAY_DECLARE = re.compile(r"AWS::S3|AWS::Serverless|AWS::CloudFormation|Transform|::MODULE|Modules|\\[uU]")


def may_declare_buckets(template: str) -> bool:
    """Whether a template has buckets, or brings in what may have some."""
    return _MAY_DECLARE.search(template) is not None


def unevaluated_bucket(resource_type: str, address: str, places: tuple[Place, ...]) -> Bucket:
    """What stands for a vector bucket, or for the buckets of a stack: one without a name, its encryption Unknown."""
    is_vector_bucket = resource_type in VECTOR_BUCKET_TYPES
    unknown = describe_vector_bucket(address) if is_vector_bucket else _describe_stack(address)
    return Bucket(None, places=places, encryption=unknown, tags=unknown, key=unknown)


def _describe_stack(address: str) -> Unknown:
    return Unknown(
        UnknownCause.UNSUPPORTED,
        f"{address} makes what its template declares, which is not evaluated within Terraform",
        Advice("check the template itself, or the deployed buckets: {check}", {"check": Command("check")}),
    )
