"""What KMS says of a key. Reading never creates a key (fact B5)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from s3kms.aws.boundary import translate_errors
from s3kms.aws.connection import Connection
from s3kms.aws.s3.endpoints import is_aws_url
from s3kms.model import operations as op
from s3kms.model.advice import Advice
from s3kms.model.encryption import KeyKind
from s3kms.model.errors import AwsError, BadAnswer, CredentialsProblem
from s3kms.model.keys import AWS_S3_ALIAS, KeyForm, KeyReference, KmsKey, Rotation, UnusedAwsManagedKey
from s3kms.model.policy import PolicyDocument
from s3kms.model.unknown import Unknown, UnknownCause

if TYPE_CHECKING:
    from mypy_boto3_kms.type_defs import KeyMetadataTypeDef

_MANAGERS = {"AWS": KeyKind.AWS_MANAGED, "CUSTOMER": KeyKind.CUSTOMER_MANAGED}


def describe_key(
    connection: Connection,
    reference: KeyReference,
    region: str,
    *,
    rotation: bool = False,
    aliases: bool = False,
) -> KmsKey | UnusedAwsManagedKey:
    """The key behind a reference, as seen from a bucket in `region`. Raises AwsError.

    An ARN is described in its own region, which need not be the bucket's: finding that out is the point.
    """
    where = reference.region or region
    name = reference.text
    if reference.form is KeyForm.AWS_MANAGED:
        name = _aws_managed_key_id(connection, where)
        if name is None:
            return UnusedAwsManagedKey()
    subject = f"KMS key {reference.text or 'aws/s3'} in {where}"
    with translate_errors(op.DESCRIBE_KEY, subject):
        answer = connection.kms(where).describe_key(KeyId=name or "")
    key = _from_metadata(answer.get("KeyMetadata", {}), subject)
    is_of_some_service = key.manager is KeyKind.AWS_MANAGED and reference.form is not KeyForm.AWS_MANAGED
    # Of which service an AWS managed key is, only its alias tells; another account's cannot be listed (fact A27).
    if (aliases or is_of_some_service) and key.account == connection.account:
        key = replace(key, aliases=_aliases(connection, key))
    return replace(key, rotation=_rotation(connection, key)) if rotation else key


def read_key_policy(connection: Connection, key: KmsKey) -> PolicyDocument | Unknown:
    """The key policy of a key of this account; of another one's KMS does not tell it (fact A27)."""
    if key.account != connection.account:
        why = f"the key policy can be read in account {key.account} alone"
        return Unknown(UnknownCause.NOT_READ, why, Advice(f"look at the key policy in account {key.account}"))
    try:
        with translate_errors(op.GET_KEY_POLICY, f"KMS key {key.arn}"):
            answer = connection.kms(key.region).get_key_policy(KeyId=key.arn, PolicyName="default")
        policy: object = answer.get("Policy")
        if not isinstance(policy, str):
            raise BadAnswer(f"GetKeyPolicy for KMS key {key.arn} was answered without Policy")
        return PolicyDocument(policy, "its key policy")
    except CredentialsProblem:
        raise
    except AwsError as error:
        return error.as_unknown()


def is_aws(connection: Connection, region: str) -> bool:
    """Whether KMS itself is asked; another server may have keys of any name."""
    return is_aws_url(connection.kms(region).meta.endpoint_url)


def _aws_managed_key_id(connection: Connection, region: str) -> str | None:
    """The id behind alias/aws/s3, or None where KMS has not made the key. Never DescribeKey (fact B5)."""
    with translate_errors(op.LIST_ALIASES, f"the aliases of account {connection.account} in {region}"):
        for page in connection.kms(region).get_paginator("list_aliases").paginate():
            for alias in page["Aliases"]:
                if alias["AliasName"] == AWS_S3_ALIAS:
                    return alias.get("TargetKeyId")
    return None


def _aliases(connection: Connection, key: KmsKey) -> tuple[str, ...] | Unknown:
    """Every alias of a key of this account."""
    try:
        with translate_errors(op.LIST_ALIASES, f"the aliases of {key.arn}"):
            pages = connection.kms(key.region).get_paginator("list_aliases").paginate(KeyId=key.arn)
            return tuple(alias["AliasName"] for page in pages for alias in page["Aliases"])
    except CredentialsProblem:
        raise
    except AwsError as error:
        return error.as_unknown()


def _rotation(connection: Connection, key: KmsKey) -> Rotation | Unknown:
    if key.manager is KeyKind.AWS_MANAGED:
        return Rotation(enabled=True, period_days=365)  # fact B4: AWS managed keys rotate every year
    try:
        with translate_errors(op.GET_KEY_ROTATION_STATUS, f"KMS key {key.arn}"):
            answer = connection.kms(key.region).get_key_rotation_status(KeyId=key.arn)
            return Rotation(answer["KeyRotationEnabled"], answer.get("RotationPeriodInDays"))
    except CredentialsProblem:
        raise
    except AwsError as error:
        return error.as_unknown()


def _from_metadata(metadata: "KeyMetadataTypeDef", subject: str) -> KmsKey:
    """A key of which KMS did not say what decides is no key in good order, nor a bad one. Raises BadAnswer."""
    stated: Mapping[str, Any] = metadata
    missing = [name for name in ("Arn", "KeyState", "KeyUsage", "KeySpec") if not stated.get(name)]
    if missing:
        raise BadAnswer(f"DescribeKey for {subject} was answered without {', '.join(missing)}")
    if KeyReference.parse(stated["Arn"]).form is not KeyForm.ARN:
        raise BadAnswer(f"DescribeKey for {subject} was answered with {stated['Arn']!r} for an ARN")
    return KmsKey(
        arn=stated["Arn"],
        state=stated["KeyState"],
        usage=stated["KeyUsage"],
        spec=stated["KeySpec"],
        manager=_MANAGERS.get(stated.get("KeyManager", ""), KeyKind.UNKNOWN),
        origin=stated.get("Origin", "AWS_KMS"),
        deletion_date=stated.get("DeletionDate"),
        valid_to=stated.get("ValidTo"),
    )
