"""The conditions on which a bucket's plan hangs: those of the bucket and its configurations, and those beside them in
the same module that are about encryption.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress

from s3kms.iac.hcl.blocks import find_nested_blocks
from s3kms.iac.hcl.conditions import (
    CONDITION_KINDS,
    Condition,
    FailedCondition,
    UnsettledCondition,
    conditions_of_instance,
    conditions_of_module,
)
from s3kms.iac.hcl.evaluation import Evaluation
from s3kms.iac.hcl.module import Declaration, Module, ResourceDeclaration
from s3kms.iac.hcl.scope import ModuleInstance, ResourceInstance
from s3kms.iac.hcl.values import SetValue, Value
from s3kms.iac.terraform.code.block_values import evaluate_block
from s3kms.iac.terraform.resource_types import ENCRYPTION_CONFIGURATION, RULE
from s3kms.iac.values import Rejected
from s3kms.iac.worlds import ImpossibleWorld, NeedsChoice
from s3kms.model.advice import Advice
from s3kms.model.unknown import Unknown, UnknownCause

_ABOUT_ENCRYPTION = re.compile(r"kms|sse|encrypt|AES256", re.IGNORECASE)
_MAKE_IT_HOLD = Advice("give it values with which the condition holds; terraform plan says more")


class BucketConditions:
    """Evaluates the conditions of one root module. Which blocks have any is looked up once."""

    def __init__(self) -> None:
        self._with_conditions: dict[int, bool] = {}
        self._about_encryption: dict[int, tuple[ResourceDeclaration, ...]] = {}
        """By module, its resources with a condition that may be about encryption."""

    def failed(
        self, evaluation: Evaluation, bucket: ResourceInstance, configurations: Iterable[ResourceInstance]
    ) -> Unknown | None:
        """Why no plan of a bucket passes in this world; None where none of its conditions is known to be false."""
        for found in self._of(evaluation, bucket, configurations):
            if isinstance(found, FailedCondition) and found.kind != "check":
                return Unknown(UnknownCause.UNRESOLVED, f"no plan of it passes: {found}", _MAKE_IT_HOLD)
        return None

    def caveats(
        self, evaluation: Evaluation, bucket: ResourceInstance, configurations: Iterable[ResourceInstance]
    ) -> Iterator[str]:
        """What to say of checks that are false, and of conditions about encryption that are not known."""
        for found in self._of(evaluation, bucket, configurations):
            if isinstance(found, UnsettledCondition) and _ABOUT_ENCRYPTION.search(found.text):
                yield f"whether a {found.kind} of {found.where} holds is not known: {found.text}"
            elif isinstance(found, FailedCondition) and found.kind == "check":
                yield str(found)

    def _of(
        self, evaluation: Evaluation, bucket: ResourceInstance, configurations: Iterable[ResourceInstance]
    ) -> Iterator[Condition]:
        own = [bucket, *configurations]
        for instance in own:
            if self._has(instance.resource.declared):
                yield from conditions_of_instance(evaluation, instance, self_of(evaluation, instance))
        modules = {id(one.module_instance): one.module_instance for one in own}
        for module_instance in modules.values():
            yield from self._beside(evaluation, module_instance, {one.resource.address for one in own})

    def _beside(
        self, evaluation: Evaluation, module_instance: ModuleInstance, known: set[str]
    ) -> Iterator[FailedCondition]:
        """Those of other blocks of a module that are false and about encryption."""
        module = module_instance.module
        found: list[Condition] = []
        for resource in self._resources_about_encryption(module):
            if resource.address in known:
                continue
            with suppress(Rejected, NeedsChoice, ImpossibleWorld), evaluation.choosing_nothing_new():
                instances = evaluation.resource_instances(module_instance, resource)
                for instance in instances.values() if isinstance(instances, dict) else ():
                    found += conditions_of_instance(evaluation, instance, self_of(evaluation, instance))
        if module.checks or module.outputs:
            found += conditions_of_module(evaluation, module_instance)
        for one in found:
            if isinstance(one, FailedCondition) and _ABOUT_ENCRYPTION.search(f"{one.where} {one.message}"):
                yield one

    def _resources_about_encryption(self, module: Module) -> tuple[ResourceDeclaration, ...]:
        key = id(module)
        if key not in self._about_encryption:
            self._about_encryption[key] = tuple(
                one
                for one in module.resources.values()
                if self._has(one.declared) and _is_about_encryption(module, one.declared)
            )
        return self._about_encryption[key]

    def _has(self, declared: Declaration) -> bool:
        """Whether a block has a condition."""
        key = id(declared)
        if key not in self._with_conditions:
            blocks = find_nested_blocks(declared.block.body, "lifecycle")
            self._with_conditions[key] = any(
                any(find_nested_blocks(block.body, kind)) for block in blocks for kind in CONDITION_KINDS
            )
        return self._with_conditions[key]


def _is_about_encryption(module: Module, declared: Declaration) -> bool:
    span = declared.block.span
    text = module.data.get(declared.path, b"")[span.start : span.end]
    return bool(_ABOUT_ENCRYPTION.search(text.decode("utf-8", "replace")))


def self_of(evaluation: Evaluation, instance: ResourceInstance) -> Value:
    """What `self` is in the conditions of an encryption configuration, as far as its block says it."""
    if instance.resource.type != ENCRYPTION_CONFIGURATION:
        return None
    try:
        with evaluation.choosing_nothing_new():
            values = evaluate_block(evaluation, instance).instance.values
    except (Rejected, NeedsChoice, ImpossibleWorld):
        return None
    rules = values.get(RULE)
    return {RULE: SetValue(tuple(rules))} if isinstance(rules, list) else None
