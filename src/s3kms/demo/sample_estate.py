"""The sample estate: an organization of six accounts, with every kind of bucket a real one has."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3

from s3kms.demo.aws import (
    ACCOUNTS,
    ACQUIRED,
    AUDIT,
    DORMANT,
    MANAGEMENT,
    PRODUCTION,
    SANDBOX,
    EmbeddedAws,
    create_organization,
    mark_as_invited,
    set_account_state,
)
from s3kms.model.api_shape import to_api_shape
from s3kms.model.encryption import DSSE_KMS, SSE_C, SSE_KMS, SSE_S3, Encryption

if TYPE_CHECKING:
    from mypy_boto3_kms.client import KMSClient
    from mypy_boto3_s3.client import S3Client

FRANKFURT, IRELAND, VIRGINIA, SYDNEY = "eu-central-1", "eu-west-1", "us-east-1", "ap-southeast-2"
PROFILES = {"management": MANAGEMENT, "production": PRODUCTION, "sandbox": SANDBOX, "audit": AUDIT}
"""The profiles that the demo's AWS configuration has."""

MEMBER_NAMES = {
    PRODUCTION: "production",
    SANDBOX: "sandbox",
    AUDIT: "audit",
    ACQUIRED: "acquired",
    DORMANT: "dormant",
}
"""By name, in the organization of MANAGEMENT, whose role OrganizationAccountAccessRole opens all but two:
ACQUIRED was invited and does not have it, DORMANT is suspended."""
AUDIT_ROLE, AUDIT_EXTERNAL_ID, AUDITED_ACCOUNTS = "SecurityAudit", "acme-audit-7f3a", (PRODUCTION, SANDBOX)
"""How AUDIT, a delegated administrator, enters the accounts that it audits."""

Customization = Callable[["S3Client", str], object]


@dataclass(frozen=True, slots=True)
class SampleBucket:
    """One general purpose bucket of the sample estate."""

    name: str
    account: str
    region: str
    encryption: Encryption | None = None
    """None is "never touched". A key `@name` means the estate's key of that name in the bucket's region."""
    customization: Customization | None = None
    """What else makes it special."""


def kms_encryption(
    key: str | None = None, *, bucket_key: bool = True, blocked: tuple[str, ...] = (SSE_C,)
) -> Encryption:
    """SSE-KMS as a default encryption; without `key`, under the AWS managed key."""
    return Encryption(SSE_KMS, key, bucket_key, blocked)


def _policy(**statement: Any) -> Customization:
    def put(s3: "S3Client", name: str) -> None:
        on_bucket = any(str(statement["Action"]).count(word) for word in ("List", "Configuration"))
        bucket, objects = f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"
        where = {"Resource": [bucket, objects] if on_bucket else objects}
        document = {"Version": "2012-10-17", "Statement": [{**statement, **where}]}
        s3.put_bucket_policy(Bucket=name, Policy=json.dumps(document))

    return put


def _website(s3: "S3Client", name: str) -> None:
    s3.put_bucket_website(Bucket=name, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})
    _policy(Effect="Allow", Principal="*", Action="s3:GetObject")(s3, name)


def _logs_to(target: str) -> Customization:
    def put(s3: "S3Client", name: str) -> None:
        logging = {"LoggingEnabled": {"TargetBucket": target, "TargetPrefix": f"{name}/"}}
        s3.put_bucket_logging(Bucket=name, BucketLoggingStatus=logging)  # type: ignore[arg-type]

    return put


def _replicates_to(target: str) -> Customization:
    def put(s3: "S3Client", name: str) -> None:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        rule: Any = {
            "ID": "all",
            "Priority": 1,
            "Status": "Enabled",
            "Filter": {},
            "DeleteMarkerReplication": {"Status": "Disabled"},
            "Destination": {"Bucket": f"arn:aws:s3:::{target}"},
        }
        role = f"arn:aws:iam::{PRODUCTION}:role/replication"
        s3.put_bucket_replication(Bucket=name, ReplicationConfiguration={"Role": role, "Rules": [rule]})

    return put


def _tagged(**tags: str) -> Customization:
    pairs: Any = [{"Key": key, "Value": value} for key, value in tags.items()]
    return lambda s3, name: s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": pairs})


def _versioned(s3: "S3Client", name: str) -> None:
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})


def _holding(*keys: str) -> Customization:
    """With versions, and objects from when the default was SSE-S3; a key named twice has two versions."""

    def put(s3: "S3Client", name: str) -> None:
        _versioned(s3, name)
        for key in keys:
            s3.put_object(
                Bucket=name, Key=key, Body=f"what {key} says".encode(), ServerSideEncryption="AES256"
            )

    return put


_PAYROLL = _holding("2025/12.csv", "2026/01.csv", "2026/01.csv", "2026/bonus, 50% + more.csv")
_UNREADABLE = _policy(Effect="Deny", Principal="*", Action="s3:GetEncryptionConfiguration")
_ALB_LOGS = _policy(
    Effect="Allow",
    Principal={"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
    Action="s3:PutObject",
)
_ACCESS_LOGS = _policy(
    Effect="Allow", Principal={"Service": "logging.s3.amazonaws.com"}, Action="s3:PutObject"
)
_FLOW_LOGS = _policy(
    Effect="Allow",
    Principal={"Service": "delivery.logs.amazonaws.com"},
    Action="s3:PutObject",
    Condition={
        "StringEquals": {"aws:SourceAccount": PRODUCTION},
        "ArnLike": {"aws:SourceArn": f"arn:aws:logs:{FRANKFURT}:{PRODUCTION}:*"},
    },
)
_PARTNER = _policy(
    Effect="Allow",
    Principal={"AWS": f"arn:aws:iam::{SANDBOX}:root"},
    Action=["s3:GetObject", "s3:ListBucket"],
)

SAMPLE_BUCKETS: tuple[SampleBucket, ...] = (
    # SSE-S3, never touched
    SampleBucket("acme-web-uploads", PRODUCTION, FRANKFURT),
    SampleBucket("acme-web-thumbnails", PRODUCTION, FRANKFURT),
    SampleBucket("acme-invoices", PRODUCTION, FRANKFURT, customization=_versioned),
    SampleBucket("acme.reports.2024", PRODUCTION, FRANKFURT),
    SampleBucket("acme-backups", PRODUCTION, IRELAND, customization=_versioned),
    SampleBucket("acme-mobile-crashes", PRODUCTION, VIRGINIA),
    SampleBucket("acme-mobile-telemetry", PRODUCTION, VIRGINIA),
    SampleBucket("acme-lambda-code", PRODUCTION, VIRGINIA),
    SampleBucket("acme-exports-apac", PRODUCTION, SYDNEY),
    SampleBucket(
        "acme-patient-records", PRODUCTION, FRANKFURT, customization=_tagged(classification="restricted")
    ),
    # SSE-S3, set on purpose, with and without the SSE-C block
    SampleBucket("acme-legacy-import", PRODUCTION, IRELAND, Encryption(SSE_S3, None, False, None)),
    SampleBucket("acme-partner-drop", PRODUCTION, VIRGINIA, Encryption(SSE_S3, None, False, ("NONE",))),
    # SSE-KMS in all its forms
    SampleBucket("acme-app-config", PRODUCTION, FRANKFURT, kms_encryption()),
    SampleBucket("acme-app-state", PRODUCTION, FRANKFURT, kms_encryption(bucket_key=False)),
    SampleBucket("acme-orders", PRODUCTION, FRANKFURT, kms_encryption("@data")),
    SampleBucket("acme-orders-archive", PRODUCTION, FRANKFURT, kms_encryption("@data", bucket_key=False)),
    SampleBucket("acme-customers", PRODUCTION, FRANKFURT, kms_encryption("@data-id")),
    SampleBucket("acme-ledger", PRODUCTION, FRANKFURT, kms_encryption("alias/data")),
    SampleBucket("acme-payroll", PRODUCTION, IRELAND, kms_encryption("@data"), customization=_PAYROLL),
    SampleBucket("acme-analytics", PRODUCTION, VIRGINIA, kms_encryption("@data")),
    SampleBucket("acme-analytics-results", PRODUCTION, VIRGINIA, kms_encryption("@unrotated")),
    SampleBucket("acme-contracts", PRODUCTION, FRANKFURT, Encryption(DSSE_KMS, "@data", False, (SSE_C,))),
    SampleBucket("acme-board-papers", PRODUCTION, FRANKFURT, Encryption(DSSE_KMS, None, False, (SSE_C,))),
    # SSE-KMS that does not work: S3 accepted the key, and every write fails
    SampleBucket("acme-old-mail", PRODUCTION, FRANKFURT, kms_encryption("@disabled")),
    SampleBucket("acme-old-wiki", PRODUCTION, FRANKFURT, kms_encryption("@pending")),
    SampleBucket("acme-signing", PRODUCTION, FRANKFURT, kms_encryption("@asymmetric")),
    SampleBucket("acme-moved-to-sydney", PRODUCTION, SYDNEY, kms_encryption(f"@data:{FRANKFURT}")),
    SampleBucket("acme-shared-key", PRODUCTION, FRANKFURT, kms_encryption(f"@data:{FRANKFURT}:{SANDBOX}")),
    SampleBucket("acme-typo", PRODUCTION, VIRGINIA, kms_encryption("alias/dta")),
    # buckets that a careless fix would break
    SampleBucket("acme-www", PRODUCTION, FRANKFURT, customization=_website),
    SampleBucket("acme-access-logs", PRODUCTION, FRANKFURT, customization=_ACCESS_LOGS),
    SampleBucket("acme-orders-source", PRODUCTION, FRANKFURT, customization=_logs_to("acme-access-logs")),
    SampleBucket("acme-alb-logs", PRODUCTION, FRANKFURT, customization=_ALB_LOGS),
    SampleBucket("acme-flow-logs", PRODUCTION, FRANKFURT, customization=_FLOW_LOGS),
    SampleBucket("acme-replica", PRODUCTION, IRELAND, customization=_versioned),
    SampleBucket("acme-master-data", PRODUCTION, FRANKFURT, customization=_replicates_to("acme-replica")),
    SampleBucket("acme-partner-share", PRODUCTION, FRANKFURT, customization=_PARTNER),
    SampleBucket("acme-sealed", PRODUCTION, FRANKFURT, kms_encryption(), customization=_UNREADABLE),
    # the other accounts
    SampleBucket("acme-org-trail", MANAGEMENT, VIRGINIA),
    SampleBucket("acme-org-config", MANAGEMENT, VIRGINIA, kms_encryption()),
    SampleBucket("acme-org-billing", MANAGEMENT, VIRGINIA),
    SampleBucket("acme-org-templates", MANAGEMENT, IRELAND, kms_encryption("@data")),
    SampleBucket("acme-sandbox-alice", SANDBOX, FRANKFURT),
    SampleBucket("acme-sandbox-bob", SANDBOX, IRELAND),
    SampleBucket("acme-sandbox-models", SANDBOX, VIRGINIA, kms_encryption(bucket_key=False)),
    SampleBucket("acme-sandbox-scratch", SANDBOX, SYDNEY),
)

SAMPLE_DIRECTORY_BUCKETS = (
    ("acme-hot--use1-az4--x-s3", None),
    ("acme-hot-kms--use1-az4--x-s3", "@data"),
)
"""In PRODUCTION, us-east-1."""


AGGREGATOR_NAME = "organization"
"""The Config aggregator over all three accounts, in MANAGEMENT, Frankfurt."""


class EstateSeeder:
    """Fills an embedded AWS with the sample estate, through its HTTP API as any client would."""

    def __init__(self, aws: EmbeddedAws, only: frozenset[str] | None = None) -> None:
        """`only` names the buckets to create; None is all of them."""
        self._aws = aws
        self._only = only
        self._session = boto3.Session()  # one: reading botocore's models is what makes a client slow
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._keys: dict[tuple[str, str, str], str] = {}

    def seed(self) -> None:
        """Create the organization with its Config aggregator, the keys and the buckets."""
        self._organization()
        for sample in SAMPLE_BUCKETS:
            if self._is_wanted(sample.name):
                self._bucket(sample)
        for name, key in SAMPLE_DIRECTORY_BUCKETS:
            if self._is_wanted(name):
                self._directory_bucket(name, key)

    def _is_wanted(self, name: str) -> bool:
        return self._only is None or name in self._only

    def _organization(self) -> None:
        create_organization(MANAGEMENT, MEMBER_NAMES)
        mark_as_invited(ACQUIRED)
        set_account_state(DORMANT, "SUSPENDED")
        organizations = self._client("organizations", MANAGEMENT, VIRGINIA)
        organizations.register_delegated_administrator(
            AccountId=AUDIT, ServicePrincipal="access-analyzer.amazonaws.com"
        )
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{AUDIT}:root"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": AUDIT_EXTERNAL_ID}},
        }
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        for account in AUDITED_ACCOUNTS:
            iam = self._client("iam", account, VIRGINIA)
            iam.create_role(RoleName=AUDIT_ROLE, AssumeRolePolicyDocument=trust)
        self._aggregator()

    def _aggregator(self) -> None:
        role = f"arn:aws:iam::{MANAGEMENT}:role/config-organization"
        source = {"RoleArn": role, "AllAwsRegions": True}
        self._client("config", MANAGEMENT, FRANKFURT).put_configuration_aggregator(
            ConfigurationAggregatorName=AGGREGATOR_NAME, OrganizationAggregationSource=source
        )

    def _bucket(self, sample: SampleBucket) -> None:
        s3: S3Client = self._client("s3", sample.account, sample.region)
        where: Any = {"LocationConstraint": sample.region}
        extra: Any = {} if sample.region == VIRGINIA else {"CreateBucketConfiguration": where}
        s3.create_bucket(Bucket=sample.name, **extra)
        if sample.encryption:
            self._encrypt(s3, sample.name, sample.account, sample.region, sample.encryption)
        if sample.customization:
            sample.customization(s3, sample.name)

    def _encrypt(self, s3: "S3Client", name: str, account: str, region: str, wanted: Encryption) -> None:
        key = self._key(wanted.key, account, region) if wanted.key else None
        encryption = Encryption(wanted.algorithm, key, wanted.bucket_key, wanted.blocked)
        configuration: Any = to_api_shape(encryption)
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration=configuration)

    def _directory_bucket(self, name: str, key: str | None) -> None:
        s3: S3Client = self._client("s3", PRODUCTION, VIRGINIA)
        configuration: Any = {
            "Location": {"Type": "AvailabilityZone", "Name": "use1-az4"},
            "Bucket": {"Type": "Directory", "DataRedundancy": "SingleAvailabilityZone"},
        }
        s3.create_bucket(Bucket=name, CreateBucketConfiguration=configuration)
        if key:
            self._encrypt(s3, name, PRODUCTION, VIRGINIA, Encryption(SSE_KMS, key))

    def _key(self, reference: str, account: str, region: str) -> str:
        """`@name[:region[:account]]` as the ARN (or, for `@name-id`, the id) of a key; anything else as it is."""
        if not reference.startswith("@"):
            if reference == "alias/data":
                self._key("@data", account, region)
            return reference
        name, *elsewhere = reference[1:].split(":")
        region, account = [*elsewhere, *(region, account)[len(elsewhere) :]]
        base = name.removesuffix("-id")
        if (base, account, region) not in self._keys:
            self._keys[base, account, region] = self._create_key(base, account, region)
        arn = self._keys[base, account, region]
        return arn.split("/")[1] if name.endswith("-id") else arn

    def _create_key(self, name: str, account: str, region: str) -> str:
        client: KMSClient = self._client("kms", account, region)
        usage: Any = {"KeyUsage": "SIGN_VERIFY", "KeySpec": "RSA_2048"} if name == "asymmetric" else {}
        arn: str = client.create_key(Description=f"demo: {name}", **usage)["KeyMetadata"]["Arn"]
        client.create_alias(AliasName=f"alias/{name}", TargetKeyId=arn)
        match name:
            case "disabled":
                client.disable_key(KeyId=arn)
            case "pending":
                client.schedule_key_deletion(KeyId=arn, PendingWindowInDays=30)
            case "data":
                client.enable_key_rotation(KeyId=arn)
        return arn

    def _client(self, service: str, account: str, region: str) -> Any:
        if (service, account, region) not in self._clients:
            credentials = self._aws.credentials(account)
            self._clients[service, account, region] = self._session.client(
                service,  # type: ignore[call-overload]
                region_name=region,
                endpoint_url=self._aws.url,
                aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
            )
        return self._clients[service, account, region]


def seed_estate(aws: EmbeddedAws, only: frozenset[str] | None = None) -> None:
    """Create the sample estate (6 accounts, 48 buckets, their keys) in an embedded AWS that is empty.

    `only` names the buckets to create, where not all are wanted. `aws.calls` is empty afterwards. Takes about two
    seconds for all.
    """
    EstateSeeder(aws, only).seed()
    aws.calls.clear()


__all__ = ["ACCOUNTS", "AUDIT_EXTERNAL_ID", "AUDIT_ROLE", "PROFILES", "SAMPLE_BUCKETS", "seed_estate"]
