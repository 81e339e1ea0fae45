"""The facts of one bucket, and no more than are needed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from s3kms.aws.connection import Connection
from s3kms.aws.response_checks import ListedBucket, evidence_of
from s3kms.aws.s3 import bucket_api
from s3kms.aws.s3.client import S3Client
from s3kms.model import operations as op
from s3kms.model.advice import Advice
from s3kms.model.bucket import Bucket, BucketKind, Evidence, bucket_arn, directory_bucket_arn
from s3kms.model.encryption import Encryption
from s3kms.model.errors import AwsError, CredentialsProblem, NotFound
from s3kms.model.facts import Fact
from s3kms.model.keys import KeyFact, KmsKey
from s3kms.model.place import Place
from s3kms.model.stream import DeletedDuringScan, ScanItem, TargetNotFound
from s3kms.model.unknown import NOT_READ, Unknown
from s3kms.sources.keys import KeyCache

NeedsGrants = Callable[[Bucket], bool]
"""Whether the verdict on a bucket hangs on the grants of its key: only who evaluates policies can tell."""

_INVALID_TOKEN = "InvalidToken"  # noqa: S105 - AWS's code of an error
_REGIONAL_SESSION = Advice(
    "a session of the global STS endpoint may not be valid in a region that has to be enabled first: get it from a "
    "regional endpoint (AWS_STS_REGIONAL_ENDPOINTS=regional), or let the account's global endpoint issue tokens of "
    "version 2 (aws iam set-security-token-service-preferences)"
)


class BucketReader:
    """Reads the needed facts of one bucket after the other, many at once."""

    def __init__(
        self,
        connection: Connection,
        client: S3Client,
        needs: frozenset[Fact],
        regions: Sequence[str] = (),
        *,
        needs_grants: NeedsGrants | None = None,
    ) -> None:
        """`regions` are those that are wanted; none means all. `needs_grants` says of which keys grants are read."""
        self._connection = connection
        self._account = connection.account
        self._client = client
        self._needs = needs
        self._regions = regions
        self._needs_key = any(fact.is_about_the_key for fact in needs)
        self._needs_grants = needs_grants
        self._keys = KeyCache(connection, client, needs)

    async def read(self, listed: ListedBucket) -> ScanItem:
        """The bucket; DeletedDuringScan or TargetNotFound where it is not there. Raises CredentialsProblem."""
        try:
            encryption, evidence, region = await self._encryption(listed)
            tags = await self._tags(listed)
        except NotFound:
            if listed.is_listed:
                return DeletedDuringScan(listed.name, listed.region)
            return TargetNotFound(listed.name, Advice("there is no such bucket; check the name"))
        arn = _arn(listed, self._connection)
        bucket = Bucket(
            name=listed.name,
            account=self._account,
            region=region,
            arn=arn,
            kind=listed.kind,
            places=(Place(arn),),
            encryption=encryption,
            tags=tags,
            evidence=evidence,
        )
        return await self.with_key(bucket)

    async def _encryption(
        self, listed: ListedBucket
    ) -> tuple[Encryption | Unknown, Evidence | None, str | None]:
        if Fact.ENCRYPTION not in self._needs and not self._needs_key:
            return NOT_READ, None, listed.region
        first_region = self._presumed_region(listed)
        try:
            encryption, evidence, answered_in = await bucket_api.get_bucket_encryption(
                self._client, listed, self._account, first_region
            )
        except NotFound:
            raise
        except AwsError as error:
            if isinstance(error, CredentialsProblem) and not self._is_of_one_region(error, first_region):
                raise
            unknown = _unknown(error, first_region)
            return unknown, evidence_of(op.GET_BUCKET_ENCRYPTION, error.request_id), listed.region
        # S3 answers for a bucket in its own region alone, and names that region elsewhere (fact A8); a server
        # without regions answers in the one that it is asked in.
        return encryption, evidence, answered_in

    def _presumed_region(self, listed: ListedBucket) -> str:
        """Where a bucket is asked for first: as listed, else in a region that is wanted, else in our own."""
        own = self._connection.region
        wanted = own if own in self._regions or not self._regions else self._regions[0]
        return listed.region or wanted

    async def _tags(self, listed: ListedBucket) -> Mapping[str, str] | Unknown:
        if Fact.TAGS not in self._needs:
            return NOT_READ
        region = self._presumed_region(listed)
        try:
            return await bucket_api.get_bucket_tags(self._client, listed, self._account, region)
        except NotFound:
            raise
        except AwsError as error:
            if isinstance(error, CredentialsProblem) and not self._is_of_one_region(error, region):
                raise
            return _unknown(error, region)

    def _is_of_one_region(self, error: CredentialsProblem, region: str) -> bool:
        """Whether the session is refused in a region that is not the one it is used in otherwise (fact A36)."""
        return error.code == _INVALID_TOKEN and region != self._connection.region

    async def with_key(self, bucket: Bucket) -> Bucket:
        """A bucket with the key of its default encryption, as far as a rule needs it. Raises CredentialsProblem."""
        bucket = replace(bucket, key=await self._key_behind(bucket.encryption, bucket.region))
        if self._needs_grants and isinstance(bucket.key, KmsKey) and self._needs_grants(bucket):
            return replace(bucket, key=await self._keys.with_grants(bucket.key))
        return bucket

    async def _key_behind(self, encryption: Encryption | Unknown, region: str | None) -> KeyFact | None:
        if isinstance(encryption, Unknown):
            return encryption
        if not self._needs_key:
            return NOT_READ
        return await self._keys.behind(encryption, region)


def _unknown(error: AwsError, region: str) -> Unknown:
    """What an error leaves unknown; of a session that one region does not take, where and why."""
    if error.code != _INVALID_TOKEN:
        return error.as_unknown()
    return replace(error.as_unknown(), why=f"{error} (the bucket is in {region})", advice=_REGIONAL_SESSION)


def _arn(listed: ListedBucket, connection: Connection) -> str:
    if listed.kind is BucketKind.DIRECTORY:
        region = listed.region or connection.region
        return directory_bucket_arn(listed.name, region, connection.account, connection.partition)
    return bucket_arn(listed.name, connection.partition)
