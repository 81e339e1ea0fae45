"""The change as Terraform."""

import shlex

from s3kms.estate.changes import Change
from s3kms.estate.encryption import Encryption
from s3kms.fixes.interface import Form
from s3kms.fixes.quoting import hcl

_CODE = """\
variable "bucket_name" {{
  description = "Name of the S3 bucket"
  type        = string
}}

variable "kms_key_arn" {{
  description = "ARN of the KMS key for encryption (the AWS managed key where not specified)"
  type        = string
  default     = null
}}

resource "aws_s3_bucket" "encrypted" {{
  bucket = var.bucket_name
}}

resource "aws_s3_bucket_server_side_encryption_configuration" "encrypted" {{
  bucket = aws_s3_bucket.encrypted.id

  rule {{
    apply_server_side_encryption_by_default {{
      sse_algorithm     = {algorithm}
      kms_master_key_id = var.kms_key_arn
    }}
{parts}\
  }}
}}
"""


def render(change: Change) -> str:
    """The resources; the names are variables, so that none is written into HCL."""
    return _CODE.format(algorithm=hcl(change.after.algorithm or ""), parts=_parts(change.after))


def _parts(after: Encryption) -> str:
    text = ""
    if after.bucket_key is not None:
        text += f"    bucket_key_enabled = {str(after.bucket_key).lower()}\n"
    if after.blocked is not None:
        names = ", ".join(hcl(name) for name in after.blocked)
        text += f"    blocked_encryption_types = [{names}] # AWS provider 6.22 and later (fact H3)\n"
    return text


def run(change: Change) -> str:
    """Applies the code, saved as main.tf."""
    variables = {
        "bucket_name": change.bucket,
        **({"kms_key_arn": change.after.key} if change.after.key else {}),
    }
    words = " \\\n".join(f"  -var={shlex.quote(f'{name}={value}')}" for name, value in variables.items())
    return f"export AWS_REGION={shlex.quote(change.region)}\nterraform init\nterraform apply \\\n{words}\n"


FORM = Form("terraform", "Terraform", "hcl", render, run=run)
