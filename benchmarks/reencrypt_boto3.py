"""What one writes first to re-encrypt objects in place: boto3 and a thread pool.

The calls are those of the engine `update`: the listing, and for each object HeadObject, UpdateObjectEncryption and
HeadObject; of the first object and of one in a thousand a byte is read.
"""

import argparse
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import boto3
from benchmarks.object_stub import BUCKET
from botocore.config import Config

ACCOUNT = "100000000000"


class Loop:
    """One client for all threads, and what is done with each object."""

    def __init__(self, key_arn: str, workers: int) -> None:
        config = Config(s3={"addressing_style": "path"}, max_pool_connections=workers)
        self._client: Any = boto3.client("s3", config=config)
        self._workers = workers
        self._numbers = count()
        self._encryption = {"SSEKMS": {"KMSKeyArn": key_arn, "BucketKeyEnabled": True}}

    def listed(self) -> Iterator[dict[str, str]]:
        pages = self._client.get_paginator("list_object_versions")
        for page in pages.paginate(Bucket=BUCKET, ExpectedBucketOwner=ACCOUNT):
            for row in page["Versions"]:
                yield {
                    "Bucket": BUCKET,
                    "Key": row["Key"],
                    "VersionId": row["VersionId"],
                    "ExpectedBucketOwner": ACCOUNT,
                }

    def move(self, place: dict[str, str]) -> bool:
        """Look, change, look again."""
        before = self._client.head_object(**place)
        if before["ServerSideEncryption"] != "AES256":
            return False
        self._client.update_object_encryption(**place, ObjectEncryption=self._encryption)
        after = self._client.head_object(**place)
        if next(self._numbers) % 1000 == 0:
            self._client.get_object(**place, Range="bytes=0-0")["Body"].read()
        return (after["ETag"], after["ServerSideEncryption"]) == (before["ETag"], "aws:kms")

    def run(self) -> int:
        """How many were moved."""
        with ThreadPoolExecutor(self._workers) as pool:
            return sum(pool.map(self.move, self.listed()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--key", required=True)
    parser.add_argument("--concurrency", type=int, default=16)
    chosen = parser.parse_args()
    print(json.dumps({"changed": Loop(chosen.key, chosen.concurrency).run()}))


if __name__ == "__main__":
    main()
