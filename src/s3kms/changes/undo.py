"""Putting back what a run changed: always a put of what was there, never a delete (fact A5)."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from s3kms.changes.buckets.store import EncryptionStore
from s3kms.changes.journal import journal_path, lock_file, open_for_reading
from s3kms.changes.runs import Run
from s3kms.model.change import Change
from s3kms.model.errors import AwsError, CredentialsProblem, Refused


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """What undoing a run comes to, bucket by bucket."""

    restore: tuple[Change, ...] = ()
    nothing_to_do: tuple[Change, ...] = ()
    """They have what they had before the run: its write never came, or was undone."""
    refused: tuple[tuple[Change, str], ...] = ()
    """With the reason: somebody changed them since, or they cannot be read."""


def plan_undo(run: Run, store: EncryptionStore, account: str) -> UndoPlan:
    """Compares every announced change with what the bucket has now; writes nothing.

    Whether a write was confirmed does not matter: a process can die between the write and its line.
    Raises Refused for a run of another account, CredentialsProblem where nobody can be asked as.
    """
    if run.header.account != account:
        raise Refused(
            f"run {run.header.run} was made in account {run.header.account}, these credentials are of {account}",
            advice="use the credentials of that account (--profile)",
        )
    plan = UndoPlan()
    for change in run.changes:
        plan = _sorted_in(plan, change, store)
    return plan


def _sorted_in(plan: UndoPlan, change: Change, store: EncryptionStore) -> UndoPlan:
    try:
        now = store.read(change)
    except CredentialsProblem:
        raise
    except AwsError as error:
        return replace(plan, refused=(*plan.refused, (change, str(error))))
    if now.means_the_same(change.before):
        return replace(plan, nothing_to_do=(*plan.nothing_to_do, change))
    if now.means_the_same(change.after):
        back = replace(change.mirrored(), before=now)
        return replace(plan, restore=(*plan.restore, back))
    why = "it has neither what the run wrote nor what was there before: somebody changed it since"
    return replace(plan, refused=(*plan.refused, (change, why)))


@contextmanager
def hold_run(folder: Path, run: str) -> Iterator[None]:
    """Nobody else undoes the run, and it is not still running. Raises Refused."""
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
