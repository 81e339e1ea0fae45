"""What a bucket does with an object that is written to it: what hangs on a copy of an object onto itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from s3kms.model.unknown import Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteEffects:
    """The settings of one bucket that a new object meets. What could not be read is in `unread`, and None here."""

    versioning: str | None = None
    """`Enabled`, `Suspended`, or empty for a bucket that never had versions."""
    ages: tuple[str, ...] | None = None
    """The lifecycle rules that count the days since an object was written, by their ids."""
    replication: tuple[str, ...] | None = None
    """The enabled rules by which objects are replicated, by their ids."""
    events: tuple[str, ...] | None = None
    """Whom S3 tells of new objects: ARNs, and `EventBridge`."""
    has_object_lock: bool | None = None
    default_retention: str | None = None
    """What every new object is locked with: `COMPLIANCE for 30 days`; None where nothing is."""
    has_acls: bool | None = None
    """Whether objects have ACLs of their own: not where the bucket's owner owns all."""
    owner: str | None = None
    """The canonical id of the bucket's owner; None where objects have no ACLs, too."""
    unread: Mapping[str, Unknown] = field(default_factory=dict)
    """By the name of the field that is None for it."""
