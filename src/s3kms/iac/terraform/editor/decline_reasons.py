"""Why a bucket is not edited, and what a person does instead."""

from collections.abc import Sequence

from s3kms.iac.editing.attempt import EditAttempt
from s3kms.iac.editing.target import NotExpressible
from s3kms.iac.editing.writable_roots import generator_of
from s3kms.iac.interface import Declined
from s3kms.iac.terraform.editor.candidates import CandidateEdit
from s3kms.iac.terraform.editor.entry_groups import INLINE
from s3kms.iac.terraform.editor.module_tree import ModuleNode, resource_of
from s3kms.iac.terraform.editor.new_configuration import (
    configuration_entries,
    configured_instances,
    find_unused_configuration,
    render_spaced,
)
from s3kms.iac.terraform.editor.new_rule import as_objects, rule_entries
from s3kms.iac.terraform.editor.render_hcl import render_lines
from s3kms.iac.terraform.editor.root_module_edit import RootModuleEdit
from s3kms.iac.terraform.editor.rule_blocks import ENCRYPTION, AlgorithmSources, variable_given_by_option
from s3kms.model.advice import Advice, Command, Option
from s3kms.model.encryption import SSE_KMS
from s3kms.text.quoting import quote_hcl

_SHOWN = 3


def decline_bucket(
    case: RootModuleEdit,
    ground: AlgorithmSources,
    address: str,
    tried: Sequence[tuple[CandidateEdit, EditAttempt]],
) -> Declined:
    """The best reason there is."""
    snippet = _snippet(case, address)
    for draft, trial in tried:
        if trial.strangers:
            why = f"{draft.why}; the same edit would change {_listed(trial.strangers)}, too"
            return Declined(address, why, _then_check("give the bucket a value of its own there"), snippet)
    holder, frame = ground.holder_of.get(address), case.layout.frame(address)
    if holder and (name := variable_given_by_option(case, holder)):
        fields = {"var": Option("variables", f"{name}={case.algorithm}")}
        why = f"the variable {name} is given a value"
        return Declined(address, why, Advice("give it {var}", fields))
    if frame and (outside := _outside(case, ground, address, frame)):
        return Declined(address, *outside, snippet)
    if frame and (idle := find_unused_configuration(frame, address)):
        why = f"{idle.address} is written for it, but makes no instance for it"
        return Declined(address, why, _then_check("correct its count or for_each"))
    if others := configured_instances(case, ground, address):
        why = f"it has no encryption of its own; one for every instance would be a second one of {_listed(others)}"
        return Declined(address, why, _then_check("give the bucket one of its own"))
    if tried:
        why = f"{tried[0][0].why}, but with that changed it still does not come out as asked for"
        return Declined(address, why, _then_check("edit it by hand"), snippet)
    return Declined(
        address, "nothing was found that could be changed", _then_check("edit it by hand"), snippet
    )


def decline_table_bucket(address: str) -> Declined:
    """A table bucket has the default in an argument of its own, and no AWS managed key to fall back on."""
    why = "is a table bucket, whose encryption_configuration is not edited here"  # fact A22
    snippet = (
        "encryption_configuration = {\n"
        f'  sse_algorithm = "{SSE_KMS}"\n'
        "  kms_key_arn   = aws_kms_key.KEY.arn\n"
        "}\n"
    )
    return Declined(address, why, _then_check("write into its block, with a key of your own"), snippet)


def _then_check(action: str) -> Advice:
    """An action, and how to see that it was right."""
    return Advice(f"{action}; {{check}} says when it is right", {"check": Command("check")})


def _listed(addresses: Sequence[str]) -> str:
    more = len(addresses) - _SHOWN
    return ", ".join(addresses[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _outside(
    case: RootModuleEdit, ground: AlgorithmSources, address: str, frame: ModuleNode
) -> tuple[str, Advice] | None:
    """Where what would have to be changed is not below the root module."""
    holder = ground.holder_of.get(address)
    found = frame.module.resources.get(("managed", *resource_of(address)))
    places = [site.path for site in ground.sites_of.get(address, ())]
    places += [holder.path] if holder else [found.declared.path] if found else []
    outside = [path for path in places if not case.layout.is_editable(path)]
    if not outside:
        return None
    maker = generator_of(outside[0])
    whose = f"{maker} wrote and writes again" if maker else f"is not below {case.layout.folder}"
    why = f"it is written in {outside[0]}, which {whose}"
    sites = ground.sites_of.get(address, ())
    variable = next((site.variable for site in sites if site.variable), None)
    if variable and frame.way:
        call = f'module "{frame.way[-1]}"'
        return why, _then_check(f"set {variable} = {quote_hcl(case.algorithm)} in {call}")
    source = f"the source of the module, {frame.source}" if frame.source else "what it is made from"
    return why, _then_check(f"change it in {source}")


def _snippet(case: RootModuleEdit, address: str) -> str:
    frame = case.layout.frame(address)
    found = frame.module.resources.get(("managed", *resource_of(address))) if frame else None
    if frame is None or found is None:
        return ""
    try:
        if frame.takes_rule:
            rule = rule_entries(case, frame.above or frame)
            return "\n".join(render_lines({INLINE: as_objects(rule)}, "")) + "\n"
        entries = configuration_entries(case, found, frame)
    except NotExpressible:
        return ""
    return (
        "\n".join(
            [f"resource {quote_hcl(ENCRYPTION)} {quote_hcl(found.name)} {{", *render_spaced(entries), "}"]
        )
        + "\n"
    )
