"""What `objects` does, from the request to the sum."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from s3kms.model.object_summary import KeyStanding, ObjectSummary
from s3kms.objects.evidence.find import open_evidence
from s3kms.objects.offenders_file import opened_offenders_file, write_offenders
from s3kms.objects.request import ObjectsRequest
from s3kms.objects.summary import summarize

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection


def summarize_objects(
    request: ObjectsRequest,
    connect: "Callable[[], Connection]",
    on_bytes: Callable[[int], object] = lambda _: None,
) -> ObjectSummary:
    """What the best evidence, or the one that was named, says of a bucket's objects.

    `connect` is called where it is in AWS; `on_bytes` is told how many bytes of it were read, from several threads.
    Raises BadInput, AwsError, S3kmsError.
    """
    request.check()
    with opened_offenders_file(request.out) as file, open_evidence(request, connect, on_bytes) as evidence:
        found = summarize(evidence, wanted_key=request.key, offenders=request.offenders)
        if file is not None:
            expected = found.standings[KeyStanding.OFFENDER].objects
            write_offenders(evidence, request.key, expected, file, memory=request.memory)
        return found
