"""`--iac`: code beside the live buckets."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from s3kms.cli.code_inputs import check_inputs
from s3kms.cli.options import Command
from s3kms.model.bucket import BucketKind
from s3kms.model.code_inputs import CodeInputs
from s3kms.model.errors import BadInput, NothingToCheck
from s3kms.model.targets import CodeTarget, ScanTarget

if TYPE_CHECKING:
    from s3kms.iac.pairing.annotation import DeclarationAnnotator
    from s3kms.iac.pairing.declarations import DeclarationIndex

ABOUT = """\
With --iac, each live bucket is tied to the resource that declares it: by a Terraform state, by its name, or by the
tags that CloudFormation gives it (with templates, the tags are read: s3:GetBucketTagging, one call a bucket). The
verdict stays that of the live bucket; its message says where the code says something else, which the next apply or
update would bring, and notes sum that up. What is exempt beside its code is exempt."""
"""For the help, and for the manual."""


def iac_option(help_: str) -> Callable[[Command], Command]:
    """`--iac`, repeatable; the command gets `iac`."""
    return click.option("--iac", multiple=True, type=click.Path(path_type=Path), metavar="PATH", help=help_)


def read_beside(
    iac: tuple[Path, ...],
    inputs: CodeInputs,
    chosen: ScanTarget,
    state: Path | None,
    *,
    directory_buckets: bool,
) -> "DeclarationAnnotator | None":
    """The code to tie buckets to; None without any. Raises BadInput, for options that do not go together, too."""
    check_inputs(inputs, is_code=isinstance(chosen, CodeTarget) or bool(iac))
    if not iac:
        return None
    if state is not None:
        raise BadInput("--state does not remember what --iac told", advice="leave one of them out")
    if isinstance(chosen, CodeTarget):
        raise BadInput("--iac is about live buckets, and the targets are code", advice="leave --iac out")
    from s3kms.iac.pairing.annotation import DeclarationAnnotator

    return DeclarationAnnotator(read_ties(iac, inputs, directory_buckets=directory_buckets))


def read_ties(iac: tuple[Path, ...], inputs: CodeInputs, *, directory_buckets: bool) -> "DeclarationIndex":
    """What the code declares. Raises BadInput."""
    from s3kms.iac.code_source import CodeSource
    from s3kms.iac.pairing.declarations import DeclarationIndex, read_declarations

    source = CodeSource(iac, inputs, directory_buckets=directory_buckets)
    try:
        return DeclarationIndex(
            one
            for one in read_declarations(source.units(), source.context)
            if directory_buckets or one.bucket.kind is not BucketKind.DIRECTORY
        )
    except NothingToCheck as error:
        named = " ".join(f"--iac {path}" for path in iac)
        raise BadInput(f"{named}: {error}", advice="name a file or a folder of code") from error
