"""The facts a rule or a hazard can ask for. A source reads only what some of them named."""

from enum import Enum

from s3kms.model import operations as op
from s3kms.model.bucket import BucketKind
from s3kms.model.operations import Operation


class Fact(Enum):
    """One thing to know about a bucket, and the AWS operations that tell it."""

    ENCRYPTION = "encryption"
    """The default encryption: one call a bucket."""
    TABLE_BUCKETS = "table buckets"
    """The table buckets of each region and their default encryption: a listing a region, one call a bucket."""
    VECTOR_BUCKETS = "vector buckets"
    """The vector buckets of each region and their encryption: a listing a region, one call a bucket."""
    TAGS = "tags"
    """The bucket's tags: one call a bucket."""
    POLICY = "policy"
    """The bucket policy: one call a bucket."""
    WEBSITE = "website"
    """Whether it has a website endpoint: one call a bucket."""
    REPLICATION = "replication"
    """What is replicated from it: one call a bucket."""
    ACL = "ACL"
    """What its ACL grants, and whether that has an effect: two calls a bucket."""
    PUBLIC_ACCESS = "public access block"
    """Whether anonymous requests are kept out: one call a bucket."""
    NOTIFICATIONS = "notifications"
    """What hears of its objects: one call a bucket."""
    LOG_SENDERS = "log senders"
    """The buckets whose access logs are delivered into it: one call for each bucket of its account and region."""
    ACCESS_POINTS = "access points"
    """Its access points with their policies: a listing an account and region, and a few calls a bucket."""
    KEY = "key"
    """The KMS key behind the default: one call a key, however many buckets share it."""
    ALIASES = "aliases"
    """The aliases of that key: one more call a key. Implies KEY."""
    ROTATION = "rotation"
    """Whether that key rotates: one more call a key. Implies KEY."""

    KEY_POLICY = "key policy"
    """The policy of that key, and its grants where that lets nobody of the account in. Implies KEY.

    One more call for a customer managed key of the account, and the pages of ListGrants for such a one.
    """

    @property
    def is_about_the_key(self) -> bool:
        """Whether the key behind the default has to be looked up for it."""
        return self in {Fact.KEY, Fact.ALIASES, Fact.ROTATION, Fact.KEY_POLICY}

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Every operation that reading this fact may call."""
        return _OPERATIONS[self]


SEPARATE_LISTINGS = {BucketKind.TABLE: Fact.TABLE_BUCKETS, BucketKind.VECTOR: Fact.VECTOR_BUCKETS}
"""The kinds of buckets that are not among those of S3 itself, with the fact that lists them."""

_OPERATIONS = {
    Fact.ENCRYPTION: (op.GET_BUCKET_ENCRYPTION, op.GET_DIRECTORY_BUCKET_ENCRYPTION),
    Fact.TABLE_BUCKETS: (op.DESCRIBE_REGIONS, op.LIST_TABLE_BUCKETS, op.GET_TABLE_BUCKET_ENCRYPTION),
    Fact.VECTOR_BUCKETS: (op.DESCRIBE_REGIONS, op.LIST_VECTOR_BUCKETS, op.GET_VECTOR_BUCKET),
    Fact.TAGS: (op.GET_BUCKET_TAGGING,),
    Fact.POLICY: (op.GET_BUCKET_POLICY,),
    Fact.WEBSITE: (op.GET_BUCKET_WEBSITE,),
    Fact.REPLICATION: (op.GET_BUCKET_REPLICATION,),
    Fact.ACL: (op.GET_BUCKET_ACL, op.GET_PUBLIC_ACCESS_BLOCK, op.GET_ACCOUNT_PUBLIC_ACCESS_BLOCK),
    Fact.PUBLIC_ACCESS: (op.GET_PUBLIC_ACCESS_BLOCK, op.GET_ACCOUNT_PUBLIC_ACCESS_BLOCK),
    Fact.NOTIFICATIONS: (op.GET_BUCKET_NOTIFICATION,),
    Fact.LOG_SENDERS: (op.LIST_BUCKETS, op.GET_BUCKET_LOGGING),
    Fact.ACCESS_POINTS: (op.LIST_ACCESS_POINTS, op.GET_ACCESS_POINT_POLICY),
    Fact.KEY: (op.DESCRIBE_KEY, op.LIST_ALIASES),
    Fact.ALIASES: (op.DESCRIBE_KEY, op.LIST_ALIASES),
    Fact.ROTATION: (op.DESCRIBE_KEY, op.LIST_ALIASES, op.GET_KEY_ROTATION_STATUS),
    Fact.KEY_POLICY: (op.DESCRIBE_KEY, op.LIST_ALIASES, op.GET_KEY_POLICY, op.LIST_GRANTS),
}
