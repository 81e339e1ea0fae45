"""Objects that make S3 buckets and are not evaluated: templates, APIs of other tools, code that an object holds."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from s3kms.iac.cloudformation.tree import Array, Mark, Node, Scalar, Table
from s3kms.iac.kubernetes.kustomize import targets_of
from s3kms.iac.kubernetes.manifests import MENTION, group_of, is_manifest, table_at, text_at
from s3kms.model.advice import Advice, Command

RENDER = Advice(
    "render it (crossplane render, helm template, kustomize build), and check the manifests that come of it"
)
"""What settles a value that is filled in later."""
_CHECK_LIVE = Advice("check the deployed buckets: {check}", {"check": Command("check")})
MAX_PARTS = 100_000
"""Parts of a document that are searched for what makes buckets."""
_KINDS_OF_S3 = re.compile(r"X?S3Bucket(?:Claim|Class)?")
"""Kinds that are about S3 whatever their API: Kubeform, the operator before ACK, claims of a platform."""
_GROUPS_OF_S3 = re.compile(r"s3\w*\.(?:[\w-]+\.)*aws(?:\.[\w.-]+)?|storage\.aws\.crossplane\.io")
"""Groups of APIs for S3 of AWS: Terrajet, and those of table and vector buckets that came later."""
_CODE = re.compile(r"AWS::S3::Bucket(?!\w)|\baws_s3_bucket\"? |\bs3-bucket/aws\b")
"""Buckets in a template of CloudFormation, or in HCL, that an object holds as text."""
_HOLDS_CODE = {"Workspace", "Configuration", "Stack", "StackSet"}
"""Kinds that apply code they hold: Crossplane's providers of Terraform and OpenTofu, KubeVela, CloudFormation."""
_PATCHED = ("Bucket", "DirectoryBucket", "TableBucket", "S3Bucket")
_VELA_COMPONENT = "aws-s3"
_HINT = re.compile(
    rb"""kind["']?[ \t]*[:=][ \t]*["']?X?S3Bucket|AWS::S3::Bucket|\baws_s3_bucket|s3-bucket/aws\b|\baws-s3\b"""
    rb"""|group["']?[ \t]*:[ \t]*["']?(?:s3\w*\.|storage\.aws\.crossplane\.io)"""
)


@dataclass(frozen=True, slots=True)
class OtherObject:
    """An object that makes S3 buckets and is not evaluated, and what a person does instead."""

    kind: str
    name: str
    mark: Mark
    makes: str
    """What it does, as a predicate: `makes S3 buckets from a template`."""
    advice: Advice


def may_hold_other_objects(data: bytes) -> bool:
    """Whether a file has the words of such an object; whether it has one, its documents tell."""
    return (b"apiVersion" in data or b"patches" in data) and _HINT.search(data) is not None


def find_other_object(document: Table) -> OtherObject | None:
    """What an object of Kubernetes that is no manifest of a bucket makes; None where it makes no buckets."""
    if patched := next((one for one in targets_of(document) if _is_of_s3(one)), None):
        return OtherObject(
            "Kustomization", "", patched.mark, "patches S3 buckets, which is not evaluated", RENDER
        )
    parts = _parts_of(document, holds_code=False)
    makes = next((text for part, holds_code in parts if (text := _makes(part, holds_code))), None)
    if makes is None:
        return None
    own = _declares(document) or (makes if text_at(document, "kind") in _HOLDS_CODE else None)
    name = text_at(table_at(document, "metadata"), "name") or ""
    return OtherObject(
        text_at(document, "kind") or "an object",
        name,
        document.mark,
        own or "makes S3 buckets from a template, which is not evaluated",
        _CHECK_LIVE if own else RENDER,
    )


def _makes(node: Node, holds_code: bool) -> str | None:
    """What a part of a document makes; None where it makes no buckets."""
    if isinstance(node, Table):
        return "declares a bucket" if is_manifest(node) and _is_object(node) else _declares(node)
    if not isinstance(node, Scalar):
        return None
    if holds_code and _CODE.search(node.text):
        return "declares S3 buckets in code that it holds, which is not evaluated"
    is_template = "\n" in node.text and "Bucket" in node.text and MENTION.search(node.text.encode())
    return "makes S3 buckets" if is_template else None


def _declares(node: Table) -> str | None:
    """What an object makes by its kind alone."""
    if not _is_object(node):
        return None
    group, kind = group_of(node), text_at(node, "kind") or ""
    if _KINDS_OF_S3.fullmatch(kind) or (kind.endswith("Bucket") and _GROUPS_OF_S3.fullmatch(group)):
        return f"declares an S3 bucket in the API {group}, which is not evaluated"
    components = table_at(node, "spec").get("components")
    items = components.items if isinstance(components, Array) else ()
    if any(isinstance(item, Table) and text_at(item, "type") == _VELA_COMPONENT for item in items):
        return f"makes an S3 bucket from the component {_VELA_COMPONENT}, which is not evaluated"
    return None


def _is_of_s3(target: Table) -> bool:
    """Whether the target of a patch is a bucket; a group that is not said may be any."""
    group, kind = text_at(target, "group"), text_at(target, "kind") or ""
    return kind.startswith(_PATCHED) and group is not None and _GROUPS_OF_S3.fullmatch(group) is not None


def _is_object(node: Table) -> bool:
    """Whether it is an object, and no reference to one, which has a name beside its kind."""
    names = ("name", "resourceRef", "resourceSelector")
    return bool(group_of(node) and text_at(node, "kind")) and not any(name in node.entries for name in names)


def _parts_of(node: Node, *, holds_code: bool) -> Iterator[tuple[Node, bool]]:
    """The parts of a document, each with whether it is within an object that applies the code it holds."""
    waiting, number = [(node, holds_code)], 0
    while waiting and number < MAX_PARTS:
        found, holds_code = waiting.pop()
        number += 1
        yield found, holds_code
        if isinstance(found, Table):
            holds_code |= _is_object(found) and text_at(found, "kind") in _HOLDS_CODE
            waiting += [(entry.node, holds_code) for entry in found.entries.values()]
        elif isinstance(found, Array):
            waiting += [(item, holds_code) for item in found.items]
