"""CloudFormation stacks within Terraform: the template is evaluated with the parameters that the stack passes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from s3kms.iac.budget import BudgetExhausted, within_bounds
from s3kms.iac.hcl.advice import CHECK_PLAN
from s3kms.iac.hcl.module import ResourceDeclaration
from s3kms.iac.hcl.module_loader import CallNames
from s3kms.iac.hcl.root_module import RootModule
from s3kms.iac.hcl.scope import ResourceInstance
from s3kms.iac.hcl.syntax_tree import Attribute, Expression, FunctionCall, GetAttribute, RootName
from s3kms.iac.hcl.values import Value
from s3kms.iac.interface import ReadContext
from s3kms.iac.terraform.code.call_presence import may_be_called
from s3kms.iac.terraform.stack_templates import StackValues, read_stack
from s3kms.iac.terraform.unevaluated import (
    STACK_SET_INSTANCE,
    STACK_TYPES,
    TEMPLATE_BODY,
    TEMPLATE_URL,
    describe_stack,
)
from s3kms.iac.values import Rejected
from s3kms.model.bucket import Bucket
from s3kms.model.place import Place
from s3kms.model.unknown import Unknown

_MAX_STEPS = 8
"""Locals that are followed to the place of a template."""


def read_stacks(root: RootModule, context: ReadContext, only: Path | None) -> Iterator[Bucket]:
    """The buckets of the stacks of a root module; one without a name where a template is not known."""
    budget = root.loader.budget
    wanted = [
        (names, resource)
        for names, resource in root.resources(STACK_TYPES)
        if only is None or root.is_declared_in(only, names, resource.declared.path)
    ]
    for number, (names, resource) in enumerate(wanted):
        try:
            with within_bounds(), budget.part(budget.left // (len(wanted) - number + 1)):
                yield from _stacks_of(root, context, names, resource)
        except BudgetExhausted as error:
            yield _unnamed(error.unknown(CHECK_PLAN), _place_of(resource))


def find_stack_templates(root: RootModule) -> Iterator[Path]:
    """The files whose whole text is the template of a stack. Raises nothing."""
    try:
        with within_bounds():
            for names, resource in root.resources(STACK_TYPES):
                for instance in root.instances(root.undecided, names, resource):
                    origin = _origin_of(root, instance)
                    if origin is not None and origin.is_whole_file:
                        yield Path(origin.uri)
    except (BudgetExhausted, Rejected):
        return


def _stacks_of(
    root: RootModule, context: ReadContext, names: CallNames, resource: ResourceDeclaration
) -> Iterator[Bucket]:
    place = _place_of(resource)
    address = ".".join([*(f"module.{name}" for name in names), resource.address])
    callers = list(root.module_instances(root.undecided, names))
    if not callers and not may_be_called(root, names):
        return
    is_open = not callers
    for caller in callers:
        try:
            found = root.undecided.resource_instances(caller, resource)
        except Rejected as rejected:
            yield _unnamed(_rejected(address, rejected), place)
            continue
        for instance in found.values() if isinstance(found, dict) else ():
            yield from _stack(root, context, instance, place)
        is_open = is_open or not isinstance(found, dict)
    if is_open:
        yield _unnamed(describe_stack(address, "how many there are is not known"), place)


def _stack(
    root: RootModule, context: ReadContext, instance: ResourceInstance, place: Place
) -> Iterator[Bucket]:
    evaluation = root.undecided
    try:
        body, url, parameters = (
            evaluation.attribute(instance, name) for name in (TEMPLATE_BODY, TEMPLATE_URL, "parameters")
        )
    except Rejected as rejected:
        yield _unnamed(_rejected(instance.address, rejected), place)
        return
    written = instance.block.body.attributes
    values = StackValues(
        instance.address,
        body if TEMPLATE_BODY in written else None,
        url if TEMPLATE_URL in written else None,
        _plain_parameters(parameters) if "parameters" in written else {},
        has_overrides=_has_overrides(root),
    )
    origin = _origin_of(root, instance) or _Origin(place.uri, lambda _: place)
    for bucket in read_stack(values, origin.uri, context, root.loader.budget, place):
        yield _placed(bucket, origin, place)


def _plain_parameters(value: Value) -> Value:
    return {} if value is None else value


def _has_overrides(root: RootModule) -> bool:
    """Whether an instance of a stack set passes parameters of its own."""
    return any(
        any(name.startswith("parameter_overrides") for name in found.declared.block.body.attributes)
        for _, found in root.resources(STACK_SET_INSTANCE)
    )


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where the text of a template stands."""

    uri: str
    place: Callable[[Place], Place]
    """The place in the code, of one in the text."""
    is_whole_file: bool = False


def _origin_of(root: RootModule, instance: ResourceInstance) -> _Origin | None:
    attribute = instance.block.body.attributes.get(TEMPLATE_BODY)
    if attribute is None:
        return None
    path, expression = _follow(instance, attribute)
    if isinstance(expression, FunctionCall) and expression.name in {"file", "templatefile"}:
        try:
            text = root.undecided.value(expression.args[0], instance.scope(attribute))
        except (Rejected, IndexError):
            return None
        found = root.loader.path_of(text) if isinstance(text, str) else None
        if found is None:
            return None
        return _Origin(str(found), lambda one: one, is_whole_file=expression.name == "file")
    span, uri = expression.span, str(path)
    data = root.loader.files.read(path)
    if isinstance(data, bytes) and data[span.start : span.start + 2] == b"<<":
        return _Origin(uri, lambda one: Place(uri, span.line + (one.line or 1), 1))
    return _Origin(uri, lambda _: Place(uri, span.line, span.column))


def _follow(instance: ResourceInstance, attribute: Attribute) -> tuple[Path, Expression]:
    """An expression, or that of the local that it names."""
    module = instance.module_instance.module
    path, expression = instance.path_of(attribute), attribute.expression
    for _ in range(_MAX_STEPS):
        is_local = isinstance(expression, GetAttribute) and isinstance(expression.of, RootName)
        if not is_local or not isinstance(expression, GetAttribute) or expression.of.name != "local":  # type: ignore[union-attr]
            break
        found = module.locals.get(expression.name)
        if found is None:
            break
        expression, path = found[0].expression, found[1]
    return path, expression


def _placed(bucket: Bucket, origin: _Origin, stack: Place) -> Bucket:
    """A bucket at the lines of the code, with the stack behind them."""

    def places(found: tuple[Place, ...]) -> tuple[Place, ...]:
        own = tuple(origin.place(one) if one.uri == origin.uri and one != stack else one for one in found)
        return own if stack in found or stack in own else (*own, stack)

    outcomes = tuple(replace(one, places=places(one.places)) for one in bucket.outcomes)
    return replace(bucket, places=places(bucket.places), outcomes=outcomes)


def _rejected(address: str, rejected: Rejected) -> Unknown:
    return describe_stack(address, f"it cannot be evaluated: {rejected.why}")


def _place_of(resource: ResourceDeclaration) -> Place:
    span = resource.declared.block.span
    return Place(str(resource.declared.path), span.line, span.column)


def _unnamed(unknown: Unknown, place: Place) -> Bucket:
    return Bucket(None, places=(place,), encryption=unknown, tags=unknown, key=unknown)
