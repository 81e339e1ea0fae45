"""As whom, when and of what a check was made, and by which rules: the key `run` of JSON v1, written and read back."""

from typing import Any

from s3kms.model.scan_context import (
    ComplianceRequirement,
    RuleText,
    ScanContext,
    ScanScope,
    ScanStarted,
)


def run_v1(started: ScanStarted) -> dict[str, Any]:
    """The whole of it, once a document."""
    context = started.context
    return {
        "at": context and context.at.isoformat(timespec="seconds"),
        "s3kms": context and context.version,
        "account": context and context.account,
        "identity": context and context.identity,
        "scope": _scope_v1(context.scope) if context and context.scope else None,
        "rules": [_rule_v1(text) for text in started.rules],
    }


def line_v1(started: ScanStarted) -> dict[str, Any]:
    """The short form, in each line of jsonl."""
    return context_v1(started.context)


def context_v1(context: ScanContext | None) -> dict[str, Any]:
    """As whom, when and of what, in a key of its own; nothing where it is not known."""
    if context is None:
        return {}
    return {
        "run": {
            "at": context.at.isoformat(timespec="seconds"),
            "s3kms": context.version,
            "account": context.account,
            "identity": context.identity,
            "scope": context.scope and context.scope.describe(context.account),
        }
    }


def controls_v1(text: RuleText | None) -> dict[str, list[str]]:
    """The controls that a rule answers, by framework."""
    return {one.framework: list(one.ids) for one in text.compliance} if text else {}


def _scope_v1(scope: ScanScope) -> dict[str, Any]:
    return {
        "kind": scope.kind and scope.kind.value,
        "targets": list(scope.targets),
        "target_count": scope.target_count,
        "accounts": list(scope.accounts),
        "excluded_accounts": list(scope.excluded_accounts),
        "regions": list(scope.regions),
        **({"phrase": scope.phrase} if scope.phrase is not None else {}),
    }


def _rule_v1(text: RuleText) -> dict[str, Any]:
    return {
        "id": text.id,
        "title": text.title,
        "severity": text.severity.value,
        "page": text.page,
        "compliance": [_requirement_v1(one) for one in text.compliance],
    }


def _requirement_v1(one: ComplianceRequirement) -> dict[str, Any]:
    return {"framework": one.framework, "controls": list(one.ids), "by": one.by}
