"""The JSON of a plan, version 1. Frozen: a new field is a new optional key, a changed one is version 2.

Published as JSON Schema in `schemas/plan-v1.schema.json`. A plan that is to be carried out is a file in exactly this
layout, one bucket a line, and ends with a seal over everything before: who edits it by hand is told, and what it may
change is judged again from the facts in any case.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from s3kms.model.access import MAX_NAMED, AccessGroup
from s3kms.model.advice import Wording, library_wording
from s3kms.model.observed import ObservedBucket, ObservedPrincipal
from s3kms.model.plan import (
    CostEstimate,
    PlanCause,
    PlanEvent,
    PlannedAccess,
    PlannedBucket,
    PlannedHazard,
    PlannedObservation,
    PlanSummary,
)
from s3kms.results.run_v1 import context_v1
from s3kms.results.v1 import encryption_v1

PLAN_VERSION = 1
MAX_OBSERVED, MAX_WITH_WORDS = 200, 50
"""Principals of a bucket that are listed, and those with AWS's words: a line of the file has a limit."""
SEAL = b', "seal": "'
"""Before it stands what is sealed."""


@dataclass(frozen=True, slots=True)
class PlanHeader:
    """What a plan says of itself before its first bucket."""

    plan: str
    """Its id: `20261126T114000Z-1a2b3c`."""
    at: datetime
    request: Mapping[str, Any]
    """What was asked for, as JSON data."""

    def opening(self) -> str:
        """The first line of a document."""
        head = {
            "version": PLAN_VERSION,
            "kind": "plan",
            "plan": self.plan,
            "at": self.at.isoformat(timespec="seconds"),
            "request": self.request,
        }
        return f'{json.dumps(head)[:-1]}, "buckets": ['


class PlanWriter:
    """Writes the document as the buckets come; it is whole when the summary was added."""

    def __init__(
        self, header: PlanHeader, write: Callable[[str], object], wording: Wording = library_wording
    ) -> None:
        self._write = write
        self._wording = wording
        self._seal = hashlib.sha256()
        self._separator = "\n"
        self._sealed(header.opening())

    def add(self, event: PlanEvent) -> None:
        """A bucket, or the end."""
        if isinstance(event, PlanSummary):
            self._sealed(f'\n], "summary": {json.dumps(plan_summary_v1(event, self._wording))}')
            self._write(f'{SEAL.decode()}{self._seal.hexdigest()}"}}\n')
            return
        self._sealed(f"{self._separator}  {json.dumps(planned_bucket_v1(event, self._wording))}")
        self._separator = ",\n"

    def passing(self, events: Iterable[PlanEvent]) -> Iterator[PlanEvent]:
        """The events as they go by, each written."""
        for event in events:
            self.add(event)
            yield event

    def _sealed(self, text: str) -> None:
        self._seal.update(text.encode())
        self._write(text)


def planned_bucket_v1(planned: PlannedBucket, wording: Wording = library_wording) -> dict[str, Any]:
    """One bucket."""
    change = None
    if planned.after is not None:
        change = {
            "before": encryption_v1(planned.before, None),
            "after": encryption_v1(planned.after, None),
        }
    return {
        "bucket": planned.bucket,
        "account": planned.account,
        "region": planned.region,
        "class": planned.plan_class.value,
        "change": change,
        "key": {"recommended": planned.key, "why": planned.key_reason},
        "hazards": [_hazard_v1(one, wording) for one in planned.hazards],
        "access": [access_group_v1(one) for one in planned.access],
        "observed": planned.observed and observed_bucket_v1(planned.observed, planned.gone),
        "cost": planned.cost and _cost_v1(planned.cost),
        "wave": planned.wave,
        "owner": planned.owner,
        **({"place": planned.place} if planned.place else {}),
        "digests": dict(planned.digests),
    }


def _hazard_v1(hazard: PlannedHazard, wording: Wording) -> dict[str, Any]:
    return {
        "id": hazard.id,
        "class": hazard.plan_class.value,
        "why": hazard.why,
        "remedy": hazard.advice.worded(wording),
        "statements": [dict(one) for one in hazard.statements],
    }


def access_group_v1(group: AccessGroup) -> dict[str, Any]:
    """Principals of whom the same becomes."""
    return {
        "access": group.access.value,
        "uses": [use.value for use in group.uses],
        "why": group.why,
        "through": group.through,
        "principals": list(group.principals[:MAX_NAMED]),
        "count": group.count,
        "administrator": group.is_administrator,
        "may_lose": group.may_lose,
        "observed": group.observed,
        "statements": [dict(one) for one in group.statements],
    }


def observed_bucket_v1(seen: ObservedBucket, gone: Sequence[ObservedPrincipal] = ()) -> dict[str, Any]:
    """Who was seen to use a bucket, and in which window."""
    return {
        "windows": [
            {
                "source": one.source,
                "first": one.first.isoformat(),
                "last": one.last.isoformat(),
                "events": one.events,
                "reads": one.has_reads,
                "writes": one.has_writes,
                "complete": one.is_whole,
            }
            for one in seen.windows
        ],
        "principals": [
            _observed_principal_v1(one, has_words=number < MAX_WITH_WORDS)
            for number, one in enumerate(seen.principals[:MAX_OBSERVED])
        ],
        "count": len(seen.principals),
        "complete": not seen.is_capped,
        "gone": [one.name for one in gone[:MAX_OBSERVED]],
    }


def _observed_principal_v1(one: ObservedPrincipal, *, has_words: bool) -> dict[str, Any]:
    return {
        "principal": one.name,
        "kind": one.identity.kind.value,
        "account": one.identity.account,
        "first": one.first.isoformat(),
        "last": one.last.isoformat(),
        "reads": one.reads,
        "writes": one.writes,
        "denied": one.denied,
        "encryption": dict(one.encryptions),
        "denials": list(one.denials) if has_words else [],
    }


def _observation_v1(found: PlannedObservation) -> dict[str, Any]:
    return {
        "first": found.first and found.first.isoformat(),
        "last": found.last and found.last.isoformat(),
        "buckets": found.covered,
        "not_covered": found.not_covered,
        "not_covered_examples": list(found.not_covered_examples),
        "gone": list(found.gone),
        "denials": list(found.denials),
        "complete": found.is_whole,
    }


def _cost_v1(cost: CostEstimate) -> dict[str, Any]:
    return {
        "requests": cost.requests,
        "measured": cost.is_measured,
        "with_bucket_key": round(cost.with_bucket_key, 4),
        "without_bucket_key": round(cost.without_bucket_key, 4),
    }


def plan_summary_v1(summary: PlanSummary, wording: Wording = library_wording) -> dict[str, Any]:
    """The sum."""
    return {
        **{one.value: count for one, count in summary.classes.items()},
        "compliant": summary.compliant,
        "exempt": summary.exempt,
        "accounts": summary.accounts,
        "customer_managed_keys": summary.keys,
        "monthly_cost": summary.monthly_cost
        and {
            "with_bucket_key": round(summary.monthly_cost[0], 2),
            "without_bucket_key": round(summary.monthly_cost[1], 2),
        },
        "cost_notes": list(summary.cost_notes),
        "causes": [_cause_v1(one, wording) for one in summary.causes],
        "access": [_access_v1(one) for one in summary.access],
        "observed": summary.observed and _observation_v1(summary.observed),
        "waves": [{"wave": one.number, "name": one.name, "buckets": one.count} for one in summary.waves],
        "unlisted": [one.worded(wording) for one in summary.unlisted],
        "missing": list(summary.missing),
        "notes": [one.worded(wording) for one in summary.notes],
        "questions": list(summary.questions),
        "exit": int(summary.exit),
        **context_v1(summary.context),
    }


def _access_v1(access: PlannedAccess) -> dict[str, Any]:
    return {
        "access": access.access.value,
        "through": access.through,
        "why": access.why,
        "principals": access.principals,
        "buckets": access.buckets,
        "examples": list(access.examples),
        "administrator": access.is_administrator,
        "may_lose": access.may_lose,
        "observed": access.observed,
    }


def _cause_v1(cause: PlanCause, wording: Wording) -> dict[str, Any]:
    return {
        "class": cause.plan_class.value,
        "hazard": cause.hazard,
        "what": cause.what,
        "remedy": cause.advice.worded(wording),
        "statements": [dict(one) for one in cause.statements],
        "buckets": cause.count,
        "examples": list(cause.examples),
    }
