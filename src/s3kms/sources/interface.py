"""What a source of buckets is."""

from collections.abc import AsyncGenerator, Iterator
from typing import Protocol

from s3kms.model.facts import Fact
from s3kms.model.operations import Operation
from s3kms.model.stream import ScanItem


class Source(Protocol):
    """A live account, a template, a Terraform tree: anything that yields buckets.

    It streams: a bucket is yielded as soon as its facts are there, and none is kept. A fact that cannot be read is an
    Unknown in the bucket, and the stream goes on; buckets that cannot even be listed are an Unlisted, and what a
    reader has to know to read the result right is a Note.
    """

    def buckets(self, needs: frozenset[Fact]) -> Iterator[ScanItem]:
        """The buckets, with the needed facts read. Raises AwsError where there can be no result at all."""
        ...

    def operations(self, needs: frozenset[Fact]) -> frozenset[Operation]:
        """Every AWS operation that reading these facts may call; calls nothing."""
        ...


class LiveSource(Source, Protocol):
    """A source that calls AWS, which can be read from inside an event loop, too."""

    def items(self, needs: frozenset[Fact]) -> AsyncGenerator[ScanItem]:
        """What `buckets` yields, as an asynchronous generator; close it (`aclosing`) to stop early."""
        ...
