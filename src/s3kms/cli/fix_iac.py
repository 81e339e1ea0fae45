"""`s3kms fix --iac`: what falls short live is put right in the code that declares it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import click

from s3kms.cli.beside import read_ties
from s3kms.cli.change_output import ApplyOptions
from s3kms.cli.code_wishes import CodeRequirements
from s3kms.cli.fix_code import CodeFix, check_apply_options, fix_code
from s3kms.cli.messages import discard_message, notify
from s3kms.cli.options import AwsOptions
from s3kms.cli.planning import KeyOptions, facts_needed_to_plan
from s3kms.cli.remedies import RemedyOptions
from s3kms.cli.selection import notifying, select
from s3kms.cli.wording import cli_wording
from s3kms.desired.configuration import Configuration
from s3kms.iac.editing.assessment import NeedsEdit
from s3kms.iac.interface import DeclarationOrigin
from s3kms.iac.pairing.declarations import (
    DeclarationIndex,
    PairedBuckets,
    Pairing,
    pair_buckets,
)
from s3kms.model.bucket import Bucket
from s3kms.model.code_inputs import CodeInputs
from s3kms.model.errors import BadInput, NothingToCheck
from s3kms.model.exits import Exit
from s3kms.model.facts import Fact
from s3kms.model.skipped import Skipped
from s3kms.model.stream import TargetNotFound, Unlisted
from s3kms.model.targets import CodeTarget, Target


@dataclass(frozen=True, slots=True)
class PairedFix:
    """The live buckets that are asked for."""

    chosen: CodeTarget | tuple[Target, ...]
    targets: tuple[str, ...]
    """As they were typed."""
    from_file: Path | None
    regions: tuple[str, ...]
    printed: RemedyOptions | None
    aws: AwsOptions

    def live(self) -> tuple[Target, ...]:
        """The targets. Raises BadInput for what does not go with `--iac`."""
        if isinstance(self.chosen, CodeTarget):
            raise BadInput("--iac is about live buckets, and the targets are code", advice="leave --iac out")
        if self.printed:
            raise BadInput("--as is about the account and --iac about code", advice="leave one of them out")
        return self.chosen

    def words(self, iac: tuple[Path, ...]) -> tuple[str, ...]:
        """The words of the command line that chose the buckets, for the journal."""
        return (
            *self.targets,
            *(("--from-file", str(self.from_file)) if self.from_file else ()),
            *(word for path in iac for word in ("--iac", str(path))),
            *(word for region in self.regions for word in ("--region", region)),
        )


def fix_paired(  # noqa: PLR0917 - what was asked, in the order of the command line
    beside: PairedFix,
    iac: tuple[Path, ...],
    asked: KeyOptions,
    inputs: CodeInputs,
    wanted: Configuration,
    config: Path | None,
    doing: ApplyOptions,
    context: click.Context,
) -> int:
    """Show the edits as a diff, or carry them out. Raises as `fix_code` does, and AwsError."""
    targets = beside.live()
    check_apply_options(doing)
    order = CodeFix(CodeTarget(iac), asked, inputs, wanted, config, doing, beside.words(iac))
    tell = discard_message if order.doing.quiet else notify
    ties = read_ties(order.code.paths, order.inputs, directory_buckets=order.wanted.directory_buckets)
    wishes = CodeRequirements(order.asked, order.wanted, datetime.now(UTC).date())
    short: list[Bucket] = []
    is_sure = True
    count = 0
    for found in _live(order, beside, targets, ties, tell):
        count += 1
        if isinstance(found, TargetNotFound):
            tell(f"note: s3://{found.name} was not looked at: {found.advice.worded(cli_wording)}")
            is_sure = False
            continue
        answer = _asked(wishes, found, ties)
        if isinstance(answer, NeedsEdit):
            short.append(found)
        elif answer.is_unknown:
            tell(
                f"left alone: s3://{found.name} {answer.reason}"
                + (f" ({answer.remedy.worded(cli_wording)})" if answer.remedy else "")
            )
            is_sure = False
    if not count:
        raise NothingToCheck("there was no bucket to fix")
    sorted_ = pair_buckets(short, ties)
    editable, left = _editable(sorted_, wishes)
    for line in left:
        tell(f"left alone: {line}")
    if count > len(short) and is_sure:
        tell(f"note: of {count} live buckets, {count - len(short)} need no change")
    ending = int(Exit.OK if is_sure and not left else Exit.UNKNOWNS)
    if not editable:
        return ending
    code = fix_code(replace(order, of=PairedBuckets(editable, (), ())), context)
    return ending if code == Exit.OK else code


def _live(
    order: CodeFix,
    beside: PairedFix,
    targets: tuple[Target, ...],
    ties: DeclarationIndex,
    tell: Callable[[str], None],
) -> Iterator[Bucket | TargetNotFound]:
    source = select(
        beside.aws,
        targets,
        beside.regions,
        directory_buckets=order.wanted.directory_buckets,
    )
    tags = {Fact.TAGS} if ties.has_templates else set[Fact]()
    for sighting in notifying(source.buckets(facts_needed_to_plan(order.wanted) | tags), tell):
        if isinstance(sighting, TargetNotFound | Bucket):
            yield sighting
        elif isinstance(sighting, Unlisted):
            tell(f"note: {sighting.unknown.why}")


def _asked(wishes: CodeRequirements, live: Bucket, ties: DeclarationIndex) -> NeedsEdit | Skipped:
    """What is exempt beside its code is left alone."""
    tie = ties.of(live)
    suppressions = tie.declared.bucket.suppressions if isinstance(tie, Pairing) and tie.is_sure else ()
    return wishes(replace(live, resource=live.name, suppressions=suppressions))


def _editable(
    found: PairedBuckets, wishes: CodeRequirements
) -> tuple[tuple[tuple[Bucket, Pairing], ...], list[str]]:
    """Whose code is to be edited; and in words, whose is not."""
    editable: list[tuple[Bucket, Pairing]] = []
    left: list[str] = []
    for live, tie in found.tied:
        declared = tie.declared
        answer = wishes(declared.bucket)
        if declared.origin in {DeclarationOrigin.STATE, DeclarationOrigin.PLAN}:
            left.append(
                f"{_name(live)} is told of by {declared.words}, and its code was not named (--iac FOLDER)"
            )
        elif isinstance(answer, Skipped) and answer.is_compliant:
            left.append(
                f"{_name(live)}: {declared.words} {answer.reason}, and is not what is live (apply it)"
            )
        else:
            editable.append((live, tie))
    for live, unclear in found.unclear:
        places = " and ".join(one.where for one in unclear.among)
        left.append(f"{_name(live)} is declared in several places, {places} (name its code alone with --iac)")
    none = "is declared by no code that was named"
    left += (f"{_name(live)} {none} (s3kms fix {_name(live)} changes the account)" for live in found.untied)
    return tuple(editable), left


def _name(live: Bucket) -> str:
    return f"s3://{live.name}"
