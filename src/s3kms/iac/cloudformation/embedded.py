"""Templates that another language holds as a text, which may have holes that only the deployment fills."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from s3kms.iac.budget import WorkBudget
from s3kms.iac.cloudformation.buckets import read_buckets
from s3kms.iac.cloudformation.reader import build_template
from s3kms.iac.cloudformation.template import CloudFormationTemplate, ParameterValues
from s3kms.iac.cloudformation.tree import (
    Array,
    Node,
    Scalar,
    Table,
    TableEntry,
    TemplateSyntaxError,
    parse_template,
)
from s3kms.iac.cloudformation.usage import TemplateUsage
from s3kms.iac.interface import ReadContext
from s3kms.iac.values import UnknownValue
from s3kms.model.advice import Advice
from s3kms.model.bucket import Bucket
from s3kms.model.unknown import Unknown, UnknownCause

_HOLE = re.compile(r"S3kmsHole(\d+)x")
_SUB = "Fn::Sub"
_CORRECT = Advice("correct the template; cfn-lint says more")


@dataclass(slots=True)
class EmbeddedTemplate:
    """A template as a text, with a mark in place of each value that is not known."""

    text: str = ""
    holes: list[UnknownValue] = field(default_factory=list)

    def add(self, value: object) -> None:
        """A part of the text: known, or not."""
        self.text += self._text(value)

    def _text(self, value: object) -> str:
        if not isinstance(value, UnknownValue):
            return str(value)
        if value.document is not None:
            return json.dumps(self._plain(value.document))
        if value.parts:
            return "".join(self._text(part) for part in value.parts)
        self.holes.append(value)
        return hole_text(len(self.holes) - 1)

    def _plain(self, value: object) -> object:
        if isinstance(value, dict):
            return {name: self._plain(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self._plain(item) for item in value]
        return self._text(value) if isinstance(value, UnknownValue) else value


def read_embedded_template(
    embedded: EmbeddedTemplate,
    uri: str,
    given: Mapping[str, str | Unknown],
    context: ReadContext,
    budget: WorkBudget,
) -> Iterator[Bucket] | Unknown:
    """The buckets of a template, or why it cannot be read. Places are in `uri`, at the lines of the text. Raises
    BudgetExhausted.
    """
    try:
        root = parse_template(embedded.text.encode())
    except TemplateSyntaxError as broken:
        return Unknown(UnknownCause.FILE_UNREAD, f"it cannot be read: {broken}", _CORRECT)
    if not isinstance(root, Table):
        return embedded.holes[0].unknown if embedded.holes else _malformed()
    if _hides_resources(root):
        return embedded.holes[0].unknown
    return _buckets(build_with_holes(root, embedded.holes, uri, given, context, budget))


def hole_text(number: int) -> str:
    """The mark that stands in a text for a value that is not known."""
    return f"S3kmsHole{number}x"


def holes_in(text: str) -> list[int]:
    """The numbers of the values whose marks stand in a text."""
    return [int(number) for number in _HOLE.findall(text)]


def build_with_holes(  # noqa: PLR0917 - what `build_template` takes, and the holes
    root: Table,
    holes: Sequence[UnknownValue],
    uri: str,
    given: ParameterValues,
    context: ReadContext,
    budget: WorkBudget,
) -> CloudFormationTemplate:
    """A template in which each mark is a parameter whose value is not known. Raises BudgetExhausted."""
    values = {**given, **{hole_text(n): hole for n, hole in enumerate(holes)}}
    filled = _with_holes(root, len(holes)) if holes else root
    return build_template(filled, uri, context, values, budget)


def _malformed() -> Unknown:
    return Unknown(UnknownCause.FILE_UNREAD, "it is not a mapping", _CORRECT)


def _buckets(template: CloudFormationTemplate) -> Iterator[Bucket]:
    buckets = list(read_buckets(template))
    usage = TemplateUsage(template)
    yield from (usage.added_to(bucket) for bucket in buckets)


def _hides_resources(root: Table) -> bool:
    """Whether a hole stands where resources do, or their types."""
    if any(_HOLE.search(key) for key in root.entries):
        return True
    resources = root.get("Resources")
    if not isinstance(resources, Table):
        return isinstance(resources, Scalar) and bool(_HOLE.search(resources.text))
    for name, entry in resources.entries.items():
        if not isinstance(entry.node, Table):
            if _HOLE.search(name) or (isinstance(entry.node, Scalar) and _HOLE.search(entry.node.text)):
                return True
            continue
        kind = entry.node.get("Type")
        if isinstance(kind, Scalar) and _HOLE.search(kind.text):
            return True
    return False


def _with_holes(root: Table, number: int) -> Table:
    """The template with a parameter for each hole."""
    filled = _filled(root, is_in_sub=False)
    if not isinstance(filled, Table):
        return root
    declared = filled.get("Parameters")
    known = dict(declared.entries) if isinstance(declared, Table) else {}
    text = TableEntry(root.mark, Scalar("String", root.mark))
    for hole in range(number):
        known[hole_text(hole)] = TableEntry(root.mark, Table({"Type": text}, root.mark))
    entries = {**filled.entries, "Parameters": TableEntry(root.mark, Table(known, root.mark))}
    return Table(entries, root.mark)


def _filled(node: Node, *, is_in_sub: bool) -> Node:
    if isinstance(node, Scalar):
        return _filled_text(node, is_in_sub=is_in_sub)
    if isinstance(node, Array):
        return Array(tuple(_filled(item, is_in_sub=is_in_sub) for item in node.items), node.mark)
    entries = {
        key: TableEntry(entry.mark, _filled(entry.node, is_in_sub=key == _SUB))
        for key, entry in node.entries.items()
    }
    return Table(entries, node.mark)


def _filled_text(node: Scalar, *, is_in_sub: bool) -> Node:
    if not _HOLE.search(node.text):
        return node
    whole = _HOLE.fullmatch(node.text)
    if whole and not is_in_sub:
        return Table({"Ref": TableEntry(node.mark, node)}, node.mark)
    text = node.text if is_in_sub else node.text.replace("${", "${!")
    replaced = Scalar(_HOLE.sub(lambda found: f"${{{found[0]}}}", text), node.mark)
    return replaced if is_in_sub else Table({_SUB: TableEntry(node.mark, replaced)}, node.mark)
