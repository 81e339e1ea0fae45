"""What AWS charges for re-encrypting objects, in one table (facts D26, D36 to D38). US dollars, us-east-1."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from s3kms.changes.planning.cost import PRICES as KMS_PRICES


@dataclass(frozen=True, slots=True)
class StorageClassPrices:
    """What one storage class costs, as far as a copy onto itself is charged."""

    writes_per_1000: float
    """PUT, COPY, POST and LIST."""
    gib_month: float
    """The first step of a class whose price falls with its size."""
    retrieval_per_gib: float = 0.0
    """Of what a copy reads."""
    minimum_days: int = 0
    """An object deleted or overwritten earlier is charged for the rest of them."""
    is_archive: bool = False
    """Must be restored before it can be read (fact D16)."""
    restores_per_1000: float = 0.0
    restore_per_gib: float = 0.0
    """Both with the standard speed."""
    is_confirmed: bool = True
    """False where no second source has the price."""


@dataclass(frozen=True, slots=True)
class ObjectPrices:
    """The table. Taxes, discounts and free tiers are left out."""

    as_of: str = KMS_PRICES.as_of
    region: str = "us-east-1"
    kms_per_10000: float = KMS_PRICES.per_10000_requests
    writes_per_1000: float = 0.005
    """Of S3 Standard: what UpdateObjectEncryption costs in every storage class (fact D7)."""
    reads_per_1000: float = 0.0004
    """GET and HEAD."""
    batch_job: float = 0.25
    batch_per_million: float = 1.0
    athena_per_tib: float = 5.0
    athena_minimum_bytes: int = 10 * 1000**2
    """Of each query."""
    inventory_per_million: float = 0.0025
    """Objects listed by S3 Inventory."""
    classes: Mapping[str, StorageClassPrices] = field(
        default_factory=lambda: {
            "STANDARD": StorageClassPrices(0.005, 0.023),
            "REDUCED_REDUNDANCY": StorageClassPrices(0.005, 0.024, is_confirmed=False),
            "INTELLIGENT_TIERING": StorageClassPrices(0.005, 0.023),
            "STANDARD_IA": StorageClassPrices(0.01, 0.0125, 0.01, 30),
            "ONEZONE_IA": StorageClassPrices(0.01, 0.01, 0.01, 30),
            "GLACIER_IR": StorageClassPrices(0.02, 0.004, 0.03, 90, is_confirmed=False),
            "GLACIER": StorageClassPrices(
                0.03, 0.0036, 0.0, 90, is_archive=True, restores_per_1000=0.05, restore_per_gib=0.01
            ),
            "DEEP_ARCHIVE": StorageClassPrices(
                0.05, 0.00099, 0.0, 180, is_archive=True, restores_per_1000=0.1, restore_per_gib=0.02
            ),
        }
    )

    def of_class(self, storage_class: str | None) -> StorageClassPrices | None:
        """The prices of a storage class in S3's word, None of an unknown one; no word is S3 Standard."""
        return self.classes.get(storage_class or "STANDARD")

    def athena_query(self, scanned_bytes: int) -> float:
        """What a query of Athena costs that read that many bytes (fact D36)."""
        return max(scanned_bytes, self.athena_minimum_bytes) / 1024**4 * self.athena_per_tib


OBJECT_PRICES = ObjectPrices()
