"""What one writes first: boto3, a thread pool, a client for each region, one call a bucket.

`--addressing virtual` is boto3's default against AWS: every bucket is a host of its own, so every call opens
a connection. `path` keeps connections.
"""

import argparse
import json
import os
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, Literal

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

Addressing = Literal["virtual", "path"]
ACCOUNT = "100000000000"


def resolve_localhost() -> None:
    """`BUCKET.s3.localhost` is this machine (RFC 6761), which glibc without systemd's resolver does not say."""
    ask = socket.getaddrinfo

    def answer(host: Any, *args: Any, **kwargs: Any) -> Any:
        here = isinstance(host, str) and host.endswith(".localhost")
        return ask("127.0.0.1" if here else host, *args, **kwargs)

    socket.getaddrinfo = answer


class Loop:
    """The clients, and what is done with each bucket."""

    def __init__(self, addressing: Addressing, workers: int) -> None:
        self._session = boto3.Session(aws_access_key_id="AKIASTUB", aws_secret_access_key="s" * 40)
        self._config = Config(s3={"addressing_style": addressing}, max_pool_connections=workers)
        self._workers = workers
        self.client = cache(self._new_client)

    def _new_client(self, region: str) -> Any:
        return self._session.client("s3", region_name=region, config=self._config)

    def listed(self) -> Iterator[tuple[str, str]]:
        pages = self.client("us-east-1").get_paginator("list_buckets")
        for page in pages.paginate(PaginationConfig={"PageSize": 1000}):
            for row in page["Buckets"]:
                self.client(row["BucketRegion"])  # here: making clients is not thread-safe
                yield row["Name"], row["BucketRegion"]

    def look(self, row: tuple[str, str]) -> dict[str, Any]:
        name, region = row
        try:
            answer = self.client(region).get_bucket_encryption(Bucket=name, ExpectedBucketOwner=ACCOUNT)
        except ClientError as error:
            return {"bucket": name, "error": error.response["Error"]["Code"]}
        default = answer["ServerSideEncryptionConfiguration"]["Rules"][0][
            "ApplyServerSideEncryptionByDefault"
        ]
        return {"bucket": name, "algorithm": default["SSEAlgorithm"], "key": default.get("KMSMasterKeyID")}

    def run(self) -> None:
        with ThreadPoolExecutor(self._workers) as pool:
            for line in pool.map(self.look, self.listed()):
                sys.stdout.write(json.dumps(line) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--addressing", choices=["virtual", "path"], default="virtual")
    parser.add_argument("--concurrency", type=int, default=16)
    chosen = parser.parse_args()
    if chosen.addressing == "virtual":
        resolve_localhost()
        os.environ["AWS_ENDPOINT_URL"] = os.environ["AWS_ENDPOINT_URL"].replace(
            "//localhost", "//s3.localhost"
        )
    Loop(chosen.addressing, chosen.concurrency).run()


if __name__ == "__main__":
    main()
