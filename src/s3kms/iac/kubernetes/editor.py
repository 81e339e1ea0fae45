"""Edits of manifests: the literal of the algorithm is replaced, the key and the bucket key are put beside it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from s3kms.iac.cloudformation.tree import Mark, TemplateSyntaxError
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
from s3kms.iac.kubernetes.buckets import ManifestBuckets
from s3kms.iac.kubernetes.encryption import DeclaredDefault, ManifestRuleFields
from s3kms.iac.kubernetes.manifests import ACK, CROSSPLANE, LEGACY, TABLE_GROUPS, Manifest
from s3kms.iac.kubernetes.reader import READER, manifests_of
from s3kms.model.advice import Advice, Command
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import DSSE_KMS, SSE_KMS, Encryption
from s3kms.text.quoting import quote_yaml

_MOVE = Advice(
    f"declare it as a Bucket of {CROSSPLANE} with the bucket's name as external name, or fix the bucket live"
)
_SCALAR = re.compile(rb"""(?P<quote>["']?)(?P<text>[\w:.-]+)(?P=quote)""")
_LINE = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


class _Text:
    """The bytes of a file, and where its lines begin."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        text = data.decode("utf-8")
        start = 1 if text.startswith("\ufeff") else 0
        self._lines: list[str] = []
        self._starts: list[int] = []
        at = len(text[:start].encode())
        while start <= len(text):
            found = _LINE.search(text, start)
            end = found.end() if found else len(text) + 1
            self._lines.append(text[start:end])
            self._starts.append(at)
            at += len(text[start:end].encode())
            start = end

    def offset(self, mark: Mark) -> int:
        """The byte at a mark, which counts lines and characters."""
        if mark.line > len(self._lines):
            return len(self.data)
        line = self._lines[mark.line - 1]
        return self._starts[mark.line - 1] + len(line[: mark.column - 1].encode())


@dataclass(frozen=True, slots=True)
class _Site:
    """A rule in the bytes of its file."""

    path: Path
    text: _Text
    syntax: ManifestRuleFields

    @property
    def data(self) -> bytes:
        """The bytes of the file."""
        return self.text.data

    def offset(self, mark: Mark) -> int:
        """The byte at a mark."""
        return self.text.offset(mark)

    def replace_scalar(self, mark: Mark, text: str) -> Splice[bytes] | None:
        """Another text in the quotes of a scalar; None where it is no plain one."""
        at = self.offset(mark)
        found = _SCALAR.match(self.data, at)
        if not found:
            return None
        quote = found["quote"].decode() or self._quote_in_braces(text)
        return Splice(at, found.end(), f"{quote}{text}{quote}".encode())

    def _quote_in_braces(self, text: str) -> str:
        """What older parsers of YAML ask for around a text with a colon, where its mapping is in braces."""
        at = self.offset(self.syntax.default)
        return '"' if ":" in text and self.data[at : at + 1] == b"{" else ""

    def insert(self, mark: Mark, name: str, text: str) -> Splice[bytes]:
        """A new first entry of a mapping, which begins at that mark."""
        at = self.offset(mark)
        if self.data[at : at + 1] == b"{":
            pair = f'"{name}": {text}, ' if self.path.suffix == ".json" else f"{name}: {text}, "
            return Splice(at + 1, at + 1, pair.encode())
        newline = "\r\n" if b"\r\n" in self.data else "\n"
        return Splice(at, at, f"{name}: {text}{newline}{' ' * (mark.column - 1)}".encode())


def propose(
    unit: Unit, context: ReadContext, buckets: Sequence[BucketToEdit], target: EditTarget
) -> Iterator[Edit]:
    """One Edit for every bucket: of the literal in its rule, where there is one."""
    if not isinstance(unit, Document):
        return
    try:
        manifests = manifests_of(unit, context)
    except TemplateSyntaxError:
        return
    texts: dict[Path, _Text] = {}
    found = {
        one.bucket.resource or one.bucket.label: _candidate(
            context, one.bucket.resource or one.bucket.label, manifests, target, texts
        )
        for one in buckets
    }
    yield from (edit for edit in found.values() if isinstance(edit, Declined))
    candidates = {address: edit for address, edit in found.items() if not isinstance(edit, Declined)}
    if not candidates:
        return
    before = read_with_edit(READER, unit, context, {})
    attempt = _attempt(unit, context, before, candidates, target)
    if len(candidates) > 1 and attempt and attempt.is_harmless and attempt.passed == candidates.keys():
        yield from (one.proposal(address) for address, one in candidates.items())
        return
    for address, one in candidates.items():
        alone = attempt if len(candidates) == 1 else _attempt(unit, context, before, {address: one}, target)
        yield _judge(address, one, alone, target)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """The edit of one rule, not tried yet."""

    manifest: Manifest
    splices: tuple[Splice[bytes], ...]

    def proposal(self, address: str) -> Proposal:
        """The edit, which is proven, of the bucket with that address."""
        path = self.manifest.path
        return Proposal(
            (address,), tuple((path, one) for one in self.splices), f"{self.manifest.address} sets it"
        )


def _candidate(
    context: ReadContext,
    address: str,
    manifests: ManifestBuckets,
    target: EditTarget,
    texts: dict[Path, _Text],
) -> _Candidate | Declined:
    """The edit of the rule that decides for a bucket, or why there is none. `texts` keeps the files."""
    if _group_of(address) == LEGACY:
        return Declined(address, f"the API {LEGACY} has no field for it", _MOVE)
    found = manifests.deciding(address)
    if found is None or found[1].syntax is None:
        why = "it has no encryption rule that could be edited, and no new one is written into manifests"
        return _decline(address, why, target)
    manifest, default = found
    if target.key is not None and target.key.address is not None:
        why = f"{target.key.address} is an address, and a manifest takes a key by its ARN"
        return _decline(address, why, target)
    data = context.files.read(manifest.path)
    if default.syntax is None or not isinstance(data, bytes):
        return _decline(address, f"{manifest.path} is not read", target)
    if manifest.path not in texts:
        texts[manifest.path] = _Text(data)
    splices = _splices(_Site(manifest.path, texts[manifest.path], default.syntax), default, target)
    if splices is None:
        return _decline(address, "its algorithm is not a literal", target)
    return _Candidate(manifest, tuple(splices))


def _attempt(
    unit: Document,
    context: ReadContext,
    before: Mapping[str, Bucket],
    candidates: Mapping[str, _Candidate],
    target: EditTarget,
) -> EditAttempt | None:
    """What all these edits together come to; None where they do not fit together."""
    splices: dict[Path, list[Splice[bytes]]] = {}
    for one in candidates.values():
        splices.setdefault(one.manifest.path, []).extend(one.splices)
    contents: dict[Path, bytes] = {}
    try:
        for path, parts in splices.items():
            data = context.files.read(path)
            contents[path] = apply_splices(data if isinstance(data, bytes) else b"", parts)
    except SpliceError:
        return None
    after = read_with_edit(READER, unit, context, contents)
    return compare_buckets(before, after, candidates.keys(), lambda _, bucket: is_as_desired(bucket, target))


def _judge(address: str, one: _Candidate, attempt: EditAttempt | None, target: EditTarget) -> Edit:
    if attempt is None:
        return _decline(address, "its rule is not written out", target)
    if attempt.is_harmless and address in attempt.passed:
        return one.proposal(address)
    if attempt.strangers:
        return _decline(address, f"the same edit would change {', '.join(attempt.strangers)}, too", target)
    return _decline(
        address, "with that edit it still does not have the encryption that was asked for", target
    )


def _splices(site: _Site, default: DeclaredDefault, target: EditTarget) -> list[Splice[bytes]] | None:
    syntax, algorithm = site.syntax, target.algorithm or SSE_KMS
    replaced = site.replace_scalar(syntax.algorithm, algorithm)
    if replaced is None:
        return None
    splices = [replaced]
    encryption = default.encryption
    key = target.key.literal if target.key else None
    if key is not None and isinstance(encryption, Encryption) and encryption.key is None:
        splices.append(site.insert(syntax.default, syntax.key_name, quote_yaml(key)))
    if algorithm != DSSE_KMS:  # fact A15
        text = "false" if target.bucket_key is False else "true"
        if syntax.bucket_key is None:
            splices.append(site.insert(syntax.rule, "bucketKeyEnabled", text))
        elif found := site.replace_scalar(syntax.bucket_key, text):
            splices.append(found)
    return [one for one in splices if one.start == one.end or site.data[one.start : one.end] != one.text]


def _group_of(address: str) -> str:
    """The API group in the address of a manifest."""
    return address.partition("/")[0].partition(".")[2]


def _decline(address: str, why: str, target: EditTarget) -> Declined:
    advice = Advice("write the rule into the manifest, then run {check}", {"check": Command("check")})
    return Declined(address, why, advice, _snippet(address, target))


def _snippet(address: str, target: EditTarget) -> str:
    """The rule to paste, in the form of the API that the manifest is of."""
    group = _group_of(address)
    algorithm = target.algorithm or SSE_KMS
    if group in TABLE_GROUPS:
        key = target.key.literal if target.key and target.key.literal else "ARN"
        lines = [
            "encryptionConfiguration:",
            f"  sseAlgorithm: {algorithm}",
            f"  kmsKeyArn: {quote_yaml(key)}",
        ]
        return "\n".join(lines) + "\n"
    rule = ["- applyServerSideEncryptionByDefault:", f"    sseAlgorithm: {algorithm}"]
    if target.key and target.key.literal:
        name = "kmsMasterKeyID" if group == ACK else "kmsMasterKeyId"
        rule.append(f"    {name}: {quote_yaml(target.key.literal)}")
    if algorithm != DSSE_KMS:
        rule.append("  bucketKeyEnabled: true")
    if group in {ACK, CROSSPLANE}:
        name = "encryption" if group == ACK else "serverSideEncryptionConfiguration"
        lines = [f"{name}:", "  rules:", *(f"  {line}" for line in rule)]
    else:
        lines = ["kind: BucketServerSideEncryptionConfiguration", "spec:", "  forProvider:", "    rule:"]
        lines += [f"    {line}" for line in rule]
    return "\n".join(lines) + "\n"
