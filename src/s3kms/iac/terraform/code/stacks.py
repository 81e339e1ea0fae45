"""CloudFormation stacks in Terraform code: what their templates declare is not evaluated, and said."""

import re
from collections.abc import Iterator
from pathlib import Path

from s3kms.iac.files import Files
from s3kms.iac.hcl.root_module import RootModule
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
_MAY_DECLARE = re.compile(
    rb"AWS::S3|AWS::Serverless|AWS::CloudFormation|Transform|template_url"
    rb"|template_body[\"']?\s*[=:](?!\s*(?:[\"<]|jsonencode|yamlencode))|template_body[\"']?\s*[=:]\s*\"\$\{"
)
"""In the text of the block: a template in it that has buckets or brings others in, or one that stands elsewhere."""


def unevaluated_stacks(root: RootModule, files: Files, only: Path | None) -> Iterator[Bucket]:
    """One without a name, its encryption Unknown, for each stack whose template may declare buckets."""
    for names, resource in root.resources(STACK_TYPES):
        path, span = resource.declared.path, resource.declared.block.span
        data = files.read(path)
        if only is not None and not root.is_declared_in(only, names, path):
            continue
        if isinstance(data, bytes) and not _MAY_DECLARE.search(data[span.start : span.end]):
            continue
        address = ".".join([*(f"module.{name}" for name in names), resource.address])
        unknown = Unknown(
            UnknownCause.UNSUPPORTED,
            f"{address} makes what its template declares, which is not evaluated within Terraform code",
            Advice(
                "check the template itself, or the deployed buckets: {check}", {"check": Command("check")}
            ),
        )
        place = Place(str(path), span.line, span.column)
        yield Bucket(None, places=(place,), encryption=unknown, tags=unknown, key=unknown)
