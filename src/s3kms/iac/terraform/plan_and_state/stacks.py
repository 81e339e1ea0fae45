"""CloudFormation stacks of a plan or a state: the template is evaluated with the parameters that the stack passes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from s3kms.iac.budget import BudgetExhausted, WorkBudget, within_bounds
from s3kms.iac.hcl.values import Value
from s3kms.iac.interface import ReadContext
from s3kms.iac.terraform.encryption import APPLY_ADVICE
from s3kms.iac.terraform.instances import InstanceValues
from s3kms.iac.terraform.stack_templates import StackValues, read_stack
from s3kms.iac.terraform.unevaluated import STACK_SET_INSTANCE, TEMPLATE_BODY, TEMPLATE_URL
from s3kms.iac.values import UnknownValue
from s3kms.model.bucket import Bucket
from s3kms.model.place import Place
from s3kms.model.unknown import Unknown, UnknownCause


@dataclass(frozen=True, slots=True)
class _NoFiles:
    """A plan and a state stand for themselves: no file beside them is read."""

    def read(self, path: Path) -> None:  # noqa: ARG002 - it is Files
        return None

    def names(self, folder: Path) -> tuple[str, ...]:  # noqa: ARG002 - it is Files
        return ()


def read_stack_buckets(
    found: InstanceValues, instances: list[InstanceValues], places: tuple[Place, ...], budget: WorkBudget
) -> Iterator[Bucket]:
    """The buckets of a stack, at the places of its instance."""
    overrides = any(
        one.type in STACK_SET_INSTANCE and one.values.get("parameter_overrides") for one in instances
    )
    stack = StackValues(
        found.address,
        _value(found, TEMPLATE_BODY),
        _value(found, TEMPLATE_URL),
        _parameters(found),
        overrides,
    )
    place = places[0] if places else Place("")
    try:
        with within_bounds():
            for bucket in read_stack(stack, place.uri, ReadContext(_NoFiles()), budget, place):
                outcomes = tuple(replace(one, places=places) for one in bucket.outcomes)
                yield replace(bucket, places=places, outcomes=outcomes)
    except BudgetExhausted as error:
        unknown = error.unknown(APPLY_ADVICE)
        yield Bucket(None, places=places, encryption=unknown, tags=unknown, key=unknown)


def _value(found: InstanceValues, name: str) -> Value:
    value = found.values.get(name)
    is_open = isinstance(found.unknown, Mapping) and found.unknown.get(name) is True
    return _after_apply(found, name) if is_open else value if isinstance(value, str) else None


def _parameters(found: InstanceValues) -> Value:
    """The parameters by name; those that the apply alone tells are unknown, and not at their defaults."""
    values = found.values.get("parameters")
    unknown = found.unknown.get("parameters") if isinstance(found.unknown, Mapping) else None
    if unknown is True:
        return _after_apply(found, "parameters")
    if isinstance(values, list):
        return list(values)
    given: dict[str, Value] = dict(values) if isinstance(values, Mapping) else {}
    names = [name for name, is_open in unknown.items() if is_open] if isinstance(unknown, Mapping) else []
    return {**given, **{str(name): _after_apply(found, f"parameters.{name}") for name in names}}


def _after_apply(found: InstanceValues, name: str) -> UnknownValue:
    why = f"{name} of {found.address} is known only after apply"
    return UnknownValue(name, Unknown(UnknownCause.UNRESOLVED, why, APPLY_ADVICE))
