"""A question about objects: SQL over a relation `objects`, with named parameters."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Protocol

OBJECT_COLUMNS: Mapping[str, str] = {
    "bucket": "VARCHAR",
    "key": "VARCHAR",
    "version_id": "VARCHAR",
    "is_latest": "BOOLEAN",
    "is_delete_marker": "BOOLEAN",
    "size": "BIGINT",
    "etag": "VARCHAR",
    "last_modified": "TIMESTAMP",
    "storage_class": "VARCHAR",
    "encryption": "VARCHAR",
    "key_arn": "VARCHAR",
    "bucket_key": "BOOLEAN",
}
"""The columns of the relation `objects`, with DuckDB's types. Times are UTC. Of a delete marker, only the first five
and the time are set; `is_delete_marker` is never NULL."""
_PARAMETER = re.compile(r"\$([a-z_0-9]+)")


@cache
def read_sql(name: str) -> str:
    """The text of a file of this folder, without its comment."""
    text = files(__package__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
    return "\n".join(line for line in text.splitlines() if not line.startswith("--"))


@dataclass(frozen=True, slots=True)
class ObjectQuestion:
    """One SQL file of this folder, a query over versions that are classified by the wanted key."""

    name: str

    @property
    def sql(self) -> str:
        """The whole statement, over the relation `objects`."""
        return f"WITH {self._judged}"

    def sql_over(self, relation: str) -> str:
        """The whole statement, with the SELECT that the relation `objects` is."""
        return f"WITH objects AS (\n{relation}\n), {self._judged}"

    @property
    def _judged(self) -> str:
        return f"judged AS (\n{read_sql('judged')}\n)\n{read_sql(self.name)}"

    @property
    def parameters(self) -> frozenset[str]:
        """The names of what it has to be given: `wanted_key`."""
        return frozenset(_PARAMETER.findall(self.sql))

    def given(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What it takes of these values. Raises KeyError where one is missing."""
        return {name: values[name] for name in self.parameters}


CLASSES = ObjectQuestion("classes")
PREFIXES = ObjectQuestion("prefixes")
FIRST_OFFENDERS = ObjectQuestion("first_offenders")
OFFENDERS = ObjectQuestion("offenders")
COSTS = ObjectQuestion("costs")
VERSIONS = ObjectQuestion("versions")


class ObjectTable(Protocol):
    """A relation `objects`, in any engine, that can be queried."""

    def ask(self, question: ObjectQuestion, values: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        """The rows of the answer, in the order of the question's columns; foreign input all the same.

        Raises S3kmsError where it cannot be answered.
        """
        ...
