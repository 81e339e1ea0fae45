"""A module: what the files of one folder declare together, without evaluating it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from s3kms.iac.files import Files, UnreadFile
from s3kms.iac.hcl.json_syntax import parse_json
from s3kms.iac.hcl.native_syntax import parse_native
from s3kms.iac.hcl.override_files import merge_override
from s3kms.iac.hcl.syntax_tree import Attribute, Block, Expression, HclFile, Literal, ObjectConstructor, Span

_NATIVE, _JSON = (".tofu", ".tf"), (".tofu.json", ".tf.json")
NOWHERE = Span(0, 0, 1, 1)
"""Where a file is to be shown of which nothing was read."""
MAX_SHOWN_CHARACTERS = 100
"""Characters of an expression in a message."""
MODULE_FILE_SUFFIXES = (*_JSON, *_NATIVE)
"""How the files of a module end; OpenTofu's take the place of Terraform's of the same stem."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """A block at the top level of a file, with what override files say merged in."""

    block: Block
    path: Path


@dataclass(frozen=True, slots=True, eq=False)
class ResourceDeclaration:
    """A `resource` or `data` block."""

    mode: str
    """`managed` or `data`."""
    type: str
    name: str
    declared: Declaration

    @property
    def address(self) -> str:
        """The address within its module, without an instance key."""
        return f"{'data.' if self.mode == 'data' else ''}{self.type}.{self.name}"


@dataclass(frozen=True, slots=True)
class FileDiagnostic:
    """A place where a file is not valid HCL, or declares what may not be declared; or a file that is not read."""

    path: Path
    why: str
    span: Span
    is_unread: bool = False
    """Whether nothing of the file was read: `why` then follows its path."""

    @property
    def is_of_override_file(self) -> bool:
        """Whether the file may change what any other file declares."""
        return _is_override(self.path.name)


@dataclass(slots=True)
class Module:
    """What the files of one folder declare, by name."""

    folder: Path
    variables: dict[str, Declaration] = field(default_factory=dict)
    locals: dict[str, tuple[Attribute, Path]] = field(default_factory=dict)
    resources: dict[tuple[str, str, str], ResourceDeclaration] = field(default_factory=dict)
    """By mode, type and name."""
    duplicates: set[tuple[str, str, str]] = field(default_factory=set)
    """Resources that are declared more than once, which Terraform rejects."""
    calls: dict[str, Declaration] = field(default_factory=dict)
    outputs: dict[str, Declaration] = field(default_factory=dict)
    checks: dict[str, Declaration] = field(default_factory=dict)
    providers: dict[str, Declaration] = field(default_factory=dict)
    """By local name, with the alias where there is one: `google.west`."""
    provider_versions: dict[str, str] = field(default_factory=dict)
    """The version constraint of a provider, by its local name: `~> 5.0`."""
    diagnostics: list[FileDiagnostic] = field(default_factory=list)
    data: dict[Path, bytes] = field(default_factory=dict)
    """The bytes of its files."""
    _elsewhere: dict[int, tuple[object, Path]] = field(default_factory=dict)

    def path_of(self, part: Block | Attribute, path: Path) -> Path:
        """The file of a part of a block in `path`; another one where an override file has set that part."""
        found = self._elsewhere.get(id(part))
        return found[1] if found else path

    def excerpt(self, span: Span, path: Path) -> str:
        """The text of a span, on one line, cut to MAX_SHOWN_CHARACTERS."""
        data = self.data.get(path, b"")[span.start : min(span.end, span.start + 4 * MAX_SHOWN_CHARACTERS)]
        text = " ".join(data.decode("utf-8", "replace").split())
        return text if len(text) <= MAX_SHOWN_CHARACTERS else f"{text[:MAX_SHOWN_CHARACTERS]}…"

    def record_override_path(self, block: Block, path: Path) -> None:
        """Records that the parts of a block stand in an override file, not in the file of the block they are merged
        into.
        """
        for part in (*block.body.blocks, *block.body.attributes.values()):
            self._elsewhere[id(part)] = part, path


def list_module_files(files: Files, folder: Path) -> tuple[str, ...]:
    """The names of the files that make up the module in a folder, override files last."""
    found: dict[str, str] = {}
    for name in files.names(folder):
        suffix = next((suffix for suffix in MODULE_FILE_SUFFIXES if name.endswith(suffix)), None)
        if suffix is None or name.startswith((".", "#")):
            continue
        stem = name.removesuffix(suffix) + (".json" if suffix in _JSON else "")
        if "tofu" in suffix or stem not in found:
            found[stem] = name
    return tuple(sorted(found.values(), key=lambda name: (_is_override(name), name)))


def _is_override(name: str) -> bool:
    stem = name.partition(".")[0]
    return stem == "override" or stem.endswith("_override")


def parse_module_file(name: str, data: bytes) -> HclFile:
    """A file of either syntax, parsed. Raises nothing."""
    return parse_json(data) if name.endswith(".json") else parse_native(data)


def read_module(files: Files, folder: Path) -> Module:
    """The module in a folder; an empty one where the folder has no module files."""
    module = Module(folder)
    for name in list_module_files(files, folder):
        path = folder / name
        data = files.read(path)
        if isinstance(data, UnreadFile):
            module.diagnostics.append(FileDiagnostic(path, data.why, NOWHERE, is_unread=True))
        if isinstance(data, bytes):
            _add_file(module, path, data)
    return module


def parse_module(texts: Mapping[str, bytes]) -> Module:
    """The module that these files make, by their paths: one that is nowhere on the disk."""
    folder = Path(next(iter(texts))).parent
    module = Module(folder)
    for name, data in texts.items():
        _add_file(module, Path(name), data)
    return module


def _add_file(module: Module, path: Path, data: bytes) -> None:
    module.data[path] = data
    file = parse_module_file(path.name, data)
    module.diagnostics += [FileDiagnostic(path, problem.why, problem.span) for problem in file.diagnostics]
    for block in file.body.blocks:
        if _is_broken(block, file):
            continue
        if add := _ADD.get(block.type):
            add(module, Declaration(block, path), _is_override(path.name))


def _is_broken(block: Block, file: HclFile) -> bool:
    """Whether a block contains a syntax error, so that what it declares is not known."""
    return any(block.span.start <= problem.span.start < block.span.end for problem in file.diagnostics)


def _add_to(
    module: Module, known: dict[str, Declaration], key: str, declared: Declaration, *, is_override: bool
) -> None:
    old = known.get(key)
    if is_override and old is not None:
        module.record_override_path(declared.block, declared.path)
        known[key] = replace(old, block=merge_override(old.block, declared.block))
    elif old is None and not is_override:  # Terraform rejects an override of what is not declared
        known[key] = declared
    elif old is not None:
        _complain(module, declared, f"{declared.block.type} {key} is declared twice")


def _complain(module: Module, declared: Declaration, why: str) -> None:
    module.diagnostics.append(FileDiagnostic(declared.path, why, declared.block.span))


def _named(known: Callable[[Module], dict[str, Declaration]]) -> "_Add":
    def add(module: Module, declared: Declaration, is_override: bool) -> None:
        if declared.block.labels:
            _add_to(module, known(module), declared.block.labels[0], declared, is_override=is_override)
        else:
            _complain(module, declared, f"{declared.block.type} without a name")

    return add


def _resource(mode: str) -> "_Add":
    def add(module: Module, declared: Declaration, is_override: bool) -> None:
        if len(declared.block.labels) < 2:  # noqa: PLR2004 - a type and a name
            _complain(module, declared, f"{declared.block.type} without a type and a name")
            return
        kind, name = declared.block.labels[:2]
        key, old = (mode, kind, name), module.resources.get((mode, kind, name))
        if old is not None and not is_override:
            module.duplicates.add(key)
            return
        known = {name: old.declared} if old else {}
        _add_to(module, known, name, declared, is_override=is_override)
        if name in known:
            module.resources[key] = ResourceDeclaration(mode, kind, name, known[name])

    return add


def _locals(module: Module, declared: Declaration, is_override: bool) -> None:
    for name, attribute in declared.block.body.attributes.items():
        if name not in module.locals or is_override:
            module.locals[name] = attribute, declared.path
        else:
            module.diagnostics.append(
                FileDiagnostic(declared.path, f"local.{name} is declared twice", attribute.span)
            )


def _provider(module: Module, declared: Declaration, is_override: bool) -> None:
    if not declared.block.labels:
        return
    name, alias = declared.block.labels[0], read_literal_argument(declared.block, "alias")
    key = f"{name}.{alias}" if alias else name
    if version := read_literal_argument(declared.block, "version"):
        module.provider_versions.setdefault(name, version)
    if key not in module.providers or is_override:
        module.providers[key] = declared


def _terraform(module: Module, declared: Declaration, _: bool) -> None:
    for name, expression in _required(declared.block):
        wanted = expression
        if isinstance(expression, ObjectConstructor):
            wanted = next((v for k, v in expression.items if _text(k) == "version"), expression)
        if version := _text(wanted):
            module.provider_versions[name] = version


def _required(block: Block) -> Iterator[tuple[str, Expression]]:
    for nested in block.body.blocks:
        if nested.type == "required_providers":
            yield from ((name, found.expression) for name, found in nested.body.attributes.items())
    found = block.body.attributes.get("required_providers")
    if found and isinstance(found.expression, ObjectConstructor):
        yield from ((_text(key) or "", value) for key, value in found.expression.items)


def read_literal_argument(block: Block, name: str) -> str | None:
    """The string that an argument of a block is set to literally; None where it is missing or computed."""
    found = block.body.attributes.get(name)
    return _text(found.expression) if found else None


def _text(expression: Expression) -> str | None:
    return expression.value if isinstance(expression, Literal) and isinstance(expression.value, str) else None


_Add = Callable[[Module, Declaration, bool], None]
_ADD: Mapping[str, _Add] = {  # `moved`, `removed` and `import` declare nothing
    "variable": _named(lambda module: module.variables),
    "output": _named(lambda module: module.outputs),
    "check": _named(lambda module: module.checks),
    "module": _named(lambda module: module.calls),
    "resource": _resource("managed"),
    "data": _resource("data"),
    "locals": _locals,
    "provider": _provider,
    "terraform": _terraform,
}
