"""How many calls to S3 a run makes for a version, by engine: a test counts them on the wire. Pure.

Not counted: retries, the objects of the canary, which are read once more, and one read in a thousand that checks the
server.
"""

from dataclasses import dataclass

VERIFICATION_CALLS = 1
"""HeadObject for a version that is verified at the end."""
LISTING_CALLS = 1
"""HeadObject for each version that a live listing lists: a listing does not include the encryption."""


@dataclass(frozen=True, slots=True)
class CallsPerVersion:
    """The calls of an engine for one version."""

    reads: int
    """HeadObject before and after the change."""
    writes: int
    large_reads: int = 0
    """More for an object that is copied in parts."""

    @property
    def total(self) -> int:
        """Reads and writes of a version that is changed by one call."""
        return self.reads + self.writes


UPDATE_CALLS = CallsPerVersion(reads=2, writes=1)
COPY_CALLS = CallsPerVersion(reads=2, writes=1, large_reads=5)
"""In parts: HeadObject with the checksum, tags and annotations before and after. ACLs and Object Lock, where a bucket
has them, are up to three reads more."""
