"""Code on a disk, planned as `fix` plans it: in this process, and writing nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import s3kms
from s3kms.cli.wording import cli_wording


@dataclass(frozen=True)
class PlannedFix:
    """What `fix` would do to a folder."""

    files: Mapping[str, str]
    """The new contents of each file that changes, by its name below the folder."""
    edited: Mapping[str, str]
    """Why each edited bucket is edited there, by what describes the bucket."""
    left: Mapping[str, str]
    """Reason, remedy in brackets, and snippet of each bucket that is skipped, by its address."""
    is_unsure: bool


def plan_fix(folder: Path, files: Mapping[str, str], target: str = ".", **options: object) -> PlannedFix:
    """Writes the files into the folder, a repository, and plans the fix of one folder below it."""
    (folder / ".git").mkdir(exist_ok=True)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    plan = s3kms.plan_code(folder / target, **options)  # type: ignore[arg-type]
    left = {
        str(one.bucket.resource): "\n".join(
            (f"{one.skipped.reason} ({one.skipped.remedy.worded(cli_wording)})", one.snippet)
        )
        for one in plan.skipped
        if not one.skipped.is_compliant
    }
    return PlannedFix(
        {str(patch.path.relative_to(folder)): patch.after.decode() for patch in plan.changes},
        {", ".join(reason.subjects): reason.why for reason in plan.reasons},
        left,
        any(one.skipped.is_unknown for one in plan.skipped),
    )
