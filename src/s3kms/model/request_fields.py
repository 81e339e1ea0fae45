"""What a field of a request means elsewhere, said once, at the field.

A request (`ScanRequest`, `FixRequest`) is a frozen dataclass whose fields are made by `request_field`. What is
derived from the fields, and never repeated by hand: which options do not apply to these targets, what a checkpoint
is the checkpoint of, what a comparison could have come across, and what the journal keeps of a run.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from enum import StrEnum
from functools import partial
from typing import Any

from s3kms.model.advice import Advice, Option, Sentence
from s3kms.model.errors import BadInput
from s3kms.model.operations import Operation

_ROLE = "s3kms.role"


class TargetKind(StrEnum):
    """The sorts of thing that a request can be about."""

    LIVE = "buckets in an account"
    AGGREGATOR = "an AWS Config aggregator"
    CODE = "code"


ANY_TARGET = frozenset(TargetKind)
LIVE_ONLY = frozenset({TargetKind.LIVE})
LIVE_OR_AGGREGATOR = frozenset({TargetKind.LIVE, TargetKind.AGGREGATOR})
CODE_ONLY = frozenset({TargetKind.CODE})


@dataclass(frozen=True, slots=True)
class BucketIdentity:
    """What tells one bucket from another, as far as it is known."""

    name: str | None
    account: str | None = None
    region: str | None = None
    arn: str | None = None
    files: tuple[str, ...] | None = None
    """Where code declares it, as paths; None where that is not known."""


Keeps = Callable[[Any, BucketIdentity], bool]
Operations = Callable[[Any], frozenset[Operation]]


def _unchanged(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class FieldRole:
    """What one field of a request means to those who derive something from it."""

    applies_to: frozenset[TargetKind] = ANY_TARGET
    keeps: Keeps | None = None
    """Of an option that narrows: whether its value leaves the bucket in."""
    prepared: Callable[[Any], Any] = _unchanged
    """What `keeps` is given in the place of the value; made once a scan."""
    is_checkpointed: bool = False
    """Whether a checkpoint made with another value is one of another scan."""
    is_journalled: bool = False
    """Whether a run's journal keeps it."""
    is_secret: bool = False
    """Whether only its names are kept in a journal: variables of code may hold secrets."""
    operations: Operations | None = None
    """The calls to AWS that its value adds to those of the request."""


def request_field(
    default: Any = MISSING,
    *,
    default_factory: Callable[[], Any] | None = None,
    applies_to: frozenset[TargetKind] = ANY_TARGET,
    keeps: Keeps | None = None,
    prepared: Callable[[Any], Any] = _unchanged,
    is_checkpointed: bool | None = None,
    is_journalled: bool = False,
    is_secret: bool = False,
    operations: Operations | None = None,
) -> Any:
    """A field of a request, with its role. What narrows is part of a checkpoint's key unless told otherwise."""
    in_key = keeps is not None if is_checkpointed is None else is_checkpointed
    role = FieldRole(applies_to, keeps, prepared, in_key, is_journalled, is_secret, operations)
    if default_factory is not None:
        return field(default_factory=default_factory, metadata={_ROLE: role})
    return field(default=default, metadata={_ROLE: role})


def roles_of(request: object) -> Iterator[tuple[str, FieldRole, Any]]:
    """Name, role and value of every field of a request that has a role."""
    for one in fields(request):  # type: ignore[arg-type]
        if role := one.metadata.get(_ROLE):
            yield one.name, role, getattr(request, one.name)


def given_options(request: object) -> frozenset[str]:
    """The fields that say something else than their default."""
    defaults = {one.name: _default_of(one) for one in fields(request)}  # type: ignore[arg-type]
    return frozenset(name for name, _, value in roles_of(request) if value != defaults[name])


def check_options_apply(request: object, kind: TargetKind, given: frozenset[str] | None = None) -> None:
    """Raises BadInput for an option that means nothing for targets of this kind.

    `given` are the options that the user named, where the interface knows it better than the values tell.
    """
    named = given_options(request) if given is None else given
    for name, role, _ in roles_of(request):
        if name in named and kind not in role.applies_to:
            about = " or ".join(one.value for one in TargetKind if one in role.applies_to)
            raise BadInput(
                Sentence(
                    "{option} is about {about}, and the targets are {kind}",
                    {"option": Option(name), "about": about, "kind": kind.value},
                ),
                advice=Advice("leave it out"),
            )


def checkpoint_key(request: object) -> Mapping[str, Any]:
    """What tells one scan from another: the value of every checkpointed field."""
    return {name: value for name, role, value in roles_of(request) if role.is_checkpointed}


def narrowing_of(request: object) -> Callable[[BucketIdentity], bool] | None:
    """Whether every narrowing option of a request leaves a bucket in; None where it narrows nothing.

    Made once a scan, for it is asked once a bucket: going through the fields each time cost a quarter of the engine.
    """
    given = given_options(request)
    tests = [
        partial(role.keeps, role.prepared(value))
        for name, role, value in roles_of(request)
        if role.keeps is not None and name in given
    ]
    if not tests:
        return None
    return lambda identity: all(test(identity) for test in tests)


def keeps_bucket(request: object, identity: BucketIdentity) -> bool:
    """Whether every narrowing option leaves the bucket in."""
    narrowing = narrowing_of(request)
    return narrowing is None or narrowing(identity)


def journal_fields(request: object) -> dict[str, Any]:
    """What the journal keeps of a request, as JSON values; of secret fields the names alone."""
    kept: dict[str, Any] = {}
    for name in sorted(given_options(request)):
        role, value = next((role, value) for field_, role, value in roles_of(request) if field_ == name)
        if role.is_journalled:
            kept[name] = _names_of(value) if role.is_secret else _as_json(value)
    return kept


def operations_of(request: object) -> frozenset[Operation]:
    """The calls to AWS that the values of a request's fields add."""
    found = (role.operations(value) for _, role, value in roles_of(request) if role.operations is not None)
    return frozenset[Operation]().union(*found)


def _default_of(one: Any) -> Any:
    if one.default_factory is not MISSING:
        return one.default_factory()
    return one.default


def _names_of(value: Any) -> list[str]:
    return [str(name) for name, _ in (value.items() if isinstance(value, Mapping) else value)]


def _as_json(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple | list | frozenset | set):
        items = [_as_json(item) for item in value]
        return sorted(items) if isinstance(value, frozenset | set) else items
    return str(value)
