"""A copy of an object onto itself, under the wanted key: for what UpdateObjectEncryption cannot do."""

from typing import TYPE_CHECKING

from s3kms.model import object_operations as op
from s3kms.model.objects import ObjectEncryption
from s3kms.model.operations import GET_BUCKET_ACL, GET_BUCKET_NOTIFICATION, GET_BUCKET_REPLICATION, USE_KEY
from s3kms.objects.engines.copy.hazards import (
    DEFAULT_RETENTION,
    EARLY_DELETE,
    EVENTS,
    LIFECYCLE_AGE,
    NEW_VERSIONS,
    REPLICATED_AGAIN,
    RETRIEVAL,
)
from s3kms.objects.engines.copy.options import SETTINGS, why_left
from s3kms.objects.interface import EngineKind

if TYPE_CHECKING:
    from s3kms.objects.engines.copy.engine import CopyEngine
    from s3kms.objects.interface import EngineContext


def _open(context: "EngineContext") -> "CopyEngine":
    from s3kms.objects.engines.copy.engine import CopyEngine

    return CopyEngine(context)


ENGINE = EngineKind(
    name="copy",
    what="copies each current version onto itself with its metadata, tags, ACL, storage class, website "
    "redirect and locks: the copy is a new object with a new date and a new ETag",
    moves=frozenset(ObjectEncryption),
    moves_noncurrent=False,
    operations=frozenset(
        {
            op.HEAD_OBJECT_VERSION,
            op.GET_OBJECT_ACL,
            op.GET_OBJECT_TAGGING,
            op.GET_OBJECT_RETENTION,
            op.GET_OBJECT_LEGAL_HOLD,
            op.LIST_OBJECT_ANNOTATIONS,
            op.COPY_OBJECT,
            op.RESTATE_OBJECT,
            op.CREATE_UPLOAD,
            op.COPY_PART,
            op.COMPLETE_UPLOAD,
            op.ABORT_UPLOAD,
            op.LIST_UPLOADS,
            op.GET_BUCKET_VERSIONING,
            op.GET_BUCKET_LIFECYCLE,
            op.GET_BUCKET_OBJECT_LOCK,
            op.GET_BUCKET_OWNERSHIP,
            GET_BUCKET_ACL,
            GET_BUCKET_NOTIFICATION,
            GET_BUCKET_REPLICATION,
            USE_KEY,
        }
    ),
    why_immovable=why_left,
    open=_open,
    accepts=(
        NEW_VERSIONS,
        LIFECYCLE_AGE,
        REPLICATED_AGAIN,
        EVENTS,
        RETRIEVAL,
        EARLY_DELETE,
        DEFAULT_RETENTION,
    ),
    settings=SETTINGS,
)
"""What it calls on AWS; its proof of another server writes and deletes an object of its own, too."""
