"""How many instances there are: `count`, `for_each`, and the `enabled` of OpenTofu."""

from typing import TYPE_CHECKING

from s3kms.estate.advice import Advice
from s3kms.estate.unknown import Unknown, UnknownCause
from s3kms.sources.code.hcl.blocks import nested
from s3kms.sources.code.hcl.convert import to_bool, to_number
from s3kms.sources.code.hcl.module import Declared
from s3kms.sources.code.hcl.scope import ONE, Each, Expanded, Placed, Scope, within
from s3kms.sources.code.hcl.tree import Attribute
from s3kms.sources.code.hcl.values import Invalid, Open, SetOf, Value

if TYPE_CHECKING:
    from s3kms.sources.code.hcl.run import Run

MOST = 10_000
"""Instances of one resource."""


def expand(run: "Run", placed: Placed, declared: Declared, address: str) -> Expanded | Open:
    """The instances. Open only in a run without a world; elsewhere one instance stands for what is open."""
    try:
        return _expand(run, placed, declared, within(placed, address))
    except Invalid as error:
        trouble = Unknown(
            UnknownCause.UNRESOLVED,
            f"Terraform refuses count or for_each of {within(placed, address)}: {error}",
            Advice(run.project.remedy),
        )
        each = Each(None, {"each": {"key": _broken(trouble), "value": _broken(trouble)}})
        return Expanded("many", (each,), run.lazy is None, trouble=trouble)


def _broken(trouble: Unknown) -> Open:
    return Open("for_each", trouble)


def _expand(run: "Run", placed: Placed, declared: Declared, address: str) -> Expanded | Open:
    attributes = declared.block.body.attributes
    told = run.lazy is None
    if (count := attributes.get("count")) is not None:
        number = to_number(run.value(count.expression, _scope(placed, count, declared)))
        if isinstance(number, Open):
            return number if told else _many(address, number, "count")
        if not isinstance(number, int) or number < 0:
            raise Invalid("count is no number of instances")
        check(number)
        return Expanded("count", tuple(Each(n, {"count": {"index": n}}) for n in range(number)), told)
    if (for_each := attributes.get("for_each")) is not None:
        found = run.value(for_each.expression, _scope(placed, for_each, declared))
        if isinstance(found, Open):
            return found if told else _many(address, found, "for_each")
        return Expanded("for_each", tuple(_each(found)), told)
    for lifecycle in nested(declared.block.body, "lifecycle"):
        if (enabled := lifecycle.body.attributes.get("enabled")) is not None:
            is_there = to_bool(run.value(enabled.expression, _scope(placed, enabled, declared)))
            if isinstance(is_there, Open):
                return is_there if told else ONE
            return Expanded("one", ONE.instances if is_there else (), told)
    return ONE


def _scope(placed: Placed, part: Attribute, declared: Declared) -> Scope:
    return placed.scope(placed.module.path_of(part, declared.path))


def _each(found: Value) -> "list[Each]":
    if isinstance(found, dict):
        check(len(found))
        return [Each(key, {"each": {"key": key, "value": item}}) for key, item in found.items()]
    if isinstance(found, SetOf):
        check(len(found.items))
        return [Each(_key(item), {"each": {"key": item, "value": item}}) for item in found.items]
    raise Invalid("it is neither a map nor a set")


def _key(item: Value) -> str:
    if isinstance(item, Open):
        return item.expression  # Terraform makes these once their values are known
    if isinstance(item, str):
        return item
    raise Invalid("it is a set of something that is no text")


def check(number: int) -> None:
    """Raises Invalid for more instances than are looked at here."""
    if number > MOST:
        raise Invalid(f"it makes more than {MOST} instances")


def _many(address: str, opened: Open, how: str) -> Expanded:
    """One instance for all of them: its keys and values are open."""

    def part(name: str) -> Open:
        return Open(name, opened.unknown, symbol=f"{name}@{address}")

    if how == "count":
        each = Each(None, {"count": {"index": part("count.index")}})
        return Expanded("many", (each,), is_told=False, opened=opened)
    is_instances = opened.meant is not None and not opened.meant.attribute
    value = opened if is_instances else part("each.value")
    each = Each(None, {"each": {"key": part("each.key"), "value": value}})
    return Expanded("many", (each,), is_told=False, opened=opened)
