"""How far a scan has come."""

from dataclasses import dataclass


@dataclass(slots=True)
class ScanCounters:
    """Counted by whoever does the work, read by whoever looks on."""

    calls: int = 0
    """Calls over the wire, retries included."""
    retries: int = 0
    throttled: int = 0
    """Answers that asked for less; each of them halves the pace of its account and region."""
    accounts: int = 0
    """Accounts that are through."""
    accounts_known: int = 0
    all_accounts_known: bool = False
    """Whether the list of accounts has been read to its end."""
