"""Which evidence tells of the objects of a bucket: the one that was named, else the best there is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from s3kms.model.advice import Advice, Option
from s3kms.model.errors import BadInput
from s3kms.objects.evidence.interface import QueriedEvidence
from s3kms.objects.evidence.inventory import ReadSettings, open_local_inventory
from s3kms.objects.request import STORED, ObjectsRequest
from s3kms.text.sanitize import printable

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection


@contextmanager
def open_evidence(
    request: ObjectsRequest,
    connect: "Callable[[], Connection]",
    on_bytes: Callable[[int], object] = lambda _: None,
) -> Iterator[QueriedEvidence]:
    """The evidence, ready to be asked; `connect` is called where it is in AWS.

    Raises BadInput, AwsError, S3kmsError.
    """
    del connect
    settings = ReadSettings(request.memory, request.threads, on_bytes)
    manifest = request.manifest
    if manifest is None or manifest.startswith(STORED):
        raise BadInput(
            "only the manifest of an inventory on this machine can be read yet",
            advice=Advice("name it: {source}", {"source": Option("source", "manifest.json")}),
        )
    with open_local_inventory(Path(manifest), settings) as evidence:
        found = evidence.coverage.bucket
        if request.bucket is not None and request.bucket.pattern != found:
            raise BadInput(
                f"{evidence.coverage.source} is about s3://{printable(found)}, not {request.bucket}",
                advice="name the manifest of its own inventory",
            )
        yield evidence
