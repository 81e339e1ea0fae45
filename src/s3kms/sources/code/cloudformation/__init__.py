"""CloudFormation templates, in YAML and JSON: SAM and the output of the CDK included."""

import re
from collections.abc import Iterator
from pathlib import Path

from s3kms.estate.advice import Advice
from s3kms.estate.bucket import Bucket, Place
from s3kms.estate.unknown import Unknown, UnknownCause
from s3kms.sources.code.cloudformation.buckets import read_buckets
from s3kms.sources.code.cloudformation.deliveries import deliveries_of
from s3kms.sources.code.cloudformation.loops import written_out
from s3kms.sources.code.cloudformation.nested import LOCATIONS, add_nested, files_of
from s3kms.sources.code.cloudformation.parameter_files import read_parameters
from s3kms.sources.code.cloudformation.skips import beside
from s3kms.sources.code.cloudformation.template import Template, is_template, read_template
from s3kms.sources.code.cloudformation.tree import Broken, Mark, Node, Table, is_there, parse
from s3kms.sources.code.interface import Context, Document, Reader, Unit

_SUFFIXES = (".yaml", ".yml", ".json", ".template", ".cform", ".cfn")
_STACKS = tuple(kind.encode() for kind in LOCATIONS)
_SURE = re.compile(rb"""^["']?AWSTemplateFormatVersion["']?[ \t]*:""", re.MULTILINE)
_MAYBE = re.compile(rb"""AWSTemplateFormatVersion|(?:^|["'{,\s\xbf])Resources["']?\s*:""")


def _claims(document: Unit) -> bool:
    if not isinstance(document, Document):
        return False
    data = document.data
    if document.path.suffix.lower() not in _SUFFIXES or not _MAYBE.search(data):
        return False
    if _SURE.search(data) or not is_there():
        return True
    if b"AWSTemplateFormatVersion" not in data and b"::" not in data:
        return False
    try:
        return is_template(_parse(data))
    except Broken:
        return b"AWSTemplateFormatVersion" in data or b"AWS::S3" in data


def _read(document: Unit, context: Context) -> Iterator[Bucket]:
    if not isinstance(document, Document):
        return
    uri = str(document.path)
    try:
        root = _parse(document.data)
    except Broken as broken:
        yield _unreadable(uri, str(broken), broken.mark)
        return
    if not isinstance(root, Table):
        yield _unreadable(uri, "it is not a mapping", root.mark)
        return
    template = _template(root, uri, context)
    said = beside(template, document.data, context.files)
    deliveries = deliveries_of(template)
    for bucket in read_buckets(template):
        yield deliveries.added_to(said.added_to(bucket))


def _template(root: Table, uri: str, context: Context) -> Template:
    template = written_out(read_template(root, uri, read_parameters(context)))
    add_nested(template, context.files)
    return template


def _parts(document: Unit, context: Context) -> frozenset[Path]:
    """The templates of its nested stacks."""
    if not isinstance(document, Document) or document.path.suffix.lower() not in _SUFFIXES:
        return frozenset()
    if not any(kind in document.data for kind in _STACKS) or not _claims(document):
        return frozenset()
    try:
        root = _parse(document.data)
    except Broken:
        return frozenset()
    if not isinstance(root, Table):
        return frozenset()
    return frozenset(files_of(_template(root, str(document.path), context)))


_last: list[tuple[bytes, Node]] = []
"""What was parsed last: a file is claimed and then read."""


def _parse(data: bytes) -> Node:
    if not _last or _last[0][0] is not data:
        _last[:] = [(data, parse(data))]
    return _last[0][1]


def _unreadable(uri: str, why: str, mark: Mark) -> Bucket:
    unknown = Unknown(
        UnknownCause.UNRESOLVED,
        f"the template cannot be read: {why} (line {mark.line})",
        Advice("correct it; cfn-lint says more"),
    )
    place = Place(uri, mark.line, mark.column)
    return Bucket(None, places=(place,), encryption=unknown, tags=unknown, key=unknown)


READER = Reader("a CloudFormation template", _claims, _read, _parts)
