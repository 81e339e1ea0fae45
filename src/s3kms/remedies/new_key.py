"""A new KMS key for buckets, with its policy, alias and rotation, in the forms of the other remedies. Pure."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from s3kms.text.quoting import quote_shell

Policy = Mapping[str, Any]


def _as_console(policy: Policy, alias: str, region: str) -> str:
    return (
        f"1. Open KMS in {region}, Customer managed keys, Create key: symmetric, encrypt and decrypt.\n"
        f"2. Alias: {alias.removeprefix('alias/')}.\n"
        "3. Skip administrators and users; at the end edit the key policy, and put this in its place:\n\n"
        f"{json.dumps(policy, indent=2)}\n\n"
        "4. Finish, open the key, Key rotation, Edit: on, every 365 days.\n"
    )


def _as_aws_cli(policy: Policy, alias: str, region: str) -> str:
    return (
        "set -eu\n"
        f"policy={quote_shell(json.dumps(policy))}\n"
        f'key=$(aws kms create-key --region {region} --policy "$policy" --query KeyMetadata.Arn --output text)\n'
        f"aws kms create-alias --region {region} --alias-name {quote_shell(alias)} "
        '--target-key-id "${key##*/}"\n'
        f'aws kms enable-key-rotation --region {region} --key-id "$key"\n'
        'echo "$key"\n'
    )


def _as_cloudformation(policy: Policy, alias: str, region: str) -> str:
    document = json.dumps(policy, indent=2).replace("\n", "\n        ")
    return (
        "AWSTemplateFormatVersion: '2010-09-09'\n"
        f"Description: KMS key of the buckets of {region}\n"
        "Resources:\n"
        "  BucketKey:\n"
        "    Type: AWS::KMS::Key\n"
        "    DeletionPolicy: Retain\n"
        "    UpdateReplacePolicy: Retain\n"
        "    Properties:\n"
        "      EnableKeyRotation: true\n"
        "      KeyPolicy:\n"
        f"        {document}\n"
        "  BucketKeyAlias:\n"
        "    Type: AWS::KMS::Alias\n"
        "    Properties:\n"
        f"      AliasName: {alias}\n"
        "      TargetKeyId: !Ref BucketKey\n"
        "Outputs:\n"
        "  KeyArn:\n"
        "    Value: !GetAtt BucketKey.Arn\n"
    )


def _as_terraform(policy: Policy, alias: str, region: str) -> str:
    text = json.dumps(policy, indent=2).replace("${", "$${").replace("%{", "%%{").replace("\n", "\n  ")
    return (
        'resource "aws_kms_key" "buckets" {\n'
        f'  description         = "buckets of {region}"\n'
        "  enable_key_rotation = true\n"
        "  policy              = <<-POLICY\n"
        f"  {text}\n"
        "  POLICY\n"
        "\n"
        "  lifecycle {\n"
        "    prevent_destroy = true\n"
        "  }\n"
        "}\n"
        "\n"
        'resource "aws_kms_alias" "buckets" {\n'
        f'  name          = "{alias}"\n'
        "  target_key_id = aws_kms_key.buckets.key_id\n"
        "}\n"
    )


NEW_KEY_FORMS: Mapping[str, Callable[[Policy, str, str], str]] = {
    "console": _as_console,
    "cli": _as_aws_cli,
    "cloudformation": _as_cloudformation,
    "terraform": _as_terraform,
}


def render_new_key(form: str, policy: Policy, alias: str, region: str) -> str:
    """A key in a form; `alias` begins with `alias/`. Raises KeyError for a form that there is not."""
    return NEW_KEY_FORMS[form](policy, alias, region)
