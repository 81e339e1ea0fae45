"""The event history of CloudTrail, as far as KMS refused something: moto answers LookupEvents with an error 500."""

from __future__ import annotations

import json
import time
import uuid
from typing import TYPE_CHECKING, Any

from s3kms.demo.corrections.http import ServerResponse

if TYPE_CHECKING:
    from s3kms.demo.corrections.accounts import CallerIdentity
    from s3kms.demo.corrections.http import ServerRequest

_SOURCE = "kms.amazonaws.com"
_LARGEST_PAGE = 50
_events: list[dict[str, Any]] = []
"""Oldest first. Each has the account and region whose history it is in, and `Event` as LookupEvents gives it."""


def forget_events() -> None:
    """Forget what was refused."""
    _events.clear()


def record(request: ServerRequest, caller: CallerIdentity, refusal: ServerResponse, key: str) -> None:
    """A request of KMS itself that was refused."""
    said = json.loads(refusal.body)
    if said.get("__type") == "AccessDeniedException":
        context = request.json().get("encryptionContext") or request.json().get("EncryptionContext") or {}
        remember(request, caller, call=request.operation, code="AccessDenied", key=key, context=context)


def remember(
    request: ServerRequest,
    caller: CallerIdentity,
    *,
    call: str,
    code: str,
    key: str,
    context: dict[str, str],
) -> None:
    """A call that KMS refused: in the history of the caller's account alone, and of nobody where it was unsigned."""
    if caller.account is None:
        return
    event_id, now = str(uuid.uuid4()), time.time()
    event = {
        "eventVersion": "1.11",
        "userIdentity": {"type": "IAMUser", "arn": caller.arn, "accountId": caller.account},
        "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
        "eventSource": _SOURCE,
        "eventName": call,
        "awsRegion": request.region,
        "errorCode": code,
        "errorMessage": f"User: {caller.arn} is not authorized to perform: kms:{call} on resource: {key}",
        "requestParameters": {"keyId": key, "encryptionContext": context},
        "responseElements": None,
        "eventID": event_id,
        "readOnly": True,
        "resources": [{"accountId": key.split(":")[4], "type": "AWS::KMS::Key", "ARN": key}],
        "eventType": "AwsApiCall",
        "managementEvent": True,
    }
    listed = {
        "EventId": event_id,
        "EventName": call,
        "EventSource": _SOURCE,
        "EventTime": now,
        "ReadOnly": "true",
        "Resources": [{"ResourceType": "AWS::KMS::Key", "ResourceName": key}],
        "CloudTrailEvent": json.dumps(event),
    }
    _events.append({"account": caller.account, "region": request.region, "Event": listed})


def answer_cloudtrail(request: ServerRequest) -> ServerResponse | None:
    """The answer to LookupEvents, newest first; None for all else, which is moto's."""
    if request.operation != "LookupEvents":
        return None
    asked = request.json()
    attributes = asked.get("LookupAttributes") or []
    if len(attributes) > 1:
        return ServerResponse.json_error("InvalidLookupAttributesException", "Only one attribute is allowed.")
    found = [
        one["Event"]
        for one in reversed(_events)
        if (one["account"], one["region"]) == (request.account, request.region)
        and _is_meant(one["Event"], attributes)
        and asked.get("StartTime", 0) <= one["Event"]["EventTime"] <= asked.get("EndTime", float("inf")) + 1
    ]
    size = min(int(asked.get("MaxResults") or _LARGEST_PAGE), _LARGEST_PAGE)
    begin = int(asked.get("NextToken") or 0)
    token = {"NextToken": str(begin + size)} if len(found) > begin + size else {}
    return ServerResponse.json({"Events": found[begin : begin + size], **token})


def _is_meant(event: dict[str, Any], attributes: list[dict[str, str]]) -> bool:
    """Whether an event has what was asked for. EventSource and EventName are what this server knows."""
    return all(event.get(one["AttributeKey"]) == one["AttributeValue"] for one in attributes)
