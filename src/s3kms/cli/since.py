"""`--since`: an earlier result to compare with."""

from pathlib import Path

from s3kms.model.errors import BadInput
from s3kms.results.comparison import Comparison, ComparisonScope
from s3kms.results.earlier import EarlierResult

ABOUT = """\
Pass and exempt are better than unknown, and unknown is better than fail; but an unknown is never a pass, so a
failure that became unknown is not better, only changed. What a check could not have come across is unseen, never
gone: what is outside its rules, targets and regions, in an account of which no bucket came up, or among buckets that
could not be listed. The earlier result does not say what it was asked: what it left out is new. The exit code is
that of the buckets as they are now."""
"""For the help, and for the manual."""


def compare_with(path: Path | None, scope: ComparisonScope) -> Comparison | None:
    """A comparison with the result in that file, read to its end; None without one. Raises BadInput."""
    if path is None:
        return None
    from s3kms.results.saved import read_result

    try:
        with path.open("rb") as file:
            return Comparison(EarlierResult(str(path), read_result(file, str(path))), scope)
    except OSError as error:
        raise BadInput(
            f"{path} cannot be read: {error.strerror}", advice="name another with --since"
        ) from error
