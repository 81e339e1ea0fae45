"""The sum of a plan, folded as the buckets come. Pure."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from s3kms.model.access import AccessGroup
from s3kms.model.advice import Advice
from s3kms.model.plan import PlanCause, PlanClass, PlannedAccess, PlannedBucket, PlannedHazard

MAX_CAUSES = 200
"""Causes that are told apart: a reason that names its bucket is another one each time."""
_EXAMPLES = 3
MAX_COUNTED = 100
"""Principals of one line that are told apart over all buckets."""


@dataclass(slots=True)
class _Cause:
    plan_class: PlanClass
    what: str
    advice: Advice
    statements: tuple[Mapping[str, Any], ...]
    count: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Access:
    group: AccessGroup
    """The first."""
    names: dict[str, None] = field(default_factory=dict)
    """The first that were met, each once: the policies of two buckets name different ones."""
    whys: dict[str, None] = field(default_factory=dict)
    most: int = 0
    buckets: int = 0

    def add(self, group: AccessGroup) -> None:
        """Count the principals of one bucket, and remember why."""
        self.most = max(self.most, group.count)
        if len(self.names) < MAX_COUNTED:
            self.names.update(dict.fromkeys(group.principals[:MAX_COUNTED]))
        if len(self.whys) <= _EXAMPLES:
            self.whys[group.why] = None

    @property
    def why(self) -> str:
        """The first reasons, and whether there are others."""
        first = "; ".join(tuple(self.whys)[:_EXAMPLES])
        return f"{first}; and other reasons" if len(self.whys) > _EXAMPLES else first


@dataclass(slots=True)
class AccessFold:
    """What becomes of whom through which policy, over all buckets; it does not grow with the estate."""

    _found: dict[tuple[object, ...], _Access] = field(default_factory=dict)

    def add(self, groups: tuple[AccessGroup, ...]) -> None:
        """Count the principals of one bucket."""
        seen = set[tuple[object, ...]]()
        for one in groups:
            group = one
            key = (group.access, group.through, group.is_administrator, group.may_lose, group.observed)
            if key not in self._found and len(self._found) >= MAX_CAUSES:
                key = (group.access, "", False, group.may_lose, None)
                group = replace(group, through="other policies", is_administrator=False, observed=None)
            found = self._found.setdefault(key, _Access(group))
            found.add(group)
            found.buckets += key not in seen
            seen.add(key)

    def summary(self) -> tuple[PlannedAccess, ...]:
        """Who loses access first; of the same answer those in most buckets."""
        found = sorted(
            self._found.values(),
            key=lambda one: (one.group.may_lose, -one.group.access.gravity, -one.buckets),
        )
        return tuple(_access_of(one) for one in found)


def _access_of(found: _Access) -> PlannedAccess:
    group = found.group
    return PlannedAccess(
        group.access,
        group.through,
        found.why,
        max(found.most, len(found.names)),
        found.buckets,
        tuple(found.names)[:_EXAMPLES],
        group.is_administrator,
        group.may_lose,
        group.observed,
    )


def _still_matters(planned: PlannedBucket, hazard: PlannedHazard) -> bool:
    """A bucket that stays as it is needs no preparation, and nobody has to look at it."""
    return planned.plan_class is not PlanClass.STAY or hazard.plan_class is PlanClass.STAY


@dataclass(slots=True)
class PlanFold:
    """Counts, and the causes by which buckets are not ready; it does not grow with the estate."""

    classes: Counter[PlanClass] = field(default_factory=Counter)
    keys: set[tuple[str | None, str | None]] = field(default_factory=set)
    """Accounts and regions for which a customer managed key is recommended."""
    accounts: set[str] = field(default_factory=set)
    access: AccessFold = field(default_factory=AccessFold)
    _causes: dict[tuple[str, str, str], _Cause] = field(default_factory=dict)

    def add(self, planned: PlannedBucket) -> None:
        """Count one bucket."""
        self.classes[planned.plan_class] += 1
        if planned.account:
            self.accounts.add(planned.account)
        self.access.add(planned.access)
        for hazard in planned.hazards:
            if hazard.plan_class is not PlanClass.READY and _still_matters(planned, hazard):
                self._count(planned, hazard)

    def causes(self) -> tuple[PlanCause, ...]:
        """The one that keeps most buckets first, the gravest of the same number before the others."""
        found = sorted(
            self._causes.items(), key=lambda one: (-one[1].plan_class.gravity, -one[1].count, one[0])
        )
        return tuple(
            PlanCause(
                cause.plan_class,
                hazard,
                cause.what,
                cause.advice,
                cause.statements,
                cause.count,
                tuple(cause.examples),
            )
            for (hazard, _, _), cause in found
        )

    def _count(self, planned: PlannedBucket, hazard: PlannedHazard) -> None:
        mend = json.dumps(hazard.statements, sort_keys=True) if hazard.statements else str(hazard.advice)
        key = (hazard.id, hazard.plan_class.value, mend)
        if key not in self._causes and len(self._causes) >= MAX_CAUSES:
            key = (hazard.id, hazard.plan_class.value, "")
        cause = self._causes.setdefault(
            key, _Cause(hazard.plan_class, hazard.title, hazard.advice, hazard.statements)
        )
        cause.count += 1
        if len(cause.examples) < _EXAMPLES:
            cause.examples.append(planned.bucket)
