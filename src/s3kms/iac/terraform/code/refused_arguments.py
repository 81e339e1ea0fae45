"""Arguments that the AWS provider does not know: Terraform refuses the code, and nothing follows from the rest."""

import re
from collections.abc import Iterator

from s3kms.iac.hcl.blocks import NestedBlock, find_nested_blocks
from s3kms.iac.hcl.scope import ResourceInstance
from s3kms.iac.hcl.syntax_tree import Body
from s3kms.iac.terraform.provider_schema import (
    CONFIGURATION_SCHEMA,
    INLINE_SCHEMA,
    META_ARGUMENTS,
    BlockSchema,
    meant_name,
)
from s3kms.iac.terraform.provider_versions import VersionRange
from s3kms.iac.terraform.resource_types import BUCKET, ENCRYPTION_CONFIGURATION, INLINE_BLOCK
from s3kms.iac.values import Rejected

_ABOUT_ENCRYPTION = re.compile(r"sse|encrypt|kms|bucket_key", re.IGNORECASE)
_BUCKET = BlockSchema(blocks={INLINE_BLOCK: INLINE_SCHEMA})
"""Of all that aws_s3_bucket knows, the part that is about encryption."""


def check_arguments(instance: ResourceInstance, versions: VersionRange) -> None:
    """Raises Rejected for the first argument or block about encryption that the provider does not know."""
    body, address = instance.block.body, instance.resource.address
    if instance.resource.type == ENCRYPTION_CONFIGURATION:
        _check(body, CONFIGURATION_SCHEMA, CONFIGURATION_SCHEMA, address, versions)
    elif instance.resource.type == BUCKET:
        for name in _names_in(body):
            if name != INLINE_BLOCK and _ABOUT_ENCRYPTION.search(name):
                raise _refused(name, _BUCKET, _BUCKET, address)
        _check_form(body, _BUCKET, address)
        for nested in find_nested_blocks(body, INLINE_BLOCK):
            for inner in _contents(nested):
                _check(inner, INLINE_SCHEMA, INLINE_SCHEMA, f"{INLINE_BLOCK} of {address}", versions)


def _check(body: Body, schema: BlockSchema, whole: BlockSchema, where: str, versions: VersionRange) -> None:
    for name in _names_in(body):
        if name in META_ARGUMENTS:
            continue
        if name not in schema.names:
            raise _refused(name, schema, whole, where)
        since = schema.arguments.get(name)
        if since is not None and versions.end <= since:
            raise Rejected(
                f"{name} in {where} needs version {since} of the AWS provider, and the code wants an older one"
            )
    _check_form(body, schema, where)
    for name, inner_schema in schema.blocks.items():
        for nested in find_nested_blocks(body, name):
            for inner in _contents(nested):
                _check(inner, inner_schema, whole, f"{name} of {where}", versions)


def _check_form(body: Body, schema: BlockSchema, where: str) -> None:
    """Raises Rejected where native syntax has a block as an argument, or an argument as a block."""
    if body.is_json:
        return
    for name in schema.blocks:
        if name in body.attributes:
            raise Rejected(
                f"{name} of {where} is written as an argument, and the AWS provider takes it as a block"
            )
    for block in body.blocks:
        if block.type in schema.arguments:
            raise Rejected(
                f"{block.type} of {where} is written as a block, and the AWS provider takes it as an argument"
            )


def _names_in(body: Body) -> Iterator[str]:
    yield from body.attributes
    for block in body.blocks:
        yield block.labels[0] if block.type == "dynamic" and block.labels else block.type


def _contents(nested: NestedBlock) -> Iterator[Body]:
    """The body of a block, or of what a dynamic one generates."""
    if not nested.is_dynamic:
        yield nested.body
        return
    for content in find_nested_blocks(nested.body, "content"):
        yield content.body


def _refused(name: str, here: BlockSchema, whole: BlockSchema, where: str) -> Rejected:
    meant = meant_name(name, here, whole)
    if meant and meant.startswith(f"{name} in "):
        instead = f"it belongs in {meant.removeprefix(f'{name} in ')}"
    else:
        instead = f"{meant} is meant" if meant else f"it knows {', '.join(sorted(here.names))}"
    return Rejected(f"the AWS provider knows no {name} in {where}: {instead}")
