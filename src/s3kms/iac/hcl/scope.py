"""Where an expression stands: in which instance of which module, and which names it sees."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from s3kms.iac.hcl.module import Declaration, Module, ResourceDeclaration
from s3kms.iac.hcl.syntax_tree import Attribute, Block
from s3kms.iac.hcl.values import Value
from s3kms.iac.values import UnknownValue
from s3kms.model.unknown import Unknown

InstanceKey = str | int | None
"""The key of an instance: from `for_each`, from `count`, or None where there is only one."""
ModulePath = tuple[tuple[str, InstanceKey], ...]
"""The names and keys of the modules around something, from the root."""


@dataclass(frozen=True, slots=True)
class Repetition:
    """What `count` or `for_each` gives one instance."""

    key: InstanceKey = None
    names: Mapping[str, Value] = field(default_factory=dict)
    """The values of `each` or `count` in it."""


@dataclass(frozen=True, slots=True)
class Instances:
    """The instances that `count` and `for_each` of one block make."""

    kind: str
    """`one`, `count`, `for_each`; or `many`: their number is unknown, and one instance stands for all."""
    instances: tuple[Repetition, ...]
    is_certain: bool = True
    """Whether it is so in every world."""
    unknown_value: UnknownValue | None = None
    """What leaves the number unknown."""
    rejection: Unknown | None = None
    """Why `count` or `for_each` cannot be evaluated."""


@dataclass(frozen=True, slots=True, eq=False)
class ModuleInstance:
    """An instance of a module."""

    module_path: ModulePath
    module: Module
    caller: "ModuleInstance | None" = None
    """The module that calls it; None for the root."""
    call: Declaration | None = None
    repetition: Repetition = field(default_factory=Repetition)
    is_certain: bool = True
    """Whether it is there, and the same, in every world."""
    expansion: Instances = field(default_factory=lambda: Instances("one", (Repetition(),)))

    @property
    def address(self) -> str:
        """`module.a["x"].module.b`; empty for the root."""
        return ".".join(f"module.{name}{format_instance_key(key)}" for name, key in self.module_path)

    @property
    def has_unknown_count(self) -> bool:
        """Whether it stands for instances whose number is unknown."""
        return self.expansion.kind == "many" or (self.caller is not None and self.caller.has_unknown_count)

    def scope(self, path: Path) -> "ExpressionScope":
        """The scope of an expression in one of its files."""
        return ExpressionScope(self, path, {}, is_certain=self.is_certain)

    def call_scope(self, path: Path) -> "ExpressionScope":
        """The scope of the arguments of its call, which stand in the calling module."""
        caller = self.caller or self
        return ExpressionScope(
            caller, path, self.repetition.names, is_certain=self.is_certain and caller.is_certain
        )


@dataclass(frozen=True, slots=True, eq=False)
class ResourceInstance:
    """An instance of a resource or of a data source."""

    module_instance: ModuleInstance
    resource: ResourceDeclaration
    repetition: Repetition
    is_certain: bool
    expansion: Instances

    @property
    def address(self) -> str:
        """As Terraform writes it."""
        return qualify_address(
            self.module_instance, f"{self.resource.address}{format_instance_key(self.repetition.key)}"
        )

    @property
    def block(self) -> Block:
        """The block that declares it."""
        return self.resource.declared.block

    @property
    def has_unknown_count(self) -> bool:
        """Whether it stands for instances whose number is unknown."""
        return self.expansion.kind == "many" or self.module_instance.has_unknown_count

    def path_of(self, part: Block | Attribute) -> Path:
        """The file in which a part of its block stands."""
        return self.module_instance.module.path_of(part, self.resource.declared.path)

    def scope(self, part: Block | Attribute) -> "ExpressionScope":
        """The scope of an expression in one of its parts."""
        return ExpressionScope(
            self.module_instance, self.path_of(part), self.repetition.names, is_certain=self.is_certain
        )


@dataclass(frozen=True, slots=True)
class ExpressionScope:
    """What an expression sees."""

    module_instance: ModuleInstance
    path: Path
    """The file that it stands in."""
    names: Mapping[str, Value]
    """The values of `each`, `count`, and the names of the loops around it."""
    is_certain: bool

    def with_names(self, names: Mapping[str, Value]) -> "ExpressionScope":
        """This scope with more names."""
        return replace(self, names={**self.names, **names})

    def with_loop_names(self, key_name: str | None, name: str, key: Value, item: Value) -> "ExpressionScope":
        """Within one turn of a `for`, which may have a name for the key."""
        return self.with_names({key_name: key, name: item} if key_name else {name: item})


SINGLE_INSTANCE = Instances("one", (Repetition(),))


def qualify_address(module_instance: ModuleInstance, address: str) -> str:
    """An address within a module, with the address of the module instance in front."""
    return f"{module_instance.address}.{address}" if module_instance.module_path else address


def format_instance_key(key: InstanceKey) -> str:
    """A key as addresses have it: `["a"]`, `[0]`, or nothing."""
    return "" if key is None else f"[{json.dumps(key, ensure_ascii=False)}]"


def module_names(module_path: Iterable[tuple[str, InstanceKey]]) -> tuple[str, ...]:
    """The names of a module path, without keys."""
    return tuple(name for name, _ in module_path)
