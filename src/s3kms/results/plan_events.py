"""A saved plan as the events that a report of it is made of. Imported only when there is such a file."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from pydantic import ValidationError

from s3kms.model.errors import BadInput
from s3kms.model.plan import PlanEvent
from s3kms.results.plan_event_records import PlanHeadRecord, PlannedBucketRecord, PlanSummaryRecord
from s3kms.results.plan_records import where_of
from s3kms.results.plan_v1 import SEAL, PlanHeader
from s3kms.results.saved_plan import check_sealed

_SUMMARY = b'], "summary": '


def read_plan_events(
    file: IO[bytes], path: Path, titles: Mapping[str, str]
) -> tuple[PlanHeader, Iterator[PlanEvent]]:
    """What a plan says of itself, and its buckets as they are read, the sum last.

    The file is read twice, and has to be one that can be: a report hands out the fix of what is ready, so a plan that
    somebody edited is refused, as a fix refuses it. `titles` are those of hazards, by id. Raises BadInput, Refused.
    """
    header = check_sealed(file, path, PlanHeadRecord).header()
    file.seek(0)
    file.readline()
    return header, _events(file, path, titles)


def _events(file: IO[bytes], path: Path, titles: Mapping[str, str]) -> Iterator[PlanEvent]:
    for number, line in enumerate(file, 2):
        if line.startswith(_SUMMARY):
            text = line.removeprefix(_SUMMARY).rpartition(SEAL)[0]
            yield _checked(PlanSummaryRecord, text, path, number).summary()
            return
        text = line.rstrip(b"\n").removesuffix(b",")
        yield _checked(PlannedBucketRecord, text, path, number).planned(titles)


def _checked(record: type[Any], text: bytes, path: Path, number: int) -> Any:
    try:
        return record.model_validate_json(text)
    except ValidationError as error:
        where = where_of(error.errors())
        raise BadInput(f"{path}, line {number}: {where}", advice="make a new plan") from error
