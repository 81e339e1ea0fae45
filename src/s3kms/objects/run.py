"""What `objects` does, from the request to the sum."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from s3kms.model.advice import Advice, Option, Sentence
from s3kms.model.errors import BadInput, NotFound, NothingToCheck
from s3kms.model.object_summary import KeyStanding, ObjectSummary
from s3kms.objects.context import context_of_objects
from s3kms.objects.evidence.find import find_report, open_evidence
from s3kms.objects.evidence.inventory_table import (
    InventoryTable,
    create_inventory_table,
    define_inventory_table,
)
from s3kms.objects.offenders_file import opened_offenders_file, write_offenders
from s3kms.objects.request import ObjectsRequest
from s3kms.objects.summary import summarize
from s3kms.text.sanitize import printable

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection


def plan_inventory_table(
    request: ObjectsRequest, connect: "Callable[[], Connection]", *, apply: bool
) -> InventoryTable:
    """The table in Athena over a report of S3 Inventory; created where it is to be applied.

    Raises BadInput, NothingToCheck where there is no report, AwsError.
    """
    request.check()
    connection = connect()
    table = define_inventory_table(find_report(request, connection), request.table)
    if apply:
        create_inventory_table(connection, table, request)
    return table


@contextmanager
def _bucket_expected() -> Iterator[None]:
    """Says of a bucket that does not exist that there is nothing to look at."""
    try:
        yield
    except NotFound as error:
        if error.code != "NoSuchBucket":
            raise
        raise NothingToCheck(str(error), advice=Advice("check the name and the credentials")) from error


def summarize_objects(
    request: ObjectsRequest,
    connect: "Callable[[], Connection]",
    on_bytes: Callable[[int], object] = lambda _: None,
    on_note: Callable[[Sentence], object] = lambda _: None,
) -> ObjectSummary:
    """The summary of a bucket's objects, from the named evidence or the best available.

    `connect` is called where it is in AWS; `on_bytes` is called with the number of bytes read, from several threads;
    `on_note` hears what a live listing costs before it begins. Raises BadInput, AwsError, S3kmsError,
    NothingToCheck where there is no such bucket.
    """
    request.check()
    if request.wants_inventory_table:
        raise BadInput(
            "Athena reads an S3 Inventory report through a table",
            advice=Advice(
                "create one, and pass it with {table}", {"table": Option("table", "DATABASE.TABLE")}
            ),
        )
    began, used = datetime.now(UTC), list["Connection"]()

    def connecting() -> "Connection":
        used.append(connect())
        return used[-1]

    with (
        _bucket_expected(),
        opened_offenders_file(request.out) as file,
        open_evidence(request, connecting, on_bytes, on_note) as evidence,
    ):
        found = summarize(evidence, wanted_key=request.key, offenders=request.offenders)
        found = replace(
            found, context=context_of_objects(began, used[0] if used else None, found.coverage.bucket)
        )
        if file is None:
            return found
        expected = found.standings[KeyStanding.OFFENDER].objects
        write_offenders(evidence, request.key, expected, file, memory=request.memory)
        if not found.is_partial:
            return found
        of_sample = Sentence(
            f"{printable(str(request.out))} lists only the offenders among the objects that were read"
        )
        return replace(found, notes=(*found.notes, of_sample))
