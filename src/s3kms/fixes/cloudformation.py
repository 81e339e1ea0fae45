"""The change as a CloudFormation template for a bucket of that name."""

import shlex

from s3kms.estate.changes import Change
from s3kms.estate.encryption import Encryption
from s3kms.fixes.interface import Form
from s3kms.fixes.quoting import yaml

_TEMPLATE = """\
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
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault:
              SSEAlgorithm: {algorithm}
              KMSMasterKeyID: !If [UseCustomKey, !Ref KMSKeyArn, !Ref 'AWS::NoValue']
{parts}\
Outputs:
  BucketArn:
    Description: ARN of the encrypted S3 bucket
    Value: !GetAtt EncryptedS3Bucket.Arn
"""


def render(change: Change) -> str:
    """The template; the names are its parameters, so that none is written into YAML."""
    return _TEMPLATE.format(algorithm=yaml(change.after.algorithm or ""), parts=_parts(change.after))


def _parts(after: Encryption) -> str:
    indent = " " * 12
    text = ""
    if after.bucket_key is not None:
        text += f"{indent}BucketKeyEnabled: {str(after.bucket_key).lower()}\n"
    if after.blocked is not None:
        names = ", ".join(yaml(name) for name in after.blocked)
        text += f"{indent}BlockedEncryptionTypes:\n{indent}  EncryptionType: [{names}]\n"
    return text


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
        f"  --parameter-overrides {' '.join(shlex.quote(pair) for pair in overrides)} \\\n"
        f"  --region {shlex.quote(change.region)}\n"
    )


FORM = Form("cloudformation", "CloudFormation", "yaml", render, run=run)
