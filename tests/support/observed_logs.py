"""Logs of S3 as AWS writes them: events of CloudTrail, lines of access logs, results of queries."""

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

OWN = "111122223333"
FOREIGN = "444455556666"
OWNER = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
_TAIL = (
    '- 113 - 7 6 "-" "S3Console/0.4 \\"quoted\\" x" - s9lzHYrFp76ZVxRcpX9+5cjA= SigV4 ECDHE-RSA-AES128-GCM-SHA256 '
    "AuthHeader logs.s3.us-west-1.amazonaws.com TLSV1.2 - Yes us-east-1 and what AWS adds"
)


def role(name: str, account: str = OWN, path: str = "/team/") -> dict[str, Any]:
    """The identity of a session of a role, whose own ARN has no path."""
    return {
        "type": "AssumedRole",
        "principalId": "AROAEXAMPLE:session",
        "arn": f"arn:aws:sts::{account}:assumed-role/{name}/session",
        "accountId": account,
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "arn": f"arn:aws:iam::{account}:role{path}{name}",
                "accountId": account,
                "userName": name,
            }
        },
    }


ANYBODY = {"type": "AWSAccount", "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL"}
FOREIGNER = {"type": "AWSAccount", "principalId": "AIDAEXAMPLE", "accountId": FOREIGN}
SERVICE = {"type": "AWSService", "invokedBy": "cloudtrail.amazonaws.com"}


def event(
    name: str,
    who: dict[str, Any] | None = None,
    bucket: str = "logs",
    at: str = "2026-11-01T10:00:00Z",
    applied: str | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A data event."""
    extra = {"additionalEventData": {"SignatureVersion": "SigV4", "SSEApplied": applied}} if applied else {}
    return {
        "eventVersion": "1.11",
        "userIdentity": role("reader") if who is None else who,
        "eventTime": at,
        "eventSource": "s3.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "requestParameters": {"bucketName": bucket, "key": "2026/a.gz"},
        "readOnly": name.startswith(("Get", "Head", "List")),
        "managementEvent": False,
        "eventCategory": "Data",
        **extra,
        **more,
    }


def denied(name: str, who: dict[str, Any], words: str) -> dict[str, Any]:
    """A data event of a request that S3 refused."""
    return event(name, who, errorCode="AccessDenied", errorMessage=words)


def write_events(path: Path, events: Iterable[dict[str, Any]]) -> Path:
    """A file as CloudTrail delivers it: packed where its name says so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = json.dumps({"Records": list(events)}).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def line(
    operation: str,
    requester: str = f"arn:aws:sts::{OWN}:assumed-role/reader/session",
    bucket: str = "logs",
    at: str = "01/Nov/2026:10:00:00 +0000",
    status: str = "200",
) -> str:
    """A line of an access log."""
    uri = '"GET /logs/2026/a.gz?x=1 HTTP/1.1"'
    head = f"{OWNER} {bucket} [{at}] 192.0.2.3 {requester} 3E57427F3EXAMPLE"
    return f"{head} {operation} 2026/a.gz {uri} {status} {_TAIL}\n"
