"""Conditions that a plan must meet, and those that it only warns about: which of them are false."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from s3kms.iac.budget import BudgetExhausted, within_bounds
from s3kms.iac.hcl.blocks import find_nested_blocks
from s3kms.iac.hcl.condition_blocks import evaluate_message, find_conditions
from s3kms.iac.hcl.evaluation import Evaluation
from s3kms.iac.hcl.module import Declaration
from s3kms.iac.hcl.root_module import RootModule
from s3kms.iac.hcl.scope import ExpressionScope, ModuleInstance, ResourceInstance, qualify_address
from s3kms.iac.hcl.syntax_tree import Body
from s3kms.iac.hcl.type_constraints import to_bool
from s3kms.iac.hcl.values import Value
from s3kms.iac.hcl.variables import evaluate_given, find_failed_validation
from s3kms.iac.values import Rejected
from s3kms.iac.worlds import ImpossibleWorld, NeedsChoice

CONDITION_KINDS = ("precondition", "postcondition")
"""The blocks of `lifecycle` that hold one."""
_MARK = re.compile(rb"condition")


@dataclass(frozen=True, slots=True)
class FailedCondition:
    """A condition that is false for the values that the code gives."""

    kind: str
    """`precondition`, `postcondition`, `validation`, or `check`, which is a warning alone."""
    where: str
    """The address of what has it."""
    message: str
    """What its author says where it is false."""

    def __str__(self) -> str:
        return f"a {self.kind} of {self.where} fails: {self.message}"


@dataclass(frozen=True, slots=True)
class UnsettledCondition:
    """A condition of which it is not known whether it is true."""

    kind: str
    where: str
    text: str
    """As it is written."""


Condition = FailedCondition | UnsettledCondition


def may_have_conditions(root: RootModule) -> bool:
    """Whether any file of a root module or of those that it calls has a condition. Quick."""
    return any(_MARK.search(data) for _, module in root.modules for data in module.data.values())


def conditions_of_instance(
    evaluation: Evaluation, instance: ResourceInstance, own: Value = None
) -> Iterator[Condition]:
    """The conditions of a resource that are false or not known, in a world that chooses nothing more for it; `own` is
    what `self` is in them.
    """
    scope = instance.scope(instance.block).with_names({"self": own} if own is not None else {})
    for lifecycle in find_nested_blocks(instance.block.body, "lifecycle"):
        for kind in CONDITION_KINDS:
            yield from _judge(evaluation, lifecycle.body, kind, instance.address, scope)


SelfOf = Callable[[Evaluation, ResourceInstance], Value]
"""What `self` is in the conditions of a resource; None where that is not known."""


def failed_conditions(root: RootModule, self_of: SelfOf) -> frozenset[FailedCondition]:
    """Everything in a root module and in those that it calls that is certain to be false, validations included."""
    found: set[FailedCondition] = set()
    for names, _ in root.modules:
        with suppress(Rejected, NeedsChoice, ImpossibleWorld, BudgetExhausted), within_bounds():
            for module_instance in root.module_instances(root.certain, names):
                found |= set(_failed_in(root.certain, module_instance, self_of))
    return frozenset(found)


def _failed_in(
    evaluation: Evaluation, module_instance: ModuleInstance, self_of: SelfOf
) -> Iterator[FailedCondition]:
    module = module_instance.module
    for name, declared in module.variables.items():
        if any(find_conditions(declared.block.body, "validation")):
            yield from _failed_validation(evaluation, module_instance, name, declared)
    for resource in module.resources.values():
        if not any(find_nested_blocks(resource.declared.block.body, "lifecycle")):
            continue
        with suppress(Rejected, NeedsChoice, ImpossibleWorld):
            instances = evaluation.resource_instances(module_instance, resource)
            for instance in instances.values() if isinstance(instances, dict) else ():
                yield from _failed(
                    conditions_of_instance(evaluation, instance, self_of(evaluation, instance))
                )
    yield from _failed(conditions_of_module(evaluation, module_instance))


def conditions_of_module(evaluation: Evaluation, module_instance: ModuleInstance) -> Iterator[Condition]:
    """The preconditions of the outputs and the checks of a module that are false or not known."""
    for name, declared in module_instance.module.outputs.items():
        where, scope = _named(module_instance, f"output.{name}"), module_instance.scope(declared.path)
        yield from _judge(evaluation, declared.block.body, "precondition", where, scope)
    for name, declared in module_instance.module.checks.items():
        where, scope = _named(module_instance, f"check.{name}"), module_instance.scope(declared.path)
        for found in _judge(evaluation, declared.block.body, "assert", where, scope):
            if isinstance(found, FailedCondition):
                yield FailedCondition("check", where, found.message)


def _failed(conditions: Iterator[Condition]) -> Iterator[FailedCondition]:
    return (found for found in conditions if isinstance(found, FailedCondition))


def _failed_validation(
    evaluation: Evaluation, module_instance: ModuleInstance, name: str, declared: Declaration
) -> Iterator[FailedCondition]:
    with suppress(Rejected, NeedsChoice, ImpossibleWorld):
        evaluation.variable(module_instance, name)
        return  # its value is accepted
    value: Value = None
    with suppress(Rejected, NeedsChoice, ImpossibleWorld):
        value = evaluate_given(evaluation, module_instance, declared, name)
        if message := find_failed_validation(evaluation, module_instance, declared, name, value):
            said = evaluation.loader.sensitive.redact(message)
            yield FailedCondition("validation", _named(module_instance, f"var.{name}"), said)


def _judge(
    evaluation: Evaluation, body: Body, kind: str, where: str, scope: ExpressionScope
) -> Iterator[Condition]:
    for condition, message in find_conditions(body, kind):
        holds: Value = None
        with suppress(Rejected, NeedsChoice, ImpossibleWorld), evaluation.choosing_nothing_new():
            holds = to_bool(evaluation.value(condition, scope))
        if holds is False:
            redact = evaluation.loader.sensitive.redact
            said = "it has no error_message"
            with suppress(NeedsChoice, ImpossibleWorld), evaluation.choosing_nothing_new():
                said = evaluate_message(evaluation, message, scope)
            yield FailedCondition(kind, where, redact(said))
        elif holds is not True:
            text = scope.module_instance.module.excerpt(condition.span, scope.path)
            yield UnsettledCondition(kind, where, evaluation.loader.sensitive.redact(text))


def _named(module_instance: ModuleInstance, name: str) -> str:
    return qualify_address(module_instance, name)
