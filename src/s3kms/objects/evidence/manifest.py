"""The manifest of a report of S3 Inventory: which data files there are, and in which form (facts D20 to D22)."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from s3kms.model.advice import Sentence
from s3kms.model.errors import BadInput
from s3kms.text.sanitize import printable

MAX_MANIFEST_BYTES = 64 * 1024**2
"""Some 300,000 data files, of a million rows each."""
MANIFEST_NAME, CHECKSUM_NAME = "manifest.json", "manifest.checksum"
_MD5 = re.compile(r"[0-9a-fA-F]{32}")
_MAX_FILES = 300_000


class InventoryFormat(StrEnum):
    """The forms in which S3 Inventory writes its data files."""

    CSV = "CSV"
    ORC = "ORC"
    PARQUET = "Parquet"


@dataclass(frozen=True, slots=True)
class DataFile:
    """One data file, as the manifest promises it."""

    key: str
    """Of the object in the destination bucket. Foreign text."""
    size: int
    md5: str


@dataclass(frozen=True, slots=True)
class InventoryManifest:
    """The manifest of one report."""

    source_bucket: str
    destination_bucket: str
    """Its name."""
    created: datetime
    format: InventoryFormat
    schema: str
    """Of CSV the names of its columns, with commas between; of the others the schema as text."""
    files: tuple[DataFile, ...]

    @property
    def bytes(self) -> int:
        """Of all data files together."""
        return sum(file.size for file in self.files)

    @property
    def digest(self) -> str:
        """The identity of its data files: a SHA-256 over their checksums."""
        listed = "".join(f"{file.md5} {file.size}\n" for file in self.files)
        return hashlib.sha256(listed.encode()).hexdigest()

    @property
    def csv_columns(self) -> tuple[str, ...]:
        """The columns of CSV, which has no header: `Bucket`, `Key`."""
        return tuple(name.strip() for name in self.schema.split(","))


class _FileRecord(BaseModel):
    model_config = ConfigDict(extra="ignore")

    key: Annotated[str, Field(min_length=1, max_length=4096)]
    size: Annotated[int, Field(ge=0)]
    md5: Annotated[str, Field(alias="MD5checksum", pattern=_MD5.pattern, max_length=32)]


class _ManifestRecord(BaseModel):
    model_config = ConfigDict(extra="ignore")

    source: Annotated[str, Field(alias="sourceBucket", min_length=3, max_length=255)]
    destination: Annotated[str, Field(alias="destinationBucket", min_length=3, max_length=512)]
    version: str
    created: Annotated[int, Field(alias="creationTimestamp", ge=0, le=32_503_680_000_000)]
    format: Annotated[InventoryFormat, Field(alias="fileFormat")]
    schema_: Annotated[str, Field(alias="fileSchema", min_length=1, max_length=100_000)]
    files: Annotated[Sequence[_FileRecord], Field(max_length=_MAX_FILES)]


def read_manifest(
    data: bytes, checksum: bytes | None, source: str
) -> tuple[InventoryManifest, tuple[Sentence, ...]]:
    """The manifest in these bytes, verified by manifest.checksum; and a note if there is none.

    Raises BadInput.
    """
    if checksum is not None:
        check_manifest(data, checksum, source)
    unverified = Sentence(f"there is no {CHECKSUM_NAME} next to {source}, so it was not verified")
    return parse_manifest(data, source), () if checksum is not None else (unverified,)


def parse_manifest(data: bytes, source: str) -> InventoryManifest:
    """The manifest in these bytes of `source`. Raises BadInput, which says what is wrong with it."""
    record = _validated(_decoded(data, source), source)
    if record.version != "2016-11-30":
        raise BadInput(
            f"{source} is a manifest of version {printable(record.version)!r}, but only 2016-11-30 is "
            "supported"
        )
    files = tuple(DataFile(one.key, one.size, one.md5.lower()) for one in record.files)
    if twice := _first_repeated(file.key for file in files):
        raise BadInput(f"{source} lists {printable(twice)} twice, so its rows would be counted twice")
    return InventoryManifest(
        source_bucket=record.source,
        destination_bucket=record.destination.rpartition(":")[2],
        created=datetime.fromtimestamp(record.created / 1000, UTC),
        format=record.format,
        schema=record.schema_,
        files=files,
    )


def check_manifest(data: bytes, checksum: bytes, source: str) -> None:
    """Raises BadInput where manifest.checksum is not the MD5 of these bytes."""
    promised = checksum.decode("ascii", "replace").strip()
    if not _MD5.fullmatch(promised):
        raise BadInput(f"{CHECKSUM_NAME} next to {source} is not an MD5 checksum")
    found = hashlib.md5(data, usedforsecurity=False).hexdigest()
    if found != promised.lower():
        raise BadInput(
            f"{source} does not match {CHECKSUM_NAME}: its MD5 is {found}, not {promised.lower()}",
            advice="download both again; a modified report is not read",
        )


def _decoded(data: bytes, source: str) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadInput(
            f"{source} is not JSON", advice=f"name the {MANIFEST_NAME} of an inventory report"
        ) from error


def _validated(document: Any, source: str) -> _ManifestRecord:
    try:
        return _ManifestRecord.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the document"
        raise BadInput(
            f"{source} is not the manifest of an inventory report: {printable(where)}: {printable(first['msg'])}",
            advice=f"name the {MANIFEST_NAME} that S3 Inventory wrote",
        ) from error


def _first_repeated(keys: Any) -> str | None:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            return str(key)
        seen.add(key)
    return None
