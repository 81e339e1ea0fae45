"""Vector buckets (Amazon S3 Vectors): declared in every language, and evaluated in none so far."""

from s3kms.model.advice import Advice
from s3kms.model.unknown import Unknown, UnknownCause

_LOOK = Advice(
    "look at it (aws s3vectors get-vector-bucket --vector-bucket-name NAME); another encryption takes a new bucket"
)


def describe_vector_bucket(address: str) -> Unknown:
    """Why the encryption of a declared vector bucket is not known. It is chosen when the bucket is made, for good
    (fact A23).
    """
    return Unknown(
        UnknownCause.UNSUPPORTED,
        f"{address} is a vector bucket, whose encryption is chosen when it is made and cannot be changed; it is not "
        "evaluated",
        _LOOK,
    )
