"""Who takes part: a command each, and how to read what it found."""

import csv
import importlib.util
import json
import os
import shlex
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.stub import FIRST_ACCOUNT, truth

Verdicts = Iterator[tuple[str, str]]
"""Bucket and verdict."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """A program to measure. Without a command it is not installed."""

    name: str
    command: tuple[str, ...]
    read: Callable[[Path], Verdicts] | None = None
    most: int | None = None
    """The most buckets that are worth the wait."""
    good_codes: frozenset[int] = frozenset({0})
    takes_concurrency: bool = True

    def for_buckets(self, buckets: int) -> "Contestant":
        """The same, told how many buckets there are where it cannot ask the stub."""
        return replace(
            self, command=tuple(str(buckets) if word == "BUCKETS" else word for word in self.command)
        )


def s3kms_verdicts(output: Path) -> Verdicts:
    with output.open() as lines:
        for line in map(json.loads, lines):
            if line.get("rule") == "s3_bucket_kms_encryption":
                yield line["bucket"], line["verdict"]


def loop_verdicts(output: Path) -> Verdicts:
    with output.open() as lines:
        for line in map(json.loads, lines):
            if "error" in line:
                yield line["bucket"], "unknown"
            else:
                yield line["bucket"], "pass" if line["algorithm"].startswith("aws:kms") else "fail"


def prowler_verdicts(folder: Path) -> Verdicts:
    """The newest of the CSV files, whatever went to stdout."""
    files = sorted(folder.glob("prowler-output-*.csv"), key=lambda file: file.stat().st_mtime)
    with files[-1].open(newline="") as lines:
        for line in csv.DictReader(lines, delimiter=";"):
            yield line["RESOURCE_UID"].rpartition(":")[2], line["STATUS"].lower()


def judged(verdicts: Verdicts) -> tuple[int, Counter[str]]:
    """How many are true, and what was said. A bucket that is named twice counts once as true."""
    said: Counter[str] = Counter()
    true: set[int] = set()
    for bucket, verdict in verdicts:
        said[verdict] += 1
        _, account, index = bucket.split("-")
        if truth(account, int(index)).verdict == verdict:
            true.add((int(account) - FIRST_ACCOUNT) * 10**7 + int(index))
    return len(true), said


S3KMS = tuple(shlex.split(os.environ.get("S3KMS_BENCH_COMMAND", f"{sys.executable} -m s3kms")))
CHECK = Contestant(
    "s3kms check", (*S3KMS, "check", "--format", "jsonl"), s3kms_verdicts, good_codes=frozenset({0, 10, 11})
)
UNORDERED = Contestant(
    "s3kms check --unordered",
    (*CHECK.command, "--unordered"),
    s3kms_verdicts,
    good_codes=frozenset({0, 10, 11}),
)
CHECK_KEYS = Contestant(
    "s3kms check with a rule on keys",
    (*CHECK.command, "--rule", "s3_bucket_kms_key_usable"),
    s3kms_verdicts,
    good_codes=frozenset({0, 10, 11}),
)
OWN_SHARE = Contestant(
    "s3kms check, answered from memory",
    (sys.executable, "-m", "benchmarks.own_share", "--buckets", "BUCKETS", "check", "--format", "jsonl"),
    good_codes=frozenset({0, 10, 11}),
)
"""The product's own share: no HTTP, no TLS, no stub."""
CHECK_ORG = Contestant(
    "s3kms check --org",
    (*S3KMS, "check", "--org", "--format", "jsonl"),
    s3kms_verdicts,
    good_codes=frozenset({0, 10, 11}),
)
PLAN_ORG = Contestant(
    "s3kms plan --org",
    (*S3KMS, "plan", "--org", "--format", "json"),
    good_codes=frozenset({0, 11}),
)
FLOOR = Contestant(
    "floor: aiohttp, botocore's signer", (sys.executable, "-m", "benchmarks.floor"), loop_verdicts
)
FLOOR_PREPARED = Contestant(
    "floor: aiohttp, the product's signer",
    (sys.executable, "-m", "benchmarks.floor", "--sign", "prepared"),
    loop_verdicts,
)
_HAS_PYCURL = importlib.util.find_spec("pycurl") is not None
CURL = Contestant(
    "bare pycurl loop, the product's signer"
    if _HAS_PYCURL
    else "bare pycurl loop (NOT MEASURED: pip install pycurl)",
    (sys.executable, "-m", "benchmarks.curl_loop") if _HAS_PYCURL else (),
    loop_verdicts,
)
BOTO3 = Contestant("boto3 threads, default", (sys.executable, "-m", "benchmarks.boto3_loop"), loop_verdicts)
BOTO3_PATH = Contestant(
    "boto3 threads, path-style",
    (sys.executable, "-m", "benchmarks.boto3_loop", "--addressing", "path"),
    loop_verdicts,
)

SLOW_TOOLS_MOST = 300


def prowler(folder: Path) -> Contestant:
    """Prowler's own check of the same name."""
    at = os.environ.get("S3KMS_BENCH_PROWLER")
    what = ["aws", "--checks", "s3_bucket_kms_encryption", "--output-formats", "csv", "--no-banner"]
    command = (at, *what, "--output-directory", str(folder / "prowler")) if at else ()
    return Contestant(
        "Prowler",
        command,
        lambda _: prowler_verdicts(folder / "prowler"),
        SLOW_TOOLS_MOST,
        frozenset({0, 3}),
        takes_concurrency=False,
    )


def custodian(folder: Path) -> Contestant:
    """Cloud Custodian's filter for the same question."""
    at = os.environ.get("S3KMS_BENCH_CUSTODIAN")
    policy = folder / "policy.json"
    not_kms = {"type": "bucket-encryption", "state": False, "crypto": "aws:kms"}
    rule = {"name": "kms", "resource": "aws.s3", "filters": [not_kms]}
    policy.write_text(json.dumps({"policies": [rule]}))
    what = [
        "run",
        "--cache-period",
        "0",
        "--region",
        "us-east-1",
        "-s",
        str(folder / "custodian"),
        str(policy),
    ]
    command = (at, *what) if at else ()
    return Contestant("Cloud Custodian", command, None, SLOW_TOOLS_MOST, takes_concurrency=False)


# The same floor with other parts: for the choice of a library, not for the comparison with other tools.
VARIANTS = tuple(
    Contestant(
        name, (sys.executable, "-m", "benchmarks.floor", *shlex.split(flags)), loop_verdicts, most=most
    )
    for name, flags, most in (
        ("aiohttp, botocore's signer", "--wire aiohttp --sign botocore", None),
        ("aiohttp, prepared signature", "--wire aiohttp --sign prepared", None),
        ("aiohttp, prepared, regex", "--wire aiohttp --sign prepared --parse regex", None),
        ("aiohttp, prepared, uvloop", "--wire aiohttp --sign prepared --uvloop", None),
        ("awscrt HTTP, botocore's signer", "--wire crt-http --sign botocore", None),
        ("awscrt HTTP, prepared signature", "--wire crt-http --sign prepared", None),
        ("awscrt S3 client, its own signer", "--wire crt-s3 --sign none", None),
        ("httpx, prepared signature", "--wire httpx --sign prepared", 2000),
        ("by hand, botocore's signer", "--wire raw --sign botocore", None),
        ("by hand, prepared signature", "--wire raw --sign prepared", None),
        ("by hand, prepared, uvloop", "--wire raw --sign prepared --uvloop", None),
    )
)
