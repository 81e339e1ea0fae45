"""Statements merged into a policy document that is there already: it only widens, and nothing is said twice. Pure."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from s3kms.access.texts import matches_glob
from s3kms.model.errors import Refused

MAX_KEY_POLICY_BYTES = 32 * 1024
"""What KMS takes of a key policy (fact B25)."""
MAX_BUCKET_POLICY_BYTES = 20 * 1024
"""What S3 takes of a bucket policy (fact B25)."""
MAX_DEPTH = 20
"""Levels of a document that is merged; one that means something has half a dozen."""
SID = "S3kms"
"""How the Sid of every statement begins that is added."""

Statement = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MergedPolicy:
    """A document with what was added to it."""

    text: str
    """As JSON, without white space that means nothing: what is written and counted."""
    added: tuple[Statement, ...]
    """Statements of which something was not there yet."""

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.text.encode())


def merge_statements(present: str, statements: Iterable[Statement]) -> MergedPolicy:
    """The present document with these Allow statements: what it says already is not added, and principals join a
    statement that says the same of others. Whatever else stands in the document is kept as it is.

    Merging twice is merging once. Raises Refused for a document that is none.
    """
    document = parse_document(present)
    listed = list_statements(document)
    added: list[Statement] = []
    for statement in statements:
        if any(_says(one, statement) for one in listed):
            continue
        added.append(statement)
        place = next((at for at, one in enumerate(listed) if _is_joinable(one, statement)), None)
        if place is None:
            listed.append({"Sid": _free_sid(listed), **{k: v for k, v in statement.items() if k != "Sid"}})
        else:
            listed[place] = _joined(listed[place], statement)
    if not added:
        return MergedPolicy(present, ())
    return MergedPolicy(compact_document({**document, "Statement": listed}), tuple(added))


def parse_document(text: str) -> dict[str, Any]:
    """A document that can be edited and written again. Raises Refused for one that is none, or says a thing twice."""
    try:
        found = json.loads(text, object_pairs_hook=_named_once, parse_constant=_no_constant)
        is_written = (
            isinstance(found, dict)
            and _is_shallow(found, MAX_DEPTH)
            and bool(compact_document(found).encode())
        )
    except (ValueError, RecursionError) as error:
        raise Refused("its policy is not JSON, so nothing can be added to it") from error
    if not is_written:
        raise Refused(
            "its policy is not a JSON object, or is nested too deeply, so nothing can be added to it"
        )
    for one in list_statements(found):
        if not isinstance(one, dict) or not isinstance(one.get("Sid", ""), str):
            raise Refused("its policy has an invalid statement, so nothing can be added to it")
    return dict(found)


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Raises Refused for a name that stands twice: which one counts is not documented, one would be lost."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Refused("its policy has a duplicate element, so nothing can be added to it")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity, which Python reads and JSON has not


def _is_shallow(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return True
    items = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(_is_shallow(one, levels - 1) for one in items)


def list_statements(document: Mapping[str, Any]) -> list[Any]:
    """The statements of a document: of one alone IAM takes no list."""
    found = document.get("Statement", [])
    return list(found) if isinstance(found, list) else [found]


def compact_document(document: Mapping[str, Any]) -> str:
    """As it is written: without white space that means nothing."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def means_the_same(one: str, other: str) -> bool:
    """Whether two documents say the same: order of lists, single values and white space do not count."""
    try:
        return bool(_canonical(json.loads(one)) == _canonical(json.loads(other)))
    except (ValueError, RecursionError):
        return one == other


def takes_away(present: str, wanted: str) -> bool:
    """Whether the wanted document may let somebody in less than the present one: a statement that allows is missing
    in it, or it denies more. Of documents that cannot be compared it may.
    """
    try:
        before, after = list_statements(parse_document(present)), list_statements(parse_document(wanted))
    except Refused:
        return True
    kept = [_canonical(one) for one in after]
    had = [_canonical(one) for one in before]
    lost = (one for one in before if not _denies(one) and _canonical(one) not in kept)
    return any(not any(_says(other, one) for other in after) for one in lost) or any(
        _denies(one) and _canonical(one) not in had for one in after
    )


def _denies(statement: Any) -> bool:
    return isinstance(statement, dict) and statement.get("Effect") == "Deny"


def _canonical(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _canonical(item) for name, item in value.items()}
    if isinstance(value, list):
        items = [_canonical(item) for item in value]
        return items[0] if len(items) == 1 else sorted(items, key=lambda one: json.dumps(one, sort_keys=True))
    return value


def _says(present: Any, wanted: Statement) -> bool:
    """Whether a statement that is there says all that a wanted one says, or more."""
    if not _is_alike(present, wanted):
        return False
    actions = policy_texts(present.get("Action"))
    covered = all(
        any(matches_glob(have.lower(), want.lower()) for have in actions)
        for want in policy_texts(wanted.get("Action"))
    )
    return covered and _covers_principals(present.get("Principal"), wanted.get("Principal"))


def _is_alike(present: Any, wanted: Statement) -> bool:
    return bool(
        isinstance(present, dict)
        and present.get("Effect") == wanted.get("Effect") == "Allow"
        and not {"NotPrincipal", "NotAction", "NotResource"} & present.keys()
        and _canonical(present.get("Condition") or {}) == _canonical(wanted.get("Condition") or {})
        and _canonical(present.get("Resource")) == _canonical(wanted.get("Resource"))
    )


def _covers_principals(present: Any, wanted: Any) -> bool:
    if not isinstance(present, dict) or not isinstance(wanted, dict):
        return bool(present == wanted)
    return all(
        set(policy_texts(names)) <= set(policy_texts(present.get(kind))) for kind, names in wanted.items()
    )


def _is_joinable(present: Any, wanted: Statement) -> bool:
    """Whether the principals of a wanted statement can stand in one of ours that says the same of others."""
    return (
        _is_alike(present, wanted)
        and str(present.get("Sid", "")).startswith(SID)
        and _canonical(present.get("Action")) == _canonical(wanted.get("Action"))
        and isinstance(present.get("Principal"), dict)
        and isinstance(wanted.get("Principal"), dict)
        and present["Principal"].keys() == wanted["Principal"].keys()
        and "*" not in {*_all_names(present["Principal"]), *_all_names(wanted["Principal"])}
    )


def _joined(present: Mapping[str, Any], wanted: Statement) -> dict[str, Any]:
    principals = {
        kind: list(dict.fromkeys([*policy_texts(names), *policy_texts(wanted["Principal"][kind])]))
        for kind, names in present["Principal"].items()
    }
    return {**present, "Principal": principals}


def _all_names(principal: Mapping[str, Any]) -> list[str]:
    return [name for names in principal.values() for name in policy_texts(names)]


def policy_texts(value: Any) -> list[str]:
    """What IAM takes as one text or as a list of them."""
    if value is None:
        return []
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _free_sid(listed: Sequence[Any]) -> str:
    taken = {one.get("Sid") for one in listed if isinstance(one, dict)}
    number = 1
    while f"{SID}{number}" in taken:
        number += 1
    return f"{SID}{number}"
