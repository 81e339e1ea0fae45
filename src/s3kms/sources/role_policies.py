"""The policies of the roles that replicate buckets, each role read once: what `--deep` of a plan asks of IAM."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from s3kms.aws.connection import Connection
from s3kms.aws.role_policies import RolePolicyReader
from s3kms.model.advice import Advice
from s3kms.model.bucket import Bucket
from s3kms.model.errors import AwsError, CredentialsProblem
from s3kms.model.policy import PolicyDocument
from s3kms.model.unknown import Unknown, UnknownCause

RolePolicies = Mapping[str, tuple[PolicyDocument, ...] | Unknown]
"""By the ARN of the role."""


def read_role_policies(connection: Connection, role_arns: Iterable[str]) -> RolePolicies:
    """The policies of each role, or why they are not known; a role is asked for once. Raises CredentialsProblem."""
    reader = RolePolicyReader(connection)
    return {arn: _read(reader, arn) for arn in dict.fromkeys(role_arns)}


def roles_that_replicate(bucket: Bucket) -> tuple[str, ...]:
    """The ARNs of the roles of its replication rules that are not disabled, each once."""
    rules = bucket.usage.replication
    if isinstance(rules, Unknown):
        return ()
    return tuple(dict.fromkeys(rule.role for rule in rules if rule.role and rule.is_enabled is not False))


def apply_role_policies(bucket: Bucket, found: RolePolicies) -> Bucket:
    """The bucket with the policies of the roles that replicate it; unknown where one of them is."""
    if isinstance(bucket.usage.replication, Unknown):
        return replace(bucket, usage=replace(bucket.usage, role_policies=bucket.usage.replication))
    documents: list[PolicyDocument] = []
    for role in roles_that_replicate(bucket):
        policies = found.get(role, ())
        if isinstance(policies, Unknown):
            return replace(bucket, usage=replace(bucket.usage, role_policies=policies))
        documents.extend(policies)
    return replace(bucket, usage=replace(bucket.usage, role_policies=tuple(documents)))


def _read(reader: RolePolicyReader, arn: str) -> tuple[PolicyDocument, ...] | Unknown:
    account = arn.split(":")[4] if arn.count(":") >= 5 else ""  # noqa: PLR2004 - arn:aws:iam::ACCOUNT:role/NAME
    if account != reader.connection.account:
        why = f"{arn} is not a role of account {reader.connection.account}, whose roles alone are read"
        return Unknown(UnknownCause.NOT_READ, why, Advice("look at its policies there"))
    try:
        return reader.read(arn)
    except CredentialsProblem:
        raise
    except AwsError as error:
        return error.as_unknown()
