"""How a plan comes to know what the buckets that would change are used for."""

from collections.abc import Callable, Iterable, Sequence

from s3kms.changes.request import FixRequest
from s3kms.model.bucket import Bucket, BucketKind
from s3kms.model.usage import Sibling

ReadUsage = Callable[[Sequence[Bucket], Sequence[Sibling] | None], Iterable[Bucket]]
"""Gives buckets their usage and tags; `sources.usage.read_usage` without its connection."""


def unread_usage(buckets: Sequence[Bucket], _: Sequence[Sibling] | None) -> Iterable[Bucket]:
    """The buckets as they are: nothing is read."""
    return iter(buckets)


class Siblings:
    """The general purpose buckets of the account that came by, where these are all there are."""

    def __init__(self, request: FixRequest) -> None:
        self._found: list[Sibling] | None = None if request.live_targets else []

    def add(self, bucket: Bucket) -> None:
        """One that was listed."""
        is_sibling = bucket.kind is BucketKind.GENERAL_PURPOSE and bucket.name is not None
        if self._found is not None and is_sibling:
            self._found.append(Sibling(bucket.name or "", bucket.region))

    @property
    def known(self) -> Sequence[Sibling] | None:
        """None where targets narrow what is listed, so that the others are not known."""
        return self._found
