"""The calls that keep the results of scheduled checks."""

from s3kms.model.operations import KEYS, OBJECTS, Operation

PUT_RESULT = Operation("s3", "PutObject", "s3:PutObject", OBJECTS, why="the results of scheduled checks")
ENCRYPT_RESULT = Operation(
    "kms",
    "GenerateDataKey",
    "kms:GenerateDataKey",
    KEYS,
    why="S3 encrypts a result with the key of its bucket, in the caller's name",  # fact A27
)
SCHEDULE_OPERATIONS = frozenset({PUT_RESULT, ENCRYPT_RESULT})
"""What a scheduled check calls besides those of the check."""
