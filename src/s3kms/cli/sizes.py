"""How much memory, as a person writes it: `512MB`, `2GB`, `1.5GiB`."""

import re

from s3kms.model.advice import Option, Sentence
from s3kms.model.errors import BadInput

_FORM = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)\s*([KMGT])(i?)B?", re.IGNORECASE)
_POWERS = {"k": 1, "m": 2, "g": 3, "t": 4}


def parse_size(text: str, option: str) -> int:
    """Bytes. Raises BadInput, which says what is allowed."""
    found = _FORM.fullmatch(text.strip())
    if not found:
        raise BadInput(
            Sentence("{option}: {text} is not a size", {"option": Option(option), "text": repr(text)}),
            advice="write a number and a unit: 512MB, 2GB, 1.5GiB",
        )
    base = 1024 if found[3] else 1000
    return int(float(found[1]) * base ** _POWERS[found[2].lower()])
