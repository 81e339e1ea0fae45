"""The sample estate: an organization of six accounts, with every kind of bucket a real one has."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3

from s3kms.aws.shape import to_api
from s3kms.demo.aws import (
    ACCOUNTS,
    ACQUIRED,
    AUDIT,
    DORMANT,
    MANAGEMENT,
    PRODUCTION,
    SANDBOX,
    EmbeddedAws,
    found_organization,
    set_account_state,
    set_invited,
)
from s3kms.estate.encryption import DSSE_KMS, SSE_C, SSE_KMS, SSE_S3, Encryption

if TYPE_CHECKING:
    from mypy_boto3_kms.client import KMSClient
    from mypy_boto3_s3.client import S3Client

FRANKFURT, IRELAND, VIRGINIA, SYDNEY = "eu-central-1", "eu-west-1", "us-east-1", "ap-southeast-2"
PROFILES = {"management": MANAGEMENT, "production": PRODUCTION, "sandbox": SANDBOX, "audit": AUDIT}
"""The profiles that the demo's AWS configuration has."""

MEMBERS = {
    PRODUCTION: "production",
    SANDBOX: "sandbox",
    AUDIT: "audit",
    ACQUIRED: "acquired",
    DORMANT: "dormant",
}
"""By name, in the organization of MANAGEMENT, whose role OrganizationAccountAccessRole opens all but two:
ACQUIRED was invited and does not have it, DORMANT is suspended."""
AUDIT_ROLE, AUDIT_EXTERNAL_ID, AUDITED = "SecurityAudit", "acme-audit-7f3a", (PRODUCTION, SANDBOX)
"""How AUDIT, a delegated administrator, enters the accounts that it audits."""

Dress = Callable[["S3Client", str], object]


@dataclass(frozen=True, slots=True)
class Specimen:
    """One bucket of the estate."""

    name: str
    account: str
    region: str
    encryption: Encryption | None = None
    """None is "never touched". A key `@name` means the estate's key of that name in the bucket's region."""
    dress: Dress | None = None
    """What else makes it special."""


def kms(
    key: str | None = None, *, bucket_key: bool = True, blocked: tuple[str, ...] = (SSE_C,)
) -> Encryption:
    """An SSE-KMS default."""
    return Encryption(SSE_KMS, key, bucket_key, blocked)


def _policy(**statement: Any) -> Dress:
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


def _logs_to(target: str) -> Dress:
    def put(s3: "S3Client", name: str) -> None:
        logging = {"LoggingEnabled": {"TargetBucket": target, "TargetPrefix": f"{name}/"}}
        s3.put_bucket_logging(Bucket=name, BucketLoggingStatus=logging)  # type: ignore[arg-type]

    return put


def _replicates_to(target: str) -> Dress:
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


def _tagged(**tags: str) -> Dress:
    pairs: Any = [{"Key": key, "Value": value} for key, value in tags.items()]
    return lambda s3, name: s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": pairs})


def _versioned(s3: "S3Client", name: str) -> None:
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})


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
    Effect="Allow", Principal={"Service": "delivery.logs.amazonaws.com"}, Action="s3:PutObject"
)
_PARTNER = _policy(
    Effect="Allow",
    Principal={"AWS": f"arn:aws:iam::{SANDBOX}:root"},
    Action=["s3:GetObject", "s3:ListBucket"],
)

SPECIMENS: tuple[Specimen, ...] = (
    # SSE-S3, never touched
    Specimen("acme-web-uploads", PRODUCTION, FRANKFURT),
    Specimen("acme-web-thumbnails", PRODUCTION, FRANKFURT),
    Specimen("acme-invoices", PRODUCTION, FRANKFURT, dress=_versioned),
    Specimen("acme.reports.2024", PRODUCTION, FRANKFURT),
    Specimen("acme-backups", PRODUCTION, IRELAND, dress=_versioned),
    Specimen("acme-mobile-crashes", PRODUCTION, VIRGINIA),
    Specimen("acme-mobile-telemetry", PRODUCTION, VIRGINIA),
    Specimen("acme-lambda-code", PRODUCTION, VIRGINIA),
    Specimen("acme-exports-apac", PRODUCTION, SYDNEY),
    Specimen("acme-patient-records", PRODUCTION, FRANKFURT, dress=_tagged(classification="restricted")),
    # SSE-S3, set on purpose, with and without the SSE-C block
    Specimen("acme-legacy-import", PRODUCTION, IRELAND, Encryption(SSE_S3, None, False, None)),
    Specimen("acme-partner-drop", PRODUCTION, VIRGINIA, Encryption(SSE_S3, None, False, ("NONE",))),
    # SSE-KMS in all its forms
    Specimen("acme-app-config", PRODUCTION, FRANKFURT, kms()),
    Specimen("acme-app-state", PRODUCTION, FRANKFURT, kms(bucket_key=False)),
    Specimen("acme-orders", PRODUCTION, FRANKFURT, kms("@data")),
    Specimen("acme-orders-archive", PRODUCTION, FRANKFURT, kms("@data", bucket_key=False)),
    Specimen("acme-customers", PRODUCTION, FRANKFURT, kms("@data-id")),
    Specimen("acme-ledger", PRODUCTION, FRANKFURT, kms("alias/data")),
    Specimen("acme-payroll", PRODUCTION, IRELAND, kms("@data")),
    Specimen("acme-analytics", PRODUCTION, VIRGINIA, kms("@data")),
    Specimen("acme-analytics-results", PRODUCTION, VIRGINIA, kms("@unrotated")),
    Specimen("acme-contracts", PRODUCTION, FRANKFURT, Encryption(DSSE_KMS, "@data", False, (SSE_C,))),
    Specimen("acme-board-papers", PRODUCTION, FRANKFURT, Encryption(DSSE_KMS, None, False, (SSE_C,))),
    # SSE-KMS that does not work: S3 accepted the key, and every write fails
    Specimen("acme-old-mail", PRODUCTION, FRANKFURT, kms("@disabled")),
    Specimen("acme-old-wiki", PRODUCTION, FRANKFURT, kms("@pending")),
    Specimen("acme-signing", PRODUCTION, FRANKFURT, kms("@asymmetric")),
    Specimen("acme-moved-to-sydney", PRODUCTION, SYDNEY, kms(f"@data:{FRANKFURT}")),
    Specimen("acme-shared-key", PRODUCTION, FRANKFURT, kms(f"@data:{FRANKFURT}:{SANDBOX}")),
    Specimen("acme-typo", PRODUCTION, VIRGINIA, kms("alias/dta")),
    # buckets that a careless fix would break
    Specimen("acme-www", PRODUCTION, FRANKFURT, dress=_website),
    Specimen("acme-access-logs", PRODUCTION, FRANKFURT, dress=_ACCESS_LOGS),
    Specimen("acme-orders-source", PRODUCTION, FRANKFURT, dress=_logs_to("acme-access-logs")),
    Specimen("acme-alb-logs", PRODUCTION, FRANKFURT, dress=_ALB_LOGS),
    Specimen("acme-flow-logs", PRODUCTION, FRANKFURT, dress=_FLOW_LOGS),
    Specimen("acme-replica", PRODUCTION, IRELAND, dress=_versioned),
    Specimen("acme-master-data", PRODUCTION, FRANKFURT, dress=_replicates_to("acme-replica")),
    Specimen("acme-partner-share", PRODUCTION, FRANKFURT, dress=_PARTNER),
    Specimen("acme-sealed", PRODUCTION, FRANKFURT, kms(), dress=_UNREADABLE),
    # the other accounts
    Specimen("acme-org-trail", MANAGEMENT, VIRGINIA),
    Specimen("acme-org-config", MANAGEMENT, VIRGINIA, kms()),
    Specimen("acme-org-billing", MANAGEMENT, VIRGINIA),
    Specimen("acme-org-templates", MANAGEMENT, IRELAND, kms("@data")),
    Specimen("acme-sandbox-alice", SANDBOX, FRANKFURT),
    Specimen("acme-sandbox-bob", SANDBOX, IRELAND),
    Specimen("acme-sandbox-models", SANDBOX, VIRGINIA, kms(bucket_key=False)),
    Specimen("acme-sandbox-scratch", SANDBOX, SYDNEY),
)

DIRECTORY_BUCKETS = (
    ("acme-hot--use1-az4--x-s3", None),
    ("acme-hot-kms--use1-az4--x-s3", "@data"),
)
"""In PRODUCTION, us-east-1."""


AGGREGATOR = "organization"
"""The Config aggregator over all three accounts, in MANAGEMENT, Frankfurt."""


class Seeder:
    """Fills an embedded AWS through its HTTP API, as any client would."""

    def __init__(self, aws: EmbeddedAws) -> None:
        self._aws = aws
        self._session = boto3.Session()  # one: reading botocore's models is what makes a client slow
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._keys: dict[tuple[str, str, str], str] = {}

    def seed(self) -> None:
        """Create the organization with its Config aggregator, the keys and the buckets."""
        self._organization()
        for specimen in SPECIMENS:
            self._bucket(specimen)
        for name, key in DIRECTORY_BUCKETS:
            self._directory_bucket(name, key)

    def _organization(self) -> None:
        found_organization(MANAGEMENT, MEMBERS)
        set_invited(ACQUIRED)
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
        for account in AUDITED:
            iam = self._client("iam", account, VIRGINIA)
            iam.create_role(RoleName=AUDIT_ROLE, AssumeRolePolicyDocument=trust)
        self._aggregator()

    def _aggregator(self) -> None:
        role = f"arn:aws:iam::{MANAGEMENT}:role/config-organization"
        source = {"RoleArn": role, "AllAwsRegions": True}
        self._client("config", MANAGEMENT, FRANKFURT).put_configuration_aggregator(
            ConfigurationAggregatorName=AGGREGATOR, OrganizationAggregationSource=source
        )

    def _bucket(self, specimen: Specimen) -> None:
        s3: S3Client = self._client("s3", specimen.account, specimen.region)
        where: Any = {"LocationConstraint": specimen.region}
        extra: Any = {} if specimen.region == VIRGINIA else {"CreateBucketConfiguration": where}
        s3.create_bucket(Bucket=specimen.name, **extra)
        if specimen.encryption:
            self._encrypt(s3, specimen.name, specimen.account, specimen.region, specimen.encryption)
        if specimen.dress:
            specimen.dress(s3, specimen.name)

    def _encrypt(self, s3: "S3Client", name: str, account: str, region: str, wanted: Encryption) -> None:
        key = self._key(wanted.key, account, region) if wanted.key else None
        encryption = Encryption(wanted.algorithm, key, wanted.bucket_key, wanted.blocked)
        configuration: Any = to_api(encryption)
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


def seed(aws: EmbeddedAws) -> None:
    """The whole sample estate, in an empty embedded AWS."""
    Seeder(aws).seed()
    aws.calls.clear()


__all__ = ["ACCOUNTS", "AUDIT_EXTERNAL_ID", "AUDIT_ROLE", "PROFILES", "SPECIMENS", "seed"]
