"""Edits of services: the literal of an algorithm in a file of the service is replaced, the key and the bucket key are
put beside it. Each edit is tried, and proposed only where it makes its buckets as desired and changes no other.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from s3kms.iac.editing.attempt import EditAttempt, compare_buckets, read_with_edit
from s3kms.iac.editing.splices import SpliceError, apply_splices
from s3kms.iac.editing.target import is_as_desired
from s3kms.iac.interface import (
    BucketToEdit,
    Declined,
    Document,
    Edit,
    EditTarget,
    Proposal,
    ReadContext,
    Splice,
    Unit,
)
from s3kms.iac.serverless.project import PROJECT_NAMES
from s3kms.iac.serverless.reader import READER, files_of
from s3kms.model.advice import Advice, Command
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import DSSE_KMS, SSE_KMS
from s3kms.text.quoting import quote_yaml

_LITERAL = re.compile(
    rb"""[:,\[-][ \t]*(?P<value>(?P<quote>["']?)(?P<text>AES256|aws:kms(?::dsse)?)(?P=quote))"""
    rb"""[ \t]*(?=[\r\n,}\]#]|$)"""
)
_RULE = re.compile(rb"""["']?ServerSideEncryptionByDefault["']?[ \t]*:""")
_ALGORITHM = re.compile(rb"""["']?SSEAlgorithm["']?[ \t]*:[ \t]*$""")
_CONFIGURATION = b"ServerSideEncryptionConfiguration"
_NEIGHBORS = 400
"""Bytes before and behind a literal that are looked through for what its rule says already."""
_MAX_LITERALS = 50
"""Literals of one service that are tried one by one."""


def propose(
    unit: Unit, context: ReadContext, buckets: Sequence[BucketToEdit], target: EditTarget
) -> Iterator[Edit]:
    """One Edit for every bucket, some together."""
    if not isinstance(unit, Document):
        return
    if unit.path.name in PROJECT_NAMES:
        yield from (_of_project(one, unit.path) for one in buckets)
        return
    left = {one.bucket.resource: one for one in buckets if one.bucket.resource}
    if target.key is None or target.key.address is None:
        before = read_with_edit(READER, unit, context, {})
        edit = _ServiceEdit(unit, context, before, target)
        candidates = list(_candidates(unit, context, left, target))
        yield from edit.together(candidates, left)
        yield from edit.one_by_one(candidates, left)
    yield from (_declined(one, target) for one in left.values())


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Another algorithm in the place of a literal, not tried yet."""

    path: Path
    line: int
    data: bytes
    splices: tuple[Splice[bytes], ...]

    @property
    def place(self) -> tuple[str, int | None]:
        """The file and the line, as places of buckets have them."""
        return str(self.path), self.line


@dataclass(frozen=True, slots=True)
class _ServiceEdit:
    """Tries edits of a service. What is proposed is taken out of the buckets that are `left`."""

    unit: Document
    context: ReadContext
    before: Mapping[str, Bucket]
    target: EditTarget

    def together(self, candidates: Sequence[_Candidate], left: dict[str, BucketToEdit]) -> Iterator[Proposal]:
        """The edits of the literals at whose lines a bucket is decided, where they all do what they should."""
        lines: dict[tuple[str, int | None], set[str]] = {}
        for address, bucket in left.items():
            for place in bucket.bucket.places:
                lines.setdefault((place.uri, place.line), set()).add(address)
        mine = [one for one in candidates if one.place in lines]
        buckets = set[str]().union(*(lines[one.place] for one in mine))
        attempt = self._attempt(mine, buckets) if len(mine) > 1 else None
        if attempt is None or not attempt.is_harmless or attempt.passed != buckets:
            return
        of_line: dict[tuple[str, int | None], list[_Candidate]] = {}
        for one in mine:
            of_line.setdefault(one.place, []).append(one)
        for line, several in of_line.items():
            yield _proposal(several, lines[line])
            for address in lines[line]:
                left.pop(address, None)

    def one_by_one(
        self, candidates: Sequence[_Candidate], left: dict[str, BucketToEdit]
    ) -> Iterator[Proposal]:
        """The edits of single literals, of which each decides some of the buckets that are left."""
        for one in candidates[:_MAX_LITERALS]:
            attempt = self._attempt([one], left.keys()) if left else None
            if attempt and attempt.is_harmless and attempt.passed and not attempt.unfinished:
                for address in attempt.passed:
                    left.pop(address, None)
                yield _proposal([one], attempt.passed)

    def _attempt(self, candidates: Iterable[_Candidate], to_edit: Collection[str]) -> EditAttempt | None:
        """What all these edits together come to; None where they do not fit together."""
        splices: dict[Path, list[Splice[bytes]]] = {}
        data: dict[Path, bytes] = {}
        for one in candidates:
            splices.setdefault(one.path, []).extend(one.splices)
            data[one.path] = one.data
        try:
            contents = {path: apply_splices(data[path], parts) for path, parts in splices.items()}
        except SpliceError:
            return None
        after = read_with_edit(READER, self.unit, self.context, contents)
        return compare_buckets(
            self.before, after, to_edit, lambda _, bucket: is_as_desired(bucket, self.target)
        )


def _proposal(candidates: Sequence[_Candidate], buckets: Collection[str]) -> Proposal:
    """The edits of one line, which are proven, of these buckets."""
    path, line = candidates[0].path, candidates[0].line
    splices = tuple((path, splice) for one in candidates for splice in one.splices)
    return Proposal(tuple(sorted(buckets)), splices, f"line {line} of {path} gives the algorithm")


def _candidates(
    unit: Document, context: ReadContext, left: Mapping[str, BucketToEdit], target: EditTarget
) -> Iterator[_Candidate]:
    algorithms = {one.before.algorithm.encode() for one in left.values() if one.before.algorithm}
    for path in files_of(unit, context):
        data = context.files.read(path)
        line, at = 1, 0
        for found in _LITERAL.finditer(data) if isinstance(data, bytes) else ():
            if found["text"] in algorithms and isinstance(data, bytes):
                line, at = line + data.count(b"\n", at, found.start()), found.start()
                yield _Candidate(path, line, data, tuple(_splices(data, found, target)))


def _splices(data: bytes, found: re.Match[bytes], target: EditTarget) -> list[Splice[bytes]]:
    algorithm = target.algorithm or SSE_KMS
    start, end = found.span("value")
    quote = found["quote"] or b'"'
    splices = [Splice(start, end, quote + algorithm.encode() + quote)]
    line_start = data.rfind(b"\n", 0, start) + 1
    beside = _ALGORITHM.search(data, max(line_start, start - _NEIGHBORS), start)
    rule = None
    for one in _RULE.finditer(data, max(0, start - _NEIGHBORS), start):
        rule = one
    if beside is None or rule is None:
        return splices
    around = data[rule.start() : end + _NEIGHBORS]
    key = target.key.literal if target.key else None
    if key is not None and b"KMSMasterKeyID" not in around:
        splices.insert(0, _insertion(data, beside.start(), "KMSMasterKeyID", quote_yaml(key)))
    before = data[max(0, rule.start() - _NEIGHBORS) : rule.start()].rpartition(_CONFIGURATION)[2]
    behind = data[end : end + _NEIGHBORS].partition(b"Type")[0]
    if algorithm != DSSE_KMS and b"BucketKeyEnabled" not in before + behind:  # fact A15
        text = "false" if target.bucket_key is False else "true"
        splices.insert(0, _insertion(data, rule.start(), "BucketKeyEnabled", text))
    return splices


def _insertion(data: bytes, at: int, name: str, text: str) -> Splice[bytes]:
    """A new entry of a mapping, before the one that begins there."""
    line_start = data.rfind(b"\n", 0, at) + 1
    before = data[line_start:at]
    is_quoted = data[at : at + 1] == b'"'
    shown = f'"{name}"' if is_quoted else name
    if is_quoted or b"{" in before:
        rest = data[line_start:at] if not before.strip() else b""
        gap = f"\n{rest.decode()}" if rest else " "
        return Splice(at, at, f"{shown}: {text},{gap}".encode())
    newline = "\r\n" if b"\r\n" in data else "\n"
    return Splice(at, at, f"{shown}: {text}{newline}{' ' * len(before.decode(errors='replace'))}".encode())


def _of_project(one: BucketToEdit, path: Path) -> Declined:
    why = f"a service declares it that {path} only names"
    advice = Advice("name the folder with the services: {fix}", {"fix": Command("fix", (str(path.parent),))})
    return Declined(one.bucket.resource or one.bucket.label, why, advice)


def _declined(one: BucketToEdit, target: EditTarget) -> Declined:
    bucket = one.bucket
    address = bucket.resource or bucket.label
    where = next((f"{place.uri} line {place.line}" for place in bucket.places), "the service")
    algorithm = target.algorithm or SSE_KMS
    rule = [f"              SSEAlgorithm: {algorithm}"]
    if target.key and target.key.literal:
        rule.append(f"              KMSMasterKeyID: {quote_yaml(target.key.literal)}")
    snippet = [
        "resources:",
        "  extensions:",
        f"    {address}:",
        "      Properties:",
        "        BucketEncryption:",
        "          ServerSideEncryptionConfiguration:",
        *([] if algorithm == DSSE_KMS else ["            - BucketKeyEnabled: true"]),
        f"            {'-' if algorithm == DSSE_KMS else ' '} ServerSideEncryptionByDefault:",
        *(f"  {line}" for line in rule),
    ]
    return Declined(
        address,
        f"no literal of the service alone decides it: {where} does",
        Advice("write the extension into the service, then run {check}", {"check": Command("check")}),
        "\n".join(snippet) + "\n",
    )
