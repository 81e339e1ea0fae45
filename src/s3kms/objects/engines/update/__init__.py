"""UpdateObjectEncryption from this process: another key for an object in place, without moving its data."""

from typing import TYPE_CHECKING

from s3kms.model import object_operations as op
from s3kms.model.operations import USE_KEY
from s3kms.objects.engines.update.hazards import NO_WAY_BACK
from s3kms.objects.interface import EngineKind
from s3kms.objects.movability import UPDATABLE, why_not_updated

if TYPE_CHECKING:
    from s3kms.objects.engines.update.engine import UpdateEngine
    from s3kms.objects.interface import EngineContext


def _open(context: "EngineContext") -> "UpdateEngine":
    from s3kms.objects.engines.update.engine import UpdateEngine

    return UpdateEngine(context)


ENGINE = EngineKind(
    name="update",
    what="changes the encryption in place: no data is copied, and ETag, dates, storage class, versions, "
    "metadata and tags are kept",
    moves=frozenset(encryption for encryption in UPDATABLE if encryption is not None),
    moves_noncurrent=True,
    operations=frozenset(
        {
            op.HEAD_OBJECT_VERSION,
            op.GET_OBJECT_VERSION,
            op.UPDATE_OBJECT_ENCRYPTION,
            op.UPDATE_KEYS,
            USE_KEY,
        }
    ),
    why_immovable=why_not_updated,
    open=_open,
    accepts=(NO_WAY_BACK,),
)
"""What it calls on AWS; its proof of another server writes and deletes an object of its own, too."""
