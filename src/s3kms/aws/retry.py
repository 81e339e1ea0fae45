"""When calls to AWS are repeated: one value for our own S3 client and for the SDK's clients."""

import random
from dataclasses import dataclass

MAX_UNCONNECTED_ATTEMPTS = 5
"""Attempts at which not even a connection could be made: a host that does not exist is not waited for."""
DEFAULT_SDK_ATTEMPTS = 5
"""Attempts of one boto3 call where the user configures none; botocore's own default in standard mode is 3."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When a call is repeated, and after what wait.

    The waits are AWS's recommendation: exponential, capped, with full jitter, so that many callers who were throttled
    together do not come back together.
    """

    deadline_seconds: float = 60.0
    """From the first attempt to the start of the last one, without the time spent in our own queues."""
    max_attempts: int | None = None
    """A limit that the user set (AWS_MAX_ATTEMPTS); None is none."""
    first_wait_seconds: float = 0.1
    """Doubled before the first retry already: the first wait is at most twice this."""
    max_wait_seconds: float = 20.0

    def wait_seconds(self, attempts: int) -> float:
        """The random wait after so many attempts, the first of which counts as 1."""
        longest = min(self.max_wait_seconds, self.first_wait_seconds * 2**attempts)
        return random.uniform(0, longest)  # noqa: S311 - jitter is no secret

    def allows_another(self, attempts: int, *, was_connected: bool = True) -> bool:
        """Whether a call that failed so many times may be made again, its deadline aside."""
        if not was_connected and attempts >= MAX_UNCONNECTED_ATTEMPTS:
            return False
        return self.max_attempts is None or attempts < self.max_attempts

    @property
    def sdk_attempts(self) -> int:
        """What botocore's `total_max_attempts` is to be."""
        return self.max_attempts or DEFAULT_SDK_ATTEMPTS
