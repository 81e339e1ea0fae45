"""Money and time as people read them."""

_A_CENT = 0.01
_WITHOUT_CENTS = 1000
_UNITS = ((86_400, "days"), (3_600, "h"), (60, "min"))


def dollars_text(amount: float) -> str:
    """US dollars: cents where they matter, and never nothing for something: `$0.25`, `under $0.01`, `$12,500`."""
    if 0 < amount < _A_CENT:
        return f"under ${_A_CENT}"
    return f"${amount:,.2f}" if amount < _WITHOUT_CENTS else f"${amount:,.0f}"


def duration_text(seconds: float) -> str:
    """`42 s`, `4.8 min`, `3.3 h`, `2.0 days`; never less than a second."""
    for size, unit in _UNITS:
        if seconds >= 2 * size or (unit == "min" and seconds >= size):
            return f"{seconds / size:,.1f} {unit}"
    return f"{max(seconds, 1):.0f} s"
