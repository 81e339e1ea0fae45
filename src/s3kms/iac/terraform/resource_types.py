"""Names from the Terraform AWS provider: the resource types that declare buckets, their encryption and keys, and the
arguments that make up a default encryption (facts H3, H4).
"""

BUCKET = "aws_s3_bucket"
DIRECTORY_BUCKET = "aws_s3_directory_bucket"
TABLE_BUCKET = "aws_s3tables_table_bucket"
CLOUD_CONTROL_BUCKET = "awscc_s3_bucket"
CLOUD_CONTROL_DIRECTORY_BUCKET = "awscc_s3express_directory_bucket"
CLOUD_CONTROL_TABLE_BUCKET = "awscc_s3tables_table_bucket"
VECTOR_BUCKET = "aws_s3vectors_vector_bucket"
CLOUD_CONTROL_VECTOR_BUCKET = "awscc_s3vectors_vector_bucket"
CLOUD_CONTROL_BUCKETS = frozenset({CLOUD_CONTROL_BUCKET, CLOUD_CONTROL_DIRECTORY_BUCKET})
"""The types of the provider awscc whose default encryption is an argument of the shape that CloudFormation has."""
DIRECTORY_BUCKETS = frozenset({DIRECTORY_BUCKET, CLOUD_CONTROL_DIRECTORY_BUCKET})
TABLE_BUCKETS = frozenset({TABLE_BUCKET, CLOUD_CONTROL_TABLE_BUCKET})
VECTOR_BUCKETS = frozenset({VECTOR_BUCKET, CLOUD_CONTROL_VECTOR_BUCKET})
SELF_ENCRYPTED_BUCKETS = TABLE_BUCKETS | VECTOR_BUCKETS
"""The types whose default encryption is an argument of theirs with an algorithm and a key (facts A22, A23)."""
BUCKET_TYPES = frozenset({BUCKET, DIRECTORY_BUCKET, *CLOUD_CONTROL_BUCKETS})
"""The types that an encryption configuration of its own can be for."""
NAME_ARGUMENTS = {
    TABLE_BUCKET: "name",
    CLOUD_CONTROL_BUCKET: "bucket_name",
    CLOUD_CONTROL_DIRECTORY_BUCKET: "bucket_name",
    CLOUD_CONTROL_TABLE_BUCKET: "table_bucket_name",
    **dict.fromkeys(VECTOR_BUCKETS, "vector_bucket_name"),
}
"""The argument that names the bucket, where that is not `bucket`."""
ENCRYPTION_CONFIGURATION = "aws_s3_bucket_server_side_encryption_configuration"

KMS_ALIAS = "aws_kms_alias"
KMS_KEY = "aws_kms_key"
KEYS_WITH_ROTATION = frozenset({KMS_KEY, "awscc_kms_key"})
"""Whose `enable_key_rotation` says whether the key is rotated."""
KMS_KEY_TYPES = frozenset(
    {
        *KEYS_WITH_ROTATION,
        "awscc_kms_replica_key",
        "aws_kms_external_key",
        "aws_kms_replica_key",
        "aws_kms_replica_external_key",
    }
)

INLINE_BLOCK = "server_side_encryption_configuration"
"""The block in `aws_s3_bucket` itself: the way of provider 3, deprecated since 4 (fact H4)."""
RULE = "rule"
DEFAULT_BLOCK = "apply_server_side_encryption_by_default"
ALGORITHM = "sse_algorithm"
KMS_KEY_ID = "kms_master_key_id"
BUCKET_KEY_ENABLED = "bucket_key_enabled"
BLOCKED_TYPES = "blocked_encryption_types"
CLOUD_CONTROL_ENCRYPTION = "bucket_encryption"
"""The argument of a bucket of awscc, an object."""
CLOUD_CONTROL_RULES = "server_side_encryption_configuration"
CLOUD_CONTROL_DEFAULT = "server_side_encryption_by_default"
CLOUD_CONTROL_BLOCKED_TYPE = "encryption_type"
TABLE_ENCRYPTION = "encryption_configuration"
"""The argument of a table bucket, an object (fact A22), and of a vector bucket, of which the provider aws has a list
of one, also written as a block (fact A23).
"""
TABLE_KMS_KEY_ARN = "kms_key_arn"
ALGORITHM_ARGUMENTS = {
    **dict.fromkeys(TABLE_BUCKETS, ALGORITHM),
    **dict.fromkeys(VECTOR_BUCKETS, "sse_type"),
}
"""What names the algorithm in that argument."""
