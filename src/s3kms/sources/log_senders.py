"""The buckets whose access logs are delivered into others: one GetBucketLogging for each bucket of a region."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from s3kms.aws.concurrent_map import TASKS_PER_CALL, concurrent_map
from s3kms.aws.response_checks import ListedBucket
from s3kms.aws.s3 import bucket_api, usage_api
from s3kms.aws.s3.client import S3Client
from s3kms.model.errors import AwsError, CredentialsProblem
from s3kms.model.unknown import Unknown
from s3kms.model.usage import Sibling


@dataclass(slots=True)
class _LogTargets:
    """Where the access logs of a region's buckets go."""

    senders: dict[str, list[str]] = field(default_factory=dict)
    """The buckets that send, by the one that takes."""
    unread: int = 0
    """How many buckets did not tell."""
    first_unread: Unknown | None = None
    """Why the first did not, or why the buckets could not be listed."""


class LogSenders:
    """Who delivers access logs into the buckets of one account; each region is read once, when first asked for."""

    def __init__(
        self, client: S3Client, account: str, concurrency: int, siblings: Sequence[Sibling] | None
    ) -> None:
        """`siblings` are all general purpose buckets of the account; None where they have to be listed."""
        self._client = client
        self._account = account
        self._concurrency = concurrency
        self._siblings = siblings
        self._regions: dict[str, asyncio.Task[_LogTargets]] = {}

    async def into(self, bucket: str, region: str) -> tuple[str, ...] | Unknown:
        """The buckets that send their access logs here; Unknown where none is known to, and not all tell.

        Raises CredentialsProblem.
        """
        if region not in self._regions:
            self._regions[region] = asyncio.create_task(self._read(region))
        found = await self._regions[region]
        if senders := found.senders.get(bucket):
            return tuple(sorted(senders))
        if found.first_unread is None:
            return ()
        more = f" (and {found.unread - 1} more buckets did not tell)" if found.unread > 1 else ""
        why = f"whether access logs are delivered here is not known: {found.first_unread.why}{more}"
        return replace(found.first_unread, why=why)

    async def close(self) -> None:
        """End what is under way."""
        for task in self._regions.values():
            task.cancel()
        await asyncio.gather(*self._regions.values(), return_exceptions=True)

    async def _read(self, region: str) -> _LogTargets:
        found = _LogTargets()

        async def read(listed: ListedBucket) -> tuple[str, str | Unknown | None]:
            where = self._client, listed, self._account, listed.region or region
            try:
                return listed.name, await usage_api.get_bucket_log_target(*where)
            except CredentialsProblem:
                raise
            except AwsError as error:
                return listed.name, error.as_unknown()

        answers = concurrent_map(read, self._listed(region), self._concurrency * TASKS_PER_CALL)
        try:
            async with aclosing(answers) as items:
                async for name, target in items:
                    _note(found, name, target)
        except CredentialsProblem:
            raise
        except AwsError as error:  # of the listing
            _note(found, "", error.as_unknown())
        return found

    async def _listed(self, region: str) -> AsyncIterator[ListedBucket]:
        """The buckets of a region: access logs are delivered within one (fact C1)."""
        if self._siblings is not None:
            for sibling in self._siblings:
                if sibling.region in {region, None}:
                    yield ListedBucket(sibling.name, sibling.region)
            return
        listing = bucket_api.list_buckets(self._client, self._account, region, only_region=True)
        async for listed in listing:
            if listed.region in {region, None}:
                yield listed


def _note(found: _LogTargets, name: str, target: str | Unknown | None) -> None:
    if isinstance(target, Unknown):
        found.unread += 1
        found.first_unread = found.first_unread or target
    elif target is not None:
        found.senders.setdefault(target, []).append(name)
