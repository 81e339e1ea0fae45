"""How the contract tests ask: real boto3 clients, and answers in words that two servers can share."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, overload

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_kms import KMSClient
    from mypy_boto3_kms.type_defs import KeyMetadataTypeDef
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sts import STSClient

HOME: Final = "us-east-1"
ABROAD: Final = "eu-west-1"
CMK = "customer managed"
ACCOUNT, OTHER_ACCOUNT = "111122223333", "444455556666"
SSE_C = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "0" * 32}


class Default(NamedTuple):
    """A bucket's default encryption as read back: the three parts of S3's rule (fact A1)."""

    algorithm: str | None
    key: str | None = None
    bucket_key: bool = False
    blocked: tuple[str, ...] = ()


class Landed(NamedTuple):
    """What HeadObject says an object is encrypted with; the key by its part in these tests."""

    algorithm: str
    key: str | None = None
    bucket_key: bool = False


def said(call: Callable[[], object]) -> str:
    """`done`, or the refusal as `Code status`."""
    try:
        call()
    except ClientError as error:
        return f"{error.response['Error']['Code']} {error.response['ResponseMetadata']['HTTPStatusCode']}"
    return "done"


def rule(
    algorithm: str | None = None,
    key: str | None = None,
    *,
    bucket_key: bool | None = None,
    blocked: list[str] | None = None,
) -> dict[str, Any]:
    """A rule with only the parts that are given, as boto3 takes it."""
    parts: dict[str, Any] = {}
    if algorithm:
        default = {"SSEAlgorithm": algorithm} | ({"KMSMasterKeyID": key} if key else {})
        parts["ApplyServerSideEncryptionByDefault"] = default
    if bucket_key is not None:
        parts["BucketKeyEnabled"] = bucket_key
    if blocked is not None:
        parts["BlockedEncryptionTypes"] = {"EncryptionType": blocked}
    return parts


@dataclass
class Server:
    """One of the servers asked, and the clients to ask it with."""

    name: str
    url: str
    credentials: Callable[[str], Mapping[str, str]]
    _clients: dict[tuple[str, str, str], Any] = field(default_factory=dict)

    @overload
    def client(self, service: Literal["s3"], account: str = ..., region: str = ...) -> S3Client: ...
    @overload
    def client(self, service: Literal["kms"], account: str = ..., region: str = ...) -> KMSClient: ...
    @overload
    def client(self, service: Literal["sts"], account: str = ..., region: str = ...) -> STSClient: ...

    def client(self, service: str, account: str = ACCOUNT, region: str = HOME) -> Any:
        """A client of an account in a region; made once, for making one costs more than a request."""
        what = (service, account, region)
        if what not in self._clients:
            self._clients[what] = self.new_client(*what)
        return self._clients[what]

    def new_bucket(self) -> Bucket:
        """An empty bucket nobody configured."""
        bucket = Bucket(self, f"contract-{uuid.uuid4().hex}")
        self.client("s3").create_bucket(Bucket=bucket.name)
        return bucket

    @cached_property
    def keys(self) -> Keys:
        """The keys of the account that owns the buckets."""
        return Keys(self)

    def new_client(self, service: str, account: str, region: str) -> Any:
        """A client nobody else uses."""
        secret = self.credentials(account)
        config = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, read_timeout=15)
        session: Any = boto3.session.Session(
            secret["AWS_ACCESS_KEY_ID"], secret["AWS_SECRET_ACCESS_KEY"], region_name=region
        )
        return session.client(service, endpoint_url=self.url, config=config)


class Keys:
    """One KMS key of each kind that matters to S3, made when first asked for."""

    def __init__(self, server: Server) -> None:
        self.alias = f"alias/contract-{uuid.uuid4().hex}"
        self._kms = server.client("kms")

    @cached_property
    def customer(self) -> KeyMetadataTypeDef:
        """An enabled symmetric customer managed key, with an alias."""
        key = self._new()
        self._kms.create_alias(AliasName=self.alias, TargetKeyId=key["KeyId"])
        return key

    @cached_property
    def forms(self) -> dict[str, str]:
        """The customer managed key's four names (fact A10)."""
        arn = self.customer["Arn"]
        alias_arn = f"{arn.rpartition(':')[0]}:{self.alias}"
        return {"id": self.customer["KeyId"], "ARN": arn, "alias": self.alias, "alias ARN": alias_arn}

    @cached_property
    def unfit(self) -> dict[str, str]:
        """ARNs of keys that S3 cannot encrypt with."""
        disabled, pending = self._new(), self._new()
        self._kms.disable_key(KeyId=disabled["KeyId"])
        self._kms.schedule_key_deletion(KeyId=pending["KeyId"], PendingWindowInDays=7)
        return {
            "missing": re.sub("[^/]+$", "00000000-0000-0000-0000-000000000000", self.customer["Arn"]),
            "disabled": disabled["Arn"],
            "pending deletion": pending["Arn"],
            "asymmetric": self._new(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["Arn"],
            "HMAC": self._new(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["Arn"],
            "of another region": self.customer["Arn"].replace(HOME, ABROAD),
        }

    def name(self, arn: str | None) -> str | None:
        """The key an ARN means, by its part in these tests; what has not the form of a key's ARN stays as it is."""
        if arn is None:
            return None
        aws_s3 = self._kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"]
        known = {self.customer["Arn"]: CMK, aws_s3: "aws/s3"}
        return known.get(arn) or re.sub("^arn:[^/]+:key/[^/]+$", "another key", arn)

    def _new(self, **settings: Any) -> KeyMetadataTypeDef:
        return self._kms.create_key(**settings)["KeyMetadata"]


@dataclass(frozen=True)
class Bucket:
    """A bucket on one of the servers."""

    server: Server
    name: str

    def put(self, *rules: dict[str, Any], **more: Any) -> Default | None:
        """Put these rules, and read back what that made of the bucket."""
        configuration: Any = {"Rules": list(rules)}
        self._s3.put_bucket_encryption(
            Bucket=self.name, ServerSideEncryptionConfiguration=configuration, **more
        )
        return self.default()

    def default(self) -> Default | None:
        """The default encryption; None if the server answers with no rule at all."""
        answer: Any = self._s3.get_bucket_encryption(Bucket=self.name)
        rules = answer["ServerSideEncryptionConfiguration"].get("Rules", [])
        if not rules:
            return None
        default = rules[0].get("ApplyServerSideEncryptionByDefault", {})
        return Default(
            default.get("SSEAlgorithm"),
            default.get("KMSMasterKeyID"),
            rules[0].get("BucketKeyEnabled", False),
            tuple(rules[0].get("BlockedEncryptionTypes", {}).get("EncryptionType", ())),
        )

    def write(self, **headers: Any) -> None:
        """Put an object, with these encryption headers or with none."""
        self._s3.put_object(Bucket=self.name, Key="object", Body=b"proof", **headers)

    def landed(self, **headers: Any) -> Landed:
        """Put an object, and look what it is encrypted with."""
        self.write(**headers)
        return self.head()

    def head(self) -> Landed:
        """What the object is encrypted with."""
        head = self._s3.head_object(Bucket=self.name, Key="object")
        key = self.server.keys.name(head.get("SSEKMSKeyId"))
        return Landed(head.get("ServerSideEncryption", "none"), key, head.get("BucketKeyEnabled", False))

    def read(self, **headers: Any) -> bytes:
        """The object's bytes."""
        return self._s3.get_object(Bucket=self.name, Key="object", **headers)["Body"].read()

    @property
    def _s3(self) -> S3Client:
        return self.server.client("s3")
