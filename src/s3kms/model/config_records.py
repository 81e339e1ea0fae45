"""What AWS Config has of the buckets of a run: facts, read after it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from s3kms.model.encryption import Encryption
from s3kms.model.unknown import Unknown


class RecordingFrequency(StrEnum):
    """How often a recorder makes items of a changed bucket."""

    CONTINUOUS = "CONTINUOUS"
    DAILY = "DAILY"


@dataclass(frozen=True, slots=True)
class ConfigRecorder:
    """The recorder of a region, as far as buckets go."""

    is_there: bool
    is_recording: bool = False
    records_buckets: bool = False
    frequency: RecordingFrequency = RecordingFrequency.CONTINUOUS

    @property
    def makes_items(self) -> bool:
        """Whether an item of a changed bucket comes sooner or later."""
        return self.is_there and self.is_recording and self.records_buckets


@dataclass(frozen=True, slots=True)
class RecordedBucket:
    """The newest item of a bucket."""

    captured: datetime
    encryption: Encryption | Unknown
