"""The newest objects of a bucket, found with few listings: folders that are dates are read from the newest on."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from s3kms.aws.boundary import translate_errors
from s3kms.aws.connection import Connection
from s3kms.model.advice import Advice
from s3kms.model.aftermath import Deliveries, Delivery
from s3kms.model.unknown import Unknown, UnknownCause
from s3kms.model.watch_operations import HEAD_REPLICATED_OBJECT, LIST_OBJECTS

LOOK_BACK = timedelta(days=3)
"""How long before a change a delivery counts."""
MAX_LISTINGS = 40
"""Calls for one bucket at one look."""
_NEWEST_DATES = 3
"""Folders of one level that are read: a day and two before it, the month that just began and the last ones."""
_MAX_TIMES = 1000
"""Of one prefix: the newest are kept."""
_MAX_NEWEST = 3
_DATE = re.compile(
    r"\d{2}|\d{4}|\d{4}-?\d{2}(-?\d{2}([-T]?\d{2})?)?|(year|month|day|hour|date|dt|y|m|d|h)=[\d-]+",
    re.IGNORECASE,
)
_BEGINS_WITH_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(slots=True)
class _Walk:
    """One bucket's folders, the newest first."""

    connection: Connection
    bucket: str
    region: str
    since: datetime
    calls: int = 0
    folders: list[str] = field(default_factory=lambda: [""])
    times: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    newest: list[tuple[datetime, str]] = field(default_factory=list)

    def run(self) -> None:
        """Until all is listed, or the budget is spent: then folders are left. Raises AwsError."""
        while self.folders and self.calls < MAX_LISTINGS:
            folder = self.folders.pop()
            if not self._read(folder):
                self.folders.append(folder)
                return

    def _read(self, folder: str) -> bool:
        """Whether the folder was listed whole."""
        inner: list[str] = []
        is_whole = False
        for answer in self._pages(folder):
            inner += [one["Prefix"] for one in answer.get("CommonPrefixes", ())]
            for one in answer.get("Contents", ()):
                self._add(one["Key"], one["LastModified"])
            is_whole = not answer.get("IsTruncated")
        dated = [one for one in inner if _DATE.fullmatch(one[len(folder) :].rstrip("/"))]
        others = [one for one in inner if one not in set(dated)]
        self.folders += [*sorted(others, reverse=True), *sorted(dated)[-_NEWEST_DATES:]]
        return is_whole

    def _pages(self, folder: str) -> Iterator[Any]:
        """The pages of a folder; where its names begin with dates, those of the time that counts."""
        asked: dict[str, Any] = {
            "Bucket": self.bucket,
            "Prefix": folder,
            "Delimiter": "/",
            "ExpectedBucketOwner": self.connection.account,
        }
        while True:
            answer = self._list(asked)
            yield answer
            if not answer.get("IsTruncated") or self.calls >= MAX_LISTINGS:
                return
            names = [one["Key"][len(folder) :] for one in answer.get("Contents", ())]
            start = f"{folder}{self.since - LOOK_BACK:%Y-%m-%d}"
            if names and "StartAfter" not in asked and _BEGINS_WITH_DATE.match(names[-1]):
                asked = {**asked, "StartAfter": max(start, f"{folder}{names[-1]}")}
                asked.pop("ContinuationToken", None)
            else:
                asked = {**asked, "ContinuationToken": answer["NextContinuationToken"]}

    def _list(self, asked: dict[str, Any]) -> Any:
        self.calls += 1
        with translate_errors(LIST_OBJECTS, f"s3://{self.bucket}"):
            answer = self.connection.s3(self.region).list_objects_v2(**asked)
            for one in answer.get("Contents", ()):
                _ = one["Key"], one["LastModified"]
            return answer

    def _add(self, key: str, at: datetime) -> None:
        if at < self.since - LOOK_BACK:
            return
        times = self.times[delivering_prefix(key)]
        times.append(at)
        if len(times) > 2 * _MAX_TIMES:
            times[:] = sorted(times)[-_MAX_TIMES:]
        if at >= self.since:
            self.newest = sorted([*self.newest, (at, key)])[-_MAX_NEWEST:]


def delivering_prefix(key: str) -> str:
    """The folder of a key up to the first that is a date: who delivers writes below it every day."""
    folders = key.split("/")[:-1]
    kept: list[str] = []
    for one in folders:
        if _DATE.fullmatch(one):
            break
        kept.append(one)
    return "".join(f"{one}/" for one in kept)


def read_deliveries(
    connection: Connection, bucket: str, region: str, since: datetime, now: datetime
) -> Deliveries:
    """What was written from three days before a moment on, by prefix, with at most 40 calls. Raises AwsError."""
    walk = _Walk(connection, bucket, region, since)
    walk.run()
    found = tuple(
        Delivery(prefix, tuple(sorted(times)[-_MAX_TIMES:])) for prefix, times in sorted(walk.times.items())
    )
    unread = _too_many(walk.folders[0]) if walk.folders else None
    return Deliveries(found, now, tuple(key for _, key in reversed(walk.newest)), unread)


def _too_many(folder: str) -> Unknown:
    return Unknown(
        UnknownCause.BUDGET,
        f"has more objects than {MAX_LISTINGS} listings tell, of {folder or 'its first level'} among others",
        Advice("look at the newest objects of the prefixes that matter: aws s3 ls s3://BUCKET/PREFIX/"),
    )


def is_replication_failed(connection: Connection, bucket: str, region: str, key: str) -> bool:
    """Whether S3 says of an object that it could not be replicated. Raises AwsError."""
    with translate_errors(HEAD_REPLICATED_OBJECT, f"s3://{bucket}/{key}"):
        found = connection.s3(region).head_object(
            Bucket=bucket, Key=key, ExpectedBucketOwner=connection.account
        )
    return found.get("ReplicationStatus") == "FAILED"
