"""The public access block of an account, asked only where a bucket of it lets anonymous requests in."""

import asyncio
from collections.abc import Mapping
from typing import Any

from s3kms.aws.connection import Connection
from s3kms.aws.s3 import control_api
from s3kms.aws.s3.client import S3Client
from s3kms.model.errors import AwsError, CredentialsProblem
from s3kms.model.unknown import Unknown
from s3kms.sources.access_points import has_control


class AccountPublicAccess:
    """The block of one account; asked once, when first needed."""

    def __init__(self, connection: Connection, client: S3Client) -> None:
        self._connection = connection
        self._client = client
        self._asked: asyncio.Task[Mapping[str, Any] | Unknown] | None = None

    async def of(self, region: str) -> Mapping[str, Any] | Unknown:
        """Its settings, whichever region is asked. Raises CredentialsProblem."""
        if self._asked is None:
            self._asked = asyncio.create_task(self._ask(region))
        return await self._asked

    async def close(self) -> None:
        """End what is under way."""
        if self._asked is not None:
            self._asked.cancel()
            await asyncio.gather(self._asked, return_exceptions=True)

    async def _ask(self, region: str) -> Mapping[str, Any] | Unknown:
        try:
            if not await asyncio.to_thread(has_control, self._connection, region):
                return {}
            return await control_api.get_account_block(self._client, self._connection.account, region)
        except CredentialsProblem:
            raise
        except AwsError as error:
            return error.as_unknown()
