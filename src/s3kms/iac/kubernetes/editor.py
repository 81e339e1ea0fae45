"""Edits of manifests: the literal of the algorithm is replaced, the key and the bucket key are put beside it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from s3kms.iac.cloudformation.tree import Mark, TemplateSyntaxError
from s3kms.iac.editing.attempt import compare_buckets, read_with_edit
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
from s3kms.iac.kubernetes.encryption import DeclaredDefault, ManifestRuleFields
from s3kms.iac.kubernetes.manifests import ACK, CROSSPLANE, LEGACY, TABLE_GROUPS, Manifest
from s3kms.iac.kubernetes.reader import READER, manifests_of
from s3kms.model.advice import Advice, Command
from s3kms.model.encryption import DSSE_KMS, SSE_KMS, Encryption
from s3kms.text.quoting import quote_yaml

_MOVE = Advice(
    f"declare it as a Bucket of {CROSSPLANE} with the bucket's name as external name, or fix the bucket live"
)
_SCALAR = re.compile(rb"""(?P<quote>["']?)(?P<text>[\w:.-]+)(?P=quote)""")
_LINE = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class _Site:
    """A rule in the bytes of its file."""

    path: Path
    data: bytes
    syntax: ManifestRuleFields

    def offset(self, mark: Mark) -> int:
        """The byte at a mark, which counts lines and characters."""
        text = self.data.decode("utf-8")
        start = 1 if text.startswith("\ufeff") else 0
        for _ in range(mark.line - 1):
            found = _LINE.search(text, start)
            start = found.end() if found else len(text)
        return len(text[: start + mark.column - 1].encode())

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
    for one in buckets:
        address = one.bucket.resource or one.bucket.label
        found = manifests.deciding(address)
        if _group_of(address) == LEGACY:
            yield Declined(address, f"the API {LEGACY} has no field for it", _MOVE)
        elif found is None or found[1].syntax is None:
            yield _decline(
                address,
                "it has no encryption rule that could be edited, and no new one is written into manifests",
                target,
            )
        else:
            yield _edit(unit, context, address, found, target)


def _edit(
    unit: Document,
    context: ReadContext,
    address: str,
    found: tuple[Manifest, DeclaredDefault],
    target: EditTarget,
) -> Edit:
    manifest, default = found
    data = context.files.read(manifest.path)
    if target.key is not None and target.key.address is not None:
        return _decline(
            address, f"{target.key.address} is an address, and a manifest takes a key by its ARN", target
        )
    if default.syntax is None or not isinstance(data, bytes):
        return _decline(address, f"{manifest.path} is not read", target)
    site = _Site(manifest.path, data, default.syntax)
    splices = _splices(site, default, target)
    if splices is None:
        return _decline(address, "its algorithm is not a literal", target)
    try:
        contents = {manifest.path: apply_splices(data, splices)}
    except SpliceError:
        return _decline(address, "its rule is not written out", target)
    before = read_with_edit(READER, unit, context, {})
    after = read_with_edit(READER, unit, context, contents)
    attempt = compare_buckets(before, after, {address}, lambda _, bucket: is_as_desired(bucket, target))
    if attempt.is_harmless and address in attempt.passed:
        why = f"{manifest.address} sets it"
        return Proposal((address,), tuple((manifest.path, splice) for splice in splices), why)
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
