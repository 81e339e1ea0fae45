"""The versions of the AWS provider that code may be run with, as far as its constraints and its lock file tell."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

from s3kms.iac.files import Files
from s3kms.iac.hcl.module import Module, read_literal_argument
from s3kms.iac.hcl.native_syntax import parse_native

LOCK_FILE = ".terraform.lock.hcl"
_AWS = "aws"
_SOURCE_OF_AWS = "hashicorp/aws"
_CONSTRAINT = re.compile(r"^\s*(=|!=|>=|<=|>|<|~>)?\s*v?(\d+)(?:\.(\d+))?(?:\.(\d+))?")


class Version(NamedTuple):
    """A version of a provider, without what follows a hyphen."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


_FIRST, _END = Version(0, 0, 0), Version(10**6, 0, 0)


@dataclass(frozen=True, slots=True)
class VersionRange:
    """The versions from `first` up to and without `end`."""

    first: Version = _FIRST
    end: Version = _END

    def within(self, first: Version, end: Version = _END) -> bool:
        """Whether every version that is possible lies from `first` up to and without `end`."""
        return first <= self.first and self.end <= end

    def narrowed(self, other: Self) -> "VersionRange":
        """What both allow; this one where that is nothing."""
        found = VersionRange(max(self.first, other.first), min(self.end, other.end))
        return found if found.first < found.end else self


ALL_VERSIONS = VersionRange()


def parse_constraint(text: str) -> VersionRange:
    """The range of `>= 5.0, < 6.0`; what is not understood of it, and `!=`, narrows nothing."""
    found = VersionRange()
    for part in text.split(","):
        found = found.narrowed(_range_of(part))
    return found


def _range_of(part: str) -> VersionRange:
    match = _CONSTRAINT.match(part)
    if not match:
        return VersionRange()
    operator, minor, patch = match[1] or "=", match[3], match[4]
    version = Version(int(match[2]), int(minor or 0), int(patch or 0))
    after = version._replace(patch=version.patch + 1)
    match operator:
        case "=":
            return VersionRange(version, after)
        case ">=":
            return VersionRange(version)
        case ">":
            return VersionRange(after)
        case "<":
            return VersionRange(end=version)
        case "<=":
            return VersionRange(end=after)
        case "~>" if patch is not None:
            return VersionRange(version, Version(version.major, version.minor + 1, 0))
        case "~>" if minor is not None:
            return VersionRange(version, Version(version.major + 1, 0, 0))
        case "~>":
            return VersionRange(version)
    return VersionRange()


def aws_provider_versions(folder: Path, files: Files, modules: Iterable[Module]) -> VersionRange:
    """The versions of hashicorp/aws with which a root module and the modules that it calls may be run.

    `terraform init` takes what the lock file names, else the newest that all constraints allow.
    """
    found = VersionRange()
    for module in modules:
        if constraint := module.provider_versions.get(_AWS):
            found = found.narrowed(parse_constraint(constraint))
    for version in _locked(folder, files):
        found = parse_constraint(f"= {version}")
    return found


def _locked(folder: Path, files: Files) -> Iterator[str]:
    data = files.read(folder / LOCK_FILE)
    if not isinstance(data, bytes):
        return
    for block in parse_native(data).body.blocks:
        is_aws = block.type == "provider" and any(one.endswith(f"/{_SOURCE_OF_AWS}") for one in block.labels)
        version = read_literal_argument(block, "version") if is_aws else None
        if version:
            yield version
