"""What a bucket is used for, as far as its settings and the code around it tell: the facts that hazards need."""

from dataclasses import dataclass
from enum import StrEnum

from s3kms.model.observed import ObservedBucket
from s3kms.model.policy import PolicyDocument
from s3kms.model.unknown import NOT_READ, Unknown


class LogSource(StrEnum):
    """The services that deliver logs into buckets, as far as SSE-KMS matters to them."""

    S3 = "S3 server access logs"
    LOAD_BALANCER = "logs of an Application or Classic Load Balancer"
    REDSHIFT = "audit logs of Redshift"
    VENDED = "logs that delivery.logs.amazonaws.com delivers"
    """VPC flow logs, Network Load Balancers, CloudFront, WAF and more (facts C4, C5, C6, C7 and C10)."""
    CONFIG = "configuration items and snapshots of AWS Config"
    CLOUDTRAIL = "log files of CloudTrail"
    FIREHOSE = "records of Amazon Data Firehose"


@dataclass(frozen=True, slots=True)
class LogDelivery:
    """Logs that a service puts into a bucket."""

    source: LogSource
    what: str
    """In a sentence: `access logs of aws_lb.web`."""
    is_certain: bool = True
    """Whether the code is certain to deliver: an unknown condition, number or name may decide it."""
    key: str | None = None
    """The KMS key that the sender itself names: the default of the bucket does not apply to what it writes then."""
    role: str | None = None
    """The ARN of the role that writes; None where the service itself does."""


@dataclass(frozen=True, slots=True)
class UnreadDeliveries:
    """A service that was asked what it delivers, and did not tell."""

    source: LogSource
    unknown: Unknown


class OriginAccess(StrEnum):
    """How CloudFront comes to the objects of a bucket."""

    IDENTITY = "origin access identity"
    """It cannot use KMS at all (fact C25)."""
    CONTROL = "origin access control"
    """It needs a customer managed key whose policy lets the distribution in (fact C25)."""
    ANONYMOUS = "no access of its own"
    """As anybody does."""


@dataclass(frozen=True, slots=True)
class CloudFrontOrigin:
    """A bucket as an origin of a CloudFront distribution."""

    distribution: str
    """Its ARN."""
    access: OriginAccess


@dataclass(frozen=True, slots=True)
class ReplicationRule:
    """One rule of a replication source, as far as SSE-KMS matters to it."""

    name: str
    is_enabled: bool | Unknown
    selects_kms: bool | Unknown
    """Whether SourceSelectionCriteria selects SSE-KMS objects, and a replica key is named (fact C22)."""
    destination: str | None = None
    """The ARN of the bucket that the replicas go to."""
    role: str | None = None
    """The ARN of the role that replicates."""


@dataclass(frozen=True, slots=True)
class AclGrant:
    """What an ACL grants beyond the owner."""

    grantee: str
    """The URI of a group, or the id of a canonical user."""
    permission: str
    """`READ`, `WRITE`, `FULL_CONTROL`, …"""
    source: str
    """In a sentence: `its ACL log-delivery-write`."""
    is_certain: bool = True


LOG_DELIVERY_GROUP = "http://acs.amazonaws.com/groups/s3/LogDelivery"
ALL_USERS_GROUP = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED_USERS_GROUP = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
PUBLIC_GROUPS = frozenset({ALL_USERS_GROUP, AUTHENTICATED_USERS_GROUP})
"""Grants to whom make a bucket public."""
CLOUDFRONT_LOGS_USER = "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0"
"""The canonical user awslogsdelivery (fact C55)."""


@dataclass(frozen=True, slots=True)
class AccessPoint:
    """A way into a bucket with a policy of its own."""

    name: str
    policy: PolicyDocument | Unknown | None
    """None where it has none."""


@dataclass(frozen=True, slots=True)
class Sibling:
    """A bucket of the same account, whose access logs may be delivered into those that would change."""

    name: str
    region: str | None
    """None where the listing did not say."""


@dataclass(frozen=True, slots=True)
class BucketUsage:
    """The facts about one bucket's use. What no source was asked for is NOT_READ."""

    policies: tuple[PolicyDocument, ...] | Unknown = NOT_READ
    """The bucket policy; of code every one that it may come out with."""
    website: bool | Unknown = NOT_READ
    """Whether it has a website endpoint."""
    replication: tuple[ReplicationRule, ...] | Unknown = NOT_READ
    grants: tuple[AclGrant, ...] | Unknown = NOT_READ
    deliveries: tuple[LogDelivery, ...] = ()
    """What the code around it delivers into it. Live only a deep plan asks the services that deliver (fact C55)."""
    unread_deliveries: tuple[UnreadDeliveries, ...] = ()
    """The services that a deep plan asked what they deliver, and that did not tell."""
    origins: tuple[CloudFrontOrigin, ...] | Unknown = NOT_READ
    """The CloudFront distributions of its account that read it. Live only a deep plan asks."""
    key_policies: tuple[PolicyDocument, ...] = ()
    """Policies of the same code that speak of an encryption context of KMS."""
    log_senders: tuple[str, ...] | Unknown = NOT_READ
    """The buckets whose S3 access logs are delivered here: live, GetBucketLogging of every bucket beside it."""
    is_public_access_restricted: bool | Unknown = NOT_READ
    """Whether RestrictPublicBuckets keeps anonymous requests out, whatever the bucket policy says."""
    notification_targets: tuple[str, ...] | Unknown = NOT_READ
    """ARNs of the functions, queues and topics that hear of its objects."""
    access_points: tuple[AccessPoint, ...] | Unknown = NOT_READ
    role_policies: tuple[PolicyDocument, ...] | Unknown = NOT_READ
    """Policies of the roles that replicate it. Live only a deep plan reads them."""
    requests_per_second: float | Unknown = NOT_READ
    """The highest of a while, by its request metrics."""
    observed: ObservedBucket | Unknown = NOT_READ
    """Who was seen to use it, where logs were given that are about it."""
    stack: str | None = None
    """The CloudFormation stack that owns it, by its tag `aws:cloudformation:stack-name`."""


UNREAD_USAGE = BucketUsage()
"""Of a bucket about whose use nothing was asked."""
