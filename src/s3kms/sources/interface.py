"""What a source is."""

from collections.abc import Iterator
from typing import Protocol

from s3kms.model.facts import Fact
from s3kms.model.operations import Operation
from s3kms.model.stream import ScanItem


class Source(Protocol):
    """A live account, a template, a Terraform tree: anything that yields buckets.

    It streams: a bucket is yielded as soon as its facts are there, and none is kept.
    A fact that cannot be read is an Unknown in the bucket, and the stream goes on.
    """

    def buckets(self, needs: frozenset[Fact]) -> Iterator[ScanItem]:
        """The buckets, with the needed facts read. Raises AwsError where there can be no result at all."""
        ...

    def operations(self, needs: frozenset[Fact]) -> frozenset[Operation]:
        """Every AWS operation that `buckets(needs)` may call."""
        ...
