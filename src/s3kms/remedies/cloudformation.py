"""The change as CloudFormation: a template for a new bucket; the import of existing ones, and their change."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from s3kms.model.bucket import BucketKind
from s3kms.model.change import Change
from s3kms.model.describe import count_buckets, describe_encryption
from s3kms.model.encryption import Encryption
from s3kms.model.unknown import known
from s3kms.remedies.interface import Remedy, RemedyFile, RemedyFiles
from s3kms.remedies.labels import camel, unique_labels
from s3kms.remedies.shell_script import shell_script
from s3kms.text.quoting import escape_comment, quote_shell, quote_yaml

MAX_BUCKETS_PER_STACK = 50
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
{encryption}"""

_HERE = 'cd "$(dirname "$0")"\n'
_FUNCTION = """\
import_and_change() {
  stack=$1 region=$2
  status=$(aws cloudformation describe-stacks --stack-name "$stack" --region "$region" \\
    --query 'Stacks[0].StackStatus' --output text 2>/dev/null || echo NONE)
  if [ "$status" = REVIEW_IN_PROGRESS ]; then  # an earlier run of this script ended before the import
    aws cloudformation delete-change-set \\
      --stack-name "$stack" --change-set-name import-as-they-are --region "$region" || :
    status=NONE
  fi
  if [ "$status" = NONE ]; then
    aws cloudformation create-change-set \\
      --stack-name "$stack" \\
      --change-set-name import-as-they-are \\
      --change-set-type IMPORT \\
      --resources-to-import "file://$stack.import.json" \\
      --template-body "file://$stack.before.yaml" \\
      --region "$region"
    aws cloudformation wait change-set-create-complete \\
      --stack-name "$stack" --change-set-name import-as-they-are --region "$region" || {
      aws cloudformation describe-change-set --query StatusReason --output text \\
        --stack-name "$stack" --change-set-name import-as-they-are --region "$region" >&2
      exit 1
    }
    aws cloudformation execute-change-set \\
      --stack-name "$stack" --change-set-name import-as-they-are --region "$region"
    status=IMPORT_IN_PROGRESS
  fi
  case $status in
    IMPORT_IN_PROGRESS)
      aws cloudformation wait stack-import-complete --stack-name "$stack" --region "$region" ;;
    UPDATE_IN_PROGRESS)
      aws cloudformation wait stack-update-complete --stack-name "$stack" --region "$region" ;;
    IMPORT_COMPLETE | UPDATE_COMPLETE | UPDATE_ROLLBACK_COMPLETE) ;;
    *)
      echo "stack $stack is $status: look at its events" >&2
      exit 1 ;;
  esac
  aws cloudformation deploy \\
    --template-file "$stack.after.yaml" \\
    --stack-name "$stack" \\
    --no-fail-on-empty-changeset \\
    --region "$region"
}

read_back() {
  bucket=$1 region=$2 wanted=$3
  found=$(aws s3api get-bucket-encryption --bucket "$bucket" --expected-bucket-owner "$account" \\
    --query 'ServerSideEncryptionConfiguration.Rules[0].[
      ApplyServerSideEncryptionByDefault.SSEAlgorithm,
      ApplyServerSideEncryptionByDefault.KMSMasterKeyID,
      BucketKeyEnabled || `false`]' \\
    --output text --region "$region" | tr '\\t' ' ')
  if [ "$found" != "$wanted" ]; then
    echo "s3://$bucket has $found, not $wanted: somebody changed it beside the stack" >&2
    exit 1
  fi
}
"""
"""Looks first how far an earlier run came: an import cannot be made twice, so a second run has to go on.

A stack that is as its template says changes nothing, whatever became of its buckets: hence the read-back.
"""


def render(change: Change) -> str:
    """A template for a new bucket; the names are its parameters, so that none is written into YAML."""
    return _NEW.format(encryption=_encryption(change.after, _KEY_PARAMETER))


def render_commands(change: Change) -> str:
    """Deploys the template, saved as template.yaml, as a stack with a new bucket."""
    overrides = [
        f"BucketName={change.bucket}",
        *([f"KMSKeyArn={change.after.key}"] if change.after.key else []),
    ]
    return (
        "aws cloudformation deploy \\\n"
        "  --template-file template.yaml \\\n"
        f"  --stack-name {_name_of_new(change.bucket)} \\\n"
        f"  --parameter-overrides {' '.join(quote_shell(pair) for pair in overrides)} \\\n"
        f"  --region {quote_shell(change.region)}\n"
    )


def _name_of_new(bucket: str) -> str:
    """A stack for each bucket: deployed under another's name, it would replace that one's bucket.

    A stack's name has letters, digits and hyphens; `a.b` and `a-b` are two buckets.
    """
    plain = re.sub(r"[^A-Za-z0-9-]", "-", bucket)
    is_same = plain == bucket
    return f"s3-kms-encryption-{plain}" + ("" if is_same else f"-{_digest(bucket)}")


def render_new_bucket(change: Change) -> RemedyFiles:
    """The template, and a script that deploys it as a stack of its own."""
    about = f"Makes {change.bucket} with {describe_encryption(change.after)}."
    return RemedyFiles(
        (
            RemedyFile("template.yaml", render(change)),
            shell_script("deploy.sh", about, [change], f"{_HERE}\n{render_commands(change)}"),
        ),
        (f"sh deploy.sh: makes s3://{change.bucket} with {describe_encryption(change.after)}",),
    )


def render_files(changes: Sequence[Change]) -> RemedyFiles:
    """Stacks that import the buckets as they are, and then change their default encryption.

    An import leaves a bucket's settings alone, whatever the template says, and takes only resources that are
    retained when the stack goes; it may not bring outputs. So each stack has two templates: what is there now,
    and what is to be. CloudFormation updates what differs between the two, which is the default encryption.
    """
    files: list[RemedyFile] = []
    commands: list[str] = []
    for region, some in _stacks(changes):
        stack = stack_name(some)
        names = {part: f"{stack}.{part}" for part in ("before.yaml", "after.yaml", "import.json")}
        logical = unique_labels((change.bucket for change in some), camel)
        now = [(change, change.before) for change in some]
        then = [(change, change.after) for change in some]
        files += [
            RemedyFile(names["before.yaml"], _template("The buckets as they are", logical, now)),
            RemedyFile(
                names["after.yaml"], _template("The buckets with the new default encryption", logical, then)
            ),
            RemedyFile(names["import.json"], _to_import(logical)),
        ]
        about = f"{count_buckets(len(some))} in {escape_comment(region)}: imported as they are, then changed"
        proofs = "".join(_read_back(change) for change in some)
        commands.append(f"# {about}\nimport_and_change {quote_shell(stack)} {quote_shell(region)}\n{proofs}")
    about = f"Takes {count_buckets(len(changes))} into CloudFormation and changes their default encryption."
    body = "\n".join((_HERE, _FUNCTION, *commands))
    return RemedyFiles(
        (*files, shell_script("deploy.sh", about, changes, body)),
        (
            "buckets that a stack has already cannot be imported: change that stack's template instead",
            "sh deploy.sh: imports the buckets as they are, then updates the stacks",
            "where it was interrupted, run it again: it goes on",
        ),
    )


def _read_back(change: Change) -> str:
    """As `aws --output text` says it: `None` is no key, which is aws/s3."""
    after = change.after
    wanted = f"{after.algorithm} {after.key} {bool(known(after.bucket_key))}"
    return f"read_back {quote_shell(change.bucket)} {quote_shell(change.region)} {quote_shell(wanted)}\n"


def _stacks(changes: Sequence[Change]) -> Iterator[tuple[str, list[Change]]]:
    """A stack lives in one region."""
    for region, some in groupby(sorted(changes, key=lambda c: (c.region, c.bucket)), key=lambda c: c.region):
        group = list(some)
        for start in range(0, len(group), MAX_BUCKETS_PER_STACK):
            yield region, group[start : start + MAX_BUCKETS_PER_STACK]


def stack_name(changes: Sequence[Change]) -> str:
    """A name made of the buckets: a later fix of others must not meet the stack of an earlier one."""
    names = "\n".join(f"{change.region} {change.bucket}" for change in changes)
    return f"s3kms-encryption-{_digest(names)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _template(
    about: str, logical: Mapping[str, str], encryptions: Sequence[tuple[Change, Encryption]]
) -> str:
    resources = [
        _RESOURCE.format(
            label=logical[change.bucket],
            name=quote_yaml(change.bucket),
            encryption=_encryption(encryption, quote_yaml(encryption.key) if encryption.key else None),
        )
        for change, encryption in encryptions
    ]
    return _EXISTING.format(about=about, resources="".join(resources))


def _encryption(encryption: Encryption, key: str | None) -> str:
    """The property with the one rule, in CloudFormation's words, which differ from the API's (fact H1).

    Empty for no configuration: a rule has to have something in it.
    """
    lines: list[str] = []
    if encryption.algorithm is not None:
        lines += ["ServerSideEncryptionByDefault:", f"  SSEAlgorithm: {_plain(encryption.algorithm)}"]
        lines += [f"  KMSMasterKeyID: {key}"] if key else []
    if (bucket_key := known(encryption.bucket_key)) is not None:
        lines.append(f"BucketKeyEnabled: {str(bucket_key).lower()}")
    if (blocked := known(encryption.blocked)) is not None:
        names = ", ".join(_plain(name) for name in blocked)
        lines += ["BlockedEncryptionTypes:", f"  EncryptionType: [{names}]"]
    if not lines:
        return ""
    item = [f"    {'- ' if number == 0 else '  '}{line}" for number, line in enumerate(lines)]
    heads = ("BucketEncryption:", "  ServerSideEncryptionConfiguration:")
    return "".join(f"{' ' * 6}{line}\n" for line in (*heads, *item))


def _plain(word: str) -> str:
    """AWS's own words stand without quotes, as everybody writes them."""
    return word if word in {"aws:kms", "aws:kms:dsse", "AES256", "SSE-C", "NONE"} else quote_yaml(word)


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


REMEDY = Remedy(
    "cloudformation",
    "CloudFormation",
    "yaml",
    render,
    render_files,
    kinds=frozenset({BucketKind.GENERAL_PURPOSE}),
    render_commands=render_commands,
    render_new_bucket=render_new_bucket,
)
