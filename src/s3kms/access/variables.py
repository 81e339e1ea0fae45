"""Policy variables: `${aws:username}` in a resource or in the value of a condition."""

from collections.abc import Iterator
from dataclasses import dataclass

from s3kms.access.context import MULTIVALUED_KEYS, RequestContext
from s3kms.access.texts import LITERAL_MARK, LITERAL_STAR, Text, as_pattern

_ESCAPES = {"*": LITERAL_STAR, "?": LITERAL_MARK, "$": "$"}


@dataclass(frozen=True, slots=True)
class ResolvedText:
    """A text of a policy as it stands for one request."""

    pattern: str
    is_certain: bool = True
    """Whether it is the whole truth; else a `*` stands for what is not known."""


def resolve_text(text: Text, context: RequestContext, *, has_variables: bool) -> ResolvedText:
    """The text for a request. Only policies of version 2012-10-17 have variables.

    One whose key is absent "might cause the entire statement to be invalid" (IAM User Guide, "IAM policy elements:
    Variables and tags"), so that such a text is not certain.
    """
    pattern = as_pattern(text)
    is_certain = isinstance(text, str)
    if not has_variables or "${" not in pattern:
        return ResolvedText(pattern, is_certain)
    pieces = list(_pieces(pattern, context))
    return ResolvedText(
        "".join("*" if one is None else one for one in pieces), is_certain and None not in pieces
    )


def _pieces(pattern: str, context: RequestContext) -> Iterator[str | None]:
    place = 0
    while (start := pattern.find("${", place)) >= 0:
        end = pattern.find("}", start)
        if end < 0:
            break
        yield pattern[place:start]
        yield _value_of(pattern[start + 2 : end], context)
        place = end + 1
    yield pattern[place:]


def _value_of(inside: str, context: RequestContext) -> str | None:
    if inside in _ESCAPES:
        return _ESCAPES[inside]
    key, has_default, default = inside.partition(",")
    if key.strip().lower() in MULTIVALUED_KEYS:
        return None
    values = context.find(key.strip())
    if values is not None and len(values) == 1 and isinstance(values[0], str):
        return _literal(values[0])
    quoted = default.strip()
    is_default = has_default and len(quoted) > 1 and quoted[0] == quoted[-1] == "'"
    return _literal(quoted[1:-1]) if values == () and is_default else None


def _literal(value: str) -> str:
    return value.replace("*", LITERAL_STAR).replace("?", LITERAL_MARK)
