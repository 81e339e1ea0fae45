"""The rule that is written where there is none."""

from s3kms.iac.terraform.editor.entry_groups import ALGORITHM, APPLY, BUCKET_KEY, KEY, RULE
from s3kms.iac.terraform.editor.key_expressions import express_key
from s3kms.iac.terraform.editor.module_tree import ModuleNode
from s3kms.iac.terraform.editor.render_hcl import EntryValue, NestedEntries
from s3kms.iac.terraform.editor.root_module_edit import RootModuleEdit
from s3kms.model.encryption import DSSE_KMS


def rule_entries(case: RootModuleEdit, frame: ModuleNode) -> dict[str, EntryValue]:
    """A whole configuration, without its bucket. Raises Refused."""
    apply: dict[str, EntryValue] = {ALGORITHM: case.algorithm}
    key = case.desired.key
    if key is not None and (value := express_key(key, frame)) is not None:
        apply[KEY] = value
    rule: dict[str, EntryValue] = {APPLY: NestedEntries(apply)}
    if case.algorithm != DSSE_KMS:  # fact A15
        rule[BUCKET_KEY] = case.desired.bucket_key is not False
    return {RULE: NestedEntries(rule)}


def as_objects(entries: dict[str, EntryValue]) -> NestedEntries:
    """The same as objects, not as blocks."""
    return NestedEntries(
        {
            name: as_objects(dict(value.entries)) if isinstance(value, NestedEntries) else value
            for name, value in entries.items()
        },
        is_block=False,
    )
