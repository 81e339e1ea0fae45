"""AWS Security Hub CSPM on loopback: it keeps what is imported, and refuses what AWS would."""

import json
import re
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.support.loopback import LoopbackServer, QuietHandler

Record = dict[str, Any]
_SCOPE = re.compile(r"Credential=(?P<key>[^/]+)/\d+/(?P<region>[a-z0-9-]+)/securityhub/")
_REQUIRED = {
    *("SchemaVersion", "Id", "ProductArn", "GeneratorId", "AwsAccountId", "CreatedAt", "UpdatedAt"),
    *("Title", "Description", "Resources"),
}
_PAGE = 100


class StubHub(LoopbackServer):
    """`fail` may answer a call itself: from its name and number to a status and a code, or None."""

    def __init__(
        self,
        findings: list[Record] | None = None,
        fail: Callable[[str, int], tuple[int, str] | None] = lambda _name, _number: None,
        *,
        refuse: frozenset[str] = frozenset(),
        honors_filters: bool = True,
    ) -> None:
        self.findings = {one["Id"]: one for one in findings or []}
        self.batches: list[list[Record]] = []
        self.callers: list[tuple[str, str]] = []
        """The access key and the region of each import."""
        self.calls: list[str] = []
        self.fail = fail
        self.refuse = refuse
        """Ids that are not taken."""
        self.honors_filters = honors_filters
        super().__init__(self._handler())

    def imported(self) -> dict[str, Record]:
        """What was imported, by id; the last of each."""
        return {record["Id"]: record for batch in self.batches for record in batch}

    def answer(self, name: str, body: Record, key: str, region: str) -> tuple[int, Record]:
        self.calls.append(name)
        if (failure := self.fail(name, self.calls.count(name))) is not None:
            status, code = failure
            return status, {"Code": code, "Message": "said the stub"}
        return (200, self._found(body)) if name == "GetFindings" else self._import(body, key, region)

    def _found(self, body: Record) -> Record:
        wanted = {name: values[0] for name, values in body["Filters"].items()}
        rows = [row for row in self.findings.values() if not self.honors_filters or _fits(row, wanted)]
        start = int(body.get("NextToken") or 0)
        more = {"NextToken": str(start + _PAGE)} if len(rows) > start + _PAGE else {}
        return {"Findings": rows[start : start + _PAGE], **more}

    def _import(self, body: Record, key: str, region: str) -> tuple[int, Record]:
        records: list[Record] = body["Findings"]
        assert 1 <= len(records) <= 100
        assert len(json.dumps(body)) <= 6 * 1024**2
        assert len({record["AwsAccountId"] for record in records}) == 1
        for record in records:
            assert record.keys() >= _REQUIRED
            assert len(json.dumps(record)) <= 240 * 1024
            account = record["AwsAccountId"]
            product = f"arn:aws:securityhub:{region}:{account}:product/{account}/default"
            assert record["ProductArn"] == product
            assert "Workflow" not in record
        self.batches.append(records)
        self.callers.append((key, region))
        refused = [record for record in records if record["Id"] in self.refuse]
        for record in records:
            if record not in refused:
                self.findings[record["Id"]] = record
        failed = [
            {"Id": one["Id"], "ErrorCode": "InvalidInput", "ErrorMessage": "bad \x1b[31mfield"}
            for one in refused
        ]
        return 200, {
            "FailedCount": len(failed),
            "SuccessCount": len(records) - len(failed),
            "FailedFindings": failed,
        }

    def _handler(stub) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the handler's self is another
        class Handler(QuietHandler):
            def do_POST(self) -> None:
                body = json.loads(self.read_body() or b"{}")
                scope = _SCOPE.search(self.headers["Authorization"])
                assert scope
                name = "BatchImportFindings" if self.path == "/findings/import" else "GetFindings"
                status, said = stub.answer(name, body, scope["key"], scope["region"])
                kind = {"x_amzn_ErrorType": said["Code"]} if status != 200 else {}
                self.answer(status, json.dumps(said).encode(), "application/json", **kind)

        return Handler


def _fits(row: Record, wanted: dict[str, Record]) -> bool:
    return all(
        str(row.get(name)).startswith(one["Value"])
        if one["Comparison"] == "PREFIX"
        else row.get(name) == one["Value"]
        for name, one in wanted.items()
    )
