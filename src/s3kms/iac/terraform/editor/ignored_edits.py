"""Edits that Terraform would ignore: `ignore_changes` covers what they change."""

from collections.abc import Iterator

from s3kms.iac.editing.target import is_sufficient_algorithm
from s3kms.iac.hcl.module import ResourceDeclaration
from s3kms.iac.interface import Declined
from s3kms.iac.terraform.editor.root_module_edit import RootModuleEdit, algorithms_of
from s3kms.iac.terraform.editor.rule_blocks import AlgorithmSources
from s3kms.iac.terraform.ignored_changes import NamePath, ignored_changes, is_ignored
from s3kms.iac.terraform.resource_types import (
    ALGORITHM,
    BUCKET_KEY_ENABLED,
    DEFAULT_BLOCK,
    ENCRYPTION_CONFIGURATION,
    INLINE_BLOCK,
    KMS_KEY_ID,
    RULE,
)
from s3kms.model.advice import Advice, Command


def decline_ignored(edit: RootModuleEdit, sources: AlgorithmSources, address: str) -> Declined | None:
    """Why an edit of a bucket would never be applied; None where it would."""
    resource = _resource_of(edit, sources, address)
    if resource is None:
        return None
    begin: NamePath = () if resource.type == ENCRYPTION_CONFIGURATION else (INLINE_BLOCK,)
    changed = [(*begin, *path) for path in _changed_paths(edit, address)]
    for ignored in ignored_changes(resource.declared.block.body):
        if any(is_ignored(path, ignored) for path in changed):
            name = ".".join(ignored)
            why = f"{resource.address} has {name} in ignore_changes, so that Terraform would ignore the edit"
            advice = Advice(
                "take it out of ignore_changes first, or change the live bucket: {fix}",
                {"fix": Command("fix", ("s3://BUCKET",))},
            )
            return Declined(address, why, advice, is_lasting=True)
    return None


def _resource_of(edit: RootModuleEdit, sources: AlgorithmSources, address: str) -> ResourceDeclaration | None:
    """The resource whose rule would be edited, whether the algorithm stands there or comes from elsewhere."""
    if rule_block := sources.rule_of.get(address):
        return rule_block.resource
    node = edit.tree.node_of(address)
    bucket = node.resource_at(address) if node else None
    body = bucket.declared.block.body if bucket else None
    has_inline = body and any(INLINE_BLOCK in {block.type, *block.labels[:1]} for block in body.blocks)
    return bucket if has_inline else None


def _changed_paths(edit: RootModuleEdit, address: str) -> Iterator[NamePath]:
    """What an edit of the bucket changes in its rule, and must."""
    algorithms = list(algorithms_of(edit.before[address]))
    if not algorithms or not all(is_sufficient_algorithm(one, edit.target) for one in algorithms):
        yield RULE, DEFAULT_BLOCK, ALGORITHM
    if edit.target.key is not None:
        yield RULE, DEFAULT_BLOCK, KMS_KEY_ID
    if edit.target.bucket_key is not None:
        yield RULE, BUCKET_KEY_ENABLED
