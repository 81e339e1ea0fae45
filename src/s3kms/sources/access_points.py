"""The access points of the buckets that would change, with their policies: a listing for each region, once."""

import asyncio
from collections.abc import Collection, Mapping

from s3kms.aws.connection import Connection
from s3kms.aws.s3 import control_api
from s3kms.aws.s3.client import S3Client
from s3kms.aws.s3.endpoints import is_aws_url
from s3kms.model.advice import Advice
from s3kms.model.errors import AwsError, CredentialsProblem
from s3kms.model.policy import PolicyDocument
from s3kms.model.unknown import Unknown, UnknownCause
from s3kms.model.usage import AccessPoint

MAX_POLICIES_READ = 5
"""Of one bucket: what is read of it stays within 14 calls."""


def has_control(connection: Connection, region: str) -> bool:
    """Whether the server that S3 is asked at can be asked for S3 Control: AWS's own knows nobody else's buckets.

    Raises BadInput for a region that cannot be.
    """
    is_aws = is_aws_url(connection.endpoint_of(region, directory=False).origin)
    return is_aws or not is_aws_url(connection.control_endpoint_of(region).origin)


class AccessPoints:
    """The access points of one account; each region is listed once, when first asked for."""

    def __init__(self, connection: Connection, client: S3Client, buckets: Collection[str]) -> None:
        """`buckets` are those that are asked about: the others' access points are passed over."""
        self._connection = connection
        self._client = client
        self._buckets = frozenset(buckets)
        self._regions: dict[str, asyncio.Task[Mapping[str, tuple[str, ...]] | Unknown]] = {}

    async def of(self, bucket: str, region: str) -> tuple[AccessPoint, ...] | Unknown:
        """The access points of a bucket; Unknown where they cannot be listed. Raises CredentialsProblem."""
        if region not in self._regions:
            self._regions[region] = asyncio.create_task(self._list(region))
        listed = await self._regions[region]
        if isinstance(listed, Unknown):
            return listed
        names = listed.get(bucket, ())
        return tuple(
            await asyncio.gather(
                *(self._read(name, region, number) for number, name in enumerate(names, start=1))
            )
        )

    async def close(self) -> None:
        """End what is under way."""
        for task in self._regions.values():
            task.cancel()
        await asyncio.gather(*self._regions.values(), return_exceptions=True)

    async def _list(self, region: str) -> Mapping[str, tuple[str, ...]] | Unknown:
        """The names of the access points, by bucket."""
        account = self._connection.account
        found: dict[str, list[str]] = {}
        try:
            if not await asyncio.to_thread(has_control, self._connection, region):
                return {}
            async for row in control_api.list_access_points(self._client, account, region):
                owner = row.get("BucketAccountId") or account
                if row["Bucket"] in self._buckets and owner == account:
                    found.setdefault(row["Bucket"], []).append(row["Name"])
        except CredentialsProblem:
            raise
        except AwsError as error:
            return error.as_unknown()
        return {bucket: tuple(sorted(names)) for bucket, names in found.items()}

    async def _read(self, name: str, region: str, number: int) -> AccessPoint:
        if number > MAX_POLICIES_READ:
            return AccessPoint(name, _beyond_budget(name))
        try:
            text = await control_api.get_access_point_policy(
                self._client, name, self._connection.account, region
            )
        except CredentialsProblem:
            raise
        except AwsError as error:
            return AccessPoint(name, error.as_unknown())
        document = None if text is None else PolicyDocument(text, f"the policy of its access point {name}")
        return AccessPoint(name, document)


def _beyond_budget(name: str) -> Unknown:
    why = f"the policies of {MAX_POLICIES_READ} access points of a bucket are read, and that of {name} is one more"
    return Unknown(UnknownCause.BUDGET, why, Advice("look at the policies of its other access points"))
