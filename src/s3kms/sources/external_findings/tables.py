"""The tables that other tools write as CSV: which columns say what (fact E22)."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from s3kms.sources.external_findings.interface import ExternalFinding, UnreadableFindings
from s3kms.sources.external_findings.records import is_bucket, is_closed, outcome_of

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FindingsTable:
    """A form of CSV."""

    form: str
    delimiter: str
    marks: frozenset[str]
    """The columns that it is known by."""
    needed: frozenset[str]
    read: Callable[[Row], Iterator[ExternalFinding]]
    advice: str = ""
    """How to get what is missing."""


def _of_prowler(row: Row) -> Iterator[ExternalFinding]:
    resource = row["RESOURCE_UID"] or row.get("RESOURCE_NAME", "")
    yield ExternalFinding(
        (row["CHECK_ID"],),
        outcome_of(row["STATUS"]),
        row.get("MUTED", "").lower() == "true",
        resource,
        is_bucket(resource, row.get("RESOURCE_TYPE")),
        account=row.get("ACCOUNT_UID") or None,
    )


def _of_security_hub(row: Row) -> Iterator[ExternalFinding]:
    """One for each resource: a list stands as JSON in its cell."""
    types = _values(row.get("resources.type", ""))
    for place, resource in enumerate(_values(row["resources.uid"])):
        yield ExternalFinding(
            (row["compliance.control"],),
            outcome_of(row["compliance.status"]),
            is_closed(row.get("status", "")),
            resource,
            is_bucket(resource, types[place] if place < len(types) else None),
            account=row.get("cloud.account.uid") or None,
        )


def _values(cell: str) -> list[str]:
    if not cell.startswith("["):
        return [cell] if cell else []
    try:
        values = json.loads(cell)
    except (ValueError, RecursionError) as error:
        raise UnreadableFindings("has a cell that begins as a list and is none") from error
    return [str(value) for value in values]


TABLES = (
    FindingsTable(
        "CSV of Prowler",
        ";",
        frozenset({"CHECK_ID", "STATUS", "RESOURCE_UID"}),
        frozenset({"CHECK_ID", "STATUS", "RESOURCE_UID"}),
        _of_prowler,
    ),
    FindingsTable(
        "CSV of AWS Security Hub",
        ",",
        frozenset({"resources.uid"}),
        frozenset({"compliance.control", "compliance.status", "resources.uid"}),
        _of_security_hub,
        ": name it among the SelectedFields of the export (aws securityhub start-export-job-v2)",
    ),
)
