"""The change as a command of the AWS CLI."""

import json
from collections.abc import Sequence
from dataclasses import replace

from s3kms.model.advice import Option, Sentence
from s3kms.model.api_shape import to_api_shape
from s3kms.model.bucket import BucketKind
from s3kms.model.change import Change
from s3kms.model.describe import count_buckets
from s3kms.remedies.interface import Remedy, RemedyFile, RemedyFiles
from s3kms.remedies.shell_script import change_heading, shell_script
from s3kms.text.quoting import quote_shell


def render(change: Change) -> str:
    """`aws s3api put-bucket-encryption`, ready to paste: every name is one word of the shell."""
    configuration = json.dumps(to_api_shape(change.after), indent=2)
    return (
        "aws s3api put-bucket-encryption \\\n"
        f"  --bucket {quote_shell(change.bucket)} \\\n"
        f"  --server-side-encryption-configuration {_literal(configuration)} \\\n"
        f"{_owner(change)}"
        f"  --region {quote_shell(change.region)}\n"
    )


def render_proof(change: Change) -> str:
    """`aws s3api get-bucket-encryption`."""
    return (
        "aws s3api get-bucket-encryption \\\n"
        f"  --bucket {quote_shell(change.bucket)} \\\n"
        f"{_owner(change)}"
        f"  --region {quote_shell(change.region)}\n"
    )


def render_files(changes: Sequence[Change]) -> RemedyFiles:
    """A script that puts and reads back, and another that restores what was there."""
    back = [change.mirrored() for change in changes]
    undo = replace(_script("undo.sh", "Puts back", back), is_spare=True)
    return RemedyFiles(
        (_script("fix.sh", "Changes", changes), undo),
        (
            "the scripts write what is in them: render again where a bucket may have been changed since",
            "sh fix.sh: puts and reads back, bucket by bucket, and stops at the first error",
            Sentence(
                "sh undo.sh, which {folder} writes beside it: restores what is there now",
                {"folder": Option("folder")},
            ),
        ),
    )


def _script(name: str, verb: str, changes: Sequence[Change]) -> RemedyFile:
    commands = "\n".join(
        f"{change_heading(number, change)}{render(change)}{render_proof(change)}"
        for number, change in enumerate(changes, 1)
    )
    about = f"{verb} the default encryption of {count_buckets(len(changes))}, and reads it back."
    return shell_script(name, about, changes, commands)


def _owner(change: Change) -> str:
    """A bucket can be deleted, and its name taken by somebody else (fact A26); directory buckets say 501 (A20)."""
    if not change.account or change.kind is BucketKind.DIRECTORY:
        return ""
    return f"  --expected-bucket-owner {quote_shell(change.account)} \\\n"


def _literal(text: str) -> str:
    """JSON keeps its own lines; everything else in it is escaped already."""
    return "'" + text.replace("'", "'\"'\"'") + "'"


_NOTE = (
    "The command writes the whole rule, and what becomes of parts that it leaves out (blocked encryption types, for "
    "one) is not documented: read the rule first, and write them too, as a fix does."
)
"""Fact A19."""
REMEDY = Remedy("cli", "AWS CLI", "sh", render, render_files, note=_NOTE, render_proof=render_proof)
