"""The encryption rule that is written where there is none."""

from s3kms.iac.terraform.editor.key_expressions import express_key
from s3kms.iac.terraform.editor.module_tree import ModuleNode
from s3kms.iac.terraform.editor.render_hcl import EntryValue, NestedEntries
from s3kms.iac.terraform.editor.root_module_edit import RootModuleEdit
from s3kms.iac.terraform.provider_schema import BLOCKED_TYPES_KEPT_SINCE, BLOCKED_TYPES_SINCE
from s3kms.iac.terraform.resource_types import (
    ALGORITHM,
    BLOCKED_TYPES,
    BUCKET_KEY_ENABLED,
    DEFAULT_BLOCK,
    KMS_KEY_ID,
    RULE,
)
from s3kms.model.encryption import DSSE_KMS


def rule_entries(edit: RootModuleEdit, node: ModuleNode) -> dict[str, EntryValue]:
    """The entries of an encryption configuration in that module, without its bucket. Raises NotExpressible."""
    default: dict[str, EntryValue] = {ALGORITHM: edit.algorithm}
    key = edit.target.key
    if key is not None and (value := express_key(key, node)) is not None:
        default[KMS_KEY_ID] = value
    rule: dict[str, EntryValue] = {DEFAULT_BLOCK: NestedEntries(default)}
    if edit.algorithm != DSSE_KMS:  # fact A15
        rule[BUCKET_KEY_ENABLED] = edit.target.bucket_key is not False
    return {RULE: NestedEntries(rule)}


def configuration_rule(edit: RootModuleEdit, node: ModuleNode) -> dict[str, EntryValue]:
    """The rule of a configuration resource that is new. With provider 6.22 to 6.39 one that says nothing of SSE-C
    would remove the block that AWS has put there, so that it says it (facts A18, H3). Raises NotExpressible.
    """
    entries = rule_entries(edit, node)
    rule = entries[RULE]
    if removes_sse_c_block(edit) and isinstance(rule, NestedEntries):
        entries[RULE] = NestedEntries({**rule.entries, BLOCKED_TYPES: ("SSE-C",)})
    return entries


def removes_sse_c_block(edit: RootModuleEdit) -> bool:
    """Whether the AWS provider knows blocked_encryption_types, and may take its absence for an order to remove it."""
    versions = edit.versions
    return BLOCKED_TYPES_SINCE <= versions.first < BLOCKED_TYPES_KEPT_SINCE


def as_objects(entries: dict[str, EntryValue]) -> NestedEntries:
    """Entries with nested blocks, as an object with nested objects."""
    return NestedEntries(
        {
            name: as_objects(dict(value.entries)) if isinstance(value, NestedEntries) else value
            for name, value in entries.items()
        },
        is_block=False,
    )
