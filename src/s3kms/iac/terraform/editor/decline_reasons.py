"""Why a bucket is not edited, and what a person does instead."""

from collections.abc import Sequence

from s3kms.iac.editing.attempt import EditAttempt
from s3kms.iac.editing.target import NotExpressible, key_problem, outcomes_of
from s3kms.iac.editing.writable_roots import generator_of
from s3kms.iac.interface import Declined
from s3kms.iac.terraform.editor.candidates import CandidateEdit
from s3kms.iac.terraform.editor.module_tree import ModuleNode
from s3kms.iac.terraform.editor.new_configuration import (
    configuration_entries,
    configured_instances,
    find_unused_configuration,
    render_configuration,
)
from s3kms.iac.terraform.editor.new_rule import as_objects, rule_entries
from s3kms.iac.terraform.editor.render_hcl import render_lines
from s3kms.iac.terraform.editor.root_module_edit import RootModuleEdit
from s3kms.iac.terraform.editor.rule_blocks import AlgorithmSources, variable_given_by_option
from s3kms.iac.terraform.resource_types import ALGORITHM, INLINE_BLOCK, TABLE_ENCRYPTION, TABLE_KMS_KEY_ARN
from s3kms.model.advice import Advice, Command, Option
from s3kms.model.encryption import SSE_KMS
from s3kms.text.quoting import quote_hcl

_MAX_SHOWN_ADDRESSES = 3
_TABLE_BUCKET_SNIPPET = (
    f"{TABLE_ENCRYPTION} = {{\n"
    f'  {ALGORITHM} = "{SSE_KMS}"\n'
    f"  {TABLE_KMS_KEY_ARN}   = aws_kms_key.KEY.arn\n"
    "}\n"
)


def decline_bucket(
    edit: RootModuleEdit,
    sources: AlgorithmSources,
    address: str,
    tried: Sequence[tuple[CandidateEdit, EditAttempt]],
) -> Declined:
    """The best reason there is for not editing a bucket, after these candidates were tried in vain."""
    for outcome in outcomes_of(edit.before[address]):
        if edit.target.key and (problem := key_problem(outcome, edit.before[address])):
            return _decline_key(address, problem[0])
    snippet = _render_snippet(edit, address)
    if declined := _decline_tried(address, tried, snippet):
        return declined
    rule_block, node = sources.rule_of.get(address), edit.tree.node_of(address)
    if rule_block and (name := variable_given_by_option(edit, rule_block)):
        fields = {"var": Option("variables", f"{name}={edit.algorithm}")}
        why = f"the variable {name} is given a value"
        return Declined(address, why, Advice("give it {var}", fields))
    if node and (outside := _explain_outside(edit, sources, address, node)):
        return Declined(address, *outside, snippet)
    if node and (unused := find_unused_configuration(node, address)):
        why = f"{unused.address} is meant for it, but has no instance for it"
        return Declined(address, why, then_check("correct its count or for_each"))
    if others := configured_instances(edit, sources, address):
        listed = _list_addresses(others)
        why = f"it has no encryption of its own; one for every instance would be a second one of {listed}"
        return Declined(address, why, then_check("give the bucket one of its own"))
    why = "no place was found to edit"
    if tried:
        why = (
            f"{tried[0][0].why}, but with that edit it still does not have the encryption that was asked for"
        )
    return Declined(address, why, then_check("edit it by hand"), snippet)


def _decline_key(address: str, problem: str) -> Declined:
    advice = Advice("name a key of the bucket's region with {key}", {"key": Option("key")})
    return Declined(address, f"S3 could not use that key for it: {problem}", advice)


def _decline_tried(
    address: str, tried: Sequence[tuple[CandidateEdit, EditAttempt]], snippet: str
) -> Declined | None:
    """What stood in the way of a candidate; None where nothing did but that it does not lead there."""
    for candidate, attempt in tried:
        if attempt.impossible:
            why = f"{candidate.why}; {attempt.impossible}"
            return Declined(address, why, then_check("change the condition first, or exempt the bucket"))
        if problem := dict(attempt.key_problems).get(address):
            return _decline_key(address, problem)
    for candidate, attempt in tried:
        if attempt.strangers:
            why = f"{candidate.why}; the same edit would change {_list_addresses(attempt.strangers)}, too"
            return Declined(address, why, then_check("give the bucket a value of its own there"), snippet)
    return None


def decline_table_bucket(address: str) -> Declined:
    """A table bucket is not edited: its default is an argument of its own, and it has no AWS managed key to fall back
    on (fact A22).
    """
    why = "is a table bucket, whose encryption_configuration is not edited here"
    advice = then_check("write into its block, with a key of your own")
    return Declined(address, why, advice, _TABLE_BUCKET_SNIPPET)


def decline_not_installed(address: str) -> Declined:
    """A bucket of a module that was not fetched: what it does besides, delivering logs say, is not known."""
    why = "its module is not installed, so that nothing tells what else it does with the bucket"
    return Declined(address, why, Advice("run terraform init, then {fix}", {"fix": Command("fix")}))


def then_check(action: str) -> Advice:
    """Something to do by hand, and how to see that it was right."""
    return Advice(f"{action}, then run {{check}}", {"check": Command("check")})


def _list_addresses(addresses: Sequence[str]) -> str:
    more = len(addresses) - _MAX_SHOWN_ADDRESSES
    return ", ".join(addresses[:_MAX_SHOWN_ADDRESSES]) + (f" and {more} more" if more > 0 else "")


def _explain_outside(
    edit: RootModuleEdit, sources: AlgorithmSources, address: str, node: ModuleNode
) -> tuple[str, Advice] | None:
    """Why and what to do, where what would have to be changed is not below what was named; None where it is."""
    rule_block, bucket = sources.rule_of.get(address), node.resource_at(address)
    sites = sources.sites_of.get(address, ())
    places = [site.path for site in sites]
    places += [rule_block.path] if rule_block else [bucket.declared.path] if bucket else []
    outside = [path for path in places if not edit.tree.is_editable(path)]
    if not outside:
        return None
    generator = generator_of(outside[0])
    what = f"{generator} generates" if generator else edit.tree.describe_outside()
    why = f"it is written in {outside[0]}, which {what}"
    variable = next((site.variable for site in sites if site.variable), None)
    if variable and node.call_names:
        call = f'module "{node.call_names[-1]}"'
        return why, then_check(f"set {variable} = {quote_hcl(edit.algorithm)} in {call}")
    source = f"the source of the module, {node.source}" if node.source else "what it is made from"
    return why, then_check(f"change it in {source}")


def _render_snippet(edit: RootModuleEdit, address: str) -> str:
    """The code that a person may paste; empty where there is none that would do."""
    node = edit.tree.node_of(address)
    bucket = node.resource_at(address) if node else None
    if node is None or bucket is None:
        return ""
    try:
        if node.takes_rule:
            rule = as_objects(rule_entries(edit, node.caller or node))
            lines = render_lines({INLINE_BLOCK: rule}, "")
        else:
            lines = render_configuration(bucket.name, configuration_entries(edit, bucket, node))
    except NotExpressible:
        return ""
    return "\n".join(lines) + "\n"
