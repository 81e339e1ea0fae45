"""Reads CloudFormation templates: which files are some, and the buckets that one declares, nested stacks included."""

import re
from collections import Counter
from collections.abc import Hashable, Iterator
from dataclasses import replace
from pathlib import Path

from s3kms.iac.budget import BudgetExhausted, WorkBudget, within_bounds
from s3kms.iac.cloudformation.buckets import BUCKET_KINDS, find_absent_buckets, read_buckets
from s3kms.iac.cloudformation.loops import unroll_loops
from s3kms.iac.cloudformation.modules import is_without_buckets
from s3kms.iac.cloudformation.nearby_parameters import describe_nearby_parameters
from s3kms.iac.cloudformation.nested_stacks import load_nested_stacks, nested_files_of
from s3kms.iac.cloudformation.parameter_files import read_parameters
from s3kms.iac.cloudformation.suppressions import find_suppressions
from s3kms.iac.cloudformation.template import (
    TEMPLATE_LOCATIONS,
    TEMPLATE_SUFFIXES,
    CloudFormationTemplate,
    ParameterValues,
    is_template,
    read_template,
)
from s3kms.iac.cloudformation.tree import (
    Mark,
    Node,
    Scalar,
    Table,
    TemplateSyntaxError,
    parse_template,
)
from s3kms.iac.cloudformation.unread_parts import UnreadPart
from s3kms.iac.cloudformation.usage import TemplateUsage
from s3kms.iac.cloudformation.values import PARAMETERS_FILE
from s3kms.iac.interface import DeclarationOrigin, Document, ReadContext, Reader, Unit, UnitNote
from s3kms.model.advice import Advice, Sentence
from s3kms.model.bucket import Bucket
from s3kms.model.place import Place
from s3kms.model.unknown import Unknown, UnknownCause

_STACKS = tuple(kind.encode() for kind in TEMPLATE_LOCATIONS)
_WORDS = (b"AWSTemplateFormatVersion", b"::", b"Modules")
_WORDS_OF_NOTES = (b"Condition", b"Parameters", b"Transform", b"\\", *_STACKS)
"""A template without any of these is what it is, whatever lies beside it; JSON may write a word with escapes."""
_PART_FOR_NOTES = 4
"""The part of the steps that notes may take: a fourth."""
_SURE = re.compile(rb"""^["']?AWSTemplateFormatVersion["']?[ \t]*:""", re.MULTILINE)
_MAYBE = re.compile(rb"""AWSTemplateFormatVersion|(?:^|["'{,\s\xbf])(?:Resources|Modules)["']?\s*:""")


def _claims(document: Unit) -> bool:
    if not isinstance(document, Document):
        return False
    data = document.data
    if document.path.suffix.lower() not in TEMPLATE_SUFFIXES or not _MAYBE.search(data):
        return False
    if _SURE.search(data):
        return True
    if not any(word in data for word in _WORDS):
        return False
    try:
        return is_template(_parse(data))
    except TemplateSyntaxError:
        return b"AWSTemplateFormatVersion" in data or b"AWS::S3" in data


def _read(document: Unit, context: ReadContext) -> Iterator[Bucket]:
    if not isinstance(document, Document):
        return
    uri = str(document.path)
    try:
        root = _parse(document.data)
    except TemplateSyntaxError as broken:
        yield _unreadable(uri, str(broken), broken.mark)
        return
    if not isinstance(root, Table):
        yield _unreadable(uri, "it is not a mapping", root.mark)
        return
    template = build_template(root, uri, context)
    said = find_suppressions(template, document.data, context.files)
    buckets = list(read_buckets(template))
    usage = TemplateUsage(template)  # after the buckets, which come first where the budget is short
    yield from _named_as_alone(template, [usage.added_to(said.added_to(bucket)) for bucket in buckets])


def _named_as_alone(template: CloudFormationTemplate, buckets: list[Bucket]) -> Iterator[Bucket]:
    """The buckets, those of uploaded templates under the names that they have where their file is read alone; the
    full name where that would be the name of two.
    """
    short = [_short_name(template, bucket.resource) for bucket in buckets]
    count = Counter(short)
    for bucket, name in zip(buckets, short, strict=True):
        yield replace(bucket, resource=name) if count[name] == 1 else bucket


def _short_name(template: CloudFormationTemplate, address: str | None) -> str | None:
    """An address without the stacks whose templates are uploaded."""
    if address is None:
        return None
    *stacks, name = address.split(".")
    left: list[str] = []
    for logical_id in stacks:
        template = template.nested[logical_id]
        left += [] if template.is_uploaded else [logical_id]
    return ".".join((*left, name))


def build_template(
    root: Table,
    uri: str,
    context: ReadContext,
    given: ParameterValues | None = None,
    budget: WorkBudget | None = None,
) -> CloudFormationTemplate:
    """A template, ready to be evaluated: its loops written out, its nested stacks read. `given` are the values of
    parameters in place of those that the user gives.
    """
    values = read_parameters(context) if given is None else given
    template = unroll_loops(read_template(root, uri, values, budget or context.open_budget()))
    unread = tuple(part for part in template.unread if not _brings_nothing(part, uri, context))
    template = replace(template, unread=unread)
    load_nested_stacks(template, context)
    return template


def _brings_nothing(part: UnreadPart, uri: str, context: ReadContext) -> bool:
    """Whether it is a module that is here and holds no bucket."""
    return part.source is not None and is_without_buckets(part.source, Path(uri), context.files)


def _notes(document: Unit, context: ReadContext) -> Iterator[UnitNote]:
    """Files of parameter values that are not read, and buckets that are never made."""
    if not isinstance(document, Document):
        return
    try:
        root = _parse(document.data)
    except TemplateSyntaxError:
        return
    if not isinstance(root, Table):
        return
    yield from _describe_replaced(root, str(document.path))
    if not any(word in document.data for word in _WORDS_OF_NOTES):
        return
    budget = context.open_budget()
    try:
        with budget.part(budget.limits.steps // _PART_FOR_NOTES):
            yield from _notes_of(root, str(document.path), context, budget)
    except BudgetExhausted:
        return  # what takes too much came out Unknown when it was read


def _describe_replaced(root: Table, uri: str) -> Iterator[UnitNote]:
    """The buckets under a key that is there again further down: CloudFormation takes the last one (fact H9)."""
    hidden = [entry.node for key, entry in root.replaced if key == "Resources"]
    for section in (*hidden, root.get("Resources")):
        if not isinstance(section, Table):
            continue
        replaced = list(section.replaced)
        if any(section is one for one in hidden):
            replaced += [("Resources", entry) for entry in section.entries.values()]
        for what, entry in replaced:
            kind = entry.node.get("Type") if isinstance(entry.node, Table) else None
            if isinstance(kind, Scalar) and kind.text in BUCKET_KINDS:
                text = (
                    "{place}: this bucket is not created and was not checked: {what} is there again further down, "
                    "and CloudFormation takes the last one"
                )
                place = f"{uri}:{entry.mark.line}"
                yield UnitNote(Sentence(text, {"place": place, "what": what}), explains_absence=True)


def _notes_of(root: Table, uri: str, context: ReadContext, budget: WorkBudget) -> Iterator[UnitNote]:
    template = build_template(root, uri, context, budget=budget)
    for address, conditions in find_absent_buckets(template):
        yield UnitNote(_describe_absent(uri, address, conditions), explains_absence=True)
    kinds = {resource.kind for resource in template.resources.values()}
    if kinds & (BUCKET_KINDS.keys() | TEMPLATE_LOCATIONS.keys()):
        declared = frozenset(template.parameters.entries)

        def evaluate(values: ParameterValues) -> Hashable:
            given = {**template.given, **values}
            return tuple(map(_essence, read_buckets(build_template(root, uri, context, given, budget))))

        for sentence in describe_nearby_parameters(uri, declared, context, evaluate):
            yield UnitNote(sentence)


def _essence(bucket: Bucket) -> Hashable:
    """What the rules judge of a bucket."""
    return bucket.resource, bucket.encryption, bucket.outcomes


def _describe_absent(uri: str, address: str, conditions: tuple[str, ...]) -> Sentence:
    text = "{uri}: {address} is conditional and not made, for {condition} is false; {parameters} gives other values"
    condition = f"the condition {' or '.join(conditions)}"
    fields = {"uri": uri, "address": address, "condition": condition, "parameters": PARAMETERS_FILE}
    return Sentence(text, fields)


def _included_files(document: Unit, context: ReadContext) -> frozenset[Path]:
    """The templates of its nested stacks."""
    if not isinstance(document, Document) or document.path.suffix.lower() not in TEMPLATE_SUFFIXES:
        return frozenset()
    if not any(kind in document.data for kind in _STACKS) or not _claims(document):
        return frozenset()
    try:
        root = _parse(document.data)
    except TemplateSyntaxError:
        return frozenset()
    if not isinstance(root, Table):
        return frozenset()
    try:
        with within_bounds():
            return frozenset(nested_files_of(build_template(root, str(document.path), context)))
    except BudgetExhausted:
        return frozenset()


_last: list[tuple[bytes, Node]] = []
"""What was parsed last: a file is claimed and then read."""


def _parse(data: bytes) -> Node:
    if not _last or _last[0][0] is not data:
        _last[:] = [(data, parse_template(data))]
    return _last[0][1]


def _unreadable(uri: str, why: str, mark: Mark) -> Bucket:
    unknown = Unknown(
        UnknownCause.FILE_UNREAD,
        f"the template cannot be read: {why} (line {mark.line})",
        Advice("correct it; cfn-lint says more"),
    )
    place = Place(uri, mark.line, mark.column)
    return Bucket(None, places=(place,), encryption=unknown, tags=unknown, key=unknown)


READER = Reader(
    "a CloudFormation template",
    _claims,
    _read,
    _included_files,
    lambda _unit: DeclarationOrigin.TEMPLATE,
    _notes,
)
