"""Parts of a template that come from elsewhere: from macros, includes and modules that only their tools bring in.

Each may hold a bucket, so that none of them is passed over.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from s3kms.iac.cloudformation.tree import Array, Mark, Node, Scalar, ScalarKind, Table
from s3kms.iac.cloudformation.values import or_check_deployed
from s3kms.model.unknown import Unknown, UnknownCause

_INCLUDE = "AWS::Include"
_MODULE_END = "::MODULE"
_TRANSFORM = "Fn::Transform"
_RAIN_MODULE = "Fn::Rain::Module"
_FOR_EACH = "Fn::ForEach::"
_EXPANDED = or_check_deployed("check the template that the tool makes of it")


@dataclass(frozen=True, slots=True)
class UnreadPart:
    """A part that may declare buckets and is not here to be read."""

    mark: Mark
    unknown: Unknown
    source: str | None = None
    """The file that it is, where it is a module."""


def transforms_of(root: Table) -> Iterator[str]:
    """The names of the macros of a template, those of AWS included."""
    for name, _ in _transforms(root.get("Transform")):
        yield name


def has_modules(root: Table) -> bool:
    """Whether a template brings in modules, in the way of the AWS CLI and of rain: each has a Source."""
    modules = root.get("Modules")
    sources = [
        entry.node.get("Source") if isinstance(entry.node, Table) else None
        for entry in (modules.entries.values() if isinstance(modules, Table) else ())
    ]
    return bool(sources) and all(isinstance(source, Scalar) for source in sources)


def find_unread_sections(root: Table) -> Iterator[UnreadPart]:
    """What a template has beside its resources that may bring more of them."""
    for key in ("Transform", _TRANSFORM):
        for name, node in _transforms(root.get(key)):
            if name == _INCLUDE:
                yield _part(f"{_INCLUDE} brings in {_location(node)}, which is not read", node.mark)
            elif not name.startswith("AWS::"):
                yield _part(f"the macro {name} may add buckets before the template is deployed", node.mark)
    modules = root.get("Modules")
    for name, entry in modules.entries.items() if isinstance(modules, Table) else ():
        source = entry.node.get("Source") if isinstance(entry.node, Table) else None
        part = _part(f"the module {name} brings in {_shown(source)}, which is not read", entry.mark)
        yield replace(part, source=source.text if isinstance(source, Scalar) else None)
    resources = root.get("Resources")
    is_nothing = isinstance(resources, Scalar) and resources.kind is ScalarKind.NULL
    if resources is not None and not is_nothing and not isinstance(resources, Table):
        yield _part("its Resources are not a mapping", resources.mark)


def find_unread_entries(entries: Table) -> Iterator[UnreadPart]:
    """What stands among the resources of a template and is none that is written there."""
    for name, entry in entries.entries.items():
        node = entry.node
        if name == _TRANSFORM:
            for macro, inner in _transforms(node):
                what = (
                    f"{_INCLUDE} brings in {_location(inner)}" if macro == _INCLUDE else f"the macro {macro}"
                )
                yield _part(f"{what} among the resources, which is not read", entry.mark)
        elif name.startswith(_FOR_EACH):
            yield _part(f"the loop {name} has not three parts: a name, a list and a mapping", entry.mark)
        elif not isinstance(node, Table):
            yield _part(f"the resource {name} is not written there: it is {_shown(node)}", entry.mark)
        elif "Type" not in node.entries and len(node.entries) == 1:
            (key,) = node.entries
            if key.startswith("Fn::") and key != _TRANSFORM:
                yield _part(f"the resource {name} comes from {key}, which is not read", entry.mark)


def module_source_of(body: Table) -> str | None:
    """The file of the module of rain that a resource is; None for every other resource."""
    kind = body.get("Type")
    source = kind.get(_RAIN_MODULE) if isinstance(kind, Table) else None
    return source.text if isinstance(source, Scalar) else None


def why_unread(logical_id: str, body: Table) -> Unknown | None:
    """Why the buckets of a resource are not read that a module or a macro makes; None for every other resource."""
    kind = body.get("Type")
    if isinstance(kind, Scalar) and kind.text.endswith(_MODULE_END):
        return _unknown(
            f"{logical_id} is the module {kind.text}, whose template is in the registry of the account"
        )
    if isinstance(kind, Table) and (source := kind.get(_RAIN_MODULE)) is not None:
        return _unknown(f"{logical_id} is the module {_shown(source)} of rain, which is not read")
    if kind is None and _TRANSFORM in body.entries:
        return _unknown(f"{logical_id} comes from {_TRANSFORM}, which only CloudFormation evaluates")
    return None


def _transforms(node: Node | None) -> Iterator[tuple[str, Node]]:
    for item in node.items if isinstance(node, Array) else (node,):
        name = item.get("Name") if isinstance(item, Table) else item
        if isinstance(name, Scalar) and item is not None and name.text:
            yield name.text, item


def _location(node: Node) -> str:
    parameters = node.get("Parameters") if isinstance(node, Table) else None
    return _shown(parameters.get("Location") if isinstance(parameters, Table) else None)


def _shown(node: Node | None) -> str:
    return node.text if isinstance(node, Scalar) and node.text else "something"


def _part(why: str, mark: Mark) -> UnreadPart:
    return UnreadPart(mark, _unknown(why))


def _unknown(why: str) -> Unknown:
    return Unknown(UnknownCause.UNSUPPORTED, why, _EXPANDED)
