"""Edits of services: the literal of an algorithm in a file of the service is replaced, the key and the bucket key are
put beside it. Each edit is tried, and proposed only where it makes its buckets as desired and changes no other.
"""

import re
from collections.abc import Iterator, Sequence
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
"""Literals of one service that are tried."""


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
        for path, data, splices, line in _candidates(unit, context, left, target):
            attempt = _attempt(unit, context, before, left, target, path, data, splices)
            if attempt is not None and attempt.is_harmless and attempt.passed and not attempt.unfinished:
                for address in attempt.passed:
                    left.pop(address, None)
                why = f"line {line} of {path} gives the algorithm"
                yield Proposal(tuple(sorted(attempt.passed)), tuple((path, one) for one in splices), why)
    yield from (_declined(one, target) for one in left.values())


def _candidates(
    unit: Document, context: ReadContext, left: dict[str, BucketToEdit], target: EditTarget
) -> Iterator[tuple[Path, bytes, list[Splice[bytes]], int]]:
    algorithms = {one.before.algorithm.encode() for one in left.values() if one.before.algorithm}
    number = 0
    for path in files_of(unit, context):
        data = context.files.read(path)
        for found in _LITERAL.finditer(data) if isinstance(data, bytes) else ():
            if found["text"] in algorithms and isinstance(data, bytes) and number < _MAX_LITERALS:
                number += 1
                yield path, data, _splices(data, found, target), data.count(b"\n", 0, found.start()) + 1


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


def _attempt(  # noqa: PLR0917 - what an edit is made of
    unit: Document,
    context: ReadContext,
    before: dict[str, Bucket],
    left: dict[str, BucketToEdit],
    target: EditTarget,
    path: Path,
    data: bytes,
    splices: list[Splice[bytes]],
) -> EditAttempt | None:
    try:
        after = read_with_edit(READER, unit, context, {path: apply_splices(data, splices)})
    except SpliceError:
        return None
    return compare_buckets(before, after, left.keys(), lambda _, bucket: is_as_desired(bucket, target))


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
