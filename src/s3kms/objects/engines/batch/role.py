"""What the role of a job may do, and who may be it. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from s3kms.model.batch_operations import GENERATE_MANIFEST, UPDATE_OBJECT, USE_KEYS
from s3kms.model.job_role import JobRole
from s3kms.model.operations import Operation

DEFAULT_ROLE_NAME = "s3kms-batch"
SERVICE = "batchoperations.s3.amazonaws.com"


def trust_policy() -> Mapping[str, Any]:
    """The trust policy: only S3 Batch Operations may assume the role."""
    statement = {"Effect": "Allow", "Principal": {"Service": SERVICE}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def role_policy(
    bucket: str, job_bucket: str, prefix: str, keys: Iterable[str], partition: str, *, generates: bool
) -> Mapping[str, Any]:
    """What it needs: the objects, the list, the report and the keys (facts D4, D10), and nothing that writes objects.

    `keys` are the ARNs of the wanted key and of those that objects come from; `generates`, whether S3 makes the list.
    """
    arn = f"arn:{partition}:s3:::"
    files = f"{arn}{job_bucket}/{prefix}*"
    reads = ("s3:GetObject", "s3:GetObjectVersion")
    statements = [
        _allow("Reencrypt", (*reads, *UPDATE_OBJECT.actions), f"{arn}{bucket}/*"),
        _allow("ReadList", reads, files),
        _allow("WriteReport", ("s3:PutObject",), files),
        _allow("UseKeys", _actions(USE_KEYS), *dict.fromkeys(keys)),
    ]
    if generates:
        statements.append(_allow("MakeList", _actions(GENERATE_MANIFEST), arn + bucket))
    return {"Version": "2012-10-17", "Statement": statements}


def job_role(name: str, account: str, partition: str, policy: Mapping[str, Any], description: str) -> JobRole:
    """The role of that name with the policy."""
    return JobRole(name, account, partition, trust_policy(), policy, description)


def _actions(operation: Operation) -> tuple[str, ...]:
    return tuple(sorted(operation.actions))


def _allow(sid: str, actions: Iterable[str], *resources: str) -> dict[str, Any]:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Action": list(actions),
        "Resource": resources[0] if len(resources) == 1 else list(resources),
    }
