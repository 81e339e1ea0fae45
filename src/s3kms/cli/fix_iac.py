"""`s3kms fix --iac`: what falls short live is put right in the code that declares it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import click

from s3kms.cli.acting import Doing
from s3kms.cli.beside import read_ties
from s3kms.cli.code_wishes import Wishes
from s3kms.cli.fix_code import Order, check_doing, fix_code
from s3kms.cli.messages import keep_quiet, say
from s3kms.cli.options import Aws
from s3kms.cli.planning import Asked, facts_of
from s3kms.cli.remedies import Printed
from s3kms.cli.selection import select
from s3kms.cli.wording import cli_wording
from s3kms.estate.bucket import Bucket, Missing
from s3kms.estate.errors import BadInput, NothingToCheck
from s3kms.estate.exits import Exit
from s3kms.estate.facts import Fact
from s3kms.estate.inputs import Inputs
from s3kms.estate.targets import Code, Target
from s3kms.fixes.code.needs import Leave, Need
from s3kms.sources.code.tie import Origin, Sorted, Tie, Ties, sort_out
from s3kms.wanted.model import Wanted


@dataclass(frozen=True, slots=True)
class Beside:
    """The live buckets that are asked for."""

    chosen: Code | tuple[Target, ...]
    targets: tuple[str, ...]
    """As they were typed."""
    from_file: Path | None
    regions: tuple[str, ...]
    printed: Printed | None
    aws: Aws

    def live(self) -> tuple[Target, ...]:
        """The targets. Raises BadInput for what does not go with `--iac`."""
        if isinstance(self.chosen, Code):
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


def fix_beside(  # noqa: PLR0917 - what was asked, in the order of the command line
    beside: Beside,
    iac: tuple[Path, ...],
    asked: Asked,
    inputs: Inputs,
    wanted: Wanted,
    config: Path | None,
    doing: Doing,
    context: click.Context,
) -> int:
    """Show the edits as a diff, or carry them out. Raises as `fix_code` does, and AwsError."""
    targets = beside.live()
    check_doing(doing)
    order = Order(Code(iac), asked, inputs, wanted, config, doing, beside.words(iac))
    tell = keep_quiet if order.doing.quiet else say
    ties = read_ties(order.code.paths, order.inputs, directory_buckets=order.wanted.directory_buckets)
    wishes = Wishes(order.asked, order.wanted, datetime.now(UTC).date())
    short: list[Bucket] = []
    is_sure = True
    count = 0
    for found in _live(order, beside, targets, ties, tell):
        count += 1
        if isinstance(found, Missing):
            tell(f"note: s3://{found.name} was not looked at: {found.advice.worded(cli_wording)}")
            is_sure = False
            continue
        answer = _asked(wishes, found, ties)
        if isinstance(answer, Need):
            short.append(found)
        elif answer.is_unknown:
            tell(
                f"left alone: s3://{found.name} {answer.why}"
                + (f" ({answer.remedy})" if answer.remedy else "")
            )
            is_sure = False
    if not count:
        raise NothingToCheck("there was no bucket to fix")
    sorted_ = sort_out(short, ties)
    editable, left = _editable(sorted_, wishes)
    for line in left:
        tell(f"left alone: {line}")
    if count > len(short) and is_sure:
        tell(f"note: of {count} live buckets, {count - len(short)} need no change")
    ending = int(Exit.OK if is_sure and not left else Exit.UNKNOWNS)
    if not editable:
        return ending
    code = fix_code(replace(order, of=Sorted(editable, (), ())), context)
    return ending if code == Exit.OK else code


def _live(
    order: Order, beside: Beside, targets: tuple[Target, ...], ties: Ties, tell: Callable[[str], None]
) -> Iterator[Bucket | Missing]:
    source = select(
        beside.aws,
        targets,
        beside.regions,
        directory_buckets=order.wanted.directory_buckets,
        say=tell,
    )
    tags = {Fact.TAGS} if ties.has_templates else set[Fact]()
    for sighting in source.buckets(facts_of(order.wanted) | tags):
        if isinstance(sighting, Missing) or (isinstance(sighting, Bucket) and sighting.name):
            yield sighting
        elif isinstance(sighting, Bucket):
            tell(f"note: {sighting.label} was not looked at")


def _asked(wishes: Wishes, live: Bucket, ties: Ties) -> Need | Leave:
    """What is exempt beside its code is left alone."""
    tie = ties.of(live)
    skips = tie.declared.bucket.skips if isinstance(tie, Tie) and tie.is_sure else ()
    return wishes(replace(live, resource=live.name, skips=skips))


def _editable(found: Sorted, wishes: Wishes) -> tuple[tuple[tuple[Bucket, Tie], ...], list[str]]:
    """Whose code is to be edited; and in words, whose is not."""
    editable: list[tuple[Bucket, Tie]] = []
    left: list[str] = []
    for live, tie in found.tied:
        declared = tie.declared
        answer = wishes(declared.bucket)
        if declared.origin in {Origin.STATE, Origin.PLAN}:
            left.append(
                f"{_name(live)} is told of by {declared.words}, and its code was not named (--iac FOLDER)"
            )
        elif isinstance(answer, Leave) and answer.is_well:
            left.append(f"{_name(live)}: {declared.words} {answer.why}, and is not what is live (apply it)")
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
