"""Resources of Terraform code that make buckets and are not evaluated: vector buckets."""

from collections.abc import Iterator
from pathlib import Path

from s3kms.iac.hcl.root_module import RootModule
from s3kms.iac.terraform.unevaluated import VECTOR_BUCKET_TYPES, unevaluated_bucket
from s3kms.model.bucket import Bucket
from s3kms.model.place import Place


def unevaluated_buckets(root: RootModule, only: Path | None) -> Iterator[Bucket]:
    """One without a name, its encryption Unknown, for each vector bucket."""
    for names, resource in root.resources(VECTOR_BUCKET_TYPES):
        path, span = resource.declared.path, resource.declared.block.span
        if only is not None and not root.is_declared_in(only, names, path):
            continue
        address = ".".join([*(f"module.{name}" for name in names), resource.address])
        yield unevaluated_bucket(address, (Place(str(path), span.line, span.column),))
