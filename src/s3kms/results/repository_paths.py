"""Files of code under names that do not depend on where s3kms runs: a baseline is kept in the repository."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from s3kms.model.findings import Finding
from s3kms.model.request_fields import BucketIdentity
from s3kms.text.repository import find_repository_root


@dataclass(frozen=True, slots=True)
class RepositoryPaths:
    """Names of files from the root of a repository; what is outside keeps its name."""

    here: str
    """The folder where s3kms runs, absolute."""
    root: str
    """The root of the repository, or that folder again."""

    @classmethod
    def of(cls, code: Iterable[Path]) -> "RepositoryPaths":
        """Of the repository of the first path of code, or of the current folder."""
        here = Path.cwd()
        first = Path(os.path.abspath(next(iter(code), here)))  # noqa: PTH100 - links stay as they are named
        root = find_repository_root(first) or here
        return cls(here.as_posix(), root.as_posix())

    def name(self, path: str) -> str:
        """The path from the root."""
        whole = os.path.normpath(os.path.join(self.here, path))  # noqa: PTH118 - a path, or an ARN
        inside = whole.startswith(f"{self.root.rstrip('/')}/")
        return Path(os.path.relpath(whole, self.root)).as_posix() if inside else path

    def rename(self, finding: Finding) -> Finding:
        """A finding of this run, with such names."""
        return replace(finding, places=tuple(replace(one, uri=self.name(one.uri)) for one in finding.places))

    def rename_earlier(self, finding: Finding) -> Finding:
        """A finding of an earlier result, whose relative names began at the root already."""
        places = (
            replace(one, uri=self.name(one.uri)) if one.uri.startswith("/") else one for one in finding.places
        )
        return replace(finding, places=tuple(places))

    def identity_here(self, identity: BucketIdentity) -> BucketIdentity:
        """With files as this run would name them."""
        if identity.files is None:
            return identity
        return replace(identity, files=tuple(f"{self.root}/{file}" for file in identity.files))
