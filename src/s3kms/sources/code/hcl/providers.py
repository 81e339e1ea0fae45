"""The AWS provider of a resource: its region, and the tags that it puts on everything."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from s3kms.estate.advice import Advice
from s3kms.estate.unknown import Unknown, UnknownCause
from s3kms.sources.code.hcl.blocks import nested
from s3kms.sources.code.hcl.module import Declared
from s3kms.sources.code.hcl.scope import Placed, Scope, Thing
from s3kms.sources.code.hcl.symbols import first_open
from s3kms.sources.code.hcl.tree import Attr, Expression, Index, Literal, Name, ObjectOf
from s3kms.sources.code.hcl.values import Invalid, Value

if TYPE_CHECKING:
    from s3kms.sources.code.hcl.run import Run

_AWS = "aws"


def region_of(run: "Run", thing: Thing) -> str | None:
    """The region of a resource: its own argument (provider 6), else its provider's. None where it is not told."""
    own = thing.block.body.attributes.get("region")
    if own is not None:
        found = _value(run, own.expression, thing.scope(own))
        return found if isinstance(found, str) else None
    provider = _provider(thing)
    if provider is None:
        return None
    placed, declared = provider
    written = declared.block.body.attributes.get("region")
    found = _value(run, written.expression, placed.scope(declared.path)) if written else None
    return found if isinstance(found, str) else None


def tags_of(run: "Run", thing: Thing) -> Mapping[str, str] | Unknown:
    """The tags of a resource, with those of its provider."""
    found: dict[str, str] = {}
    for expression, scope in _tag_maps(thing):
        value = _value(run, expression, scope)
        opened = first_open((value,))
        if opened is not None:
            return Unknown(
                UnknownCause.UNRESOLVED,
                f"the tags of {thing.address} are not told: {opened.unknown.why}",
                opened.unknown.advice,
            )
        if isinstance(value, dict):
            found |= {key: str(item) for key, item in value.items() if isinstance(item, str | int | float)}
    if any(run.project.is_secret(text) for text in found.values()):
        return Unknown(
            UnknownCause.UNRESOLVED,
            f"the tags of {thing.address} are marked as sensitive",
            Advice("check the bucket live"),
        )
    return found


def _tag_maps(thing: Thing) -> "list[tuple[Expression, Scope]]":
    found: list[tuple[Expression, Scope]] = []
    if provider := _provider(thing):
        placed, declared = provider
        default = (block.body.attributes.get("tags") for block in nested(declared.block.body, "default_tags"))
        found += [(tags.expression, placed.scope(declared.path)) for tags in default if tags]
    if tags := thing.block.body.attributes.get("tags"):
        found.append((tags.expression, thing.scope(tags)))
    return found


def _provider(thing: Thing) -> tuple[Placed, Declared] | None:
    """The block that configures it, and the module in which that stands."""
    written = thing.block.body.attributes.get("provider")
    name = (_dotted(written.expression) if written else None) or _AWS
    placed: Placed | None = thing.placed
    while placed is not None:
        if found := placed.module.providers.get(name):
            return placed, found
        name = _passed(placed, name)
        placed = placed.above
    return None


def _passed(placed: Placed, name: str) -> str:
    """What the call of a module passes for a provider; the default one goes by itself."""
    given = placed.call.block.body.attributes.get("providers") if placed.call else None
    if given is not None and isinstance(given.expression, ObjectOf):
        for key, value in given.expression.items:
            if _dotted(key) == name:
                return _dotted(value) or name
    return name


def _dotted(expression: Expression) -> str | None:
    match expression:
        case Name(name=name) | Literal(value=str(name)):
            return name
        case Attr(of=Name(name=first), name=name):
            return f"{first}.{name}"
        case Index(of=of):
            return _dotted(of)
    return None


def _value(run: "Run", expression: Expression, scope: Scope) -> Value:
    try:
        return run.value(expression, scope)
    except Invalid:
        return None
