"""The modules of a root module, as far as their files are there, and which of the files may be edited."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from s3kms.iac.editing.writable_roots import generator_of
from s3kms.iac.hcl.module import Declaration, Module, ResourceDeclaration, read_literal_argument
from s3kms.iac.hcl.module_loader import CallNames, ModuleLoader
from s3kms.iac.hcl.syntax_tree import Attribute
from s3kms.iac.interface import ReadContext
from s3kms.iac.terraform.resource_types import BUCKET, ENCRYPTION_CONFIGURATION, INLINE_BLOCK

_S3_BUCKET_MODULE = re.compile(
    r"(?:^|[/:])terraform-aws-modules/(?:terraform-aws-)?s3-bucket(?:\.git|/|\?|$)"
)
_VERSION_CONSTRAINT = re.compile(r"^\s*(=|!=|>=|<=|>|<|~>)?\s*v?(\d+)(?:\.(\d+))?(?:\.(\d+))?")
_MAJOR_VERSION_OF_SPLIT = 4
"""The first major version of the provider in which the encryption is a resource of its own (fact H4)."""


@dataclass(slots=True)
class ModuleNode:
    """A module in one of the places where it is called."""

    module: Module
    call_names: CallNames = ()
    """The names of the calls that lead to it; none for the root."""
    caller: "ModuleNode | None" = None
    call: Declaration | None = None
    children: "dict[str, ModuleNode]" = field(default_factory=dict)
    """The modules that it calls, by the name of the call."""
    _configurations: tuple[ResourceDeclaration, ...] | None = field(default=None, init=False)
    _has_inline_block: bool | None = field(default=None, init=False)

    @property
    def configurations(self) -> tuple[ResourceDeclaration, ...]:
        """Its encryption configurations, looked up once: every bucket of the module asks."""
        if self._configurations is None:
            found = self.module.resources.values()
            self._configurations = tuple(one for one in found if one.type == ENCRYPTION_CONFIGURATION)
        return self._configurations

    @property
    def is_configured_inline(self) -> bool:
        """Whether some bucket has its encryption in an inline block, and none in a resource (fact H4)."""
        if self._has_inline_block is None:
            buckets = (one for one in self.module.resources.values() if one.type == BUCKET)
            self._has_inline_block = any(one.mode == "managed" and _has_inline_block(one) for one in buckets)
        return self._has_inline_block and not self.configurations

    @property
    def source(self) -> str:
        """The `source` of the call; empty for the root, and where it is not a literal."""
        return (read_literal_argument(self.call.block, "source") or "") if self.call else ""

    @property
    def is_s3_bucket_module(self) -> bool:
        """Whether it is terraform-aws-modules/s3-bucket."""
        return bool(_S3_BUCKET_MODULE.search(self.source))

    @property
    def takes_rule(self) -> bool:
        """Whether its call may give it the whole rule, as that of terraform-aws-modules/s3-bucket may."""
        return self.is_s3_bucket_module or (self.call is not None and INLINE_BLOCK in self.module.variables)

    def walk(self) -> "Iterator[ModuleNode]":
        """The module itself, and all that it calls, directly or not."""
        yield self
        for child in self.children.values():
            yield from child.walk()

    def resource_at(self, address: str) -> ResourceDeclaration | None:
        """What declares the managed resource of that address in this module."""
        return self.module.resources.get(("managed", *resource_of(address)))


@dataclass(frozen=True, slots=True)
class ModuleTree:
    """A root module with all that it calls, and the values that files give its variables."""

    folder: Path
    root: ModuleNode
    values: dict[str, tuple[Attribute, Path]]
    """The assignments in files of values, by the name of the variable."""
    named: tuple[Path, ...] = ()
    """The folders below which files may be edited; the root module's where there are none."""

    def is_editable(self, path: Path) -> bool:
        """Whether a file stands below a folder that was named, and no tool generates it."""
        folders = self.named or (self.folder,)
        return any(_is_below(folder, path) for folder in folders) and generator_of(path) is None

    def is_shared(self, path: Path) -> bool:
        """Whether a file stands outside the root module, so that others may call it, too."""
        return not _is_below(self.folder, path)

    def describe_outside(self) -> str:
        """What is true of a file that is not editable because of where it stands."""
        return f"is not below {' or '.join(map(str, self.named or (self.folder,)))}"

    def node_of(self, address: str) -> ModuleNode | None:
        """The module in which the resource instance of that address stands; None where it is not there."""
        found: ModuleNode | None = self.root
        for name in module_names_of(address):
            found = found.children.get(name) if found else None
        return found


def _is_below(folder: Path, path: Path) -> bool:
    inside = Path(os.path.relpath(path, folder))
    return not inside.is_absolute() and ".." not in inside.parts


def module_names_of(address: str) -> list[str]:
    """The names of the modules in an address: `a`, `b` for `module.a["x"].module.b.aws_s3_bucket.c`."""
    return re.findall(r"(?:^|(?<=[.\]]))module\.([\w-]+)", _without_keys(address))


def _has_inline_block(bucket: ResourceDeclaration) -> bool:
    body = bucket.declared.block.body
    return INLINE_BLOCK in body.attributes or any(
        INLINE_BLOCK in {block.type, *block.labels[:1]} for block in body.blocks
    )


def resource_of(address: str) -> tuple[str, str]:
    """The type and the name of the resource in an address."""
    parts = _without_keys(address).split(".")
    return (parts[-2], parts[-1]) if len(parts) > 1 else ("", "")


def _without_keys(address: str) -> str:
    return re.sub(r"\[(?:\"(?:[^\"\\]|\\.)*\"|[^\]]*)\]", "", address)


def read_module_tree(folder: Path, context: ReadContext) -> ModuleTree:
    """The root module in that folder, and the modules that it calls, as far as the budget of the loader goes."""
    loader = ModuleLoader(folder, context.files, context.inputs, values=context.values)
    nodes: dict[CallNames, ModuleNode] = {}
    for call_names, module in loader.walk():
        node = ModuleNode(module, call_names)
        if call_names:
            caller = nodes[call_names[:-1]]
            caller.children[call_names[-1]] = node
            node.caller, node.call = caller, caller.module.calls[call_names[-1]]
        nodes[call_names] = node
    given = {name: (one.attribute, one.path) for name, one in loader.given.items()}
    values = {name: (attribute, path) for name, (attribute, path) in given.items() if attribute and path}
    return ModuleTree(folder, nodes[()], values, context.named)


def is_before_provider_4(node: ModuleNode) -> bool:
    """Whether the module, or the nearest caller that says so, requires an AWS provider older than version 4."""
    caller: ModuleNode | None = node
    while caller:
        if version := caller.module.provider_versions.get("aws"):
            return any(_ends_before_split(part) for part in version.split(","))
        caller = caller.caller
    return False


def _ends_before_split(constraint: str) -> bool:
    found = _VERSION_CONSTRAINT.match(constraint)
    if not found:
        return False
    operator, major, minor, patch = found[1] or "=", int(found[2]), found[3], found[4]
    if operator == "<":
        is_exactly_split = major == _MAJOR_VERSION_OF_SPLIT and not int(minor or 0) and not int(patch or 0)
        return major < _MAJOR_VERSION_OF_SPLIT or is_exactly_split
    if operator == "~>" and minor is None:
        return False
    return operator in {"=", "<=", "~>"} and major < _MAJOR_VERSION_OF_SPLIT
