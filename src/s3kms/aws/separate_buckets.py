"""Table buckets and vector buckets, which have APIs of their own (facts A22, A23), and the regions they may be in."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from s3kms.aws.boundary import bad_answer, translate_errors
from s3kms.aws.connection import Connection
from s3kms.model import operations as op
from s3kms.model.bucket import BucketKind
from s3kms.model.encryption import SSE_S3, Encryption
from s3kms.model.operations import Operation


@dataclass(frozen=True, slots=True)
class SeparateBucket:
    """One line of a listing."""

    name: str
    arn: str


@dataclass(frozen=True, slots=True)
class SeparateApi:
    """How one kind of bucket is listed and read."""

    plural: str
    service: str
    """As AWS writes it: `S3 Tables`."""
    list_operation: Operation
    read_operation: Operation
    list: Callable[[Connection, str], Iterator[SeparateBucket]]
    """The buckets of a region. Raises AwsError."""
    read: Callable[[Connection, str, SeparateBucket], Encryption]
    """The encryption of one. Raises AwsError."""


def list_regions(connection: Connection) -> tuple[str, ...]:
    """The regions that are enabled for the account, sorted. Raises AwsError."""
    subject = f"account {connection.account}"
    with translate_errors(op.DESCRIBE_REGIONS, subject):
        rows = connection.ec2().describe_regions()["Regions"]
        regions = sorted(row["RegionName"] for row in rows)
    if not regions:
        raise bad_answer(op.DESCRIBE_REGIONS, subject, "was answered with no region")
    return tuple(regions)


def _list_tables(connection: Connection, region: str) -> Iterator[SeparateBucket]:
    with translate_errors(op.LIST_TABLE_BUCKETS, f"the table buckets of {region}"):
        for page in (
            connection.regional_client("s3tables", region).get_paginator("list_table_buckets").paginate()
        ):
            yield from [SeparateBucket(row["name"], row["arn"]) for row in page["tableBuckets"]]


def _read_tables(connection: Connection, region: str, bucket: SeparateBucket) -> Encryption:
    with translate_errors(op.GET_TABLE_BUCKET_ENCRYPTION, bucket.arn):
        answer = connection.regional_client("s3tables", region).get_table_bucket_encryption(
            tableBucketARN=bucket.arn
        )
        found = answer["encryptionConfiguration"]
        return _encryption(found["sseAlgorithm"], found, op.GET_TABLE_BUCKET_ENCRYPTION, bucket)


def _list_vectors(connection: Connection, region: str) -> Iterator[SeparateBucket]:
    with translate_errors(op.LIST_VECTOR_BUCKETS, f"the vector buckets of {region}"):
        for page in (
            connection.regional_client("s3vectors", region).get_paginator("list_vector_buckets").paginate()
        ):
            rows = page["vectorBuckets"]
            yield from [SeparateBucket(row["vectorBucketName"], row["vectorBucketArn"]) for row in rows]


def _read_vectors(connection: Connection, region: str, bucket: SeparateBucket) -> Encryption:
    """SSE-S3 where the answer has no encryption: that is what comes of silence (fact A23)."""
    with translate_errors(op.GET_VECTOR_BUCKET, bucket.arn):
        answer = connection.regional_client("s3vectors", region).get_vector_bucket(vectorBucketArn=bucket.arn)
        found = answer["vectorBucket"].get("encryptionConfiguration") or {}
        return _encryption(found.get("sseType") or SSE_S3, found, op.GET_VECTOR_BUCKET, bucket)


def _encryption(
    algorithm: str, found: Mapping[str, Any], operation: Operation, bucket: SeparateBucket
) -> Encryption:
    """Neither service has an AWS managed key: SSE-KMS without a key is no answer of theirs. Raises BadAnswer."""
    key = found.get("kmsKeyArn") or None
    encryption = Encryption(algorithm, key)
    if encryption.is_kms and key is None:
        raise bad_answer(operation, bucket.arn, "was answered with SSE-KMS and no key")
    return encryption if encryption.is_kms else Encryption(algorithm)


SEPARATE_APIS = {
    BucketKind.TABLE: SeparateApi(
        "table buckets",
        "S3 Tables",
        op.LIST_TABLE_BUCKETS,
        op.GET_TABLE_BUCKET_ENCRYPTION,
        _list_tables,
        _read_tables,
    ),
    BucketKind.VECTOR: SeparateApi(
        "vector buckets",
        "S3 Vectors",
        op.LIST_VECTOR_BUCKETS,
        op.GET_VECTOR_BUCKET,
        _list_vectors,
        _read_vectors,
    ),
}
