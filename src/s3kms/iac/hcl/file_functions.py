"""Functions that read files beside the code: `file`, `filesha256`, `templatefile`, `fileset` and their kin."""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase

from s3kms.iac.files import UnreadFile
from s3kms.iac.hcl.advice import CHECK_PLAN, READ_OUTSIDE
from s3kms.iac.hcl.composite_values import MAX_TEXT_CHARACTERS
from s3kms.iac.hcl.interface import Evaluator
from s3kms.iac.hcl.module_loader import ModuleLoader
from s3kms.iac.hcl.native_syntax import parse_native
from s3kms.iac.hcl.scalars import make_too_large, to_text
from s3kms.iac.hcl.scope import ExpressionScope
from s3kms.iac.hcl.symbols import derive_unknown, make_symbol
from s3kms.iac.hcl.syntax_tree import TemplateExpression
from s3kms.iac.hcl.values import SetValue, Value
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.model.advice import Advice
from s3kms.model.unknown import Unknown, UnknownCause


def _hashed(name: str) -> Callable[[bytes], str]:
    return lambda data: hashlib.new(name, data, usedforsecurity=False).hexdigest()


def _hashed64(name: str) -> Callable[[bytes], str]:
    return lambda data: base64.b64encode(hashlib.new(name, data).digest()).decode()


_FROM_BYTES: Mapping[str, Callable[[bytes], str]] = {
    "filebase64": lambda data: base64.b64encode(data).decode(),
    "filemd5": _hashed("md5"),
    "filesha1": _hashed("sha1"),
    "filesha256": _hashed("sha256"),
    "filesha512": _hashed("sha512"),
    "filebase64sha256": _hashed64("sha256"),
    "filebase64sha512": _hashed64("sha512"),
}


def call_file_function(
    evaluator: Evaluator, name: str, args: tuple[Value, ...], scope: ExpressionScope
) -> Value:
    """What one of `functions.NEEDS_FILES` comes to. Raises Rejected.

    Unknown for a file that may not be read: one that is hidden, or far outside the code.
    """
    if not args:
        raise Rejected(f"{name} needs a path")
    text = to_text(args[0])
    if isinstance(text, UnknownValue):
        return derive_unknown(make_symbol(name, *args), (text,))
    if text is None:
        raise Rejected(f"{name} needs a path")
    loader = evaluator.loader
    path = loader.path_of(text)
    if name == "fileset":
        return _fileset(loader, text, args[1:])
    if path is None:
        return _not_read(name, text, "is not read: it is hidden or too far outside the code")
    data = loader.read_file(text)
    if name == "fileexists":
        return data is not None
    if isinstance(data, UnreadFile):
        return _not_read(name, text, data.why, READ_OUTSIDE if data.is_outside else CHECK_PLAN)
    if data is None:
        raise Rejected(f"the file {text} does not exist")
    return _made_of(evaluator, name, data, args, scope)


def _made_of(
    evaluator: Evaluator, name: str, data: bytes, args: tuple[Value, ...], scope: ExpressionScope
) -> Value:
    if name == "filebase64" and len(data) > MAX_TEXT_CHARACTERS:
        return make_too_large(f"the file {to_text(args[0])}")
    evaluator.loader.budget.touch(characters=len(data))
    if make := _FROM_BYTES.get(name):
        return make(data)
    try:
        content = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Rejected(f"{to_text(args[0])} is not UTF-8") from None
    if len(content) > MAX_TEXT_CHARACTERS:
        return make_too_large(f"the file {to_text(args[0])}")
    return content if name == "file" else render_template(evaluator, name, content, args[1:], scope)


def _not_read(function: str, path: str, why: str, advice: Advice = CHECK_PLAN) -> UnknownValue:
    unknown = Unknown(UnknownCause.FILE_UNREAD, f"{path} {why}", advice)
    return UnknownValue(f"{function}({path!r})", unknown)


def render_template(
    evaluator: Evaluator, name: str, content: str, args: tuple[Value, ...], scope: ExpressionScope
) -> Value:
    """`templatefile` or `templatestring`: a text with interpolations, which sees only the variables it is given.

    Raises Rejected.
    """
    given = args[0] if args else {}
    if isinstance(given, UnknownValue):
        return derive_unknown("", (given,))
    if not isinstance(given, dict):
        raise Rejected(f"{name} needs an object of variables")
    mark = "END_OF_TEMPLATE"
    while mark in content:
        mark += "_"
    found = parse_native(f"x = <<{mark}\n{content}\n{mark}\n".encode()).body.attributes.get("x")
    expression = found.expression if found else None
    if not isinstance(expression, TemplateExpression):
        return content
    value = evaluator.value(
        expression, ExpressionScope(scope.module_instance, scope.path, given, is_certain=scope.is_certain)
    )
    return value[:-1] if isinstance(value, str) else value


def _fileset(loader: ModuleLoader, folder: str, args: tuple[Value, ...]) -> Value:
    """The files of one folder by a pattern; unknown where it reaches into subfolders, which are not listed."""
    pattern = args[0] if args else None
    if isinstance(pattern, UnknownValue):
        return derive_unknown("", (pattern,))
    below, slash, last = pattern.rpartition("/") if isinstance(pattern, str) else ("*", "", "")
    where = loader.path_of(f"{folder}/{below}")
    if where is None or any(mark in below for mark in "*?[{") or "**" in last:
        unknown = Unknown(UnknownCause.UNSUPPORTED, "fileset of subfolders is not evaluated", CHECK_PLAN)
        return UnknownValue(f"fileset({folder!r})", unknown)
    names = loader.files.names(where)

    unread = loader.files.read(where / names[0]) if names else None
    if isinstance(unread, UnreadFile) and unread.is_outside:
        return _not_read("fileset", folder, unread.why, READ_OUTSIDE)
    patterns = _expand_braces(last)
    found = (name for name in names if any(fnmatchcase(name, one) for one in patterns))
    return SetValue(tuple(sorted(f"{below}{slash}{name}" for name in found)))


def _expand_braces(pattern: str) -> list[str]:
    found = re.search(r"\{([^{}]{0,200})\}", pattern)
    if not found:
        return [pattern]
    return [f"{pattern[: found.start()]}{one}{pattern[found.end() :]}" for one in found[1].split(",")]
