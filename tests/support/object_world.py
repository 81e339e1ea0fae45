"""A bucket of an account of the embedded AWS, seen by boto3 and by our client."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import boto3

from s3kms.aws.connection import Connection, ConnectionSettings
from s3kms.aws.s3.client import S3Client
from s3kms.aws.s3.context import open_client
from s3kms.demo.aws import PRODUCTION, EmbeddedAws

T = TypeVar("T")
REGION = "us-east-1"


class ObjectWorld:
    """boto3 to compare with, our client, the bucket `data`, and a key."""

    def __init__(self, aws: EmbeddedAws) -> None:
        self.aws = aws
        keys = aws.credentials(PRODUCTION)
        session = boto3.Session(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"])
        self.connection = Connection(ConnectionSettings(endpoint_url=aws.url, session=session))
        self.boto = session.client("s3", region_name=REGION, endpoint_url=aws.url)
        kms = session.client("kms", region_name=REGION, endpoint_url=aws.url)
        self.key_arn = kms.create_key()["KeyMetadata"]["Arn"]
        self.boto.create_bucket(Bucket="data")

    def enable_versions(self) -> None:
        """Keep every version from now on."""
        self.boto.put_bucket_versioning(Bucket="data", VersioningConfiguration={"Status": "Enabled"})

    def run(self, work: Callable[[S3Client], Awaitable[T]]) -> T:
        """What a function of our client returns."""

        async def main() -> T:
            async with open_client(self.connection) as context:
                return await work(S3Client(self.connection, context))

        return asyncio.run(main())
