"""Reading `s3kms.toml`: every mistake at once, each with its place and what is allowed there."""

import difflib
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from s3kms.desired.configuration import Configuration
from s3kms.model.advice import Advice, Option
from s3kms.model.errors import BadInput

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

DEFAULT_FILE = "s3kms.toml"


def load_configuration(path: Path | None, known_rules: Collection[str]) -> Configuration:
    """The wanted state in a file; without one, in `s3kms.toml` of this folder; without that, the defaults.

    Raises BadInput with one line a mistake.
    """
    if path is None:
        path = Path(DEFAULT_FILE)
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
        raise BadInput(f"{path} is not UTF-8 text (byte {error.start})") from error
    return parse_wanted(text, str(path), known_rules)


def parse_wanted(text: str, source: str, known_rules: Collection[str]) -> Configuration:
    """The wanted state in a TOML text. Raises BadInput."""
    from pydantic import ValidationError  # noqa: PLC0415 - only when there is a file

    from s3kms.desired.schema import FileTable  # noqa: PLC0415

    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{source} is not TOML: {error}") from error
    except RecursionError as error:
        raise BadInput(f"{source} is not TOML that a person wrote: it is nested too deeply") from error
    mistakes = _unknown_rules(data, known_rules)
    try:
        wanted = FileTable.model_validate(data).wanted_state()
    except ValidationError as error:
        mistakes = [_sentence(detail) for detail in error.errors()] + mistakes
    if mistakes:
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        raise BadInput(f"{source} has {count}:\n" + "\n".join(f"  {line}" for line in mistakes))
    return wanted


def _sentence(detail: "ErrorDetails") -> str:
    """`exemptions[0].until: 'tomorrow' is not allowed; allowed: …`."""
    where = tuple(part for part in detail["loc"] if part != "[key]")
    place = _path(where)
    if detail["type"] == "extra_forbidden":
        return f"{place}: {_no_such_key(where)}"
    allowed = _allowed(where, is_key=detail["loc"][-1:] == ("[key]",))
    tail = f"; allowed: {allowed}" if allowed else ""
    if detail["type"] == "missing":
        return f"{place}: is missing{tail}"
    if detail["type"] == "value_error" and isinstance(detail["input"], dict):
        return f"{place}: {detail['msg'].removeprefix('Value error, ')}"
    return f"{place}: {detail['input']!r} is not allowed{tail}"


def _no_such_key(where: tuple[Any, ...]) -> str:
    from s3kms.desired.schema import table_at  # noqa: PLC0415

    table = table_at(where[:-1])
    keys = list(table.model_fields) if table else []
    near = difflib.get_close_matches(str(where[-1]), keys, n=1)
    guess = f", did you mean {near[0]}?" if near else ""
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


def _unknown_rules(data: dict[str, Any], known: Collection[str]) -> list[str]:
    """Rule ids are the rules' business; the caller knows which there are."""
    named = [(f"rules[{i}]", rule) for i, rule in enumerate(_list(data.get("rules")))]
    named += [
        (f"exemptions[{i}].rule", exemption["rule"])
        for i, exemption in enumerate(_list(data.get("exemptions")))
        if isinstance(exemption, dict) and "rule" in exemption
    ]
    return [
        f"{place}: there is no rule {rule!r}; allowed: {', '.join(sorted(known))}"
        for place, rule in named
        if isinstance(rule, str) and rule not in known
    ]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
