"""The JSON of `objects`, version 1. Frozen: a new field is a new optional key, a changed one is version 2.

Published as JSON Schema in `schemas/objects-v1.schema.json`.
"""

from typing import Any

from s3kms.model.advice import Wording, library_wording
from s3kms.model.object_costs import CostLine, EngineEstimate, ReencryptionCosts
from s3kms.model.object_summary import (
    CountInterval,
    Dimension,
    EvidenceCoverage,
    Group,
    KeyStanding,
    ObjectSummary,
    SampleFrame,
    Tally,
)
from s3kms.model.objects import ObjectVersion
from s3kms.results.run_v1 import context_v1

OBJECTS_VERSION = 1


def objects_v1(summary: ObjectSummary, wording: Wording = library_wording) -> dict[str, Any]:
    """The whole document."""
    return {
        "version": OBJECTS_VERSION,
        "kind": "objects",
        "bucket": summary.coverage.bucket,
        "evidence": _evidence_v1(summary.coverage),
        "wanted_key": summary.wanted_key,
        "total": _tally_v1(summary.total),
        "delete_markers": summary.delete_markers,
        "standings": {
            one.value: _tally_v1(summary.standings[one]) | _in_all_v1(summary.in_all.get(one))
            for one in KeyStanding
        },
        "by": {one.value: [_group_v1(group) for group in summary.groups[one]] for one in Dimension},
        "prefixes": [_group_v1(group) for group in summary.prefixes],
        "offenders": [object_version_v1(one) for one in summary.offenders],
        "costs": summary.costs and _costs_v1(summary.costs),
        "notes": [note.worded(wording) for note in summary.notes],
        "exit": int(summary.exit),
        **context_v1(summary.context),
    }


def _evidence_v1(coverage: EvidenceCoverage) -> dict[str, Any]:
    return {
        "kind": coverage.kind.value,
        "name": coverage.name,
        "source": coverage.source,
        "as_of": coverage.as_of and coverage.as_of.isoformat(),
        "all_versions": coverage.all_versions,
        "tells_key": coverage.tells_key,
        "missing_columns": list(coverage.missing_columns),
        "files": coverage.files,
        "bytes": coverage.bytes,
        **({"sample": _sample_v1(coverage.sample)} if coverage.sample else {}),
    }


def _sample_v1(sample: SampleFrame) -> dict[str, Any]:
    return {
        "listed": _tally_v1(sample.listed),
        "delete_markers": sample.delete_markers,
        "read": sample.looked,
        "seed": sample.seed,
        "is_whole": sample.is_whole,
    }


def _in_all_v1(interval: CountInterval | None) -> dict[str, Any]:
    return {} if interval is None else {"in_all": {"low": interval.low, "high": interval.high}}


def _tally_v1(tally: Tally) -> dict[str, int | None]:
    return {"objects": tally.objects, "bytes": tally.bytes}


def _group_v1(group: Group) -> dict[str, Any]:
    told = {"value": group.value, **_tally_v1(group.all), "offenders": _tally_v1(group.offenders)}
    return told | _in_all_v1(group.in_all)


def _costs_v1(costs: ReencryptionCosts) -> dict[str, Any]:
    return {
        "prices": {"as_of": costs.prices_as_of, "region": costs.prices_region, "currency": "USD"},
        "advised": costs.advised,
        "engines": [
            {"bucket_key": bucket_key, **_estimate_v1(one)}
            for bucket_key, estimates in ((True, costs.with_bucket_key), (False, costs.without_bucket_key))
            for one in estimates
        ],
        "notes": list(costs.notes),
    }


def _estimate_v1(one: EngineEstimate) -> dict[str, Any]:
    return {
        "engine": one.engine,
        "objects": one.versions,
        "bytes": one.bytes,
        "immovable": [
            {"reason": left.reason, "objects": left.versions, "meaning": left.meaning}
            for left in one.immovable
        ],
        "dollars": one.dollars,
        "dollars_per_month": one.dollars_per_month,
        "is_complete": one.is_complete,
        "kms_requests": one.kms_requests,
        "seconds": one.seconds,
        "limit": one.limit,
        "lines": [_line_v1(line) for line in one.lines],
        "notes": list(one.notes),
    }


def _line_v1(line: CostLine) -> dict[str, Any]:
    return {
        "kind": line.kind.value,
        "what": line.what,
        "units": line.units,
        "dollars": line.dollars,
        "is_confirmed": line.is_confirmed,
        "is_upper": line.is_upper,
    }


def object_version_v1(version: ObjectVersion) -> dict[str, Any]:
    """One version of an object; null is what the evidence does not tell."""
    return {
        "key": version.key,
        "version_id": version.version_id,
        "is_latest": version.is_latest,
        "size": version.size,
        "etag": version.etag,
        "last_modified": version.last_modified and version.last_modified.isoformat(),
        "storage_class": version.storage_class,
        "encryption": version.encryption and version.encryption.value,
        "key_arn": version.key_arn,
        "bucket_key": version.bucket_key,
    }
