"""The calls that KMS refused, in the event history of CloudTrail: of one account and region, the last 90 days."""

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from s3kms.aws.boundary import translate_errors
from s3kms.aws.connection import Connection
from s3kms.model.advice import Advice
from s3kms.model.aftermath import KmsRefusal
from s3kms.model.unknown import Unknown, UnknownCause
from s3kms.model.watch_operations import LOOKUP_EVENTS

_REFUSED = {
    "AccessDenied",
    "AccessDeniedException",
    "DisabledException",
    "KMSInvalidStateException",
}
_USES = {"Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncrypt"}
"""The calls that objects take: who may not describe a key harms no bucket."""
_A_PAGE = 50
"""The most that LookupEvents gives."""
_MAX_PAGES = 100
"""Of one look in one region. All calls to KMS come, for only one attribute can be asked for."""
_SECONDS_A_CALL = 0.5
"""Two calls a second are allowed in an account and region."""
_LATE = timedelta(minutes=15)
"""How late an event may come into the history."""
HISTORY = timedelta(days=90)
"""How long CloudTrail keeps events without a trail."""
_TOO_OLD = Unknown(
    UnknownCause.NOT_READ,
    f"the history of CloudTrail begins {HISTORY.days} days ago, after the run",
    Advice("look for errorCode AccessDenied of kms.amazonaws.com in the trail's own bucket"),
)
_BUCKET = re.compile(r"arn:aws[a-z-]*:s3:::([A-Za-z0-9._-]+)")
_KEY = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+")
_TOO_MANY = Unknown(
    UnknownCause.BUDGET,
    f"CloudTrail has more than {_A_PAGE * _MAX_PAGES:,} calls to KMS of that time, and not all were looked at",
    Advice(
        "look for errorCode AccessDenied of kms.amazonaws.com in CloudTrail Lake, or in the trail's own bucket"
    ),
)


@dataclass(slots=True)
class RefusedCalls:
    """What is known of the calls that KMS refused in one region; each look adds to it."""

    connection: Connection
    region: str
    since: datetime
    sleep: Callable[[float], None] = time.sleep
    found: dict[str, KmsRefusal] = field(default_factory=dict)
    unread: Unknown | None = None
    """Why some may be missing."""
    _until: datetime | None = None

    def look(self, now: datetime) -> None:
        """Read what came since the last look. Raises AwsError."""
        if now - self.since > HISTORY:
            self.unread = _TOO_OLD
        start = max(self.since, now - HISTORY, (self._until or self.since) - _LATE)
        for number, page in enumerate(self._pages(start, now)):
            for event in page:
                refusal = parse_refusal(event)
                if refusal is not None:
                    self.found[refusal.event] = refusal
            if number + 1 == _MAX_PAGES:
                self.unread = _TOO_MANY
                break
        self._until = now

    def _pages(self, start: datetime, end: datetime) -> Iterator[list[Any]]:
        client = self.connection.regional_client("cloudtrail", self.region)
        asked: dict[str, Any] = {
            "LookupAttributes": [{"AttributeKey": "EventSource", "AttributeValue": "kms.amazonaws.com"}],
            "StartTime": start,
            "EndTime": end,
            "MaxResults": _A_PAGE,
        }
        while True:
            with translate_errors(LOOKUP_EVENTS, f"the events of KMS in {self.region}"):
                answer = client.lookup_events(**asked)
                page = list(answer["Events"])
            yield page
            token = answer.get("NextToken")
            if not token:
                return
            asked["NextToken"] = token
            self.sleep(_SECONDS_A_CALL)


def parse_refusal(event: Any) -> KmsRefusal | None:
    """A refused call from an event of LookupEvents; None for another event, and for one that is not JSON.

    What an event of a refused call holds is not written down by AWS part by part: the key and the bucket are looked
    for wherever an event of KMS may have them.
    """
    try:
        said = json.loads(event.get("CloudTrailEvent") or "")
        at = event["EventTime"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if not isinstance(said, dict) or not isinstance(at, datetime):
        return None
    if str(said.get("errorCode")) not in _REFUSED or str(said.get("eventName")) not in _USES:
        return None
    asked = said.get("requestParameters")
    context = asked.get("encryptionContext") if isinstance(asked, dict) else None
    bucket = _BUCKET.search(json.dumps(context)) if context else None
    key = _KEY.search(json.dumps([said.get("resources"), asked, said.get("errorMessage")]))
    return KmsRefusal(
        event=str(event.get("EventId") or said.get("eventID")),
        at=at,
        call=str(said["eventName"]),
        caller=_caller(said.get("userIdentity")),
        code=str(said["errorCode"]),
        key=key[0] if key else None,
        bucket=bucket[1] if bucket else None,
    )


def _caller(identity: Any) -> str:
    if not isinstance(identity, dict):
        return "somebody"
    found = identity.get("arn") or identity.get("invokedBy") or identity.get("accountId")
    return str(found) if found else "somebody"
