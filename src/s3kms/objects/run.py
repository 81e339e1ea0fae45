"""What `objects` does, from the request to the sum."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from s3kms.model.advice import Sentence
from s3kms.model.object_summary import KeyStanding, ObjectSummary
from s3kms.objects.evidence.find import open_evidence
from s3kms.objects.offenders_file import opened_offenders_file, write_offenders
from s3kms.objects.request import ObjectsRequest
from s3kms.objects.summary import summarize
from s3kms.text.sanitize import printable

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection


def summarize_objects(
    request: ObjectsRequest,
    connect: "Callable[[], Connection]",
    on_bytes: Callable[[int], object] = lambda _: None,
    on_note: Callable[[Sentence], object] = lambda _: None,
) -> ObjectSummary:
    """What the best evidence, or the one that was named, says of a bucket's objects.

    `connect` is called where it is in AWS; `on_bytes` is told how many bytes of it were read, from several threads;
    `on_note` hears what a live listing costs before it begins. Raises BadInput, AwsError, S3kmsError.
    """
    request.check()
    with (
        opened_offenders_file(request.out) as file,
        open_evidence(request, connect, on_bytes, on_note) as evidence,
    ):
        found = summarize(evidence, wanted_key=request.key, offenders=request.offenders)
        if file is None:
            return found
        expected = found.standings[KeyStanding.OFFENDER].objects
        write_offenders(evidence, request.key, expected, file, memory=request.memory)
        if not found.is_partial:
            return found
        of_sample = Sentence(f"{printable(str(request.out))} has the offenders among those read alone")
        return replace(found, notes=(*found.notes, of_sample))
