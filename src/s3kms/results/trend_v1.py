"""The JSON of a trend, version 1: `trend-v1.schema.json`."""

from typing import Any

from s3kms.model.findings import Verdict
from s3kms.results.trend import OpenFinding, Trend, TrendRun

TREND_VERSION = 1


def trend_v1(trend: Trend) -> dict[str, Any]:
    """The whole document."""
    return {
        "version": TREND_VERSION,
        "kind": "trend",
        "runs": [_run_v1(run) for run in trend.runs],
        "open": [_open_v1(one) for one in trend.open],
    }


def _run_v1(run: TrendRun) -> dict[str, Any]:
    context = run.context
    return {
        "result": run.source,
        "at": run.at.isoformat(timespec="seconds"),
        "dated_by": "result" if run.is_dated else "file",
        "s3kms": context.version if context else None,
        "account": context.account if context else None,
        "identity": context.identity if context else None,
        "scope": context.scope.describe(context.account) if context and context.scope else None,
        **{verdict.value: run.verdicts[verdict] for verdict in Verdict},
        "new": run.new,
        "fixed": run.fixed,
        "accepted": run.accepted,
        "reopened": run.reopened,
        "not_seen": run.not_seen,
        "open": run.open,
    }


def _open_v1(one: OpenFinding) -> dict[str, Any]:
    return {
        "rule": one.rule,
        "bucket": one.bucket,
        "account": one.account,
        "region": one.region,
        "arn": one.arn,
        "resource": one.resource,
        "since": one.since.isoformat(timespec="seconds"),
        "last_seen": one.last_seen.isoformat(timespec="seconds"),
        "reopened": one.reopened,
    }
