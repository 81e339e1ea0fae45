"""Who keeps access: what roles, distinct policies and buckets cost, in CPU and memory, as ratios of one run.

    python -m benchmarks.access

Each row is a process of its own: 5,000 roles and 300 buckets among them. Nothing is asked of anybody.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Mapping

from s3kms.access.bucket_use import Door, OpenedBucket
from s3kms.access.context import PrefixValue
from s3kms.access.documents import parse_policy
from s3kms.access.estate import AccessJudge
from s3kms.access.key_use import BucketUnderKey
from s3kms.model.identities import (
    AccountIdentities,
    AttachedPolicy,
    IamIdentity,
    IamIdentityKind,
    OrganizationPolicies,
)
from s3kms.model.policy import PolicyDocument

ACCOUNT = "111122223333"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ROOT = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    "Action": "kms:*",
    "Resource": "*",
}
ROWS = (
    (500, 50, 30),
    (5000, 50, 30),
    (500, 50, 300),
    (5000, 50, 300),
    (5000, 500, 300),
    (5000, 5000, 300),
)
"""Roles, distinct policies, buckets."""


def document(*statements: Mapping[str, object]) -> PolicyDocument:
    """A policy as IAM gives it."""
    return PolicyDocument(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}), "it")


def identities(roles: int, policies: int) -> AccountIdentities:
    """Roles that may read every bucket, each through one of some policies."""
    listed = [
        AttachedPolicy(
            f"Read{one}",
            document({"Sid": f"S{one}", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}),
        )
        for one in range(policies)
    ]
    found = [
        IamIdentity(
            f"arn:aws:iam::{ACCOUNT}:role/team{one % 40}/reader-{one}",
            IamIdentityKind.ROLE,
            (listed[one % policies],),
        )
        for one in range(roles)
    ]
    return AccountIdentities(ACCOUNT, tuple(found))


def judge(roles: int, policies: int, buckets: int) -> tuple[float, float, int]:
    """CPU seconds, MiB beyond the identities, and how many principals were judged."""
    read = identities(roles, policies)
    key_policy = (parse_policy(document(ROOT)),)
    judged = AccessJudge(lambda _: read, lambda _: OrganizationPolicies())
    kept = []
    before, started = _peak(), time.process_time()
    for number in range(buckets):
        name, arn = f"data-{number}", f"arn:aws:s3:::data-{number}"
        tls: dict[str, object] = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": f"{arn}/*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        door = Door("its policy", PrefixValue(f"{arn}/"), (parse_policy(document(tls)),))
        under = BucketUnderKey(bucket_arn=arn, key_arn=KEY, has_bucket_key=True, key_policies=key_policy)
        kept.append(len(judged.judge(name, OpenedBucket(ACCOUNT, (door,)), under)))
    return time.process_time() - started, _peak() - before, judged.evaluations


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print one row a case; or with three numbers measure one."""
    if len(sys.argv) > 1:
        sys.stdout.write(json.dumps(judge(*map(int, sys.argv[1:]))))
        return
    sys.stdout.write(
        "| roles | policies | buckets | CPU s | MiB | judged |\n| --- | --- | --- | --- | --- | --- |\n"
    )
    for row in ROWS:
        command = [sys.executable, "-m", "benchmarks.access", *map(str, row)]
        seconds, memory, count = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        cells = (*row, f"{seconds:.2f}", f"{memory:.0f}", count)
        sys.stdout.write(f"| {' | '.join(map(str, cells))} |\n")


if __name__ == "__main__":
    main()
