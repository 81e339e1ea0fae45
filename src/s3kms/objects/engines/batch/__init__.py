"""S3 Batch Operations, AWS's own distributed engine: jobs of UpdateObjectEncryption, followed and read back."""

from typing import TYPE_CHECKING

from s3kms.model.batch_operations import CREATE_JOB_OPERATIONS
from s3kms.model.object_operations import HEAD_OBJECT_VERSION
from s3kms.objects.engines.batch.hazards import UNPACED
from s3kms.objects.engines.batch.options import SETTINGS
from s3kms.objects.engines.update.hazards import NO_WAY_BACK
from s3kms.objects.interface import EngineKind
from s3kms.objects.movability import UPDATABLE, why_not_updated

if TYPE_CHECKING:
    from s3kms.objects.engines.batch.engine import BatchEngine
    from s3kms.objects.interface import EngineContext


def _open(context: "EngineContext") -> "BatchEngine":
    from s3kms.objects.engines.batch.engine import BatchEngine

    return BatchEngine(context)


ENGINE = EngineKind(
    name="batch",
    what="changes the encryption in place with S3 Batch Operations jobs, which AWS runs at its own pace",
    moves=frozenset(encryption for encryption in UPDATABLE if encryption is not None),
    moves_noncurrent=True,
    operations=CREATE_JOB_OPERATIONS | {HEAD_OBJECT_VERSION},
    why_immovable=why_not_updated,
    open=_open,
    is_job=True,
    accepts=(NO_WAY_BACK, UNPACED),
    settings=SETTINGS,
)
"""Without the making of a role, which is done once, and by whom IAM trusts with it."""
