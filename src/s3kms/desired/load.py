"""Reading `s3kms.toml`: every mistake at once, each with its place and what is allowed there."""

import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from s3kms.desired.configuration import Configuration
from s3kms.desired.discover import FILE_NAME, PYPROJECT, PYPROJECT_TABLE
from s3kms.desired.toml_lines import find_line
from s3kms.model.advice import Advice, Option
from s3kms.model.errors import BadInput
from s3kms.text.nearest import did_you_mean

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_FORM = Advice("correct it, or name another with {option}", {"option": Option("config")})
_SHOWN_CHARACTERS = 60
"""Of a wrong value."""


def load_configuration(path: Path | None, known_rules: Collection[str]) -> Configuration:
    """The wanted state in a file; without one, in `s3kms.toml` of this folder; without that, the defaults.

    Raises BadInput with one line a mistake.
    """
    if path is None:
        path = Path(FILE_NAME)
        if not path.exists():
            return Configuration()
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BadInput(
            f"{path} cannot be read: {error.strerror}",
            advice=Advice("name another with {option}", {"option": Option("config")}),
        ) from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 text (byte {error.start})", advice="save it as UTF-8") from error
    return parse_wanted(text, str(path), known_rules)


def parse_wanted(text: str, source: str, known_rules: Collection[str]) -> Configuration:
    """The wanted state in a TOML text; of a `pyproject.toml`, in its table `tool.s3kms`. Raises BadInput."""
    from pydantic import ValidationError  # noqa: PLC0415 - only when there is a file

    from s3kms.desired.schema import FileTable  # noqa: PLC0415

    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{source} is not TOML: {error}", advice=_FORM) from error
    except RecursionError as error:
        raise BadInput(f"{source} is not TOML that a person wrote: it is nested too deeply") from error
    within = PYPROJECT_TABLE if Path(source).name == PYPROJECT else ()
    table = _table(data, within, source)
    mistakes = _unknown_rules(table, known_rules)
    try:
        wanted = FileTable.model_validate(table).wanted_state()
    except ValidationError as error:
        mistakes = [_mistake(detail) for detail in error.errors()] + mistakes
    if mistakes:
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        told = "\n".join(f"  {mistake.told(text, within)}" for mistake in mistakes)
        raise BadInput(f"{source} has {count}:\n{told}")
    return wanted


def _table(data: dict[str, Any], path: tuple[str, ...], source: str) -> Any:
    """The table at a path. Raises BadInput."""
    table: Any = data
    for key in path:
        table = table.get(key) if isinstance(table, dict) else None
    if not isinstance(table, dict):
        raise BadInput(
            f"{source} has no table [{'.'.join(path)}]",
            advice=Advice("write it there, or name another file with {option}", {"option": Option("config")}),
        )
    return table


@dataclass(frozen=True, slots=True)
class _Mistake:
    """What is wrong with the value at a path."""

    path: tuple[str | int, ...]
    what: str

    def told(self, text: str, within: tuple[str, ...]) -> str:
        """`line 7, exemptions[0].until: 'tomorrow' is not allowed; allowed: …`."""
        line = find_line(text, (*within, *self.path))
        return f"{f'line {line}, ' if line else ''}{_path(self.path)}: {self.what}"


def _mistake(detail: "ErrorDetails") -> _Mistake:
    where = tuple(part for part in detail["loc"] if part != "[key]")
    if detail["type"] == "extra_forbidden":
        return _Mistake(where, _no_such_key(where))
    allowed = _allowed(where, is_key=detail["loc"][-1:] == ("[key]",))
    tail = f"; allowed: {allowed}" if allowed else ""
    if detail["type"] == "missing":
        return _Mistake(where, f"is missing{tail}")
    if detail["type"] == "value_error" and isinstance(detail["input"], dict):
        return _Mistake(where, detail["msg"].removeprefix("Value error, "))
    return _Mistake(where, f"{_shown(detail['input'])} is not allowed{tail}")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"


def _no_such_key(where: tuple[Any, ...]) -> str:
    from s3kms.desired.schema import table_at  # noqa: PLC0415

    table = table_at(where[:-1])
    keys = list(table.model_fields) if table else []
    guess = did_you_mean(str(where[-1]), keys)
    return f"there is no such key{guess}; allowed here: {', '.join(keys)}"


def _allowed(where: tuple[Any, ...], *, is_key: bool) -> str:
    """The description of the innermost named field, from the schema."""
    from s3kms.desired.schema import Account, FileTable, Key, Region, table_at  # noqa: PLC0415

    if where and where[0] == "keys":
        if is_key:
            return _description(Account if len(where) == 2 else Region)  # noqa: PLR2004 - keys.ACCOUNT
        return _description(Key) if len(where) > 2 else FileTable.model_fields["keys"].description or ""  # noqa: PLR2004
    named = [part for part in where if isinstance(part, str)]
    table = table_at(tuple(named[:-1])) if named else None
    info = table.model_fields.get(named[-1]) if table else None
    if info is None:
        return ""
    return info.description or next((_description(arg) for arg in _arguments(info.annotation)), "")


def _arguments(annotation: Any) -> list[Any]:
    return [arg for arg in getattr(annotation, "__args__", ()) if getattr(arg, "__metadata__", None)]


def _description(annotated: Any) -> str:
    return next((meta.description for meta in annotated.__metadata__ if getattr(meta, "description", "")), "")


def _path(where: tuple[Any, ...]) -> str:
    text = ""
    for part in where:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f"{'.' if text else ''}{part}"
    return text


def _unknown_rules(data: dict[str, Any], known: Collection[str]) -> list[_Mistake]:
    """Rule ids are the rules' business; the caller knows which there are."""
    named: list[tuple[tuple[str | int, ...], Any]] = [
        (("rules", i), rule) for i, rule in enumerate(_list(data.get("rules")))
    ]
    named += [
        (("exemptions", i, "rule"), exemption["rule"])
        for i, exemption in enumerate(_list(data.get("exemptions")))
        if isinstance(exemption, dict) and "rule" in exemption
    ]
    return [
        _Mistake(
            path,
            f"there is no rule {_shown(rule)}{did_you_mean(rule, known)}; allowed: {', '.join(sorted(known))}",
        )
        for path, rule in named
        if isinstance(rule, str) and rule not in known
    ]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
