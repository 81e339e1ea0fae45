"""What a pipeline needs of a check: a baseline, changed files alone, and that nothing to check is no failure."""

import functools
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from s3kms import api
from s3kms.cli.git_changes import changed_files
from s3kms.cli.option_groups import option
from s3kms.cli.options import Command
from s3kms.cli.request_options import with_options
from s3kms.cli.requests import read_lines
from s3kms.model.errors import BadInput
from s3kms.model.targets import CodeTarget

PIPELINE = "In a pipeline"


@dataclass(slots=True)
class FileChanges:
    """The files of code to which a check keeps."""

    since: str | None
    are_targets: bool
    files: frozenset[Path] = field(default=frozenset(), init=False)
    """Links resolved; known once the targets are."""

    @property
    def is_asked(self) -> bool:
        """Whether a check keeps to changed files at all."""
        return self.since is not None or self.are_targets

    def targets(self, words: tuple[str, ...], from_file: Path | None, root: Path | None) -> tuple[str, ...]:
        """What is read: the targets, or the repository of changed files. Finds the files. Raises BadInput."""
        if self.since is not None and self.are_targets:
            raise BadInput(
                "--changed-since and --changed-files cannot be combined",
                advice="leave one of them out",
            )
        words = (*words, *read_lines(from_file, "one target per line"))
        if self.since is None:
            return (self._repository_of(words, root),)
        words = words or (".",)
        target = api.parse_scan_target(words)
        if not isinstance(target, CodeTarget):
            raise BadInput(
                "--changed-since works on code, and the targets are not code",
                advice="name files or folders, or leave it out",
            )
        first = target.paths[0]
        self.files = changed_files(self.since, first if first.is_dir() else first.parent)
        return words

    def _repository_of(self, words: tuple[str, ...], root: Path | None) -> str:
        if not words:
            raise BadInput("--changed-files needs the files that changed", advice="name them as targets")
        folder = root or api.find_repository_root(Path.cwd()) or Path.cwd()
        real = Path(os.path.realpath(folder))
        self.files = frozenset(Path(os.path.realpath(word)) for word in words)
        if missing := next((word for word in words if not Path(word).is_file()), None):
            raise BadInput(f"{missing} is not a file", advice="name files that are there")
        if outside := next((one for one in sorted(self.files) if not one.is_relative_to(real)), None):
            raise BadInput(
                f"{outside} is outside of {folder}",
                advice="run s3kms in its repository, or name it with --root",
            )
        return os.path.relpath(folder)


def pipeline_options(function: Command) -> Command:
    """`--baseline`, `--allow-empty`, `--changed-since`, `--changed-files`; the command gets `changes`."""
    options = (
        option(
            PIPELINE,
            "--baseline",
            "baseline",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help="Fail only for findings that are not in this file: a saved result (json, jsonl), or one written "
            "with --format baseline.",
        ),
        option(
            PIPELINE,
            "--allow-empty",
            "allow_empty",
            is_flag=True,
            help="Exit 0 when there is no bucket to check, unless a named one does not exist.",
        ),
        option(
            PIPELINE,
            "--changed-since",
            "changed_since",
            metavar="REF",
            help="Check all code, but report only buckets that files changed since this git commit declare; none is "
            "success.",
        ),
        option(
            PIPELINE,
            "--changed-files",
            "changed_files",
            is_flag=True,
            help="Targets are changed files, as pre-commit passes them: check their repository, but report only what "
            "they declare.",
        ),
    )
    decorated = with_options(options, function)

    @functools.wraps(decorated)
    def wrapper(*args: Any, changed_since: str | None, changed_files: bool, **kwargs: Any) -> Any:
        return function(*args, changes=FileChanges(changed_since, changed_files), **kwargs)

    return wrapper
