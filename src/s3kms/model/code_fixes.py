"""Edits of code that fix findings: plain data, for whoever reports them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from s3kms.model.findings import Finding
from s3kms.model.place import Place


@dataclass(frozen=True, slots=True)
class TextEdit:
    """One replacement in a file as it is. Lines end with a line feed; lines and columns count from 1, columns in code
    points, and a byte order mark is not one. Where the end is the start, the text is inserted.
    """

    path: str
    """As the code was named, with `/` between names."""
    line: int
    column: int
    end_line: int
    end_column: int
    """The one after the last that is replaced."""
    text: str


@dataclass(frozen=True, slots=True)
class CodeFix:
    """What `fix` would write so that a finding passes: edits that belong together."""

    why: str
    """Where it is written, and why there."""
    edits: tuple[TextEdit, ...]


@dataclass(frozen=True, slots=True)
class FindingKey:
    """What tells one finding of code from another."""

    rule: str
    resource: str | None
    places: tuple[Place, ...]

    @classmethod
    def of(cls, finding: Finding) -> "FindingKey":
        """That of this finding."""
        return cls(finding.rule, finding.resource, finding.places)


@dataclass(frozen=True, slots=True)
class CodeFixes:
    """The edits that `fix` would make for the findings of a check of code. Who never asks for them pays nothing."""

    find: Callable[[], Mapping[FindingKey, CodeFix]]
    """The findings that an edit makes pass. The edits are planned at the first call, and kept."""

    def fix_for(self, finding: Finding) -> CodeFix | None:
        """The edits for a finding; None where `fix` leaves its bucket alone, or it would not pass with them."""
        return self.find().get(FindingKey.of(finding))
