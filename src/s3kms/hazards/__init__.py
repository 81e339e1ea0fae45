"""What breaks under SSE-KMS: one thing, one file each; live and code alike. A new one needs its line in `IDS`."""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from s3kms.hazards.interface import Hazard
from s3kms.model.errors import BadInput
from s3kms.text.nearest import did_you_mean

IDS = (
    "s3_access_logs",
    "load_balancer_logs",
    "redshift_audit_logs",
    "website",
    "anonymous_requests",
    "cloudfront_oai",
    "replication_source",
    "replication_role_demands_sse_s3",
    "replication_role_lacks_permission",
    "replication_destination",
    "vended_logs",
    "config_delivery",
    "cloudtrail_logs",
    "guardduty_findings",
    "inspector_reports",
    "log_group_exports",
    "resource_data_syncs",
    "billing_exports",
    "inventory_reports",
    "storage_lens_exports",
    "cloudfront_oac",
    "received_mail",
    "elasticache_backups",
    "macie_results",
    "lake_query_results",
    "security_hub_exports",
    "service_access",
    "other_accounts",
    "policy_demands_sse_s3",
    "policy_pins_other_key",
    "encryption_context",
    "key_alias_with_foreign_writers",
    "guardrail_denies",
    "kms_request_quota",
    "writers_name_encryption",
)
"""In the order of proven harm: the `HAZARD` of the module of that name, or a row of the tables of services."""
_TABLES = ("services_with_own_key", "services_under_default")
"""The modules with `HAZARDS` of services that differ in a row each."""
UNREAD = "unread"
"""What `accept` names for hazards whose facts could not be read."""


@cache
def all_hazards() -> tuple[Hazard, ...]:
    """Every hazard there is, in the list's order."""
    return tuple(map(_load, IDS))


def _load(hazard_id: str) -> Hazard:
    """The hazard of its own module, or of a table: no other module is loaded for it."""
    if find_spec(f"{__name__}.{hazard_id}"):
        found: Hazard = import_module(f"{__name__}.{hazard_id}").HAZARD
        return found
    rows: Iterator[Hazard] = (one for name in _TABLES for one in import_module(f"{__name__}.{name}").HAZARDS)
    return next(one for one in rows if one.id == hazard_id)


def find_hazard(hazard_id: str) -> Hazard:
    """The hazard of that id. Raises BadInput, which names those there are."""
    if hazard_id in IDS:
        return _load(hazard_id)
    raise BadInput(
        f"there is no hazard {hazard_id!r}{did_you_mean(hazard_id, IDS)}",
        advice=f"the hazards are {', '.join(IDS)}",
    )
