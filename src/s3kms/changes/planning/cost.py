"""What SSE-KMS costs a month: requests of KMS and customer managed keys (facts B19 to B24). Pure."""

from dataclasses import dataclass, field

from s3kms.model.plan import CostEstimate
from s3kms.model.request_metrics import RequestMetrics

DEFAULT_REQUESTS = 1_000_000
"""GET and PUT requests per month to assume for buckets without CloudWatch request metrics."""


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars, in us-east-1 (fact B22). The free tier of KMS and taxes are left out."""

    as_of: str = "August 2026"
    per_10000_requests: float = 0.03
    key_per_month: float = 1.0


PRICES = Prices()
BUCKET_KEY_SAVES = 0.99
"""AWS: "up to 99 percent" of the requests to KMS (fact B13); many short sessions save less."""


def estimate_cost(
    metrics: RequestMetrics | None, assumed_requests: int, prices: Prices = PRICES
) -> CostEstimate:
    """The cost of one bucket: a request of KMS for each GET and PUT, of which a bucket key saves most (fact B23)."""
    requests = assumed_requests if metrics is None else metrics.requests_per_month
    dollars = requests / 10_000 * prices.per_10000_requests
    return CostEstimate(requests, metrics is not None, dollars * (1 - BUCKET_KEY_SAVES), dollars)


@dataclass(slots=True)
class CostFold:
    """The sum over the buckets that would change."""

    assumed_requests: int
    prices: Prices = PRICES
    with_bucket_keys: float = 0.0
    without_bucket_keys: float = 0.0
    measured: int = 0
    assumed: int = 0
    unread: set[str] = field(default_factory=set)
    """Why CloudWatch did not tell."""

    def add(self, cost: CostEstimate) -> None:
        """One bucket."""
        self.with_bucket_keys += cost.with_bucket_key
        self.without_bucket_keys += cost.without_bucket_key
        self.measured += cost.is_measured
        self.assumed += not cost.is_measured

    def monthly(self, keys: int) -> tuple[float, float] | None:
        """The whole, with bucket keys and without, that many new customer managed keys included; None of nothing."""
        if not (self.measured or self.assumed):
            return None
        of_keys = keys * self.prices.key_per_month
        return self.with_bucket_keys + of_keys, self.without_bucket_keys + of_keys

    def notes(self) -> tuple[str, ...]:
        """What the sum rests on, and what it leaves out."""
        if not (self.measured or self.assumed):
            return ()
        found = [
            f"prices: us-east-1, {self.prices.as_of}, without the free tier: "
            f"${self.prices.per_10000_requests} per 10,000 KMS requests, "
            f"${self.prices.key_per_month:g} per month for a customer managed key",
            "one KMS request per GET and PUT, 99% of which a bucket key is assumed to save (AWS: up to 99%); "
            "not included: CloudTrail, where a second trail records KMS requests",
        ]
        if self.assumed:
            found.append(
                f"{self.assumed_requests:,} GET and PUT requests per month are assumed for {self.assumed} of "
                f"{self.assumed + self.measured} buckets, which have no request metrics in CloudWatch"
            )
        return (*found, *(f"request metrics were not read: {why}" for why in sorted(self.unread)[:3]))
