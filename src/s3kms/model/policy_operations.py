"""What writing policies of keys and buckets first, and putting them back, asks of AWS."""

from s3kms.model.operations import (
    BUCKETS,
    GET_BUCKET_ENCRYPTION,
    GET_BUCKET_POLICY,
    GET_KEY_POLICY,
    KEYS,
    LIST_BUCKETS,
    OBJECTS,
    Operation,
)

DEFAULT_MAX_POLICIES = 10
"""That one preparation writes: those of keys are each used by many buckets."""
PUT_KEY_POLICY = Operation(
    "kms", "PutKeyPolicy", "kms:PutKeyPolicy", KEYS, why="to let in who uses the buckets before they change"
)
PUT_BUCKET_POLICY = Operation(
    "s3",
    "PutBucketPolicy",
    "s3:PutBucketPolicy",
    BUCKETS,
    why="to let the new encryption pass before the bucket changes",
)
LIST_KEY_TAGS = Operation(
    "kms", "ListResourceTags", "kms:ListResourceTags", KEYS, why="whether a stack or other code owns the key"
)
DESCRIBE_STACK_RESOURCES = Operation(
    "cloudformation",
    "DescribeStackResources",
    "cloudformation:DescribeStackResources",
    why="whether a CloudFormation stack owns the policy of a key or bucket",
)
LIST_VERSIONS_UNDER_KEY = Operation(
    "s3",
    "ListObjectVersions",
    "s3:ListBucketVersions",
    BUCKETS,
    why="whether objects were written since the key was prepared",
)
HEAD_OBJECT_UNDER_KEY = Operation(
    "s3", "HeadObject", "s3:GetObject", OBJECTS, why="whether an object is encrypted with the key"
)
HEAD_VERSION_UNDER_KEY = Operation(
    "s3",
    "HeadObject",
    "s3:GetObjectVersion",
    OBJECTS,
    why="whether an older version of an object is encrypted with the key",
)
PREPARE_OPERATIONS = frozenset(
    {
        GET_KEY_POLICY,
        PUT_KEY_POLICY,
        LIST_KEY_TAGS,
        GET_BUCKET_POLICY,
        PUT_BUCKET_POLICY,
        DESCRIBE_STACK_RESOURCES,
    }
)
"""Everything that preparing calls beyond a plan."""
UNDO_PREPARE_OPERATIONS = frozenset(
    {
        GET_KEY_POLICY,
        PUT_KEY_POLICY,
        GET_BUCKET_POLICY,
        PUT_BUCKET_POLICY,
        GET_BUCKET_ENCRYPTION,
        LIST_BUCKETS,
        LIST_VERSIONS_UNDER_KEY,
        HEAD_OBJECT_UNDER_KEY,
        HEAD_VERSION_UNDER_KEY,
    }
)
"""Everything that putting prepared policies back calls."""
