"""A default encryption in the API's own shape."""

from typing import Any

from s3kms.model.encryption import Encryption


def to_api_shape(encryption: Encryption) -> dict[str, Any]:
    """`ServerSideEncryptionConfiguration` with every part that is known (fact A19: a put replaces all).

    The AWS managed key is named by naming none (fact A12).
    """
    rule: dict[str, Any] = {}
    if encryption.algorithm is not None:
        default = {"SSEAlgorithm": encryption.algorithm}
        if encryption.key is not None:
            default["KMSMasterKeyID"] = encryption.key
        rule["ApplyServerSideEncryptionByDefault"] = default
    if encryption.bucket_key is not None:
        rule["BucketKeyEnabled"] = encryption.bucket_key
    if encryption.blocked is not None:
        rule["BlockedEncryptionTypes"] = {"EncryptionType": list(encryption.blocked)}
    return {"Rules": [rule]}
