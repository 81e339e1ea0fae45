"""The change as a command of the AWS CLI."""

import json
import shlex

from s3kms.aws.shape import to_api
from s3kms.estate.changes import Change
from s3kms.fixes.interface import Form


def render(change: Change) -> str:
    """`aws s3api put-bucket-encryption`, ready to paste: every name is one word of the shell."""
    configuration = json.dumps(to_api(change.after), indent=2)
    return (
        "aws s3api put-bucket-encryption \\\n"
        f"  --bucket {shlex.quote(change.bucket)} \\\n"
        f"  --server-side-encryption-configuration {shlex.quote(configuration)} \\\n"
        f"  --region {shlex.quote(change.region)}\n"
    )


def prove(change: Change) -> str:
    """`aws s3api get-bucket-encryption`."""
    return (
        "aws s3api get-bucket-encryption \\\n"
        f"  --bucket {shlex.quote(change.bucket)} \\\n"
        f"  --region {shlex.quote(change.region)}\n"
    )


FORM = Form("cli", "AWS CLI", "sh", render, prove=prove)
