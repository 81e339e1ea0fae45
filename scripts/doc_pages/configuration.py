"""The page about `s3kms.toml`, of the schema that reads it."""

import json
from typing import Any

from pydantic import BaseModel
from scripts.doc_pages.page import NOTE, ROOT

from s3kms.desired.schema import ExemptionTable, FileTable, OverrideTable, PlanTable, StateTable


def configuration_page() -> str:
    tables: dict[str, type[BaseModel]] = {
        "the file": FileTable,
        "[wanted]": StateTable,
        "[plan]": PlanTable,
        "[[overrides]]": OverrideTable,
        "[[exemptions]]": ExemptionTable,
    }
    text = f"{NOTE}# s3kms.toml\n\n{(ROOT / 'docs' / 'configuration.example.md').read_text()}"
    text += (
        "\nThe JSON Schema of the file, for editors that know TOML, is "
        "[`config-v1.schema.json`](../src/s3kms/schemas/config-v1.schema.json).\n"
    )
    for title, table in tables.items():
        text += f"\n## {title}\n\n| key | allowed |\n| --- | --- |\n"
        for name, field in table.model_fields.items():
            text += f"| `{name}` | {field.description or _inner(field.annotation) or 'the table below'} |\n"
    return text


def _inner(annotation: object) -> str:
    for argument in getattr(annotation, "__args__", ()):
        for meta in getattr(argument, "__metadata__", ()):
            if getattr(meta, "description", None):
                return str(meta.description)
    return ""


def configuration_schema() -> str:
    """The JSON Schema of `s3kms.toml`, for editors: TOML has no null, and a list of one may be written as a text."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_for_toml(FileTable.model_json_schema()),
        "title": "s3kms.toml",
    }
    hazard = schema["$defs"]["ExemptionTable"]["properties"]["hazard"]
    texts = hazard.pop("items")
    hazard.pop("type")
    hazard["anyOf"] = [texts, {"type": "array", "items": texts}]
    return json.dumps(schema, indent=2) + "\n"


def _for_toml(part: Any) -> Any:
    """A part of a schema without null, defaults, and the names that pydantic gives."""
    if isinstance(part, list):
        return [_for_toml(one) for one in part]
    if not isinstance(part, dict):
        return part
    kept = {
        key: _for_toml(value)
        for key, value in part.items()
        if not (key == "title" and isinstance(value, str)) and key != "default"
    }
    ways = [one for one in kept.pop("anyOf", []) if one != {"type": "null"}]
    if len(ways) > 1:
        kept["anyOf"] = ways
    return {**kept, **ways[0]} if len(ways) == 1 else kept
