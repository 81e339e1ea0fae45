"""Recognizes templates that a tool wrote: the next build would undo an edit, so the source is named instead."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from s3kms.iac.cloudformation.editor.syntax import (
    SyntaxKind,
    SyntaxNode,
    TemplateSource,
    find_entry,
    find_value,
)
from s3kms.iac.cloudformation.editor.target import TemplateTarget
from s3kms.iac.interface import EditTarget, ReadContext
from s3kms.model.encryption import DSSE_KMS

_PACKAGED = re.compile(r"(?:^|[-_.])packaged(?:[-_.]|$)", re.IGNORECASE)
_CDK_PATH = "aws:cdk:path"


@dataclass(frozen=True, slots=True)
class TemplateGenerator:
    """The tool that wrote a template, and what to edit instead."""

    why: str
    remedy: str
    is_cdk: bool = False


def find_generator(path: Path, context: ReadContext, source: TemplateSource) -> TemplateGenerator | None:
    """The tool that wrote the template; None where nothing says so."""
    parts = Path(os.path.realpath(path)).parent.parts
    if "cdk.out" in parts or _is_of_cdk(path, context, source):
        return TemplateGenerator(
            "the AWS CDK wrote this template, and its next synth writes it again",
            "edit the construct in the CDK app, then cdk synth",
            is_cdk=True,
        )
    if ".aws-sam" in parts:
        return TemplateGenerator(
            "sam build wrote this template, and its next run writes it again",
            "edit the template that sam build reads, usually template.yaml beside .aws-sam",
        )
    if ".serverless" in parts:
        return TemplateGenerator(
            "the Serverless Framework wrote this template, and its next package writes it again",
            "edit resources.Resources in serverless.yml",
        )
    if _PACKAGED.search(path.name):
        return TemplateGenerator(
            "by its name this is a packaged template, which aws cloudformation package or sam package writes",
            "edit the template that it is packaged from",
        )
    return None


def _is_of_cdk(path: Path, context: ReadContext, source: TemplateSource) -> bool:
    if any(_cdk_path(body) for body in _bodies(source)):
        return True
    if any(_text(find_value(body, "Type")) == "AWS::CDK::Metadata" for body in _bodies(source)):
        return True
    if not path.name.endswith(".template.json"):
        return False
    manifest = context.files.read(path.parent / "manifest.json")
    return isinstance(manifest, bytes) and b'"artifacts"' in manifest


def _bodies(source: TemplateSource) -> list[SyntaxNode]:
    resources = find_value(source.root, "Resources")
    return (
        [v.plain for _, v in resources.plain.pairs if v.plain.kind is SyntaxKind.TABLE] if resources else []
    )


def _cdk_path(body: SyntaxNode) -> str | None:
    metadata = find_value(body, "Metadata")
    return _text(find_value(metadata.plain, _CDK_PATH)) if metadata else None


def _text(piece: SyntaxNode | None) -> str | None:
    return piece.plain.text if piece and piece.plain.kind is SyntaxKind.SCALAR else None


def cdk_snippet(
    source: TemplateSource, logical_id: str, kind: str, target: TemplateTarget, desired: EditTarget
) -> str:
    """Code to write in the CDK app, in TypeScript and in Python: the construct with its properties. Empty where the
    template does not tell which construct made the bucket.
    """
    resources = find_value(source.root, "Resources")
    body = find_entry(resources.plain, logical_id) if resources else None
    path = (_cdk_path(body[1].plain) if body else None) or ""
    # `Stack/Bucket/Resource` is what the construct `Bucket` makes; without `Resource` it is a CfnBucket itself.
    if kind != "AWS::S3::Bucket" or not path.endswith("/Resource"):
        return ""
    construct = path.removesuffix("/Resource")
    name = construct.rpartition("/")[2]
    has_key = target.key is not None
    member = "DSSE" if target.algorithm == DSSE_KMS else "KMS"
    member += "" if has_key else "_MANAGED"
    typescript, python = (
        [f"encryption: s3.BucketEncryption.{member},"],
        [f"encryption=s3.BucketEncryption.{member},"],
    )
    if has_key and desired.key:
        named = _shown(desired.key.address or desired.key.literal or "")
        typescript.append(f"encryptionKey: key,  // {named}")
        python.append(f"encryption_key=key,  # {named}")
    on = target.new_bucket_key()
    if on is not None:
        typescript.append(f"bucketKeyEnabled: {str(on).lower()},")
        python.append(f"bucket_key_enabled={on},")
    shown, where = _quoted(name), _shown(construct)
    return "\n".join(
        [
            f"// TypeScript: the construct {where}",
            f"new s3.Bucket(this, {shown}, {{",
            *(f"  {line}" for line in typescript),
            "});",
            f"# Python: the construct {where}",
            f"s3.Bucket(self, {shown},",
            *(f"    {line}" for line in python),
            ")",
            "",
        ]
    )


def _shown(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)


def _quoted(text: str) -> str:
    return '"' + _shown(text).replace("\\", "\\\\").replace('"', '\\"') + '"'
