"""The sections of a CloudFormation template."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from s3kms.iac.budget import WorkBudget
from s3kms.iac.cloudformation.tree import Array, Mark, Node, Scalar, Table, TableEntry
from s3kms.iac.cloudformation.unread_parts import (
    UnreadPart,
    find_unread_sections,
    has_modules,
    transforms_of,
    why_unread,
)
from s3kms.iac.values import UnknownValue
from s3kms.model.unknown import Unknown

FOR_EACH_PREFIX = "Fn::ForEach::"
"""How the key of a loop begins."""
TEMPLATE_SUFFIXES = (".yaml", ".yml", ".json", ".template", ".cform", ".cfn")
"""How the names of files end that may be templates."""
TEMPLATE_LOCATIONS = {
    "AWS::CloudFormation::Stack": "TemplateURL",
    "AWS::CloudFormation::StackSet": "TemplateURL",
    "AWS::Serverless::Application": "Location",
}
"""The resources that are stacks, and the property that says where the template is."""
_EMPTY = Table({}, Mark(1, 1))
INLINE_TEMPLATE = "TemplateBody"
"""The property of a stack set that holds a whole template as a text."""

ParameterValues = Mapping[str, str | Unknown | UnknownValue]
"""Values of parameters, by name; Unknown where only the stack has the value, an UnknownValue where that stands for an
expression of another language."""


@dataclass(frozen=True, slots=True)
class TemplateParameter:
    """A parameter, as far as the template tells its value."""

    kind: str
    default: str | None
    allowed: tuple[str, ...]
    is_secret: bool = False
    """Whether it says NoEcho, so that a value that is given to it is not shown."""

    @property
    def is_list(self) -> bool:
        """Whether its value is a list, written with commas."""
        return self.kind == "CommaDelimitedList" or self.kind.startswith("List<")

    @property
    def is_lookup(self) -> bool:
        """Whether its value is only the name of the Systems Manager parameter that has the value."""
        return self.kind.startswith("AWS::SSM::Parameter::Value")


@dataclass(frozen=True, slots=True)
class TemplateResource:
    """A resource, and where its type and its key stand."""

    logical_id: str
    kind: str
    body: Table
    mark: Mark
    header: Mark


@dataclass(frozen=True, slots=True)
class CloudFormationTemplate:
    """The sections that evaluation needs, and the templates of nested stacks."""

    parameters: Table
    mappings: Table
    conditions: Table
    section: Table
    """The resources as they are written, loops included."""
    entries: Table
    """The resources with the loops written out, and what is none."""
    resources: dict[str, TemplateResource]
    macros: tuple[str, ...]
    """Of its Transform, those that are not AWS's own."""
    outputs: Table
    uri: str
    """The file that it is."""
    unread: tuple[UnreadPart, ...] = ()
    """What its sections have from elsewhere."""
    given: ParameterValues = field(default_factory=dict)
    """What the user says of its parameters."""
    nested: dict[str, "CloudFormationTemplate"] = field(default_factory=dict)
    """The templates of its nested stacks, by logical id, as far as they are here."""
    missing: dict[str, Unknown] = field(default_factory=dict)
    """Why those of the others are not."""
    budget: WorkBudget = field(default_factory=WorkBudget, compare=False, repr=False)
    """What evaluating it, and the stacks nested in it, may cost."""
    is_uploaded: bool = False
    """Whether the stack around names it by an address: its buckets are called as they are in the file alone."""
    is_inline: bool = False
    """Whether it is a text in the stack around, so that no resource of it stands in the file as a resource."""

    def parameter(self, name: str) -> TemplateParameter | None:
        """The parameter of that name; None where there is none."""
        node = self.parameters.get(name)
        if not isinstance(node, Table):
            return None
        default, allowed = node.get("Default"), node.get("AllowedValues")
        items = allowed.items if isinstance(allowed, Array) else ()
        return TemplateParameter(
            kind=_text(node.get("Type")) or "String",
            default=_text(default),
            allowed=tuple(dict.fromkeys(item.text for item in items if isinstance(item, Scalar))),
            is_secret=(_text(node.get("NoEcho")) or "").lower() == "true",
        )


def read_template(
    root: Table, uri: str, given: ParameterValues | None = None, budget: WorkBudget | None = None
) -> CloudFormationTemplate:
    """The sections of a template; one of the wrong shape is as if it were not there. `given` is the values of
    parameters.
    """
    return CloudFormationTemplate(
        parameters=_section(root, "Parameters"),
        mappings=_section(root, "Mappings"),
        conditions=_section(root, "Conditions"),
        section=_section(root, "Resources"),
        entries=_section(root, "Resources"),
        resources=read_resources(_section(root, "Resources")),
        macros=tuple(name for name in transforms_of(root) if not name.startswith("AWS::")),
        outputs=_section(root, "Outputs"),
        uri=uri,
        unread=tuple(find_unread_sections(root)),
        given=given or {},
        budget=budget or WorkBudget(),
    )


def is_template(node: Node) -> bool:
    """Whether a file says that it is a template, or has resources with types like `AWS::S3::Bucket`."""
    if not isinstance(node, Table):
        return False
    if "AWSTemplateFormatVersion" in node.entries:
        return True
    if has_modules(node):
        return True
    resources = node.get("Resources")
    if not isinstance(resources, Table):
        return False
    if any(name.startswith(FOR_EACH_PREFIX) for name in resources.entries):
        return True
    bodies = [entry.node for entry in resources.entries.values() if isinstance(entry.node, Table)]
    if any(why_unread("", body) is not None for body in bodies):
        return True
    kinds = (_text(body.get("Type")) for body in bodies)
    return any(kind and "::" in kind for kind in kinds)


def _section(root: Table, name: str) -> Table:
    node = root.get(name)
    return node if isinstance(node, Table) else _EMPTY


def read_resources(section: Table) -> dict[str, TemplateResource]:
    """The resources of a section by logical id; an entry that is no mapping is left out."""
    return {resource.logical_id: resource for resource in _resources(section)}


def _resources(section: Table) -> Iterator[TemplateResource]:
    for logical_id, entry in section.entries.items():
        body = entry.node
        if not isinstance(body, Table):
            continue
        kind = body.entries.get("Type", TableEntry(entry.mark, Scalar("", entry.mark)))
        yield TemplateResource(logical_id, _text(kind.node) or "", body, kind.mark, entry.mark)


def _text(node: Node | None) -> str | None:
    return node.text if isinstance(node, Scalar) else None
