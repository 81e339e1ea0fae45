"""The versions that a run did not bring under the key, each with the reason."""

from collections.abc import Iterator
from pathlib import Path

from s3kms.objects.interface import Outcome
from s3kms.objects.log.state import LoggedResult, last_retried, read_results
from s3kms.objects.reencrypt.run import DONE


def left_versions(path: Path, bucket: str) -> Iterator[LoggedResult]:
    """From the log, in its order; without an outcome it was under way. Failures that were retried are omitted.

    Raises BadInput, Refused.
    """
    retried = last_retried(path)
    for result in read_results(path, bucket):
        is_retried = result.outcome is Outcome.FAILED and result.block <= retried
        if result.outcome not in DONE and not is_retried:
            yield result
