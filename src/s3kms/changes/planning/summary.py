"""The sum of a plan, folded as the buckets come. Pure."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from s3kms.model.advice import Advice
from s3kms.model.plan import PlanCause, PlanClass, PlannedBucket, PlannedHazard

MAX_CAUSES = 200
"""Causes that are told apart: a reason that names its bucket is another one each time."""
_EXAMPLES = 3


@dataclass(slots=True)
class _Cause:
    plan_class: PlanClass
    what: str
    advice: Advice
    statements: tuple[Mapping[str, Any], ...]
    count: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class PlanFold:
    """Counts, and the causes by which buckets are not ready; it does not grow with the estate."""

    classes: Counter[PlanClass] = field(default_factory=Counter)
    keys: set[tuple[str | None, str | None]] = field(default_factory=set)
    """Accounts and regions for which a customer managed key is recommended."""
    accounts: set[str] = field(default_factory=set)
    _causes: dict[tuple[str, str, str], _Cause] = field(default_factory=dict)

    def add(self, planned: PlannedBucket) -> None:
        """Count one bucket."""
        self.classes[planned.plan_class] += 1
        if planned.account:
            self.accounts.add(planned.account)
        for hazard in planned.hazards:
            if hazard.plan_class is not PlanClass.READY:
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
