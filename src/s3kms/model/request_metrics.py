"""How many requests a bucket gets, as CloudWatch's request metrics say."""

from dataclasses import dataclass

DAYS_A_MONTH = 30
WHOLE_BUCKET_FILTER = "EntireBucket"
"""What the console calls the filter that lets every object in. Another may do so, too: its name is free."""


@dataclass(frozen=True, slots=True)
class RequestMetrics:
    """Requests of a while: of the whole bucket, or at least so many where its filters see but a part."""

    gets: int
    puts: int
    peak_per_second: float
    """All requests, whatever their kind, a second: the mean of the busiest five minutes."""
    days: float
    """How long the while is, from the first request that was counted."""
    filter_id: str = WHOLE_BUCKET_FILTER
    """The filter of the metrics that counted."""

    @property
    def requests_per_month(self) -> int:
        """GET and PUT in 30 days, at the pace of these."""
        return round((self.gets + self.puts) / self.days * DAYS_A_MONTH)

    @property
    def is_whole_bucket(self) -> bool:
        """Whether the filter is named as one that lets every object in; else there may be more requests."""
        return self.filter_id == WHOLE_BUCKET_FILTER
