"""Answers questions with Athena: the relation `objects` is a part of each statement, made from a table's columns."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from s3kms.model.errors import S3kmsError
from s3kms.objects.queries.question import ObjectQuestion
from s3kms.objects.queries.render import Dialect, render_query

if TYPE_CHECKING:
    from s3kms.aws.athena import AthenaClient


@dataclass(frozen=True, slots=True)
class AthenaTable:
    """A relation `objects` in Athena."""

    client: "AthenaClient"
    relation: str
    """The SELECT of its columns from a table, in DuckDB's dialect."""

    def ask(self, question: ObjectQuestion, values: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        """The rows of the answer. Raises AwsError, TooManyCalls where the query scans more than is allowed."""
        what = f"the query {question.name!r}"
        rendered = render_query(question.sql_over(self.relation), values, Dialect.ATHENA)
        query = self.client.run(rendered.sql, what)
        columns = self.client.columns(query, what)
        if tuple(column.name for column in columns) != rendered.columns:
            raise S3kmsError(f"Athena returned unexpected columns for {what}")
        yield from self.client.rows(query, columns, what)
