"""Words for a person that more than one room needs."""


def bucket_words(count: int) -> str:
    """A number of buckets: `1 bucket`, `7 buckets`."""
    return "1 bucket" if count == 1 else f"{count} buckets"
