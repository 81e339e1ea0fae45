"""Reads the suppressions that a template holds for its buckets: in comments, and in Metadata."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from s3kms.iac.cloudformation.template import CloudFormationTemplate, TemplateResource
from s3kms.iac.cloudformation.tree import Array, Mark, Node, Scalar, Table
from s3kms.iac.files import Files, UnreadFile
from s3kms.iac.suppressions.comments import Comment, yaml_comments
from s3kms.iac.suppressions.directives import (
    ResourceLines,
    malformed_suppression,
    may_have_suppressions,
    parse_exemption,
    suppressions_in_comments,
    suppressions_of_other_tool,
)
from s3kms.iac.suppressions.equivalent_rules import CFN_NAG, CHECKOV
from s3kms.iac.suppressions.misspelt import resembles_own_name
from s3kms.model.bucket import Bucket
from s3kms.model.place import Place
from s3kms.model.suppressions import OWN_TOOL, Suppression

_OTHERS = (
    (CHECKOV, "checkov", "skip", "comment"),
    (CHECKOV, "bridgecrew", "skip", "comment"),
    (CFN_NAG, "cfn_nag", "rules_to_suppress", "reason"),
)
"""A tool, its key in the metadata, the key of its list, and the key of a reason."""
_KEYS = {"rule", "until", "reason"}
_FORM = "write exempt: [{rule: ID, until: YYYY-MM-DD, reason: TEXT}]"


@dataclass(frozen=True, slots=True)
class TemplateSuppressions:
    """The suppressions of a template and of those it nests."""

    templates: Mapping[str, "_Template"]
    """By the logical ids that lead to the stack, joined by dots."""

    def added_to(self, bucket: Bucket) -> Bucket:
        """The bucket, with the suppressions of its resource."""
        stack, _, logical_id = (bucket.resource or "").rpartition(".")
        suppressions = (
            tuple(self.templates[stack].suppressions(logical_id)) if stack in self.templates else ()
        )
        return replace(bucket, suppressions=suppressions) if suppressions else bucket


@dataclass(frozen=True, slots=True)
class _Template:
    """The comments of a template, and its resources."""

    uri: str
    resources: Mapping[str, TemplateResource]
    lines: tuple[str, ...]
    comments: tuple[Comment, ...]

    def suppressions(self, logical_id: str) -> Iterator[Suppression]:
        """The suppressions of one resource."""
        if resource := self.resources.get(logical_id):
            yield from self._skips(resource)

    def _skips(self, resource: TemplateResource) -> Iterator[Suppression]:
        if self.comments and not resource.header.uri:
            yield from suppressions_in_comments(self.comments, _block(self.lines, resource.header), self.uri)
        metadata = resource.body.get("Metadata")
        if isinstance(metadata, Table):
            yield from self._own(metadata)
            yield from self._others(metadata)

    def _own(self, metadata: Table) -> Iterator[Suppression]:
        for name, meant in metadata.entries.items():
            if name != OWN_TOOL and resembles_own_name(name):
                yield malformed_suppression(_FORM, self._place(meant.mark))
        said = metadata.get(OWN_TOOL)
        if said is None:
            return
        entries = (
            said.get("exempt") if isinstance(said, Table) and said.entries.keys() == {"exempt"} else None
        )
        if not isinstance(entries, Array):
            yield malformed_suppression(_FORM, self._place(said.mark))
            return
        for entry in entries.items:
            place = self._place(entry.mark)
            if not isinstance(entry, Table) or not entry.entries.keys() <= _KEYS:
                yield malformed_suppression(_FORM, place)
                continue
            until = entry.get("until")
            day = None if until is None else _text(until)
            yield from parse_exemption(_text(entry.get("rule")), day, _text(entry.get("reason")), place)

    def _others(self, metadata: Table) -> Iterator[Suppression]:
        for tool, key, listed, why in _OTHERS:
            said = metadata.get(key)
            entries = said.get(listed) if isinstance(said, Table) else None
            for entry in entries.items if isinstance(entries, Array) else ():
                if isinstance(entry, Table):
                    name, reason = _text(entry.get("id")), _text(entry.get(why))
                    yield from suppressions_of_other_tool(tool, name, reason, None, self._place(entry.mark))

    def _place(self, mark: Mark) -> Place:
        return Place(mark.uri or self.uri, mark.line, mark.column)


def find_suppressions(template: CloudFormationTemplate, data: bytes, files: Files) -> TemplateSuppressions:
    """The suppressions of a template and of those it nests. `data` is the bytes of the template's own file."""
    return TemplateSuppressions(dict(_templates(template, data, files, "")))


def _templates(
    template: CloudFormationTemplate, data: bytes | UnreadFile | None, files: Files, stack: str
) -> Iterator[tuple[str, _Template]]:
    lines, comments = (
        _commented(data) if isinstance(data, bytes) and may_have_suppressions(data) else ((), ())
    )
    yield stack, _Template(template.uri, template.resources, lines, comments)
    for logical_id, inner in template.nested.items():
        name = f"{stack}.{logical_id}" if stack else logical_id
        yield from _templates(inner, files.read(Path(inner.uri)), files, name)


def _commented(data: bytes) -> tuple[tuple[str, ...], tuple[Comment, ...]]:
    text = data.decode("utf-8").removeprefix("\ufeff")
    comments = yaml_comments(text)
    return (tuple(_LINES.split(text)) if comments else ()), comments


_LINES = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


def _block(lines: tuple[str, ...], header: Mark) -> ResourceLines:
    """A resource in block style ends before the next line of code that is indented no deeper than its key, and
    before the comments above that line that are no deeper either.
    """
    last = header.line
    for number, line in enumerate(lines[header.line :], header.line + 1):
        text = line.lstrip()
        is_deeper = len(line) - len(text) >= header.column
        if text and not is_deeper and not text.startswith("#"):
            break
        if text and is_deeper:
            last = number
    return ResourceLines(header.line, last, header.column)


def _text(node: Node | None) -> str:
    return node.text if isinstance(node, Scalar) else ""
