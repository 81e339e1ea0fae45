"""The buckets to which runs of a folder of journals gave a key: they may hold objects under it."""

from pathlib import Path

from s3kms.changes.policies.kind import KeyUser
from s3kms.changes.runs import UnreadableRun, list_runs
from s3kms.model.change import Change


def buckets_given(folder: Path, key: str) -> tuple[KeyUser, ...] | str:
    """Each bucket whose default a run made the key, undone since or not; why that is not known, as a sentence."""
    found: list[KeyUser] = []
    for run in list_runs(folder):
        if isinstance(run, UnreadableRun):
            return f"the journal of run {run.run} cannot be read; that run may have set the key on buckets"
        given = (one for one in run.changes if isinstance(one, Change) and one.after.key == key)
        found += [KeyUser(one.account, one.bucket) for one in given]
    return tuple(found)
