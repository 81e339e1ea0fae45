"""Why a bucket is not edited, and what a person does instead."""

from collections.abc import Iterator, Sequence

from s3kms.iac.budget import BudgetExhausted
from s3kms.iac.editing.attempt import EditAttempt
from s3kms.iac.editing.target import key_problem, outcomes_of
from s3kms.iac.editing.writable_roots import generator_of
from s3kms.iac.hcl.module import ResourceDeclaration
from s3kms.iac.hcl.root_module import RootModule
from s3kms.iac.hcl.syntax_tree import Block, Literal
from s3kms.iac.interface import Declined
from s3kms.iac.terraform.code.aws_schema import AWS_SCHEMA
from s3kms.iac.terraform.editor.candidates import CandidateEdit, CandidateEdits, default_of
from s3kms.iac.terraform.editor.module_tree import ModuleNode
from s3kms.iac.terraform.editor.new_configuration import configured_instances, find_unused_configuration
from s3kms.iac.terraform.editor.proven_snippets import render_proven_snippet
from s3kms.iac.terraform.editor.root_module_edit import RootModuleEdit
from s3kms.iac.terraform.editor.rule_blocks import AlgorithmSources, variable_given_by_option
from s3kms.iac.terraform.resource_types import ALGORITHM, TABLE_ENCRYPTION, TABLE_KMS_KEY_ARN
from s3kms.iac.terraform.unevaluated import STACK_TYPES
from s3kms.iac.values import Rejected
from s3kms.iac.worlds import NeedsChoice
from s3kms.model.advice import Advice, Command, Option
from s3kms.model.bucket import Bucket
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
    candidates: CandidateEdits,
    address: str,
    tried: Sequence[tuple[CandidateEdit, EditAttempt]],
) -> Declined:
    """The best reason there is for not editing a bucket, after these candidates were tried in vain."""
    sources = candidates.sources
    for outcome in outcomes_of(edit.before[address]):
        if edit.target.key and (problem := key_problem(outcome, edit.before[address])):
            return _decline_key(address, problem[0])
    snippet = render_proven_snippet(edit, sources, address)
    if declined := _decline_tried(address, tried, snippet):
        return declined
    rule_block, node = sources.rule_of.get(address), edit.tree.node_of(address)
    if rule_block and (name := variable_given_by_option(edit, rule_block)):
        fields = {"var": Option("variables", f"{name}={edit.algorithm}")}
        why = f"the variable {name} is given a value"
        return Declined(address, why, Advice("give it {var}", fields))
    if reader := candidates.other_readers.get(address):
        return Declined(address, reader, then_check("give the encryption a value of its own"))
    if node and (outside := _explain_outside(edit, sources, address, node)):
        return Declined(address, *outside, snippet)
    if node and (unused := find_unused_configuration(node, address)):
        return Declined(address, *_explain_unused(edit, node, unused))
    if others := configured_instances(edit, sources, address):
        listed = _list_addresses(others)
        why = f"it has no encryption of its own; one for every instance would be a second one of {listed}"
        return Declined(address, why, then_check("give the bucket one of its own"))
    why = "no place was found to edit"
    if tried:
        why = (
            f"{tried[0][0].why}, but with that edit it still does not have the encryption that was asked for"
        )
        why += next((f": {attempt.still_unknown}" for _, attempt in tried if attempt.still_unknown), "")
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


def is_of_stack(address: str) -> bool:
    """Whether an address is that of a bucket in the template of a stack."""
    return not STACK_TYPES.isdisjoint(address.split("."))


def decline_stack(bucket: Bucket) -> Declined:
    """A bucket in the template of a stack is not edited: a text in Terraform is not spliced as a template."""
    place = bucket.places[0]
    why = "is declared by the template of a CloudFormation stack, which is not edited within Terraform"
    where = f"{place.uri}, line {place.line}" if place.line else place.uri
    advice = f"set its BucketEncryption in the template ({where}), or pass the parameter that decides it"
    return Declined(bucket.resource or bucket.label, why, then_check(advice))


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
    if not places:
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
        if isinstance(default_of(node, variable), Literal):
            return why, then_check(f"set {variable} = {quote_hcl(edit.algorithm)} in {call}")
        return why, then_check(
            f"give {call} a value of {variable} in which the algorithm is {edit.algorithm}"
        )
    source = f"the source of the module, {node.source}" if node.source else "what it is made from"
    return why, then_check(f"change it in {source}")


def _explain_unused(
    edit: RootModuleEdit, node: ModuleNode, configuration: ResourceDeclaration
) -> tuple[str, Advice]:
    """Why a configuration that is meant for a bucket does nothing for it."""
    if found := _explain_dynamic(edit, node, configuration):
        return found
    why = f"{configuration.address} is meant for it, but has no instance for it"
    return why, then_check("correct its count or for_each")


def _explain_dynamic(
    edit: RootModuleEdit, node: ModuleNode, configuration: ResourceDeclaration
) -> tuple[str, Advice] | None:
    """Why a configuration that has instances makes no rule: its dynamic block comes to nothing; None elsewhere."""
    root = RootModule(
        edit.unit.path, edit.context.files, edit.context.inputs, AWS_SCHEMA, values=edit.context.values
    )
    key = "managed", configuration.type, configuration.name
    resource = root.loader.module(node.module.folder).resources.get(key)
    try:
        has_instance = resource is not None and any(root.instances(root.certain, node.call_names, resource))
    except (Rejected, NeedsChoice, BudgetExhausted):
        return None
    for block in _dynamic_blocks(configuration.declared.block) if has_instance else ():
        if for_each := block.body.attributes.get("for_each"):
            text = node.module.excerpt(for_each.expression.span, configuration.declared.path)
            why = f"{configuration.address} is for it, and its dynamic block {block.labels[0]} makes none: {text}"
            return why, then_check("give it values with which it makes one")
    return None


def _dynamic_blocks(block: Block) -> Iterator[Block]:
    for inner in block.body.blocks:
        if inner.type == "dynamic" and inner.labels:
            yield inner
        yield from _dynamic_blocks(inner)
