"""`s3kms fix` where the targets are code: the files that declare the buckets are edited."""

import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from s3kms.changes.apply import RunPlan, check_max_changes, run_changes
from s3kms.changes.files.medium import FileMedium
from s3kms.cli.change_output import (
    FILES,
    ApplyOptions,
    callbacks_for,
    confirm,
    describe_outcome,
    describe_run,
    journal_folder,
    show_diff,
)
from s3kms.cli.code_inputs import LIVE, refuse_live
from s3kms.cli.code_wishes import CodeRequirements, desired_key
from s3kms.cli.messages import discard_message, notify
from s3kms.cli.planning import KeyOptions
from s3kms.cli.wording import cli_wording
from s3kms.desired.configuration import Configuration
from s3kms.iac.code_source import CodeSource
from s3kms.iac.editing.edit_plan import EditPlan, EditPlanner, SkippedBucket
from s3kms.iac.editing.proof import AssessBucket
from s3kms.iac.editing.writable_roots import WritableRoots
from s3kms.iac.pairing.declarations import PairedBuckets
from s3kms.model.bucket import Bucket
from s3kms.model.code_inputs import CodeInputs
from s3kms.model.describe import count_buckets, count_files
from s3kms.model.errors import BadInput, NothingToCheck, Refused
from s3kms.model.exits import Exit
from s3kms.model.skipped import Skipped
from s3kms.model.targets import CodeTarget

if TYPE_CHECKING:
    from s3kms.iac.interface import Language

_LIVE = {"form": "--as", "out": "--out", "new": "--new", **LIVE}
"""The options that mean nothing where nobody is asked."""


@dataclass(frozen=True, slots=True)
class Languages:
    """The languages that a caller of the command line brings, instead of ours."""

    languages: "tuple[Language, ...]"


@dataclass(frozen=True, slots=True)
class CodeFix:
    """Everything that was asked for."""

    code: CodeTarget
    asked: KeyOptions
    inputs: CodeInputs
    wanted: Configuration
    config: Path | None
    doing: ApplyOptions
    words: tuple[str, ...] = ()
    """What chose the buckets, where it is not the paths alone: for the journal."""
    of: PairedBuckets | None = None
    """The live buckets whose code is meant, with --iac; None for all that the code declares."""

    @property
    def command(self) -> str:
        """For the journal: what had a part in what was written. A variable's value may be a secret."""
        options: list[str] = [*self.asked.options]
        options += (word for name, _ in self.inputs.variables for word in ("--var", f"{name}=..."))
        options += (word for file in self.inputs.variable_files for word in ("--var-file", str(file)))
        options += ("--workspace", self.inputs.workspace) if self.inputs.workspace != "default" else ()
        options += (word for file in self.inputs.parameter_files for word in ("--parameters", str(file)))
        options += ("--honor-skips",) if self.inputs.honor_skips else ()
        options += ("--config", str(self.config)) if self.config else ()
        return shlex.join(("fix", *(self.words or map(str, self.code.paths)), *options))


def check_apply_options(doing: ApplyOptions) -> None:
    """Raises BadInput for two things that cannot both be done."""
    if doing.is_check and doing.is_apply:
        raise BadInput(
            "--check asks whether something would change and --apply changes it",
            advice="leave one of them out",
        )


def fix_code(order: CodeFix, context: click.Context) -> int:
    """Show the edits as a diff, or carry them out. Raises Refused, Stopped, BadInput, NothingToCheck."""
    if order.of is None:
        refuse_live(context, _LIVE)
    check_apply_options(order.doing)
    brought = context.find_object(Languages)
    if order.asked.key is not None:
        desired_key(order.asked.key)
    for path in order.code.paths:
        if path.is_symlink() and not path.is_dir():
            raise Refused(
                f"{path} is a link, and a file is written under its own name only", advice="name the file"
            )
    source = CodeSource(
        order.code.paths,
        order.inputs,
        directory_buckets=order.wanted.directory_buckets,
        languages=brought.languages if brought else None,
    )
    planner = EditPlanner(_ask(order), _roots(order).refusal)
    plan = planner.plan(source.units(), source.context)
    if order.of is not None:
        plan.skipped = [one for one in plan.skipped if order.of.holds(one.bucket)]
    if not plan.edited and not plan.skipped:
        raise NothingToCheck("there was no bucket to fix")
    return _conclude(order, planner, plan, source)


def _roots(order: CodeFix) -> WritableRoots:
    """The folders that were named, and those of the files that were."""
    return WritableRoots.of((*order.code.paths, *order.inputs.variable_files, *order.inputs.parameter_files))


def _ask(order: CodeFix) -> AssessBucket:
    """With --iac, what is the code of no bucket that needs a change is left out."""
    wishes, of = CodeRequirements(order.asked, order.wanted, datetime.now(UTC).date()), order.of
    if of is None:
        return wishes
    return lambda bucket: (
        wishes(bucket) if of.holds(bucket) else Skipped("is not asked for", is_compliant=True)
    )


def _conclude(order: CodeFix, planner: EditPlanner, plan: EditPlan, source: CodeSource) -> int:
    tell = discard_message if order.doing.quiet else notify
    show_diff(plan.patches, tell)
    _tell(plan, tell)
    ending = Exit.UNKNOWNS if plan.is_unsure else Exit.OK
    if not plan.patches:
        return int(ending)
    if order.doing.is_apply:
        check_max_changes(plan.bucket_count, order.doing.max_changes)
        question = f"Edit {count_files(len(plan.patches))}, for {count_buckets(plan.bucket_count)}?"
        run = RunPlan(
            changes=plan.patches,
            folder=journal_folder(order.doing.journal),
            command=order.command,
            prove=lambda: _unmet(planner.unmet(plan, source.context)),
        )
        result = run_changes(
            run,
            FileMedium(_roots(order).folders),
            callbacks_for(
                lambda: confirm(question, yes=order.doing.yes),
                lambda outcome: tell(describe_outcome(outcome)),
            ),
        )
        notify(describe_run(result, FILES, "file"))
        return int(ending)
    is_over = plan.bucket_count > order.doing.max_changes
    more = f" --max-changes {plan.bucket_count}" if is_over else ""
    tell(
        f"{count_buckets(plan.bucket_count)} in {count_files(len(plan.patches))} would change; "
        f"nothing was written. Do it with --apply{more}"
    )
    return int(Exit.FINDINGS if order.doing.is_check else ending)


def _unmet(buckets: Sequence[Bucket]) -> str | None:
    if not buckets:
        return None
    names = ", ".join(map(_label, buckets))
    return f"the files were written, yet not as it is asked for: {names}"


def _tell(plan: EditPlan, tell: Callable[[str], None]) -> None:
    for edited in plan.edited:
        tell(f"edit: {', '.join(map(_label, edited.buckets))}: {edited.why}")
    well = sum(one.skipped.is_compliant for one in plan.skipped)
    for one in plan.skipped:
        if not one.skipped.is_compliant:
            for line in _lines(one):
                tell(line)
    if well:
        tell(f"left alone: {'1 bucket that needs' if well == 1 else f'{well} buckets that need'} no change")


_PREDICATES = ("is ", "has ")
"""How a reason begins whose subject is the bucket."""


def _lines(one: SkippedBucket) -> Iterator[str]:
    skipped = one.skipped
    remedy = f" ({skipped.remedy.worded(cli_wording)})" if skipped.remedy else ""
    reason = f"it {skipped.reason}" if skipped.reason.startswith(_PREDICATES) else skipped.reason
    yield f"left alone: {_label(one.bucket)}: {reason}{remedy}"
    yield from (f"    {line}" for line in one.snippet.splitlines())


def _label(bucket: Bucket) -> str:
    """`Logs (infra/logs.yaml:12)`."""
    name = bucket.resource or bucket.name or ""
    if not bucket.places:
        return name or bucket.label
    place = bucket.places[0]
    where = place.uri if place.line is None else f"{place.uri}:{place.line}"
    return f"{name} ({where})" if name else where
