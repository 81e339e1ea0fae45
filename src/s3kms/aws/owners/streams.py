"""The buckets that Amazon Data Firehose delivers into, the backups of other destinations among them (fact C37)."""

from collections.abc import Iterator, Mapping
from typing import Any

from s3kms.aws.boundary import bad_answer
from s3kms.aws.connection import Connection
from s3kms.aws.owners.interface import Delivered, OwningService, bucket_of_arn
from s3kms.aws.repeated_pages import RepeatedPages
from s3kms.aws.service_client import ServiceClient
from s3kms.model import owner_operations as op
from s3kms.model.usage import LogDelivery, LogSource

_PAGE_SIZE = 1000


def _read(connection: Connection, region: str) -> Iterator[Delivered]:
    owner = ServiceClient.of(connection, "firehose", region, "the Firehose streams")
    for name in _names(owner):
        answer = owner.find(op.DESCRIBE_DELIVERY_STREAM, f"stream {name}", DeliveryStreamName=name)
        described = (answer or {}).get("DeliveryStreamDescription") or {}
        for destination in _to_buckets(described.get("Destinations") or []):
            if bucket := bucket_of_arn(destination.get("BucketARN")):
                yield Delivered(bucket, _delivery(name, destination))


def _names(owner: ServiceClient) -> Iterator[str]:
    """The last name of a page is the token of the next one."""
    loop = RepeatedPages(op.LIST_DELIVERY_STREAMS, owner.where)
    more: dict[str, Any] = {}
    while True:
        answer = owner.send(op.LIST_DELIVERY_STREAMS, Limit=_PAGE_SIZE, **more)
        names = answer.get("DeliveryStreamNames")
        if not isinstance(names, list):
            raise bad_answer(
                op.LIST_DELIVERY_STREAMS, owner.where, "was answered with no DeliveryStreamNames"
            )
        yield from names
        if not answer.get("HasMoreDeliveryStreams") or not names:
            return
        loop.watch(names[-1], names)
        more = {"ExclusiveStartDeliveryStreamName": names[-1]}


def _to_buckets(node: object) -> Iterator[Mapping[str, Any]]:
    """Every description of a bucket among destinations, whatever kind they are of."""
    if isinstance(node, list):
        for one in node:
            yield from _to_buckets(one)
    elif isinstance(node, Mapping):
        if "BucketARN" in node:
            yield node
        for one in node.values():
            yield from _to_buckets(one)


def _delivery(name: str, destination: Mapping[str, Any]) -> LogDelivery:
    encryption = (destination.get("EncryptionConfiguration") or {}).get("KMSEncryptionConfig") or {}
    return LogDelivery(
        LogSource.FIREHOSE,
        f"records of Firehose stream {name}",
        key=encryption.get("AWSKMSKeyARN") or None,
        role=destination.get("RoleARN") or None,
    )


FIREHOSE = OwningService("where Amazon Data Firehose delivers", frozenset({LogSource.FIREHOSE}), _read)
