"""What sending findings to AWS Security Hub CSPM asks of AWS."""

from s3kms.model.operations import Operation

_PRODUCTS = "arn:{partition}:securityhub:{region}:{account}:product/{account}/default"

GET_FINDINGS = Operation(
    "securityhub",
    "GetFindings",
    "securityhub:GetFindings",
    why="which findings of s3kms are active in Security Hub: those of buckets that pass are archived",
)
BATCH_IMPORT_FINDINGS = Operation(
    "securityhub",
    "BatchImportFindings",
    "securityhub:BatchImportFindings",
    _PRODUCTS,
    why="to send findings to Security Hub, and to archive them",
)
SEND_OPERATIONS = frozenset({GET_FINDINGS, BATCH_IMPORT_FINDINGS})
"""Everything that it calls."""
