"""The ways to bring objects under a key. A new one is one file or folder, and one line in `all_engines`."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from s3kms.objects.interface import EngineKind


def all_engines() -> "tuple[EngineKind, ...]":
    """Every engine, the one that is taken by itself first. Imported at the first call."""
    from s3kms.objects.engines import batch, copy, update

    return (update.ENGINE, batch.ENGINE, copy.ENGINE)
