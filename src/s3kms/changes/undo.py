"""Restoring what a run changed, in every medium: always by a write of what was there."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic

from s3kms.changes.apply import Callbacks, RunPlan, RunResult, run_changes
from s3kms.changes.interface import ChangeT, EntryT, Medium, Standing, StateT
from s3kms.changes.journal import journal_path, lock_file, open_for_reading
from s3kms.changes.posix import fcntl
from s3kms.changes.runs import Run, read_run
from s3kms.model.accounts import check_external_id
from s3kms.model.advice import NO_ADVICE, Advice, Command, Option
from s3kms.model.errors import AwsError, BadInput, CredentialsProblem, Refused, Stopped
from s3kms.model.hazard_ids import as_id, as_written
from s3kms.model.targets import Target
from s3kms.text.count import count

if TYPE_CHECKING:
    from s3kms.changes.media import Connect

BUCKETS_KIND = "buckets"
"""The medium whose runs can be verified, and restored bucket by bucket."""


@dataclass(frozen=True, slots=True)
class UndoPlan(Generic[ChangeT, EntryT]):
    """What undoing a run comes to, bucket by bucket or file by file."""

    restore: tuple[ChangeT, ...] = ()
    """The changes that restore what was there."""
    nothing_to_do: tuple[EntryT, ...] = ()
    """They are as they were before the run: its write never came, or was undone."""
    refused: tuple[tuple[EntryT, str], ...] = ()
    """With the reason: somebody changed them since, or they cannot be read or may not be written."""
    advice: Advice = NO_ADVICE
    """What to do about those that are refused, where it is the same for all."""


_CHANGED_SINCE = "it has neither what the run wrote nor what was there before: somebody changed it since"


def plan_undo(run: Run, medium: Medium[ChangeT, EntryT, StateT]) -> UndoPlan[ChangeT, EntryT]:
    """Compares every announced change with what is there now; writes nothing.

    Whether a write was confirmed does not matter: a process can die between the write and its line.
    Raises Refused for a run of another account, CredentialsProblem where AWS does not accept the credentials.
    """
    check_account(run, medium.account)
    restore: list[ChangeT] = []
    nothing: list[EntryT] = []
    refused: list[tuple[EntryT, str]] = []
    advice: list[Advice] = []
    for entry in run.changes:
        try:
            state = medium.read(entry)
            standing = medium.compare(entry, state)
            if standing is Standing.BEFORE:
                nothing.append(entry)
            elif standing is Standing.AFTER:
                restore.append(medium.reverse(entry, state))
            elif instead := _made_instead(run, medium, entry, state):
                restore.append(medium.reverse(instead, state))
            else:
                refused.append((entry, _CHANGED_SINCE))
                advice.append(NO_ADVICE)
        except CredentialsProblem:
            raise
        except (AwsError, Refused) as error:
            refused.append((entry, str(error)))
            advice.append(error.advice or NO_ADVICE)
    is_shared = bool(advice) and all(one == advice[0] for one in advice)
    return UndoPlan(tuple(restore), tuple(nothing), tuple(refused), advice[0] if is_shared else NO_ADVICE)


def _made_instead(
    run: Run, medium: Medium[ChangeT, EntryT, StateT], entry: EntryT, state: StateT
) -> EntryT | None:
    """What the journal says that the write made of the thing, where exactly that is still there."""
    found: EntryT | None = run.found.get(medium.kind.identify(entry))
    is_there = found is not None and medium.compare(found, state) is Standing.AFTER
    return found if is_there else None


def check_account(run: Run, account: str) -> None:
    """Raises Refused where the run was made in another account than this."""
    if run.header.account != account:
        raise Refused(
            f"run {run.header.run} was made in account {run.header.account}, "
            f"and these credentials belong to {account}",
            advice=Advice("use the credentials of that account ({profile})", {"profile": Option("profile")}),
        )


@dataclass(frozen=True, slots=True)
class UndoResult:
    """An undo that was planned, and where it was asked for carried out."""

    run: Run
    """The run that is restored."""
    medium: Medium[Any, Any, Any]
    plan: UndoPlan[Any, Any]
    result: RunResult | None = None
    """The run that put it back; None where nothing was written."""


def undo_run(
    run: str,
    folder: Path,
    connect: "Connect",
    *,
    is_apply: bool,
    root: Path = Path(),
    targets: tuple[Target, ...] = (),
    accept: tuple[str, ...] = (),
    external_id: str | None = None,
    command: str = "",
    callbacks: Callbacks = Callbacks(),
    on_plan: Callable[[UndoResult], object] = lambda _: None,
) -> UndoResult:
    """Restore what a run changed, or with `is_apply` False only find out what would be restored.

    `root` is the folder below which files are restored of a run that does not name its folders. With `targets`, only
    those of its buckets are restored. `accept` names what may be harmed: `readers-lose`.
    `external_id` is that of the role, where the run assumed one in another account.
    `on_plan` gets the plan before anything is written. The undo is a run of its own, and can be undone.

    Raises BadInput for what is not a run, and for targets that it did not change, Refused where nothing can be put
    back or the caller does not confirm, Stopped where something was not restored.
    """
    _check_options(accept, external_id)
    read_run(folder, run)  # a wrong name or a changed file is said first
    with hold_run(folder, run):
        found = _narrowed(replace(read_run(folder, run), running=False), targets)
        medium = _reopened(found, folder, connect, root=root, accept=accept, external_id=external_id)
        planned = UndoResult(found, medium, plan_undo(found, medium))
        plan = planned.plan
        on_plan(planned)
        noun = medium.kind.noun
        if is_apply and not plan.restore:
            _remove_leftovers(found, medium)
            if not plan.refused and not found.undone and not targets:
                record_nothing_to_undo(found, medium, folder, command)
        if plan.refused and not plan.restore:
            raise Refused(
                f"no {noun} of run {run} can be restored; nothing was changed", advice=plan.advice or _DECIDE
            )
        if not is_apply or not plan.restore:
            return planned
        written = _run_of(planned, folder, command, is_whole=not (plan.refused or targets))

        def confirm() -> None:
            callbacks.confirm()
            _remove_leftovers(found, medium)

        result = run_changes(written, medium, replace(callbacks, confirm=confirm))
    if plan.refused:
        raise Stopped(
            f"run {run} is undone in part: {count(len(plan.refused), noun)} skipped",
            advice=plan.advice or _DECIDE,
        )
    return replace(planned, result=result)


def _check_options(accept: tuple[str, ...], external_id: str | None) -> None:
    """Raises BadInput for what is not an external id, or nothing that an undo may accept."""
    from s3kms.changes.policies.medium import READERS_LOSE
    from s3kms.changes.request import check_names_of

    if external_id is not None:
        check_external_id(external_id)
    check_names_of(accept, (as_id(READERS_LOSE),))


def _run_of(planned: UndoResult, folder: Path, command: str, *, is_whole: bool) -> RunPlan[Any]:
    """The undo as a run of its own."""
    undone = planned.run.header
    return RunPlan(
        changes=planned.plan.restore,
        folder=folder,
        command=command,
        request=undone.way,
        undoes=undone.run if is_whole else None,
        restores=undone.run,
    )


def _reopened(
    run: Run,
    folder: Path,
    connect: "Connect",
    *,
    root: Path,
    accept: tuple[str, ...],
    external_id: str | None,
) -> Medium[Any, Any, Any]:
    """The medium that a run was made in."""
    from s3kms.changes.media import MEDIA, Reopening
    from s3kms.changes.policies.given import buckets_given

    given = partial(buckets_given, folder)
    accepted = frozenset(map(as_written, accept))
    way = Reopening(run.header, connect, root, given, accepted, external_id)
    return MEDIA[run.header.kind].reopen(way)


def _narrowed(run: Run, targets: tuple[Target, ...]) -> Run:
    """The run with the changes of these buckets alone. Raises BadInput for a target that it did not change."""
    if not targets:
        return run
    if run.header.kind != BUCKETS_KIND:
        raise BadInput(
            f"run {run.header.run} changed no buckets, and is restored as a whole",
            advice="leave the targets out",
        )
    names = [change.bucket for change in run.changes]
    for target in targets:
        if not any(map(target.matches, names)):
            raise BadInput(
                f"run {run.header.run} did not change {target}",
                advice=Advice("see {runs}", {"runs": Command("runs")}),
            )
    chosen = tuple(one for one in run.changes if any(target.matches(one.bucket) for target in targets))
    return replace(run, changes=chosen)


def record_nothing_to_undo(run: Run, medium: Medium[Any, Any, Any], folder: Path, command: str) -> None:
    """Journal that everything is as it was before a run, so that the run is undone and not crashed for ever."""
    name = run.header.run
    nothing: RunPlan[Any] = RunPlan(changes=(), folder=folder, command=command, undoes=name, restores=name)
    run_changes(nothing, medium)


_DECIDE = Advice("look at each, and decide by the reasons given for it")


def _remove_leftovers(run: Run, medium: Medium[Any, Any, Any]) -> None:
    for entry in run.changes:
        medium.remove_leftovers(entry, run.header.run)


@contextmanager
def hold_run(folder: Path, run: str) -> Iterator[None]:
    """As long as it is held nobody else undoes the run. Raises Refused, also where it is still running."""
    try:
        descriptor = open_for_reading(journal_path(folder, run))
    except OSError as error:
        raise Refused(f"the journal of run {run} cannot be opened: {error.strerror}") from error
    try:
        lock_file(descriptor, f"run {run} is still running, or is being undone by another process")
        yield
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    finally:
        os.close(descriptor)
