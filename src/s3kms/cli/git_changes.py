"""The files that changed since a commit, as git tells them."""

import os
import subprocess
from pathlib import Path

from s3kms.model.errors import BadInput, S3kmsError

_QUIET = ("git", "--no-optional-locks", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
"""A repository's own settings start no program of theirs."""
_SHOWN_CHARACTERS = 200


def changed_files(reference: str, folder: Path) -> frozenset[Path]:
    """The files of a repository that differ from where its branch left `reference`, links resolved.

    Committed or not, those that git does not know yet included; deleted ones are none. Raises BadInput where there
    is no repository or no such commit, S3kmsError where there is no git.
    """
    top = Path(os.fsdecode(_git(folder, "rev-parse", "--show-toplevel").rstrip(b"\n")))
    if reference.startswith("-"):
        raise BadInput(f"{reference!r} is not a commit", advice="name a branch, a tag or a commit")
    commit = _git(top, "rev-parse", "--verify", "--quiet", f"{reference}^{{commit}}", what=reference)
    base = _git(top, "merge-base", commit.decode().strip(), "HEAD", what=reference).decode().strip()
    names = _git(
        top, "diff", "--name-only", "-z", "--no-ext-diff", "--no-renames", "--diff-filter=d", base, "--"
    )
    names += _git(top, "ls-files", "--others", "--exclude-standard", "-z")
    return frozenset(Path(os.path.realpath(top / os.fsdecode(name))) for name in names.split(b"\0") if name)


def _git(folder: Path, *arguments: str, what: str | None = None) -> bytes:
    """What git says. `what` is the commit that is not there where it fails. Raises as `changed_files` does."""
    try:
        done = subprocess.run([*_QUIET, "-C", str(folder), *arguments], capture_output=True, check=False)
    except FileNotFoundError as error:
        raise S3kmsError(
            "git is not installed", advice="install it, or name the files that changed"
        ) from error
    if done.returncode == 0:
        return done.stdout
    if what is not None:
        raise BadInput(
            f"git finds no commit {what!r} that HEAD has a common ancestor with",
            advice="fetch it, with its history: git fetch --unshallow; in GitHub Actions fetch-depth: 0",
        )
    why = done.stderr.decode(errors="replace").strip()[:_SHOWN_CHARACTERS]
    raise BadInput(f"git cannot tell what changed in {folder}: {why}", advice="name a folder of a repository")
