"""The change as Terraform: code for a new bucket; import blocks for existing ones."""

from collections.abc import Mapping, Sequence

from s3kms.model.change import Change
from s3kms.model.describe import count_buckets, describe_encryption
from s3kms.model.encryption import Encryption
from s3kms.model.unknown import known
from s3kms.remedies.description import describe_change
from s3kms.remedies.interface import Remedy, RemedyFile, RemedyFiles
from s3kms.remedies.labels import snake, unique_labels
from s3kms.remedies.shell_script import account_of
from s3kms.text.quoting import escape_comment, quote_hcl, quote_shell

_NEW = """\
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

{rule}\
}}
"""

_EXISTING = """\
# {about}
import {{
  to = {address}
  id = {bucket}
}}

resource "{type}" "{label}" {{
{provider}\
  bucket = {bucket}

{rule}\
}}
"""
_TYPE = "aws_s3_bucket_server_side_encryption_configuration"

_PROVIDERS = """\
terraform {{
  required_version = ">= 1.5"
  required_providers {{
    aws = {{
      source  = "hashicorp/aws"
      version = "{version}"
    }}
  }}
}}
"""
_PROVIDER = """
provider "aws" {{
{alias}\
  region              = {region}
  allowed_account_ids = [{account}]
}}
"""
MIN_PROVIDER_VERSION = ">= 4.0"
MIN_PROVIDER_VERSION_WITH_BLOCKED_TYPES = ">= 6.22"
"""The provider has `blocked_encryption_types` since then; an older one puts the rule without it (fact H3)."""


def render(change: Change) -> str:
    """The resources of a new bucket; the names are variables, so that none is written into HCL."""
    return _NEW.format(rule=_rule(change.after, "var.kms_key_arn"))


def render_commands(change: Change) -> str:
    """Applies the code, saved as main.tf."""
    variables = {
        "bucket_name": change.bucket,
        **({"kms_key_arn": change.after.key} if change.after.key else {}),
    }
    words = " \\\n".join(f"  -var={quote_shell(f'{name}={value}')}" for name, value in variables.items())
    return f"export AWS_REGION={quote_shell(change.region)}\nterraform init\nterraform apply \\\n{words}\n"


def render_new_bucket(change: Change) -> RemedyFiles:
    """The code, the provider of that account and region, and a script that applies it."""
    what = f"makes s3://{change.bucket} with {describe_encryption(change.after)}"
    script = (
        f'#!/bin/sh\n# {escape_comment(what)}\nset -eu\n\ncd "$(dirname "$0")"\n\n{render_commands(change)}'
    )
    return RemedyFiles(
        (
            _providers([change], {}),
            RemedyFile("main.tf", render(change)),
            RemedyFile("deploy.sh", script, is_program=True),
        ),
        (f"sh deploy.sh: {what}",),
    )


def render_files(changes: Sequence[Change]) -> RemedyFiles:
    """The encryption of each bucket, imported; the bucket itself stays out, with its tags and all else.

    A plan shows as many imports and changes as there are buckets, and nothing to add or to destroy.
    """
    regions = sorted({change.region for change in changes})
    aliases = unique_labels(regions if len(regions) > 1 else (), snake)
    addresses = unique_labels((change.bucket for change in changes), snake)
    resources = "\n".join(_resource(change, addresses[change.bucket], aliases) for change in changes)
    count = len(changes)
    return RemedyFiles(
        (_providers(changes, aliases), RemedyFile("encryption.tf", resources)),
        (
            f"needs version {_version(changes)} of the AWS provider",
            f"terraform init && terraform plan: {count} to import, 0 to add, {count} to change, 0 to destroy",
            f"terraform apply: changes the default encryption of {count_buckets(len(changes))}",
            "where code of yours declares a bucket, write bucket = aws_s3_bucket.NAME.id instead of its name",
            "destroying one of these resources sets the bucket back to SSE-S3",
        ),
    )


def _providers(changes: Sequence[Change], aliases: Mapping[str, str]) -> RemedyFile:
    """One of each region, and each only for the account that the changes are meant for."""
    providers = (
        _PROVIDER.format(
            alias=f"  alias               = {quote_hcl(aliases[region])}\n" if aliases else "",
            region=quote_hcl(region),
            account=quote_hcl(account_of(changes)),
        )
        for region in sorted({change.region for change in changes})
    )
    return RemedyFile("providers.tf", _PROVIDERS.format(version=_version(changes)) + "".join(providers))


def _version(changes: Sequence[Change]) -> str:
    blocks = any(change.before.blocked is not None or change.after.blocked is not None for change in changes)
    return MIN_PROVIDER_VERSION_WITH_BLOCKED_TYPES if blocks else MIN_PROVIDER_VERSION


def _resource(change: Change, label: str, aliases: Mapping[str, str]) -> str:
    alias = aliases.get(change.region)
    return _EXISTING.format(
        about=escape_comment(f"{change.bucket}: {describe_change(change)}"),
        address=f"{_TYPE}.{label}",
        type=_TYPE,
        label=label,
        bucket=quote_hcl(change.bucket),
        provider=f"  provider = aws.{alias}\n\n" if alias else "",
        rule=_rule(change.after, quote_hcl(change.after.key) if change.after.key else None),
    )


def _rule(after: Encryption, key: str | None) -> str:
    lines = ["rule {", "  apply_server_side_encryption_by_default {"]
    lines += _aligned({"sse_algorithm": quote_hcl(after.algorithm or ""), "kms_master_key_id": key}, "    ")
    lines += ["  }"]
    parts = {
        "bucket_key_enabled": None
        if (bucket_key := known(after.bucket_key)) is None
        else str(bucket_key).lower(),
        "blocked_encryption_types": None
        if (blocked := known(after.blocked)) is None
        else f"[{', '.join(quote_hcl(name) for name in blocked)}]",
    }
    lines += [*_aligned(parts, "  "), "}"]
    return "".join(f"  {line}\n" for line in lines)


def _aligned(arguments: Mapping[str, str | None], indent: str) -> list[str]:
    """As `terraform fmt` writes them: the equals signs of neighbours in one column."""
    said = {name: value for name, value in arguments.items() if value is not None}
    width = max((len(name) for name in said), default=0)
    return [f"{indent}{name:<{width}} = {value}" for name, value in said.items()]


REMEDY = Remedy(
    "terraform",
    "Terraform",
    "hcl",
    render,
    render_files,
    render_commands=render_commands,
    render_new_bucket=render_new_bucket,
)
