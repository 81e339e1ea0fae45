"""The rows of evidence that is asked in SQL, such as an inventory, one by one and in an order that stays."""

import json
from collections.abc import AsyncGenerator, AsyncIterator

from s3kms.aws.sync import iterate_async
from s3kms.model.object_summary import EvidenceCoverage
from s3kms.model.objects import ObjectVersion
from s3kms.objects.evidence.interface import QueriedEvidence, parse_bookmark, write_bookmark
from s3kms.objects.queries.question import VERSIONS

_ROWS_AT_ONCE = 10_000


class QueriedRows:
    """`ObjectEvidence` over a relation; read it while the evidence is open."""

    def __init__(self, evidence: QueriedEvidence, *, prefix: str = "") -> None:
        self._evidence = evidence
        self._prefix = prefix

    @property
    def coverage(self) -> EvidenceCoverage:
        """What the rows are about."""
        return self._evidence.coverage

    @property
    def identity(self) -> str:
        """The report, by where it stands, when it was made, and its size."""
        told = self.coverage
        made = told.as_of and told.as_of.isoformat()
        return json.dumps([told.kind.value, told.source, made, told.files, told.bytes, self._prefix])

    def read(self, after: str = "") -> "QueriedReader":
        """The rows behind a bookmark. Raises BadInput for what is none."""
        key, version = parse_bookmark(after)
        values = {
            "wanted_key": None,
            "prefix": self._prefix,
            "after_key": key,
            "after_version": version,
        }
        rows = iter(self._evidence.versions(VERSIONS, values))
        return QueriedReader(iterate_async(rows, _ROWS_AT_ONCE), after)


class QueriedReader:
    """The rows as they are read, many at a time in a thread."""

    def __init__(self, rows: AsyncGenerator[ObjectVersion], after: str) -> None:
        self._rows = rows
        self._after = after
        self._last: ObjectVersion | None = None

    def __aiter__(self) -> AsyncIterator[ObjectVersion]:
        return self

    async def __anext__(self) -> ObjectVersion:
        self._last = await anext(self._rows)
        return self._last

    @property
    def bookmark(self) -> str:
        """As `VersionReader.bookmark`: the key and the version of the last row."""
        return self._after if self._last is None else write_bookmark(self._last)
