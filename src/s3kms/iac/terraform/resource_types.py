"""Names from the Terraform AWS provider: the resource types that declare buckets, their encryption and keys, and the
arguments that make up a default encryption (facts H3, H4).
"""

BUCKET = "aws_s3_bucket"
DIRECTORY_BUCKET = "aws_s3_directory_bucket"
TABLE_BUCKET = "aws_s3tables_table_bucket"
BUCKET_TYPES = frozenset({BUCKET, DIRECTORY_BUCKET})
"""The types that an encryption configuration of its own can be for."""
ENCRYPTION_CONFIGURATION = "aws_s3_bucket_server_side_encryption_configuration"

KMS_ALIAS = "aws_kms_alias"
KMS_KEY = "aws_kms_key"
KMS_KEY_TYPES = frozenset(
    {KMS_KEY, "aws_kms_external_key", "aws_kms_replica_key", "aws_kms_replica_external_key"}
)

INLINE_BLOCK = "server_side_encryption_configuration"
"""The block in `aws_s3_bucket` itself: the way of provider 3, deprecated since 4 (fact H4)."""
RULE = "rule"
DEFAULT_BLOCK = "apply_server_side_encryption_by_default"
ALGORITHM = "sse_algorithm"
KMS_KEY_ID = "kms_master_key_id"
BUCKET_KEY_ENABLED = "bucket_key_enabled"
BLOCKED_TYPES = "blocked_encryption_types"
TABLE_ENCRYPTION = "encryption_configuration"
"""The argument of a table bucket, an object (fact A22)."""
TABLE_KMS_KEY_ARN = "kms_key_arn"
