"""Templates before and after an edit."""

import difflib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tests.support.code import Memory
from tests.support.templates import Case

from s3kms.iac.cloudformation.editor import propose
from s3kms.iac.cloudformation.reader import READER
from s3kms.iac.interface import (
    BucketToEdit,
    Declined,
    DesiredKey,
    Document,
    Edit,
    EditTarget,
    Proposal,
    ReadContext,
    Splice,
)
from s3kms.model.bucket import Bucket
from s3kms.model.code_inputs import DEFAULT_CODE_INPUTS, CodeInputs
from s3kms.model.encryption import SSE_S3, Encryption

AS_USUAL = EditTarget()
BEFORE = Encryption(SSE_S3)


@dataclass(frozen=True)
class Edited:
    """What came of it."""

    data: bytes
    edits: tuple[Edit, ...]
    before: bytes

    @property
    def text(self) -> str:
        return self.data.decode()

    @property
    def proposals(self) -> tuple[Proposal, ...]:
        return tuple(found for found in self.edits if isinstance(found, Proposal))

    @property
    def declined(self) -> tuple[Declined, ...]:
        return tuple(found for found in self.edits if isinstance(found, Declined))

    @property
    def changed_lines(self) -> int:
        """Lines that are new or gone."""
        lines = difflib.ndiff(self.before.decode().splitlines(), self.text.splitlines())
        return sum(line.startswith(("+ ", "- ")) for line in lines)


def key(address: str) -> EditTarget:
    """The key that the code declares."""
    return EditTarget(key=DesiredKey(address=address))


def buckets_of(data: bytes, name: str = "t.yaml") -> dict[str, Bucket]:
    path = Path(name)
    found = READER.read(Document(path, data), ReadContext(Memory({path: data})))
    return {bucket.resource: bucket for bucket in found if bucket.resource}


def spliced(data: bytes, splices: Sequence[Splice[bytes]]) -> bytes:
    """The splices in place. They may not overlap."""
    at, parts = 0, []
    for splice in sorted(splices, key=lambda s: (s.start, s.end)):
        assert at <= splice.start <= splice.end <= len(data)
        parts += [data[at : splice.start], splice.text]
        at = splice.end
    return b"".join((*parts, data[at:]))


def fix(
    text: str | bytes,
    desired: EditTarget = AS_USUAL,
    *,
    name: str = "t.yaml",
    wanted: Collection[str] | None = None,
    others: dict[str, str] | None = None,
    inputs: CodeInputs = DEFAULT_CODE_INPUTS,
) -> Edited:
    """The template with every proposal applied; `wanted` is the buckets that are to be edited, or all."""
    data = text.encode() if isinstance(text, str) else text
    path = Path(name)
    files = {path: data} | {Path(other): content.encode() for other, content in (others or {}).items()}
    document, context = Document(path, data), ReadContext(Memory(files), inputs)
    wanting = [
        BucketToEdit(bucket, BEFORE)
        for bucket in READER.read(document, context)
        if wanted is None or bucket.resource in wanted
    ]
    edits = tuple(propose(document, context, wanting, desired))
    found = [pair for edit in edits if isinstance(edit, Proposal) for pair in edit.splices]
    assert all(where == path for where, _ in found)
    splices = [splice for _, splice in found]
    return Edited(spliced(data, splices), edits, data)


def fix_case(case: Case, desired: EditTarget = AS_USUAL) -> Edited:
    """The same of a case, with the values of its parameters."""
    name = "t.json" if case.text.lstrip().startswith("{") else "t.yaml"
    given = {case.file: case.parameters} if case.parameters else {}
    inputs = CodeInputs(parameter_files=tuple(map(Path, given)))
    return fix(case.text, desired, name=name, others=given, inputs=inputs)


def facts(bucket: Bucket) -> Bucket:
    """All of a bucket but its places."""
    outcomes = tuple(replace(outcome, places=()) for outcome in bucket.outcomes)
    return replace(bucket, places=(), outcomes=outcomes)
