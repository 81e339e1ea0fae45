"""The default encryption that a manifest declares, and where its parts stand."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from s3kms.iac.cloudformation.tree import Array, Mark, Node, Scalar, ScalarKind, Table
from s3kms.iac.kubernetes.manifests import ACK, CROSSPLANE, Manifest, text_at
from s3kms.iac.kubernetes.other_objects import RENDER
from s3kms.model.advice import Advice, Command
from s3kms.model.encryption import KMS_ALGORITHMS, Encryption
from s3kms.model.keys import DeclaredKey, KeyFact, KeyForm, KeyReference, UnusedAwsManagedKey
from s3kms.model.unknown import Unknown, UnknownCause

_CORRECT = Advice("correct the manifest; kubectl apply --dry-run=server says more")
_CHECK_LIVE = Advice(
    "check the bucket once it is made: {check}", {"check": Command("check", ("s3://BUCKET",))}
)
_FILLED_IN = re.compile(r"\$\{|\{\{|\$\(")
"""How a value is written that another tool fills in."""


@dataclass(frozen=True, slots=True)
class ManifestRuleFields:
    """Where the parts of a rule stand; marks of mappings are at their first key, or at their brace."""

    algorithm: Mark
    default: Mark
    rule: Mark
    key_name: str
    """What the key is called beside the algorithm."""
    bucket_key: Mark | None = None
    """Of its value."""


@dataclass(frozen=True, slots=True)
class DeclaredDefault:
    """The default encryption of one manifest, its key, and the place that decides."""

    encryption: Encryption | Unknown
    key: KeyFact | None
    mark: Mark
    syntax: ManifestRuleFields | None = None
    """None where there is no rule, or none that is understood."""


@dataclass(frozen=True, slots=True)
class _Undecided(Exception):
    unknown: Unknown
    mark: Mark


def read_rule(manifest: Manifest) -> DeclaredDefault | None:
    """The rule that a manifest holds; None where it holds none."""
    try:
        if manifest.is_table_bucket:
            return _read_table_bucket(manifest)
        found = _find_rules(manifest)
        return None if found is None else _read(found, manifest)
    except _Undecided as error:
        return DeclaredDefault(error.unknown, error.unknown, error.mark)


def declares_encryption(manifest: Manifest) -> bool:
    """Whether a manifest, or a patch of one, says anything of the encryption."""
    names = ("rule", "encryption", "serverSideEncryptionConfiguration", "encryptionConfiguration")
    return any(name in manifest.parameters.entries for name in names)


def unknown_text(what: str, text: str) -> Unknown | None:
    """Why a text is not known that another tool fills in; None for any other text."""
    if not _FILLED_IN.search(text):
        return None
    why = f"{what} is {text}, which is filled in before the manifest is applied"
    return Unknown(UnknownCause.UNRESOLVED, why, RENDER)


def _find_rules(manifest: Manifest) -> Node | None:
    """Its rules: a list, or the one object that newer versions of the API take."""
    parameters = manifest.parameters
    if manifest.is_configuration:
        return parameters.get("rule") or Array((), parameters.mark)
    names = {ACK: "encryption", CROSSPLANE: "serverSideEncryptionConfiguration"}
    held = parameters.get(names.get(manifest.group, ""))
    if held is None or (isinstance(held, Scalar) and held.kind is ScalarKind.NULL):
        return None
    if not isinstance(held, Table):
        raise _malformed("its encryption is not a mapping", held.mark)
    return held.get("rules") or Array((), held.mark)


def _read(rules: Node, manifest: Manifest) -> DeclaredDefault:
    rule = _only(rules, "the encryption rule")
    held = rule.get("applyServerSideEncryptionByDefault")
    bucket_key = rule.get("bucketKeyEnabled")
    is_on = _flag(bucket_key, "bucketKeyEnabled")
    blocked = _blocked(rule.get("blockedEncryptionTypes"))
    if held is None:
        return DeclaredDefault(Encryption(None, None, is_on, blocked), None, rule.mark)
    default = _only(held, "applyServerSideEncryptionByDefault")
    algorithm = default.get("sseAlgorithm")
    if not isinstance(algorithm, Scalar) or not algorithm.text:
        raise _malformed("the rule has no sseAlgorithm", default.mark)
    if open_ := unknown_text("the algorithm", algorithm.text):
        raise _Undecided(open_, algorithm.mark)
    key_name = "kmsMasterKeyID" if manifest.group == ACK else "kmsMasterKeyId"
    key, fact = _read_key(default, key_name) if algorithm.text in KMS_ALGORITHMS else (None, None)
    where = bucket_key.mark if isinstance(bucket_key, Scalar) else None
    syntax = ManifestRuleFields(algorithm.mark, default.mark, rule.mark, key_name, where)
    return DeclaredDefault(Encryption(algorithm.text, key, is_on, blocked), fact, algorithm.mark, syntax)


def _read_table_bucket(manifest: Manifest) -> DeclaredDefault | None:
    held = manifest.parameters.get("encryptionConfiguration")
    if held is None or (isinstance(held, Scalar) and held.kind is ScalarKind.NULL):
        return None
    default = _only(held, "encryptionConfiguration")
    algorithm = default.get("sseAlgorithm")
    if not isinstance(algorithm, Scalar) or not algorithm.text:
        raise _malformed("encryptionConfiguration has no sseAlgorithm", default.mark)
    if open_ := unknown_text("the algorithm", algorithm.text):
        raise _Undecided(open_, algorithm.mark)
    key, fact = _read_key(default, "kmsKeyArn") if algorithm.text in KMS_ALGORITHMS else (None, None)
    return DeclaredDefault(Encryption(algorithm.text, key), fact, algorithm.mark)


def _read_key(default: Table, name: str) -> tuple[str | None, KeyFact]:
    text = text_at(default, name)
    if text is not None:
        if KeyReference.parse(text).form is KeyForm.AWS_MANAGED:
            return text, UnusedAwsManagedKey()
        why = f"a manifest does not show the state in KMS of {text}"
        unknown = unknown_text("the key", text) or Unknown(UnknownCause.NOT_READ, why, _CHECK_LIVE)
        return text, unknown
    for reference in (
        f"{name}Ref",
        f"{name}Selector",
        "kmsMasterKeyIdRef",
        "kmsMasterKeyIdSelector",
        "kmsMasterKeyRef",
    ):
        held = default.get(reference)
        if isinstance(held, Table):
            named = held.get("from")
            object_ = text_at(named if isinstance(named, Table) else held, "name") or reference
            state = Unknown(
                UnknownCause.NOT_READ,
                f"the key {object_} is an object of its own, which is not read",
                _CHECK_LIVE,
            )
            return f"{reference} {object_}", DeclaredKey(object_, state, rotation=state)
    return None, UnusedAwsManagedKey()


def _flag(node: Node | None, name: str) -> bool | Unknown | None:
    if node is None:
        return None
    if isinstance(node, Scalar) and node.kind is ScalarKind.BOOL:
        return node.text == "true"
    text = node.text if isinstance(node, Scalar) else ""
    return unknown_text(name, text) or Unknown(UnknownCause.UNRESOLVED, f"{name} is not a boolean", _CORRECT)


def _blocked(node: Node | None) -> tuple[str, ...] | Unknown | None:
    """Upbound's API has a list, AWS's an object with one."""
    if isinstance(node, Table):
        node = node.get("encryptionType")
    if node is None:
        return None
    items = node.items if isinstance(node, Array) else ()
    return tuple(item.text for item in items if isinstance(item, Scalar))


def _only(node: Node, what: str) -> Table:
    """The one mapping that a node is, or that is the one item of it."""
    if isinstance(node, Array):
        if len(node.items) != 1:
            raise _malformed(
                f"{what} is there {len(node.items)} times, and S3 accepts exactly one", node.mark
            )
        node = node.items[0]
    if isinstance(node, Table):
        return node
    text = node.text if isinstance(node, Scalar) else ""
    if open_ := unknown_text(what, text):
        raise _Undecided(open_, node.mark)
    raise _malformed(f"{what} is not a mapping", node.mark)


def _malformed(why: str, mark: Mark) -> _Undecided:
    return _Undecided(Unknown(UnknownCause.UNRESOLVED, why, _CORRECT), mark)


def tags_of(manifest: Manifest) -> Mapping[str, str]:
    """The tags of a bucket: a mapping of Upbound, a list of keys and values of the others."""
    parameters = manifest.parameters
    tags, tagging = parameters.get("tags"), parameters.get("tagging")
    if isinstance(tagging, Table):
        tags = tagging.get("tagSet")
    if isinstance(tags, Table):
        return {
            name: entry.node.text for name, entry in tags.entries.items() if isinstance(entry.node, Scalar)
        }
    items = [item for item in tags.items if isinstance(item, Table)] if isinstance(tags, Array) else []
    return {key: text_at(item, "value") or "" for item in items if (key := text_at(item, "key"))}
