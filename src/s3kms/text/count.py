"""Numbers with their nouns."""


def count(number: int, noun: str) -> str:
    """A number of things, the noun in the right form: `1 bucket`, `7 buckets`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
