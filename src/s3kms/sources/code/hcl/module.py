"""A module: what the files of one folder declare together. Nothing is evaluated here."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from s3kms.sources.code.hcl.json_syntax import parse_json
from s3kms.sources.code.hcl.overrides import overridden
from s3kms.sources.code.hcl.parse import parse_native
from s3kms.sources.code.hcl.tree import Attribute, Block, Expression, File, Literal, ObjectOf, Span
from s3kms.sources.code.interface import Files

_NATIVE, _JSON = (".tofu", ".tf"), (".tofu.json", ".tf.json")
LONGEST_TEXT = 100
"""Characters of an expression that are shown."""
SUFFIXES = (*_JSON, *_NATIVE)
"""How the files of a module end; those of OpenTofu take the place of Terraform's of the same name."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A block at the top of a file, and the file. What override files say is in it."""

    block: Block
    path: Path


@dataclass(frozen=True, slots=True, eq=False)
class Resource:
    """A resource or a data source."""

    mode: str
    """`managed` or `data`."""
    type: str
    name: str
    declared: Declared

    @property
    def address(self) -> str:
        """Within its module, without an index."""
        return f"{'data.' if self.mode == 'data' else ''}{self.type}.{self.name}"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A place where a file is no HCL that Terraform would take; a file of values, too."""

    path: Path
    why: str
    span: Span


@dataclass(slots=True)
class Module:
    """What the files of one folder say, by name."""

    folder: Path
    variables: dict[str, Declared] = field(default_factory=dict)
    locals: dict[str, tuple[Attribute, Path]] = field(default_factory=dict)
    resources: dict[tuple[str, str, str], Resource] = field(default_factory=dict)
    """By mode, type and name."""
    twice: set[tuple[str, str, str]] = field(default_factory=set)
    """Those that are declared more than once, which Terraform refuses."""
    calls: dict[str, Declared] = field(default_factory=dict)
    outputs: dict[str, Declared] = field(default_factory=dict)
    providers: dict[str, Declared] = field(default_factory=dict)
    """By local name, with the alias where there is one: `aws.west`."""
    aws_version: str | None = None
    """What it wants of the AWS provider: `~> 5.0`."""
    troubles: list[Trouble] = field(default_factory=list)
    data: dict[Path, bytes] = field(default_factory=dict)
    """Its files, as they are."""
    _elsewhere: dict[int, tuple[object, Path]] = field(default_factory=dict)

    def path_of(self, part: Block | Attribute, path: Path) -> Path:
        """The file of a part of a block that stands in that file, but for what comes from an override file."""
        found = self._elsewhere.get(id(part))
        return found[1] if found else path

    def text_of(self, span: Span, path: Path) -> str:
        """What is written there, on one line and not too long."""
        data = self.data.get(path, b"")[span.start : min(span.end, span.start + 4 * LONGEST_TEXT)]
        text = " ".join(data.decode("utf-8", "replace").split())
        return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"

    def note_elsewhere(self, block: Block, path: Path) -> None:
        """Remembers that the parts of a block stand in another file than the block that they are laid over."""
        for part in (*block.body.blocks, *block.body.attributes.values()):
            self._elsewhere[id(part)] = part, path


def module_files(files: Files, folder: Path) -> tuple[str, ...]:
    """The names of the files that make up the module in a folder, override files last."""
    found: dict[str, str] = {}
    for name in files.names(folder):
        suffix = next((suffix for suffix in SUFFIXES if name.endswith(suffix)), None)
        if suffix is None or name.startswith((".", "#")):
            continue
        stem = name.removesuffix(suffix) + (".json" if suffix in _JSON else "")
        if "tofu" in suffix or stem not in found:
            found[stem] = name
    return tuple(sorted(found.values(), key=lambda name: (_is_override(name), name)))


def _is_override(name: str) -> bool:
    stem = name.partition(".")[0]
    return stem == "override" or stem.endswith("_override")


def parse(name: str, data: bytes) -> File:
    """A file of either syntax; it raises nothing."""
    return parse_json(data) if name.endswith(".json") else parse_native(data)


def read_module(files: Files, folder: Path) -> Module:
    """The module in a folder; an empty one where there are no such files."""
    module = Module(folder)
    for name in module_files(files, folder):
        path = folder / name
        data = files.read(path)
        if data is None:
            continue
        module.data[path] = data
        file = parse(name, data)
        module.troubles += [Trouble(path, problem.why, problem.span) for problem in file.problems]
        for block in file.body.blocks:
            if _is_broken(block, file):
                continue
            if add := _ADD.get(block.type):
                add(module, Declared(block, path), _is_override(name))
    return module


def _is_broken(block: Block, file: File) -> bool:
    """Whether something within it cannot be read, so that nobody knows what it says."""
    return any(block.span.start <= problem.span.start < block.span.end for problem in file.problems)


def _add_to(
    module: Module, known: dict[str, Declared], key: str, declared: Declared, *, is_override: bool
) -> None:
    old = known.get(key)
    if is_override and old is not None:
        module.note_elsewhere(declared.block, declared.path)
        known[key] = replace(old, block=overridden(old.block, declared.block))
    elif old is None and not is_override:  # Terraform refuses to override what is not there
        known[key] = declared
    elif old is not None:
        _complain(module, declared, f"{declared.block.type} {key} is declared twice")


def _complain(module: Module, declared: Declared, why: str) -> None:
    module.troubles.append(Trouble(declared.path, why, declared.block.span))


def _named(known: Callable[[Module], dict[str, Declared]]) -> "_Add":
    def add(module: Module, declared: Declared, is_override: bool) -> None:
        if declared.block.labels:
            _add_to(module, known(module), declared.block.labels[0], declared, is_override=is_override)
        else:
            _complain(module, declared, f"{declared.block.type} without a name")

    return add


def _resource(mode: str) -> "_Add":
    def add(module: Module, declared: Declared, is_override: bool) -> None:
        if len(declared.block.labels) < 2:  # noqa: PLR2004 - a type and a name
            _complain(module, declared, f"{declared.block.type} without a type and a name")
            return
        kind, name = declared.block.labels[:2]
        key, old = (mode, kind, name), module.resources.get((mode, kind, name))
        if old is not None and not is_override:
            module.twice.add(key)
            return
        known = {name: old.declared} if old else {}
        _add_to(module, known, name, declared, is_override=is_override)
        if name in known:
            module.resources[key] = Resource(mode, kind, name, known[name])

    return add


def _locals(module: Module, declared: Declared, is_override: bool) -> None:
    for name, attribute in declared.block.body.attributes.items():
        if name not in module.locals or is_override:
            module.locals[name] = attribute, declared.path
        else:
            module.troubles.append(Trouble(declared.path, f"local.{name} is declared twice", attribute.span))


def _provider(module: Module, declared: Declared, is_override: bool) -> None:
    if not declared.block.labels:
        return
    name, alias = declared.block.labels[0], literal(declared.block, "alias")
    key = f"{name}.{alias}" if alias else name
    if name == "aws" and (version := literal(declared.block, "version")):
        module.aws_version = module.aws_version or version
    if key not in module.providers or is_override:
        module.providers[key] = declared


def _terraform(module: Module, declared: Declared, _: bool) -> None:
    for name, expression in _required(declared.block):
        if name != "aws":
            continue
        wanted = expression
        if isinstance(expression, ObjectOf):
            wanted = next((v for k, v in expression.items if _text(k) == "version"), expression)
        module.aws_version = _text(wanted) or module.aws_version


def _required(block: Block) -> Iterator[tuple[str, Expression]]:
    for nested in block.body.blocks:
        if nested.type == "required_providers":
            yield from ((name, found.expression) for name, found in nested.body.attributes.items())
    found = block.body.attributes.get("required_providers")
    if found and isinstance(found.expression, ObjectOf):
        yield from ((_text(key) or "", value) for key, value in found.expression.items)


def literal(block: Block, name: str) -> str | None:
    """An argument that is written out; None where there is none, or it is computed."""
    found = block.body.attributes.get(name)
    return _text(found.expression) if found else None


def _text(expression: Expression) -> str | None:
    return expression.value if isinstance(expression, Literal) and isinstance(expression.value, str) else None


_Add = Callable[[Module, Declared, bool], None]
_ADD: Mapping[str, _Add] = {  # `moved`, `removed` and `import` declare nothing
    "variable": _named(lambda module: module.variables),
    "output": _named(lambda module: module.outputs),
    "module": _named(lambda module: module.calls),
    "resource": _resource("managed"),
    "data": _resource("data"),
    "locals": _locals,
    "provider": _provider,
    "terraform": _terraform,
}
