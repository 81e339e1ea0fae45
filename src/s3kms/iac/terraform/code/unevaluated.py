"""Resources of Terraform code that make buckets and are not evaluated: CloudFormation stacks, vector buckets."""

import re
from collections.abc import Iterator
from pathlib import Path

from s3kms.iac.files import Files
from s3kms.iac.hcl.root_module import RootModule
from s3kms.iac.terraform.unevaluated import (
    STACK_TYPES,
    UNEVALUATED_TYPES,
    may_declare_buckets,
    unevaluated_bucket,
)
from s3kms.model.bucket import Bucket
from s3kms.model.place import Place

_STANDS_ELSEWHERE = re.compile(
    r"template_url|(?<!\$)\$\{|%\{|\b(?:local|var|data|module|each|self|path)\.|file\("
    r"|template_body[\"']?\s*[=:](?!\s*(?:[\"<]|jsonencode|yamlencode))"
)
"""In the text of the block: what may bring a template from elsewhere, a reference, a file, an address."""


def unevaluated_buckets(root: RootModule, files: Files, only: Path | None) -> Iterator[Bucket]:
    """One without a name, its encryption Unknown, for each vector bucket, and each stack whose template may declare
    buckets.
    """
    for names, resource in root.resources(UNEVALUATED_TYPES):
        path, span = resource.declared.path, resource.declared.block.span
        data = files.read(path)
        if only is not None and not root.is_declared_in(only, names, path):
            continue
        text = data[span.start : span.end].decode(errors="replace") if isinstance(data, bytes) else None
        is_stack = resource.type in STACK_TYPES
        if (
            is_stack
            and text is not None
            and not (may_declare_buckets(text) or _STANDS_ELSEWHERE.search(text))
        ):
            continue
        address = ".".join([*(f"module.{name}" for name in names), resource.address])
        yield unevaluated_bucket(resource.type, address, (Place(str(path), span.line, span.column),))
