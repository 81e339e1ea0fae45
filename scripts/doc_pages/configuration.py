"""The page about `s3kms.toml`, of the schema that reads it."""

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
