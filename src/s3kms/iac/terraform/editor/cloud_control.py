"""Edits of buckets of the provider awscc: their default encryption is one argument, an object."""

from collections.abc import Iterator

from s3kms.iac.editing.target import NotExpressible
from s3kms.iac.hcl.module import ResourceDeclaration
from s3kms.iac.hcl.syntax_tree import Literal
from s3kms.iac.interface import Declined
from s3kms.iac.terraform.editor.candidates import CandidateEdit
from s3kms.iac.terraform.editor.decline_reasons import then_check
from s3kms.iac.terraform.editor.entry_groups import EntryGroup, group_of_body, nested_groups
from s3kms.iac.terraform.editor.entry_splices import add_entries, replace_value
from s3kms.iac.terraform.editor.key_expressions import express_key
from s3kms.iac.terraform.editor.module_tree import ModuleNode, resource_of
from s3kms.iac.terraform.editor.new_configuration import instances_of_same_resource
from s3kms.iac.terraform.editor.render_hcl import EntryValue, ListOfOne, NestedEntries, render_lines
from s3kms.iac.terraform.editor.root_module_edit import FileSplice, RootModuleEdit
from s3kms.iac.terraform.resource_types import (
    ALGORITHM,
    BUCKET_KEY_ENABLED,
    CLOUD_CONTROL_BUCKETS,
    CLOUD_CONTROL_DEFAULT,
    CLOUD_CONTROL_ENCRYPTION,
    CLOUD_CONTROL_RULES,
    KMS_KEY_ID,
)
from s3kms.model.encryption import DSSE_KMS


def is_of_cloud_control(address: str) -> bool:
    """Whether a bucket is one of the provider awscc whose default encryption is an argument of its own."""
    return resource_of(address)[0] in CLOUD_CONTROL_BUCKETS


def propose_argument(edit: RootModuleEdit, address: str) -> CandidateEdit | Declined:
    """The edit of the argument of one bucket, proven; else why it is not edited, with the argument to paste."""
    node = edit.tree.node_of(address)
    resource = node.resource_at(address) if node else None
    if node is None or resource is None:
        return Declined(address, "its declaration was not found", then_check("edit it by hand"))
    path = resource.declared.path
    if not edit.tree.is_editable(path):
        why = f"it is written in {path}, which {edit.tree.describe_outside()}"
        return Declined(address, why, then_check("change it in the source of the module"))
    try:
        splices = list(_edit_argument(edit, node, resource))
        snippet = "\n".join(render_lines(_argument(edit, node), "")) + "\n"
    except NotExpressible as error:
        return Declined(address, str(error), error.remedy)
    group = frozenset(instances_of_same_resource(edit, address, edit.to_edit))
    attempt = edit.attempt(splices)
    if splices and attempt.is_harmless and attempt.passed >= {address}:
        return CandidateEdit(tuple(splices), f"{resource.address} sets it", group & attempt.passed)
    why = f"its {CLOUD_CONTROL_ENCRYPTION} is not written out as an object with literals"
    return Declined(address, why, then_check("write into its block"), snippet)


def _edit_argument(
    edit: RootModuleEdit, node: ModuleNode, resource: ResourceDeclaration
) -> Iterator[FileSplice]:
    path = resource.declared.path
    data, body = edit.data(path), group_of_body(resource.declared.block.body, path)
    if CLOUD_CONTROL_ENCRYPTION not in body.entries:
        yield from ((path, splice) for splice in add_entries(data, body, _argument(edit, node)))
        return
    for argument in nested_groups(body, CLOUD_CONTROL_ENCRYPTION):
        for rule in nested_groups(argument, CLOUD_CONTROL_RULES):
            for default in nested_groups(rule, CLOUD_CONTROL_DEFAULT):
                yield from _set(data, default, _default(edit, node))
            if edit.algorithm != DSSE_KMS:  # fact A15
                wanted = edit.target.bucket_key is not False
                yield from _set(data, rule, {BUCKET_KEY_ENABLED: wanted})


def _set(data: bytes, group: EntryGroup, entries: dict[str, EntryValue]) -> Iterator[FileSplice]:
    """Replaces the entries that are literals, and adds those that are not there."""
    new = {name: value for name, value in entries.items() if name not in group.entries}
    for name, value in entries.items():
        entry = group.entries.get(name)
        if entry and isinstance(entry.expression, Literal) and entry.expression.value != value:
            yield group.path, replace_value(entry, value, is_json=group.is_json)
    if new:
        yield from ((group.path, splice) for splice in add_entries(data, group, new))


def _default(edit: RootModuleEdit, node: ModuleNode) -> dict[str, EntryValue]:
    found: dict[str, EntryValue] = {ALGORITHM: edit.algorithm}
    key = edit.target.key
    if key is not None and (value := express_key(key, node)) is not None:
        found[KMS_KEY_ID] = value
    return found


def _argument(edit: RootModuleEdit, node: ModuleNode) -> dict[str, EntryValue]:
    """The whole argument."""
    rule: dict[str, EntryValue] = {CLOUD_CONTROL_DEFAULT: NestedEntries(_default(edit, node), is_block=False)}
    if edit.algorithm != DSSE_KMS:  # fact A15
        rule[BUCKET_KEY_ENABLED] = edit.target.bucket_key is not False
    rules = NestedEntries({CLOUD_CONTROL_RULES: ListOfOne(rule)}, is_block=False)
    return {CLOUD_CONTROL_ENCRYPTION: rules}
