"""The AWS operations s3kms calls, each with the IAM action it needs.

IAM's names are not always the API's (fact A27). This table is what the policy
prints and what the wire is checked against in tests: a call that is not here cannot be made.
"""

from dataclasses import dataclass

ANY = "*"
BUCKETS = "arn:{partition}:s3:::{bucket}"
ALL_BUCKETS = "arn:{partition}:s3:::*"
ACCESS_POINTS = "arn:{partition}:s3:{region}:{account}:accesspoint/*"
OBJECTS = "arn:{partition}:s3:::{bucket}/*"
DIRECTORY_BUCKETS = "arn:{partition}:s3express:{region}:{account}:bucket/{bucket}"
ROLES = "arn:{partition}:iam::{account}:role/{role}"
KEYS = "arn:{partition}:kms:{region}:{account}:key/*"
TABLE_BUCKETS = "arn:{partition}:s3tables:{region}:{account}:bucket/{bucket}"
VECTOR_BUCKETS = "arn:{partition}:s3vectors:{region}:{account}:bucket/{bucket}"
AGGREGATORS = "arn:{partition}:config:{region}:{account}:config-aggregator/*"
"""Their ARNs end in an id that is drawn, not in the name."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One AWS API operation."""

    service: str
    """botocore's name of the service: `s3`, `kms`, `sts`, `config`."""
    name: str
    """The API's name: `GetBucketEncryption`."""
    action: str | None
    """The IAM action that allows it; None where AWS asks for no permission."""
    resource: str = ANY
    """The pattern of the ARN it is allowed on."""
    why: str = ""
    """What s3kms uses it for, in the words of the printed policy's reader."""
    also: tuple[str, ...] = ()
    """Further IAM actions the same call needs on the same resource."""

    @property
    def actions(self) -> tuple[str, ...]:
        """Every IAM action of the call, its own first."""
        return (*((self.action,) if self.action else ()), *self.also)


GET_CALLER_IDENTITY = Operation("sts", "GetCallerIdentity", None, why="which account this is")
LIST_ACCOUNTS = Operation(
    "organizations", "ListAccounts", "organizations:ListAccounts", why="the accounts of the organization"
)
_BOUND = "which policies of the organization bind an account"
DESCRIBE_ORGANIZATION = Operation(
    "organizations", "DescribeOrganization", "organizations:DescribeOrganization", why=_BOUND
)
LIST_ROOTS = Operation("organizations", "ListRoots", "organizations:ListRoots", why=_BOUND)
LIST_PARENTS = Operation("organizations", "ListParents", "organizations:ListParents", why=_BOUND)
LIST_POLICIES_FOR_TARGET = Operation(
    "organizations", "ListPoliciesForTarget", "organizations:ListPoliciesForTarget", why=_BOUND
)
DESCRIBE_POLICY = Operation("organizations", "DescribePolicy", "organizations:DescribePolicy", why=_BOUND)
ORGANIZATION_POLICY_OPERATIONS = (LIST_ROOTS, LIST_PARENTS, LIST_POLICIES_FOR_TARGET, DESCRIBE_POLICY)
"""What only the management account or a delegated administrator may ask (fact B33)."""
ASSUME_ROLE = Operation("sts", "AssumeRole", "sts:AssumeRole", ROLES, why="to look into each account")
LIST_BUCKETS = Operation("s3", "ListBuckets", "s3:ListAllMyBuckets", why="the buckets of the account")
LIST_DIRECTORY_BUCKETS = Operation(
    "s3", "ListDirectoryBuckets", "s3express:ListAllMyDirectoryBuckets", why="its directory buckets"
)
GET_BUCKET_ENCRYPTION = Operation(
    "s3", "GetBucketEncryption", "s3:GetEncryptionConfiguration", BUCKETS, why="the default encryption"
)
GET_DIRECTORY_BUCKET_ENCRYPTION = Operation(
    "s3",
    "GetBucketEncryption",
    "s3express:GetEncryptionConfiguration",
    DIRECTORY_BUCKETS,
    why="the default encryption of a directory bucket",
)
DESCRIBE_REGIONS = Operation(
    "ec2",
    "DescribeRegions",
    "ec2:DescribeRegions",
    why="the regions of the account, whose table or vector buckets are listed one by one",
)
LIST_TABLE_BUCKETS = Operation(
    "s3tables", "ListTableBuckets", "s3tables:ListTableBuckets", why="the table buckets of each region"
)
GET_TABLE_BUCKET_ENCRYPTION = Operation(
    "s3tables",
    "GetTableBucketEncryption",
    "s3tables:GetTableBucketEncryption",
    TABLE_BUCKETS,
    why="the default encryption of a table bucket",
)
LIST_VECTOR_BUCKETS = Operation(
    "s3vectors", "ListVectorBuckets", "s3vectors:ListVectorBuckets", why="the vector buckets of each region"
)
GET_VECTOR_BUCKET = Operation(
    "s3vectors",
    "GetVectorBucket",
    "s3vectors:GetVectorBucket",
    VECTOR_BUCKETS,
    why="the encryption of a vector bucket",
)
PUT_BUCKET_ENCRYPTION = Operation(
    "s3",
    "PutBucketEncryption",
    "s3:PutEncryptionConfiguration",
    BUCKETS,
    why="to set the default encryption, and to restore what was there",
)
PUT_DIRECTORY_BUCKET_ENCRYPTION = Operation(
    "s3",
    "PutBucketEncryption",
    "s3express:PutEncryptionConfiguration",
    DIRECTORY_BUCKETS,
    why="to set the default encryption of a directory bucket",
)
GET_BUCKET_TAGGING = Operation(
    "s3", "GetBucketTagging", "s3:GetBucketTagging", BUCKETS, why="tags that an override names"
)
GET_BUCKET_POLICY = Operation(
    "s3",
    "GetBucketPolicy",
    "s3:GetBucketPolicy",
    BUCKETS,
    why="who reads and writes a bucket that would change",
)
GET_BUCKET_WEBSITE = Operation(
    "s3",
    "GetBucketWebsite",
    "s3:GetBucketWebsite",
    BUCKETS,
    why="whether a bucket that would change is a website",
)
GET_BUCKET_REPLICATION = Operation(
    "s3",
    "GetBucketReplication",
    "s3:GetReplicationConfiguration",
    BUCKETS,
    why="what is replicated from a bucket that would change",
)
GET_BUCKET_ACL = Operation(
    "s3",
    "GetBucketAcl",
    "s3:GetBucketAcl",
    BUCKETS,
    why="which log deliveries and accounts the ACL of a bucket that would change lets in",
)
GET_PUBLIC_ACCESS_BLOCK = Operation(
    "s3",
    "GetPublicAccessBlock",
    "s3:GetBucketPublicAccessBlock",
    BUCKETS,
    why="whether anonymous requests are kept out of a bucket that would change",
)
GET_BUCKET_NOTIFICATION = Operation(
    "s3",
    "GetBucketNotificationConfiguration",
    "s3:GetBucketNotification",
    BUCKETS,
    why="which functions, queues and topics hear of the objects of a bucket that would change",
)
GET_BUCKET_LOGGING = Operation(
    "s3",
    "GetBucketLogging",
    "s3:GetBucketLogging",
    ALL_BUCKETS,
    why="the buckets whose access logs are delivered into a bucket that would change",
)
GET_ACCOUNT_PUBLIC_ACCESS_BLOCK = Operation(
    "s3control",
    "GetPublicAccessBlock",
    "s3:GetAccountPublicAccessBlock",
    why="whether the account keeps anonymous requests out of a bucket that lets them in",
)
LIST_ACCESS_POINTS = Operation(
    "s3control",
    "ListAccessPoints",
    "s3:ListAccessPoints",
    why="the access points of the buckets that would change",
)
GET_ACCESS_POINT_POLICY = Operation(
    "s3control",
    "GetAccessPointPolicy",
    "s3:GetAccessPointPolicy",
    ACCESS_POINTS,
    why="who reads and writes through the access points of a bucket that would change",
)
DESCRIBE_KEY = Operation("kms", "DescribeKey", "kms:DescribeKey", KEYS, why="whether the key can be used")
LIST_ALIASES = Operation(
    "kms", "ListAliases", "kms:ListAliases", ANY, why="the key behind alias/aws/s3, without creating it"
)
GET_KEY_ROTATION_STATUS = Operation(
    "kms", "GetKeyRotationStatus", "kms:GetKeyRotationStatus", KEYS, why="whether the key rotates"
)
GET_KEY_POLICY = Operation(
    "kms", "GetKeyPolicy", "kms:GetKeyPolicy", KEYS, why="whether the key policy lets the account use the key"
)
LIST_GRANTS = Operation(
    "kms", "ListGrants", "kms:ListGrants", KEYS, why="whether grants let in whom the key policy does not"
)
DESCRIBE_AGGREGATORS = Operation(
    "config",
    "DescribeConfigurationAggregators",
    "config:DescribeConfigurationAggregators",
    why="which regions and resource types the Config aggregator covers",
)
DESCRIBE_AGGREGATOR_SOURCES = Operation(
    "config",
    "DescribeConfigurationAggregatorSourcesStatus",
    "config:DescribeConfigurationAggregatorSourcesStatus",
    AGGREGATORS,
    why="the accounts and regions whose data the Config aggregator lacks",
)
SELECT_AGGREGATE = Operation(
    "config",
    "SelectAggregateResourceConfig",
    "config:SelectAggregateResourceConfig",
    AGGREGATORS,
    why="the buckets that AWS Config recorded, and their default encryption",
)
PUT_OBJECT = Operation("s3", "PutObject", "s3:PutObject", OBJECTS, why="a probe object")
HEAD_OBJECT = Operation("s3", "HeadObject", "s3:GetObject", OBJECTS, why="how the probe object is encrypted")
GET_OBJECT = Operation("s3", "GetObject", "s3:GetObject", OBJECTS, why="one byte of the probe object")
DELETE_OBJECT = Operation("s3", "DeleteObject", "s3:DeleteObject", OBJECTS, why="the probe object's removal")
DELETE_OBJECT_VERSION = Operation(
    "s3", "DeleteObject", "s3:DeleteObjectVersion", OBJECTS, why="its removal from a versioned bucket"
)
USE_KEY = Operation(
    "kms",
    "GenerateDataKey",
    "kms:GenerateDataKey",
    KEYS,
    why="S3 uses the key in the caller's name",  # fact A27
    also=("kms:Decrypt",),
)
PROBE_OPERATIONS = frozenset(
    {PUT_OBJECT, HEAD_OBJECT, GET_OBJECT, DELETE_OBJECT, DELETE_OBJECT_VERSION, USE_KEY}
)
"""Everything a probe calls, and what S3 calls for it."""
