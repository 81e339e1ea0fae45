"""The encryption rule that is written where there is none."""

from s3kms.iac.terraform.editor.key_expressions import express_key
from s3kms.iac.terraform.editor.module_tree import ModuleNode
from s3kms.iac.terraform.editor.render_hcl import EntryValue, NestedEntries
from s3kms.iac.terraform.editor.root_module_edit import RootModuleEdit
from s3kms.iac.terraform.resource_types import (
    ALGORITHM,
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


def as_objects(entries: dict[str, EntryValue]) -> NestedEntries:
    """Entries with nested blocks, as an object with nested objects."""
    return NestedEntries(
        {
            name: as_objects(dict(value.entries)) if isinstance(value, NestedEntries) else value
            for name, value in entries.items()
        },
        is_block=False,
    )
