"""The reference of the library, read from the source by griffe without importing it."""

import re
from collections.abc import Iterator, Sequence
from functools import cache

import griffe
from scripts.doc_pages.page import NOTE, ROOT, cell

_MODULE, _TESTING = "s3kms.api", "s3kms.testing"
_MAX_LINE = 90
_INTRODUCTION = """
Everything that `s3kms` and `s3kms.testing` offer. [The library](library.md) is the way in; this is the reference.
Names are imported when they are used.
"""
_SECTIONS = (
    "Clients",
    "Functions",
    "Options",
    "Results",
    "Enumerations",
    "Errors",
    "Rules, formats, requests",
)
_EXTENSION = frozenset(
    {"Example", "FixRequest", "Format", "ReportStyle", "Rule", "RuleDoc", "RuleResult", "ScanRequest"}
)
"""What somebody needs who brings a rule or a format."""


def python_api_page() -> str:
    """Every public name, by what it is."""
    module = _load(_MODULE)
    named = [(name, _resolve(f"{_MODULE}.{name}")) for name in module.exports or () if isinstance(name, str)]
    found: dict[str, list[str]] = {title: [] for title in _SECTIONS}
    for name, thing in sorted(named, key=lambda pair: pair[0] != "Client"):
        found[_section(name, thing)].append(_entry(name, thing, f"s3kms.{name}"))
    text = "".join(f"## {title}\n\n{''.join(found[title])}" for title in found if found[title])
    testing = _load(_TESTING)
    tests = "".join(
        _entry(name, _resolve(f"{_TESTING}.{name}"), f"{_TESTING}.{name}")
        for name in sorted(str(one) for one in testing.exports or ())
    )
    return f"{NOTE}# Python API\n{_INTRODUCTION}\n{text}## s3kms.testing\n\n{tests}".rstrip() + "\n"


@cache
def _load(name: str) -> griffe.Module:
    """One module, its file read and nothing run."""
    path = (ROOT / "src").joinpath(*name.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return griffe.visit(name, filepath=file, code=file.read_text())


@cache
def _resolve(path: str) -> griffe.Object:
    """What a name is, through the imports that bring it."""
    module, _, name = path.rpartition(".")
    member = _load(module).members[name]
    while isinstance(member, griffe.Alias):
        module, _, name = member.target_path.rpartition(".")
        member = _load(module).members[name]
    return member


def _section(name: str, thing: griffe.Object) -> str:
    if name in {"Client", "AsyncClient"}:
        return "Clients"
    if isinstance(thing, griffe.Function):
        return "Functions"
    if not isinstance(thing, griffe.Class):
        return "Results"
    ancestors = [one.name for one in _lineage(thing)]
    if name.endswith("Options"):
        return "Options"
    if "S3kmsError" in ancestors or name.endswith("Error"):
        return "Errors"
    bases = {str(base).split(".")[-1] for one in _lineage(thing) for base in one.bases}
    if bases & {"StrEnum", "IntEnum", "Enum"}:
        return "Enumerations"
    return "Rules, formats, requests" if name in _EXTENSION else "Results"


def _lineage(thing: griffe.Class) -> Iterator[griffe.Class]:
    """The class, and those of s3kms that it inherits from."""
    yield thing
    for base in thing.bases:
        path = getattr(base, "canonical_path", "")
        if path.startswith("s3kms."):
            parent = _resolve(path)
            if isinstance(parent, griffe.Class):
                yield from _lineage(parent)


def _entry(name: str, thing: griffe.Object, path: str) -> str:
    if isinstance(thing, griffe.Function):
        return f"### {path}\n\n{_signature(name, thing)}{_text(thing)}"
    if isinstance(thing, griffe.Class):
        return f"### {path}\n\n{_text(thing)}{_members(thing)}"
    value = getattr(thing, "value", None)
    shown = f"```text\n{name} = {value}\n```\n\n" if value is not None else ""
    return f"### {path}\n\n{shown}{_text(thing)}"


def _members(thing: griffe.Class) -> str:
    fields: dict[str, griffe.Attribute] = {}
    methods: dict[str, griffe.Function] = {}
    for one in reversed(list(_lineage(thing))):
        for name, member in one.members.items():
            if name.startswith("_") and name != "__init__":
                continue
            if isinstance(member, griffe.Attribute):
                fields[name] = member
            elif isinstance(member, griffe.Function):
                methods[name] = member
    rows = "".join(_field_row(name, one) for name, one in fields.items())
    table = f"| name | type or value | |\n| --- | --- | --- |\n{rows}\n" if rows else ""
    start = methods.pop("__init__", None)
    made = _signature(thing.name, start) if start and len(list(start.parameters)) > 1 else ""
    return made + table + "".join(_method(f"{thing.name}.{name}", name, one) for name, one in methods.items())


def _field_row(name: str, one: griffe.Attribute) -> str:
    what = one.annotation if one.annotation is not None else one.value
    if "property" in one.labels:
        what = getattr(one, "annotation", None)
    code = re.sub(r"\s+", " ", str(what)).replace("|", "\\|") if what is not None else ""
    return f"| `{name}` | {f'`{code}`' if code else ''} | {cell(_first_paragraph(one))} |\n"


def _method(title: str, name: str, one: griffe.Function) -> str:
    return f"#### {title}\n\n{_signature(name, one)}{_text(one)}"


def _signature(name: str, one: griffe.Function) -> str:
    words: list[str] = []
    keyword_only = False
    for parameter in one.parameters:
        if parameter.name in {"self", "cls"}:
            continue
        kind = parameter.kind
        if kind is griffe.ParameterKind.keyword_only and not keyword_only:
            keyword_only = True
            words += [] if any(word.startswith("*") for word in words) else ["*"]
        star = {griffe.ParameterKind.var_positional: "*", griffe.ParameterKind.var_keyword: "**"}.get(
            kind or griffe.ParameterKind.positional_or_keyword, ""
        )
        annotation = f": {parameter.annotation}" if parameter.annotation is not None else ""
        is_optional = parameter.default is not None and not star
        words.append(f"{star}{parameter.name}{annotation}{f' = {parameter.default}' if is_optional else ''}")
    prefix = "async " if "async" in one.labels else ""
    returns = f" -> {one.returns}" if one.returns is not None and name[0].islower() else ""
    return f"```text\n{prefix}{name}({_wrapped(words)}){returns}\n```\n\n"


def _wrapped(words: Sequence[str]) -> str:
    line = ", ".join(words)
    return line if len(line) <= _MAX_LINE else "\n    " + ",\n    ".join(words) + ",\n"


def _text(one: griffe.Object) -> str:
    """A docstring in Markdown: examples for an interpreter become a block."""
    if one.docstring is None:
        return ""
    text = one.docstring.value.strip()
    text = re.sub(r"(?m)((?:^>>> .*\n?|^(?!>>> )\S.*\n?(?<=\n)(?=>>>))+(?:^#.*|^\S.*)?)", _session, text)
    return f"{text}\n\n"


def _session(found: "re.Match[str]") -> str:
    return f"```pycon\n{found[0].rstrip()}\n```\n" if found[0].startswith(">>>") else found[0]


def _first_paragraph(one: griffe.Object) -> str:
    if one.docstring is None:
        return ""
    return " ".join(one.docstring.value.split("\n\n")[0].split())
