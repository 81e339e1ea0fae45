"""What an owning service is, and what it tells."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from s3kms.aws.connection import Connection
from s3kms.model.usage import CloudFrontOrigin, LogDelivery, LogSource

_BUCKET_ARN = re.compile(r"arn:[^:]+:s3:::(?P<bucket>[^/*]+)(?:/.*)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a service delivers into a bucket."""

    bucket: str
    """Its name."""
    delivery: LogDelivery


@dataclass(frozen=True, slots=True)
class OriginUse:
    """That CloudFront reads a bucket."""

    bucket: str
    """Its name."""
    origin: CloudFrontOrigin


BucketUse = Delivered | OriginUse


@dataclass(frozen=True, slots=True)
class OwningService:
    """One service that tells which buckets it uses."""

    name: str
    """What it tells, as a clause: `where flow logs are delivered`."""
    sources: frozenset[LogSource]
    """What it may deliver."""
    read: Callable[[Connection, str], Iterator[BucketUse]]
    """The buckets that it uses, from one region. Raises AwsError, after those that were read."""
    has_origins: bool = False
    """Whether it reads buckets, too."""
    is_global: bool = False
    """Whether it is asked once, not in every region."""
    is_bound_to_region: bool = False
    """Whether it delivers into buckets of its own region alone."""


def bucket_of_arn(arn: object) -> str | None:
    """The bucket in an ARN of a bucket, or of a prefix in one; None where it is another resource's."""
    found = _BUCKET_ARN.fullmatch(str(arn or ""))
    return found["bucket"] if found else None
