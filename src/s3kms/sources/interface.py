"""What a source is."""

from collections.abc import Iterator
from typing import Protocol

from s3kms.estate.bucket import Sighting
from s3kms.estate.facts import Fact
from s3kms.estate.operations import Operation


class Source(Protocol):
    """A live account, a template, a Terraform tree: anything that yields buckets.

    It streams: a bucket is yielded as soon as its facts are there, and none is kept.
    A fact that cannot be read is an Unknown in the bucket, and the stream goes on.
    """

    def buckets(self, needs: frozenset[Fact]) -> Iterator[Sighting]:
        """The buckets, with the needed facts read. Raises AwsError where there can be no result at all."""
        ...

    def operations(self, needs: frozenset[Fact]) -> frozenset[Operation]:
        """Every AWS operation that `buckets(needs)` may call."""
        ...
