"""A plan and a result of `reencrypt` as JSON data, version 1: a new field is optional, a changed one is version 2.

Published as JSON Schema in `schemas/reencrypt-v1.schema.json`.
"""

from collections.abc import Iterator
from typing import Any

from s3kms.model.advice import Wording, library_wording
from s3kms.model.object_costs import EngineEstimate
from s3kms.model.plan import PlanClass
from s3kms.objects.context import context_record
from s3kms.objects.interface import Outcome
from s3kms.objects.log.state import LoggedResult
from s3kms.objects.reencrypt.pacing import ReencryptProgress
from s3kms.objects.reencrypt.plan import EnginePlan, PlannedObjects, ReencryptPlan
from s3kms.objects.reencrypt.run import ReencryptResult
from s3kms.text.amounts import dollars_text, duration_text

REENCRYPT_VERSION = 1


def plan_document(plan: ReencryptPlan, wording: Wording = library_wording) -> dict[str, Any]:
    """What a re-encryption of one bucket comes to."""
    wanted, coverage = plan.wanted, plan.coverage
    waiting = {one.id for one in plan.unaccepted}
    return {
        "version": REENCRYPT_VERSION,
        "kind": "reencrypt-plan",
        "bucket": wanted.bucket,
        "account": wanted.account,
        "region": wanted.region,
        "key": wanted.key_arn,
        "is_aws_managed": wanted.is_aws_managed,
        "bucket_key": wanted.bucket_key,
        "evidence": {
            "kind": coverage.kind.value,
            "name": coverage.name,
            "source": coverage.source,
            "as_of": coverage.as_of and coverage.as_of.isoformat(),
            "all_versions": coverage.all_versions,
            "prefix": coverage.prefix,
            "missing": list(coverage.missing),
            "looks": plan.looks,
        },
        "versions": plan.versions,
        "engines": [_engine(one) for one in plan.engines],
        "objects": [_objects(one) for one in plan.objects],
        "unread": dict(plan.unread),
        "class": plan.stored.planned.plan_class.value,
        "hazards": [
            {
                "id": one.id,
                "title": one.title,
                "why": one.why,
                "advice": one.advice.worded(wording),
                "stands_in_the_way": one.id in waiting,
                "is_told_only": one.plan_class is PlanClass.READY,
            }
            for one in plan.hazards
        ],
        "access": list(_access(plan)),
        "dollars": plan.dollars,
        "notes": list(plan.notes),
        "context": context_record(plan.context),
        "exit": int(plan.exit),
    }


def _engine(one: EnginePlan) -> dict[str, Any]:
    return {
        "engine": one.kind.name,
        "what": one.kind.what,
        "versions": one.counts.versions,
        "bytes": one.counts.size,
        "noncurrent": one.counts.noncurrent,
        "estimate": one.estimate and _estimate(one.estimate),
    }


def _estimate(one: EngineEstimate) -> dict[str, Any]:
    return {
        "dollars": one.dollars,
        "is_complete": one.is_complete,
        "seconds": one.seconds,
        "limit": one.limit,
        "kms_requests": one.kms_requests,
        "notes": list(one.notes),
    }


def _objects(one: PlannedObjects) -> dict[str, Any]:
    return {
        "choice": one.sort.choice.value,
        "engine": one.sort.engine,
        "immovable": one.sort.immovable,
        "encryption": one.encryption and one.encryption.value,
        "key": one.key_arn,
        "versions": one.versions,
        "bytes": one.size,
    }


def _access(plan: ReencryptPlan) -> Iterator[dict[str, Any]]:
    for group in plan.stored.planned.access:
        yield {
            "access": group.access.value,
            "through": group.through,
            "why": group.why,
            "principals": list(group.principals),
            "count": group.count,
        }


def result_document(result: ReencryptResult, wording: Wording = library_wording) -> dict[str, Any]:
    """What a run came to: the record of it."""
    verified = result.verification
    return {
        "version": REENCRYPT_VERSION,
        "kind": "reencrypt-run",
        "run": result.run,
        "bucket": result.bucket,
        "journal": str(result.journal),
        "log": str(result.log),
        "outcomes": [
            {"engine": engine, "outcome": outcome.value, "reason": reason, "versions": count}
            for (engine, outcome, reason), count in sorted(result.outcomes.items())
        ],
        "left": dict(result.passed),
        "bytes": result.size,
        "bytes_moved": result.bytes_moved,
        "under_way": result.under_way,
        "is_through": result.is_through,
        "verification": verified and {**verified.to_record(), "is_sample": verified.is_sample},
        "last_problems": list(result.sentences),
        "stopped": result.stopped,
        "advice": result.advice.worded(wording),
        "context": context_record(result.context),
        "exit": int(result.exit),
    }


def left_document(result: LoggedResult) -> dict[str, Any]:
    """A version that was not brought under the key."""
    return {
        "key": result.version.key,
        "version_id": result.version.version_id,
        "encryption": result.version.encryption and result.version.encryption.value,
        "engine": result.engine,
        "outcome": result.outcome and result.outcome.value,
        "reason": result.reason,
    }


def describe_progress(progress: ReencryptProgress) -> str:
    """How far a run is, on one line: objects, bytes, rate, time left, cost so far."""
    of = "" if progress.total is None else f" of {progress.total:,}"
    parts = [f"{progress.versions:,}{of} versions", f"{progress.size:,} bytes"]
    parts.append("paused" if progress.is_paused else f"{progress.per_second:,.0f} per second")
    if progress.seconds_left is not None and not progress.is_paused:
        parts.append(f"{duration_text(progress.seconds_left)} left")
    if progress.cost is not None:
        parts.append(f"{dollars_text(progress.cost)} so far")
    failed = progress.outcomes[Outcome.FAILED]
    parts += [f"{failed:,} failed"] if failed else []
    parts += [f"job {progress.job}"] if progress.job else []
    return ", ".join(parts)
