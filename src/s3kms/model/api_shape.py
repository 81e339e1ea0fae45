"""A default encryption in the API's own shape."""

from typing import Any

from s3kms.model.encryption import Encryption
from s3kms.model.unknown import known


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
    if (bucket_key := known(encryption.bucket_key)) is not None:
        rule["BucketKeyEnabled"] = bucket_key
    if (blocked := known(encryption.blocked)) is not None:
        rule["BlockedEncryptionTypes"] = {"EncryptionType": list(blocked)}
    return {"Rules": [rule]}
