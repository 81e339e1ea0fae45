"""Data files in ORC, which pyarrow reads and DuckDB scans: a question's columns alone, some stripes at a time."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from s3kms.model.errors import BadInput
from s3kms.text.sanitize import printable


def open_orc(files: Sequence[Path], names: Mapping[str, str]) -> Any:
    """A data set of pyarrow's over these files; `names` are those that a reader knows them by.

    Raises BadInput where pyarrow is not installed, or the first file is not ORC.
    """
    try:
        import pyarrow as pa
        import pyarrow.dataset
    except ImportError as error:
        raise BadInput(
            "reading an ORC inventory requires pyarrow, which is not installed",
            advice="pip install 's3kms[orc]'; or configure the inventory to deliver Parquet",
        ) from error
    try:
        return pyarrow.dataset.dataset(list(map(str, files)), format="orc")
    except (pa.ArrowException, OSError) as error:
        reason = printable(str(error).partition("\n")[0])
        for ours, theirs in names.items():
            reason = reason.replace(ours, theirs)
        raise BadInput(f"the inventory does not match its manifest: {reason}") from error
