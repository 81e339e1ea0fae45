"""The change as CloudFormation: a template for a new bucket; the import of existing ones, and their change."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from s3kms.estate.bucket import BucketKind
from s3kms.estate.changes import Change
from s3kms.estate.encryption import Encryption
from s3kms.estate.words import bucket_words
from s3kms.fixes.interface import File, Form, Remedy
from s3kms.fixes.labels import camel, labels
from s3kms.fixes.quoting import comment, shell, yaml
from s3kms.fixes.script import program

STACK_BUCKETS = 50
"""At most so many buckets a stack: a template sent in the request may have 51,200 bytes."""

_NEW = """\
AWSTemplateFormatVersion: '2010-09-09'
Description: S3 bucket with KMS encryption enabled
Parameters:
  BucketName:
    Type: String
    Description: Name of the S3 bucket
  KMSKeyArn:
    Type: String
    Description: ARN of the KMS key for encryption (leave empty for the AWS managed key)
    Default: ''
Conditions:
  UseCustomKey: !Not [!Equals [!Ref KMSKeyArn, '']]
Resources:
  EncryptedS3Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Ref BucketName
      BucketEncryption:
{encryption}\
Outputs:
  BucketArn:
    Description: ARN of the encrypted S3 bucket
    Value: !GetAtt EncryptedS3Bucket.Arn
"""
_KEY_PARAMETER = "!If [UseCustomKey, !Ref KMSKeyArn, !Ref 'AWS::NoValue']"

_EXISTING = """\
AWSTemplateFormatVersion: '2010-09-09'
Description: {about}
Resources:
{resources}"""

_RESOURCE = """\
  {label}:
    Type: AWS::S3::Bucket
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      BucketName: {name}
      BucketEncryption:
{encryption}"""

_DEPLOY = """\
# {about}
aws cloudformation create-change-set \\
  --stack-name {stack} \\
  --change-set-name import-as-they-are \\
  --change-set-type IMPORT \\
  --resources-to-import file://{resources} \\
  --template-body file://{before} \\
  --region {region}
aws cloudformation wait change-set-create-complete \\
  --stack-name {stack} --change-set-name import-as-they-are --region {region}
aws cloudformation execute-change-set \\
  --stack-name {stack} --change-set-name import-as-they-are --region {region}
aws cloudformation wait stack-import-complete --stack-name {stack} --region {region}
aws cloudformation update-stack \\
  --stack-name {stack} \\
  --template-body file://{after} \\
  --region {region}
aws cloudformation wait stack-update-complete --stack-name {stack} --region {region}
"""


def render(change: Change) -> str:
    """A template for a new bucket; the names are its parameters, so that none is written into YAML."""
    return _NEW.format(encryption=_encryption(change.after, _KEY_PARAMETER))


def run(change: Change) -> str:
    """Deploys the template, saved as template.yaml, as a stack with a new bucket."""
    overrides = [
        f"BucketName={change.bucket}",
        *([f"KMSKeyArn={change.after.key}"] if change.after.key else []),
    ]
    return (
        "aws cloudformation deploy \\\n"
        "  --template-file template.yaml \\\n"
        "  --stack-name s3-kms-encryption \\\n"
        f"  --parameter-overrides {' '.join(shell(pair) for pair in overrides)} \\\n"
        f"  --region {shell(change.region)}\n"
    )


def remedy(changes: Sequence[Change]) -> Remedy:
    """Stacks that import the buckets as they are, and then change their default encryption.

    An import leaves a bucket's settings alone, whatever the template says, and takes only resources that are
    retained when the stack goes; it may not bring outputs. So each stack has two templates: what is there now,
    and what is to be. CloudFormation updates what differs between the two, which is the default encryption.
    """
    files: list[File] = []
    commands: list[str] = []
    for region, some in _stacks(changes):
        stack = _stack_name(some)
        names = {part: f"{stack}.{part}" for part in ("before.yaml", "after.yaml", "import.json")}
        logical = labels((change.bucket for change in some), camel)
        now = [(change, change.before) for change in some]
        then = [(change, change.after) for change in some]
        files += [
            File(names["before.yaml"], _template("The buckets as they are", logical, now)),
            File(
                names["after.yaml"], _template("The buckets with the new default encryption", logical, then)
            ),
            File(names["import.json"], _to_import(logical)),
        ]
        commands.append(
            _DEPLOY.format(
                about=f"{bucket_words(len(some))} in {comment(region)}: imported as they are, then changed",
                stack=shell(stack),
                region=shell(region),
                resources=names["import.json"],
                before=names["before.yaml"],
                after=names["after.yaml"],
            )
        )
    about = f"Takes {bucket_words(len(changes))} into CloudFormation and changes their default encryption."
    body = 'cd "$(dirname "$0")"\n\n' + "\n".join(commands)
    return Remedy(
        (*files, program("deploy.sh", about, changes, body)),
        (
            "buckets that a stack has already cannot be imported: change that stack's template instead",
            "sh deploy.sh: imports the buckets as they are, then updates the stacks",
        ),
    )


def _stacks(changes: Sequence[Change]) -> Iterator[tuple[str, list[Change]]]:
    """A stack lives in one region."""
    for region, some in groupby(sorted(changes, key=lambda c: (c.region, c.bucket)), key=lambda c: c.region):
        group = list(some)
        for start in range(0, len(group), STACK_BUCKETS):
            yield region, group[start : start + STACK_BUCKETS]


def _stack_name(changes: Sequence[Change]) -> str:
    """The same for the same buckets, and no other's: a later fix must not meet the stack of an earlier one."""
    names = "\n".join(f"{change.region} {change.bucket}" for change in changes)
    return f"s3kms-encryption-{hashlib.sha256(names.encode()).hexdigest()[:8]}"


def _template(
    about: str, logical: Mapping[str, str], encryptions: Sequence[tuple[Change, Encryption]]
) -> str:
    resources = [
        _RESOURCE.format(
            label=logical[change.bucket],
            name=yaml(change.bucket),
            encryption=_encryption(encryption, yaml(encryption.key) if encryption.key else None),
        )
        for change, encryption in encryptions
    ]
    return _EXISTING.format(about=about, resources="".join(resources))


def _encryption(encryption: Encryption, key: str | None) -> str:
    """The one rule, as the value of BucketEncryption; CloudFormation's words differ from the API's (fact H1)."""
    lines: list[str] = []
    if encryption.algorithm is not None:
        lines += ["ServerSideEncryptionByDefault:", f"  SSEAlgorithm: {_plain(encryption.algorithm)}"]
        lines += [f"  KMSMasterKeyID: {key}"] if key else []
    if encryption.bucket_key is not None:
        lines.append(f"BucketKeyEnabled: {str(encryption.bucket_key).lower()}")
    if encryption.blocked is not None:
        names = ", ".join(_plain(name) for name in encryption.blocked)
        lines += ["BlockedEncryptionTypes:", f"  EncryptionType: [{names}]"]
    item = [f"{'- ' if number == 0 else '  '}{line}" for number, line in enumerate(lines)] or ["- {}"]
    head = "ServerSideEncryptionConfiguration:"
    return "".join(f"{' ' * 8}{line}\n" for line in (head, *(f"  {line}" for line in item)))


def _plain(word: str) -> str:
    """AWS's own words stand without quotes, as everybody writes them."""
    return word if word in {"aws:kms", "aws:kms:dsse", "AES256", "SSE-C", "NONE"} else yaml(word)


def _to_import(logical: Mapping[str, str]) -> str:
    resources = [
        {
            "ResourceType": "AWS::S3::Bucket",
            "LogicalResourceId": label,
            "ResourceIdentifier": {"BucketName": bucket},
        }
        for bucket, label in logical.items()
    ]
    return json.dumps(resources, indent=2) + "\n"


FORM = Form(
    "cloudformation",
    "CloudFormation",
    "yaml",
    render,
    remedy,
    kinds=frozenset({BucketKind.GENERAL_PURPOSE}),
    run=run,
    saved_as="template.yaml",
)
