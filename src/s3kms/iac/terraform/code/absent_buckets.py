"""Buckets that code declares and its values leave out: their `count` is 0 by default, or their `for_each` empty."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from s3kms.iac.budget import BudgetExhausted, within_bounds
from s3kms.iac.hcl.blocks import find_nested_blocks
from s3kms.iac.hcl.module import Declaration, ResourceDeclaration
from s3kms.iac.hcl.module_loader import CallNames
from s3kms.iac.hcl.root_module import RootModule
from s3kms.iac.hcl.scope import ModuleInstance
from s3kms.iac.hcl.syntax_tree import Attribute
from s3kms.iac.hcl.value_sources import find_root_variables
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.model.advice import Option, Sentence

_MAX_LISTED = 5
_REPETITIONS = ("count", "for_each")


@dataclass(frozen=True, slots=True)
class _AbsentBucket:
    address: str
    variables: tuple[str, ...]
    """Those of the root that its number is made of."""


def describe_absent_buckets(
    root: RootModule, folder: Path, absent: Iterable[tuple[CallNames, ResourceDeclaration]]
) -> Iterator[Sentence]:
    """One sentence about all buckets of a root module that have no instance, if there are some, with the variables
    that decide it.
    """
    described = [(names, _describe(root, names, resource)) for names, resource in absent]
    # What a call itself turns off is a choice that nobody overlooks.
    found = [one for names, one in described if one.variables or not names]
    if not found:
        return
    listed = ", ".join(f"{one.address} ({_reason(one)})" for one in found[:_MAX_LISTED])
    listed += f" and {len(found) - _MAX_LISTED} more" if len(found) > _MAX_LISTED else ""
    fields: dict[str, object] = {"folder": folder, "buckets": listed}
    text = "{folder} declares what its values leave out: {buckets}"
    if names := [name for one in found for name in one.variables]:
        fields["var"] = Option("variables", f"{names[0]}=VALUE")
        text += "; to check them, too: {var}"
    yield Sentence(text, fields)


def _reason(one: _AbsentBucket) -> str:
    return ", ".join(f"var.{name}" for name in one.variables) or "no instance of it"


def _describe(root: RootModule, names: CallNames, resource: ResourceDeclaration) -> _AbsentBucket:
    address = ".".join([*(f"module.{name}" for name in names), resource.address])
    variables: dict[str, None] = {}
    try:
        with within_bounds():
            for module_instance, declared in _empty_blocks(root, names, resource):
                for part in _repetition_of(declared):
                    variables |= dict.fromkeys(
                        find_root_variables(part.expression, module_instance, declared)
                    )
    except (BudgetExhausted, Rejected):
        variables.clear()
    return _AbsentBucket(address, tuple(variables))


def _empty_blocks(
    root: RootModule, names: CallNames, resource: ResourceDeclaration
) -> Iterator[tuple[ModuleInstance, Declaration]]:
    """The nearest blocks on the way from the root to a resource that have no instance, or maybe none."""
    for depth, name in enumerate(names):
        callers = list(root.module_instances(root.undecided, names[:depth]))
        expansions = [(caller, root.undecided.expand_call(caller, name)) for caller in callers]
        empty = [
            caller for caller, found in expansions if isinstance(found, UnknownValue) or not found.instances
        ]
        if len(empty) == len(callers):
            yield from ((caller, caller.module.calls[name]) for caller in empty)
            return
    yield from ((inside, resource.declared) for inside in root.module_instances(root.undecided, names))


def _repetition_of(declared: Declaration) -> Iterator[Attribute]:
    attributes = declared.block.body.attributes
    yield from (attributes[name] for name in _REPETITIONS if name in attributes)
    for lifecycle in find_nested_blocks(declared.block.body, "lifecycle"):
        if enabled := lifecycle.body.attributes.get("enabled"):
            yield enabled
