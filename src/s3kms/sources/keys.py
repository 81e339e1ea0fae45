"""The KMS keys behind many buckets, each described once."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, Generic, TypeVar

from s3kms.aws import kms
from s3kms.aws.connection import Connection
from s3kms.aws.s3.client import S3Client
from s3kms.model.encryption import Encryption, KeyKind
from s3kms.model.errors import AwsError, CredentialsProblem, NotFound
from s3kms.model.facts import Fact
from s3kms.model.grants import KeyGrant
from s3kms.model.keys import KeyFact, KeyReference, KmsKey, MissingKey, OtherServiceKey, fact_of_text
from s3kms.model.policy import PolicyDocument
from s3kms.model.unknown import Unknown


class KeyCache:
    """A cache of what KMS says, for one event loop; one DescribeKey per key and region."""

    def __init__(self, connection: Connection, client: S3Client, needs: frozenset[Fact]) -> None:
        self._connection = connection
        self._reader = kms.KeyReader(client, connection.account)
        self._needs = needs
        self._known: dict[tuple[str | None, str], _Once[KeyFact]] = {}
        self._policies: dict[str, _Once[PolicyDocument | Unknown]] = {}
        self._grants: dict[str, _Once[tuple[KeyGrant, ...] | Unknown]] = {}

    async def behind(self, encryption: Encryption, region: str | None) -> KeyFact | None:
        """The key of a default encryption; None where it uses none."""
        if not encryption.is_kms:
            return None
        reference = KeyReference.parse(encryption.key)
        by_name = fact_of_text(encryption.key)
        where = region or self._connection.region
        if isinstance(by_name, OtherServiceKey):
            return by_name
        if isinstance(by_name, MissingKey) and await self._is_aws(where):
            return by_name
        once = self._known.setdefault((encryption.key, where), _Once())
        return await once.get(lambda: self._describe(reference, where))

    async def with_grants(self, key: KmsKey) -> KmsKey:
        """A key with its grants, which are read once."""
        once = self._grants.setdefault(key.arn, _Once())
        return replace(key, grants=await once.get(lambda: self._reader.grants(key)))

    async def _is_aws(self, region: str) -> bool:
        return kms.is_aws(await asyncio.to_thread(self._connection.key_endpoint_of, region))

    async def _describe(self, reference: KeyReference, region: str) -> KeyFact:
        try:
            key = await self._reader.describe(
                reference,
                region,
                rotation=Fact.ROTATION in self._needs,
                aliases=Fact.ALIASES in self._needs,
            )
            return await self._with_policy(key) if isinstance(key, KmsKey) else key
        except CredentialsProblem:
            raise
        except NotFound as error:
            by_name = fact_of_text(reference.text)
            return by_name if isinstance(by_name, MissingKey) else MissingKey(str(error))
        except AwsError as error:
            return error.as_unknown()

    async def _with_policy(self, key: KmsKey) -> KmsKey:
        """A key that has two names has one policy. That of an AWS managed key is known, and cannot be changed."""
        if Fact.KEY_POLICY not in self._needs or key.manager is KeyKind.AWS_MANAGED:
            return key
        once = self._policies.setdefault(key.arn, _Once())
        return replace(key, policy=await once.get(lambda: self._reader.policy(key)))


T = TypeVar("T")


class _Once(Generic[T]):
    """A value computed by whichever task comes first; the others wait for it."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._value: list[T] = []

    async def get(self, compute: Callable[[], Coroutine[Any, Any, T]]) -> T:
        if self._value:
            return self._value[0]
        async with self._lock:
            if not self._value:
                self._value.append(await compute())
            return self._value[0]
