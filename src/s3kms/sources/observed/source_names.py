"""How sources of logs are named, and what reading them asks of AWS. Importing it loads no SDK."""

from pathlib import Path

from s3kms.model.advice import Option, Sentence
from s3kms.model.errors import BadInput
from s3kms.model.log_operations import list_logs, read_logs
from s3kms.model.operations import Operation
from s3kms.model.targets import is_bucket_name

_S3 = "s3://"


def is_stored(source: str) -> bool:
    """Whether a source is a prefix of a bucket."""
    return source.startswith(_S3)


def split_stored(source: str) -> tuple[str, str]:
    """Bucket and prefix of `s3://bucket/prefix`. Raises BadInput."""
    bucket, _, prefix = source.removeprefix(_S3).partition("/")
    if not is_bucket_name(bucket):
        raise BadInput(
            Sentence("{source} names no bucket", {"source": Option("observed", source)}),
            advice="write s3://bucket/prefix, a file or a folder",
        )
    return bucket, prefix


def check_source(source: str) -> None:
    """Raises BadInput for what is neither a file nor a folder nor a prefix of a bucket."""
    if is_stored(source):
        split_stored(source)
        return
    if not (Path(source).is_file() or Path(source).is_dir()):
        raise BadInput(
            Sentence("{source} is neither a file nor a folder", {"source": Option("observed", source)}),
            advice="write s3://bucket/prefix for logs in a bucket",
        )


def log_operations(sources: tuple[str, ...]) -> frozenset[Operation]:
    """What reading these sources asks of AWS. Raises BadInput."""
    stored = [split_stored(one) for one in sources if is_stored(one)]
    return frozenset(
        operation for bucket, prefix in stored for operation in (list_logs(bucket), read_logs(bucket, prefix))
    )
