"""From the facts of a bucket to its class in a plan. Pure."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from s3kms.hazards import UNREAD, all_hazards
from s3kms.hazards.interface import Danger, EncryptionSwitch, Hazard, HazardShape
from s3kms.model.bucket import Bucket
from s3kms.model.plan import PlanClass, PlannedHazard
from s3kms.model.unknown import NOT_READ, Unknown


def find_hazards(
    bucket: Bucket, switch: EncryptionSwitch, *, readers_only: bool = False
) -> tuple[PlannedHazard, ...]:
    """What every hazard finds on a bucket, what decides its class first; one that is not there says nothing.

    `readers_only` leaves those out that break writing alone: they are no matter of objects that are there.
    """
    found: list[PlannedHazard] = []
    unread = set[str]()
    for hazard in all_hazards():
        if readers_only and not hazard.is_about_readers:
            continue
        match hazard.evaluate(bucket, switch):
            case Danger() as danger:
                found.append(_planned(hazard, danger))
            case Unknown() as unknown if (
                hazard.shape.breaks and unknown is not NOT_READ and unknown.why not in unread
            ):
                unread.add(unknown.why)
                found.append(unread_hazard(unknown))
    return tuple(by_gravity(found))


def by_gravity(hazards: Iterable[PlannedHazard]) -> list[PlannedHazard]:
    """What decides the class first."""
    return sorted(hazards, key=lambda one: -one.plan_class.gravity)


def class_of(hazards: Iterable[PlannedHazard]) -> PlanClass:
    """The gravest of what each gives."""
    return max((one.plan_class for one in hazards), key=lambda one: one.gravity, default=PlanClass.READY)


def unread_hazard(unknown: Unknown) -> PlannedHazard:
    """A fact that could not be read: something may break."""
    why = f"may break something: {unknown.why}"
    return PlannedHazard(UNREAD, why, unknown.advice, PlanClass.LOOK, "what could not be read")


def accepted_class(hazards: Sequence[PlannedHazard], accept: frozenset[str]) -> PlanClass:
    """The class, with the hazards left out that were accepted by name."""
    return class_of(one for one in hazards if one.id not in accept)


def _planned(hazard: Hazard, danger: Danger) -> PlannedHazard:
    return PlannedHazard(
        hazard.id,
        danger.why,
        hazard.advice,
        _CLASSES[hazard.shape],
        hazard.title,
        tuple(one.to_policy() for one in danger.statements),
    )


_CLASSES = {
    HazardShape.UNSUPPORTED: PlanClass.STAY,
    HazardShape.SILENT_DAMAGE: PlanClass.PREPARE,
    HazardShape.NEEDS_CUSTOMER_KEY: PlanClass.PREPARE,
    HazardShape.NEEDS_PERMISSION: PlanClass.PREPARE,
    HazardShape.NEEDS_PREPARATION: PlanClass.PREPARE,
    HazardShape.IGNORES_DEFAULT: PlanClass.READY,
}


def statement_text(statement: Mapping[str, Any]) -> str:
    """A statement on one line."""
    return json.dumps(statement, ensure_ascii=True)


@dataclass(frozen=True, slots=True)
class KeyAdvice:
    """Which key a bucket should get, and why."""

    key: str
    """`aws/s3`, `a customer managed key`, or the key that was asked for."""
    reason: str


CUSTOMER_KEY = "a customer managed key"
AWS_MANAGED_KEY = "aws/s3"


def advise_key(asked: str | None, hazards_of_managed: Sequence[PlannedHazard]) -> KeyAdvice:
    """The AWS managed key only where nobody but the own account reads and writes, as far as the settings tell.

    `hazards_of_managed` are those that fire with the AWS managed key.
    """
    if asked is not None:
        return KeyAdvice(asked, "it was asked for")
    needing = {hazard.id for hazard in all_hazards() if hazard.shape is HazardShape.NEEDS_CUSTOMER_KEY}
    for hazard in hazards_of_managed:
        if hazard.id in needing:
            return KeyAdvice(CUSTOMER_KEY, hazard.why)
    if any(hazard.plan_class is PlanClass.LOOK for hazard in hazards_of_managed):
        return KeyAdvice(AWS_MANAGED_KEY, "not everything that shows who uses it could be read")
    return KeyAdvice(AWS_MANAGED_KEY, "its settings grant access to its own account alone")
