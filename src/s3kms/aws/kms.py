"""What KMS says of a key, in its JSON protocol over our own client. Reading never creates a key (fact B5)."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from s3kms.aws.boundary import bad_answer, not_an_aws_answer
from s3kms.aws.s3.client import S3Client
from s3kms.aws.s3.endpoints import Endpoint, is_aws_url
from s3kms.aws.s3.request import Request
from s3kms.model import operations as op
from s3kms.model.advice import Advice
from s3kms.model.encryption import KeyKind
from s3kms.model.errors import AwsError, BadAnswer, CredentialsProblem, NotFound
from s3kms.model.grants import KeyGrant
from s3kms.model.keys import AWS_S3_ALIAS, KeyForm, KeyReference, KmsKey, Rotation, UnusedAwsManagedKey
from s3kms.model.operations import Operation
from s3kms.model.policy import PolicyDocument
from s3kms.model.unknown import Unknown, UnknownCause

_MANAGERS = {"AWS": KeyKind.AWS_MANAGED, "CUSTOMER": KeyKind.CUSTOMER_MANAGED}
DEFAULT_POLICY, RAM_POLICY = "default", "AWS_RAM"
_NO_SUCH_POLICY = frozenset({"ValidationException", "NotFoundException"})
"""How KMS, and a server that knows one policy a key, say that there is no second one."""
_CONTENT_TYPE = "application/x-amz-json-1.1"
_MAX_ALIAS_PAGES = 10_000
"""Of a server that says forever that there is more."""
_GRANTS_A_PAGE, _MAX_GRANT_PAGES = 100, 50
"""A key may have 50,000 grants (KMS Developer Guide, "Resource quotas"), at 100 calls a second (fact B20)."""
_CHECK_GRANTS = Advice("look at the grants of the key: aws kms list-grants --key-id KEY")


def is_aws(endpoint: Endpoint) -> bool:
    """Whether KMS itself is asked; another server may have keys of any name."""
    return is_aws_url(endpoint.origin)


@dataclass(frozen=True, slots=True)
class KeyReader:
    """The questions of one account about keys."""

    client: S3Client
    account: str

    async def describe(
        self, reference: KeyReference, region: str, *, rotation: bool = False, aliases: bool = False
    ) -> KmsKey | UnusedAwsManagedKey:
        """The key behind a reference, as seen from a bucket in `region`. Raises AwsError.

        An ARN is described in its own region, which need not be the bucket's: finding that out is the point.
        """
        where = reference.region or region
        name = reference.text
        if reference.form is KeyForm.AWS_MANAGED:
            name = await self._aws_managed_key_id(where)
            if name is None:
                return UnusedAwsManagedKey()
        subject = f"KMS key {reference.text or 'aws/s3'} in {where}"
        answer = await self._ask(op.DESCRIBE_KEY, subject, where, KeyId=name or "")
        key = _from_metadata(answer.get("KeyMetadata"), subject)
        is_of_some_service = key.manager is KeyKind.AWS_MANAGED and reference.form is not KeyForm.AWS_MANAGED
        # Of which service an AWS managed key is, only its alias tells; another account's cannot be listed (fact A27).
        if (aliases or is_of_some_service) and key.account == self.account:
            key = replace(key, aliases=await self.aliases(key))
        return replace(key, rotation=await self._rotation(key)) if rotation else key

    async def policy(self, key: KmsKey) -> PolicyDocument | Unknown:
        """The key policy of a key of this account; of another one's KMS does not tell it (fact A27)."""
        found = await self._policy(key, DEFAULT_POLICY, "its key policy")
        if found is None:
            raise BadAnswer(f"GetKeyPolicy for KMS key {key.arn} was answered as if it had none")
        return found

    async def shared_policy(self, key: KmsKey) -> PolicyDocument | Unknown | None:
        """The second policy of a key that is shared through AWS RAM; None where it is not (fact B9)."""
        return await self._policy(key, RAM_POLICY, "its policy of AWS RAM")

    async def _policy(self, key: KmsKey, name: str, source: str) -> PolicyDocument | Unknown | None:
        if key.account != self.account:
            why = f"the key policy can be read in account {key.account} alone"
            return Unknown(
                UnknownCause.NOT_READ, why, Advice(f"look at the key policy in account {key.account}")
            )
        subject = f"KMS key {key.arn}"
        try:
            answer = await self._ask(op.GET_KEY_POLICY, subject, key.region, KeyId=key.arn, PolicyName=name)
            policy = answer.get("Policy")
            if not isinstance(policy, str):
                raise BadAnswer(f"GetKeyPolicy for {subject} was answered without Policy")
            return PolicyDocument(policy, source)
        except CredentialsProblem:
            raise
        except AwsError as error:
            if name == RAM_POLICY and (isinstance(error, NotFound) or error.code in _NO_SUCH_POLICY):
                return None
            return error.as_unknown()

    async def grants(self, key: KmsKey) -> tuple[KeyGrant, ...] | Unknown:
        """The grants of a key; Unknown where they cannot be read, or are more than are read."""
        subject = f"the grants of {key.arn}"
        found: list[KeyGrant] = []
        asked: dict[str, str | int] = {"KeyId": key.arn, "Limit": _GRANTS_A_PAGE}
        try:
            for _ in range(_MAX_GRANT_PAGES):
                page = await self._ask(op.LIST_GRANTS, subject, key.region, **asked)
                found += _grants_of(page, subject)
                if not page.get("Truncated"):
                    return tuple(found)
                marker = page.get("NextMarker")
                if not isinstance(marker, str) or marker == asked.get("Marker"):
                    raise bad_answer(op.LIST_GRANTS, subject, "was answered with a list that does not go on")
                asked["Marker"] = marker
        except CredentialsProblem:
            raise
        except AwsError as error:
            return error.as_unknown()
        why = f"the key has more than {len(found)} grants, which are not all read"
        return Unknown(UnknownCause.BUDGET, why, _CHECK_GRANTS, operation=op.LIST_GRANTS.name)

    async def _aws_managed_key_id(self, region: str) -> str | None:
        """The id behind alias/aws/s3, or None where KMS has not made the key. Never DescribeKey (fact B5)."""
        subject = f"the aliases of account {self.account} in {region}"
        async for alias in self._list_aliases(subject, region):
            if alias["AliasName"] == AWS_S3_ALIAS:
                return alias.get("TargetKeyId")
        return None

    async def aliases(self, key: KmsKey) -> tuple[str, ...] | Unknown:
        """Every alias of a key of this account."""
        try:
            listed = self._list_aliases(f"the aliases of {key.arn}", key.region, KeyId=key.arn)
            return tuple([alias["AliasName"] async for alias in listed])
        except CredentialsProblem:
            raise
        except AwsError as error:
            return error.as_unknown()

    async def _list_aliases(
        self, subject: str, region: str, **asked: str
    ) -> AsyncIterator[Mapping[str, Any]]:
        for _ in range(_MAX_ALIAS_PAGES):
            page = await self._ask(op.LIST_ALIASES, subject, region, **asked)
            rows = page.get("Aliases")
            if not isinstance(rows, list) or not all(_is_alias(row) for row in rows):
                raise bad_answer(op.LIST_ALIASES, subject, "was answered without the names of aliases")
            for row in rows:
                yield row
            if not page.get("Truncated"):
                return
            marker = page.get("NextMarker")
            if not isinstance(marker, str) or marker == asked.get("Marker"):
                break
            asked["Marker"] = marker
        raise bad_answer(op.LIST_ALIASES, subject, "was answered with a list that does not go on")

    async def _rotation(self, key: KmsKey) -> Rotation | Unknown:
        if key.manager is KeyKind.AWS_MANAGED:
            return Rotation(enabled=True, period_days=365)  # fact B4: AWS managed keys rotate every year
        subject = f"KMS key {key.arn}"
        try:
            answer = await self._ask(op.GET_KEY_ROTATION_STATUS, subject, key.region, KeyId=key.arn)
            enabled, days = answer.get("KeyRotationEnabled"), answer.get("RotationPeriodInDays")
            if not isinstance(enabled, bool):
                raise BadAnswer(f"GetKeyRotationStatus for {subject} was answered without KeyRotationEnabled")
            return Rotation(enabled, days if isinstance(days, int) else None)
        except CredentialsProblem:
            raise
        except AwsError as error:
            return error.as_unknown()

    async def _ask(
        self, operation: Operation, subject: str, region: str, **asked: str | int
    ) -> Mapping[str, Any]:
        """The answer to one call. Raises AwsError."""
        headers = (("Content-Type", _CONTENT_TYPE), ("X-Amz-Target", f"TrentService.{operation.name}"))
        request = Request(
            operation, subject, region, headers=headers, method="POST", body=json.dumps(asked).encode()
        )
        response, _ = await self.client.send(request)
        request_id = response.headers.get("x-amzn-requestid")
        try:
            found = json.loads(response.body)
        except (ValueError, RecursionError) as error:
            raise not_an_aws_answer(operation, subject, f"it is no JSON: {error}", request_id) from error
        if not isinstance(found, dict):
            raise not_an_aws_answer(operation, subject, "it is no object of JSON", request_id)
        return found


def _is_alias(row: object) -> bool:
    return isinstance(row, dict) and isinstance(row.get("AliasName"), str)


def _grants_of(page: Mapping[str, Any], subject: str) -> list[KeyGrant]:
    """Raises BadAnswer for a grant that does not say what it allows to whom."""
    rows = page.get("Grants")
    if not isinstance(rows, list):
        raise bad_answer(op.LIST_GRANTS, subject, "was answered without Grants")
    return [_grant(row, subject) for row in rows]


def _grant(row: object, subject: str) -> KeyGrant:
    stated: Mapping[str, Any] = row if isinstance(row, dict) else {}
    operations, constraints = stated.get("Operations"), stated.get("Constraints") or {}
    grantee, service = _text(stated, "GranteePrincipal"), _text(stated, "GranteeServicePrincipal")
    contexts = ("EncryptionContextSubset", "EncryptionContextEquals")
    if not isinstance(operations, list) or not (grantee or service) or not isinstance(constraints, dict):
        raise bad_answer(op.LIST_GRANTS, subject, "was answered with a grant that is none")
    subset, equals = (constraints.get(name) for name in contexts)
    if not all(isinstance(one, dict | None) for one in (subset, equals)):
        raise bad_answer(op.LIST_GRANTS, subject, "was answered with constraints that are none")
    return KeyGrant(
        frozenset(map(str, operations)),
        grantee,
        service,
        context_subset=subset or {},
        context_equals=equals,
        source_arn=_text(constraints, "SourceArn"),
        name=f"grant {_text(stated, 'Name') or _text(stated, 'GrantId') or 'without a name'}",
    )


def _text(stated: Mapping[str, Any], name: str) -> str | None:
    found = stated.get(name)
    return found if isinstance(found, str) and found else None


def _from_metadata(metadata: object, subject: str) -> KmsKey:
    """A key of which KMS did not say what decides is no key in good order, nor a bad one. Raises BadAnswer."""
    stated: Mapping[str, Any] = metadata if isinstance(metadata, dict) else {}
    decisive = ("Arn", "KeyState", "KeyUsage", "KeySpec")
    missing = [name for name in decisive if not isinstance(stated.get(name), str) or not stated[name]]
    if missing:
        raise BadAnswer(f"DescribeKey for {subject} was answered without {', '.join(missing)}")
    if KeyReference.parse(stated["Arn"]).form is not KeyForm.ARN:
        raise BadAnswer(f"DescribeKey for {subject} was answered with {stated['Arn']!r} for an ARN")
    return KmsKey(
        arn=stated["Arn"],
        state=stated["KeyState"],
        usage=stated["KeyUsage"],
        spec=stated["KeySpec"],
        manager=_MANAGERS.get(str(stated.get("KeyManager")), KeyKind.UNKNOWN),
        origin=str(stated.get("Origin", "AWS_KMS")),
        deletion_date=_date(stated, "DeletionDate", subject),
        valid_to=_date(stated, "ValidTo", subject),
    )


def _date(stated: Mapping[str, Any], name: str, subject: str) -> datetime | None:
    """In UTC, of the seconds that KMS writes. Raises BadAnswer."""
    seconds = stated.get(name)
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(float(seconds), UTC)
    except (TypeError, ValueError, OverflowError, OSError) as error:
        raise BadAnswer(f"DescribeKey for {subject} was answered with {seconds!r} for {name}") from error
