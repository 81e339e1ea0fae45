"""The modules of a root module, as far as their files are there, and which of the files may be edited."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from s3kms.iac.editing.writable_roots import generator_of
from s3kms.iac.hcl.module import Declaration, Module, read_literal_argument
from s3kms.iac.hcl.module_loader import ModuleLoader
from s3kms.iac.hcl.syntax_tree import Attribute
from s3kms.iac.interface import ReadContext
from s3kms.iac.terraform.editor.entry_groups import INLINE

_S3_BUCKET = re.compile(r"(?:^|[/:])terraform-aws-modules/(?:terraform-aws-)?s3-bucket(?:\.git|/|\?|$)")
_VERSION = re.compile(r"^\s*(=|!=|>=|<=|>|<|~>)?\s*v?(\d+)(?:\.(\d+))?(?:\.(\d+))?")
_SPLIT = 4
"""The first major version of the provider in which the encryption is a resource of its own (fact H4)."""


@dataclass(slots=True)
class ModuleNode:
    """A module in one of the places where it is called."""

    module: Module
    way: tuple[str, ...] = ()
    above: "ModuleNode | None" = None
    call: Declaration | None = None
    below: "dict[str, ModuleNode]" = field(default_factory=dict)

    @property
    def source(self) -> str:
        """As the call says it; empty for the root."""
        return (read_literal_argument(self.call.block, "source") or "") if self.call else ""

    @property
    def is_s3_bucket_module(self) -> bool:
        """Whether it is terraform-aws-modules/s3-bucket."""
        return bool(_S3_BUCKET.search(self.source))

    @property
    def takes_rule(self) -> bool:
        """Whether its call may say the whole rule, as that of terraform-aws-modules/s3-bucket may."""
        return self.is_s3_bucket_module or (self.call is not None and INLINE in self.module.variables)

    def all(self) -> "Iterator[ModuleNode]":
        """It, and all that it calls."""
        yield self
        for frame in self.below.values():
            yield from frame.all()


@dataclass(frozen=True, slots=True)
class ModuleTree:
    """The root, and what says its variables."""

    folder: Path
    root: ModuleNode
    values: dict[str, tuple[Attribute, Path]]
    """What a file of values gives a variable, by its name."""

    def is_editable(self, path: Path) -> bool:
        """Whether a file is the user's, below the root module."""
        inside = Path(os.path.relpath(path, self.folder))
        return not inside.is_absolute() and ".." not in inside.parts and generator_of(path) is None

    def frame(self, address: str) -> ModuleNode | None:
        """The module in which that resource instance is."""
        found: ModuleNode | None = self.root
        for step in module_steps(address):
            found = found.below.get(step) if found else None
        return found


def module_steps(address: str) -> list[str]:
    """The names of the modules of an address: `module.a["x"].module.b.aws_s3_bucket.c`."""
    return re.findall(r"(?:^|(?<=[.\]]))module\.([\w-]+)", _without_keys(address))


def resource_of(address: str) -> tuple[str, str]:
    """The type and the name of an address."""
    parts = _without_keys(address).split(".")
    return (parts[-2], parts[-1]) if len(parts) > 1 else ("", "")


def _without_keys(address: str) -> str:
    return re.sub(r"\[(?:\"(?:[^\"\\]|\\.)*\"|[^\]]*)\]", "", address)


def read_module_tree(folder: Path, context: ReadContext) -> ModuleTree:
    """The modules of the root module in that folder."""
    loader = ModuleLoader(folder, context.files, context.inputs)
    root = ModuleNode(loader.module(folder))
    _descend(root, loader)
    given = {name: (one.attribute, one.path) for name, one in loader.given.items()}
    values = {name: (attribute, path) for name, (attribute, path) in given.items() if attribute and path}
    return ModuleTree(folder, root, values)


def _descend(frame: ModuleNode, loader: ModuleLoader) -> None:
    for name, call in frame.module.calls.items():
        way = (*frame.way, name)
        module = loader.load_called_module(way, frame.module, call)
        if isinstance(module, Module):
            below = ModuleNode(module, way, frame, call)
            frame.below[name] = below
            _descend(below, loader)


def is_before_provider_4(frame: ModuleNode) -> bool:
    """Whether the module, or one above it, wants a provider older than version 4."""
    above: ModuleNode | None = frame
    while above:
        if version := above.module.provider_versions.get("aws"):
            return any(_ends_before_the_split(part) for part in version.split(","))
        above = above.above
    return False


def _ends_before_the_split(constraint: str) -> bool:
    found = _VERSION.match(constraint)
    if not found:
        return False
    operator, major, minor, patch = found[1] or "=", int(found[2]), found[3], found[4]
    if operator == "<":
        return major < _SPLIT or (major == _SPLIT and not int(minor or 0) and not int(patch or 0))
    if operator == "~>" and minor is None:
        return False
    return operator in {"=", "<=", "~>"} and major < _SPLIT
