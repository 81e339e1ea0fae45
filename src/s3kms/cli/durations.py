"""How long something goes on, as a person writes it: `30m`, `24h`, `2d`."""

import re
from datetime import timedelta

from s3kms.model.advice import Option, Sentence
from s3kms.model.errors import BadInput

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_FORM = re.compile(r"([0-9]{1,6})([smhd])")


def parse_duration(text: str, option: str) -> timedelta:
    """The time; `0` needs no unit. Raises BadInput, which says what is allowed."""
    if text.strip() == "0":
        return timedelta()
    found = _FORM.fullmatch(text.strip())
    if not found:
        raise BadInput(
            Sentence("{option}: {text} is not a time", {"option": Option(option), "text": repr(text)}),
            advice="write a number and s, m, h or d: 30m, 24h, 2d",
        )
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
