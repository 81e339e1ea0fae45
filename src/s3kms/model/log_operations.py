"""What reading logs of a bucket asks of S3: of that bucket alone, whatever the targets are."""

from s3kms.model.operations import Operation

_WHY = "who used the buckets, by their logs"


def list_logs(bucket: str) -> Operation:
    """The listing of a bucket with logs."""
    return Operation(
        "s3", "ListObjectsV2", "s3:ListBucket", f"arn:{{partition}}:s3:::{_verbatim(bucket)}", why=_WHY
    )


def read_logs(bucket: str, prefix: str) -> Operation:
    """Reading the objects below a prefix."""
    path = _verbatim(f"{bucket}/{prefix}")
    return Operation("s3", "GetObject", "s3:GetObject", f"arn:{{partition}}:s3:::{path}*", why=_WHY)


def _verbatim(text: str) -> str:
    """For a pattern whose placeholders are in braces: those of a name stand for themselves."""
    return text.replace("{", "{{").replace("}", "}}")
