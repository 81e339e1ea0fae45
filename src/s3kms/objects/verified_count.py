"""How many of the versions that a run re-encrypted are verified at its end. Pure."""

DEFAULT_VERIFY_ALL = 100_000
"""Up to this many objects, all are verified at the end; of more, a sample."""
SAMPLE_OBJECTS = 10_000
"""The size of the sample: large enough to show a fault in one of a thousand objects."""


def count_verified(versions: int) -> int:
    """The number of versions that are read once more at the end, by default."""
    return versions if versions <= DEFAULT_VERIFY_ALL else SAMPLE_OBJECTS
