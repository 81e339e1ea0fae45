"""What OCSF 1.8.0 says of a Compliance Finding: its schema, and how its fields hang together, which no schema has."""

from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema
from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding


@cache
def _validator() -> Draft202012Validator:
    schema = OcsfJsonSchemaEmbedded(get_ocsf_schema("1.8.0")).get_class_schema(
        "compliance_finding", ["cloud"]
    )
    return Draft202012Validator(schema)


def mistakes(record: dict[str, Any]) -> list[str]:
    """What is wrong with a record; empty where nothing."""
    found = [f"{error.json_path}: {error.message}" for error in _validator().iter_errors(record)]
    if record.get("type_uid") != record.get("class_uid", 0) * 100 + record.get("activity_id", 0):
        found.append("type_uid is not that of class and activity")
    if record.get("metadata", {}).get("version") != "1.8.0":
        found.append("metadata.version is not that of the schema")
    if record.get("time", 0) < 10**12:
        found.append("time is not in milliseconds")
    return found


def read_back(record: dict[str, Any]) -> ComplianceFinding:
    """The record as Prowler's models have it, which know `status_id` of compliance alone."""
    found: ComplianceFinding = ComplianceFinding.model_validate(record)
    return found
