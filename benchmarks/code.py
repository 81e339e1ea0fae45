"""Checking code: a made-up tree of Terraform and templates, s3kms and Checkov on the same, in one run.

    python -m benchmarks.code                  # 1,000 files of each; Checkov where S3KMS_BENCH_CHECKOV names it
    python -m benchmarks.code --tiny           # 1,000 roots and 1,000 templates of one bucket each

CPU is user and system time of the whole process, from `wait4`; the contestants take turns.
"""

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

STACK_FILES = 5
SECONDS = 0.3
"""What a first finding may take, for a single file (a budget of the project)."""


@dataclass(frozen=True, slots=True)
class Took:
    """One run of one program."""

    cpu: float
    wall: float
    first: float
    """Seconds until something was on stdout."""


def main() -> None:
    """Make the tree, let the contestants take turns, print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1000, help="of Terraform, and as many templates")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--tiny", action="store_true", help="roots and templates of one bucket each")
    asked = parser.parse_args()
    if asked.tiny:
        measure_tiny(asked.files, asked.repeat)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_tree(folder, asked.files)
        files = sum(1 for path in folder.rglob("*") if path.is_file())
        rows = {name: [] for name in contestants(folder)}  # type: dict[str, list[Took]]
        for _ in range(asked.repeat):
            for contestant, command in contestants(folder).items():
                rows[contestant].append(run(command, folder))
        print(f"| {files} files | CPU s | CPU ms/file | wall s | first finding s |")
        print("| --- | --: | --: | --: | --: |")
        for contestant, took in rows.items():
            cpu, wall, first = (
                median(getattr(one, part) for one in took) for part in ("cpu", "wall", "first")
            )
            print(f"| {contestant} | {cpu:.2f} | {cpu / files * 1000:.2f} | {wall:.2f} | {first:.2f} |")


def measure_tiny(number: int, repeat: int) -> None:
    """The least CPU of each, for many roots and for many templates of one bucket, and how many times Checkov's."""
    checkov = os.environ.get("S3KMS_BENCH_CHECKOV")
    print(f"| {number} of one bucket each | s3kms, CPU s | Checkov, its KMS rule | all its rules | times |")
    print("| --- | --: | --: | --: | --: |")
    for kind, name, text, framework in (
        ("roots", "r{n:04}/main.tf", TINY_ROOT, "terraform"),
        ("templates", "t{n:04}.yaml", TINY_TEMPLATE, "cloudformation"),
    ):
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            for n in range(number):
                path = folder / name.format(n=n)
                path.parent.mkdir(exist_ok=True)
                path.write_text(
                    text.replace("NUMBER", str(n)).replace("ALGORITHM", ("aws:kms", "AES256")[n % 2])
                )
            commands = [contestants(folder)["s3kms, all"]]
            whole = [checkov or "", "-d", str(folder), "--framework", framework, "-o", "json", "--compact"]
            commands += [[*whole, "-c", "CKV_AWS_145"], whole] if checkov else []
            took = [min(run(command, folder).cpu for _ in range(repeat)) for command in commands]
            times = " to ".join(f"{one / took[0]:.1f}" for one in took[1:])
            print(f"| {kind} | {' | '.join(f'{one:.2f}' for one in took)} | {times} |")


def contestants(folder: Path) -> dict[str, list[str]]:
    """The commands, by name. Checkov looks for its KMS rule alone, which is its best case."""
    ours = shlex.split(os.environ.get("S3KMS_BENCH_COMMAND", f"{sys.executable} -m s3kms"))
    found = {
        "s3kms, all": [*ours, "check", str(folder), "--format", "jsonl"],
        "s3kms, one template": [*ours, "check", str(folder / "templates/t0000.yaml"), "--format", "jsonl"],
        "s3kms, one file of Terraform": [*ours, "check", str(folder / "stack000/s3.tf"), "--format", "jsonl"],
    }
    if checkov := os.environ.get("S3KMS_BENCH_CHECKOV"):
        options = [
            "--framework",
            "terraform",
            "cloudformation",
            "-c",
            "CKV_AWS_145",
            "-o",
            "json",
            "--compact",
        ]
        found["Checkov, all"] = [checkov, "-d", str(folder), *options]
        found["Checkov, one file of Terraform"] = [checkov, "-f", str(folder / "stack000/s3.tf"), *options]
    return found


def run(command: list[str], folder: Path) -> Took:
    """Start it, wait for its first word and its end."""
    began = time.perf_counter()
    environment = {**os.environ, "CHECKOV_RUN_SCA_PACKAGE_SCAN": "false", "BC_SKIP_MAPPING": "TRUE"}
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        first = time.perf_counter() - began
        process.stdout.read()
        _, _, used = os.wait4(process.pid, 0)
        process.returncode = 0
    return Took(used.ru_utime + used.ru_stime, time.perf_counter() - began, first)


def write_tree(folder: Path, files: int) -> None:
    """As many files of Terraform as of templates, of the size and mixture that real ones have."""
    for number in range(files // STACK_FILES):
        stack = folder / f"stack{number:03}"
        stack.mkdir(parents=True)
        for name, text in _stack(number):
            (stack / name).write_text(text)
    (folder / "templates").mkdir()
    for number in range(files):
        (folder / f"templates/t{number:04}.yaml").write_text(_template(number))


def _stack(number: int) -> Iterator[tuple[str, str]]:
    algorithm = ("aws:kms", "AES256", "aws:kms:dsse")[number % 3]
    yield "variables.tf", VARIABLES.replace("ALGORITHM", algorithm)
    yield "s3.tf", S3.replace("NUMBER", str(number))
    yield "iam.tf", "".join(ROLE.replace("NUMBER", str(role)) for role in range(4))
    yield "network.tf", "".join(SUBNET.replace("NUMBER", str(subnet)) for subnet in range(6))
    yield "outputs.tf", 'output "bucket" {\n  value = aws_s3_bucket.data.arn\n}\n'


def _template(number: int) -> str:
    algorithm = ("aws:kms", "AES256")[number % 2]
    functions = "".join(FUNCTION.replace("NUMBER", str(one)) for one in range(5))
    return TEMPLATE.replace("ALGORITHM", algorithm).replace("NUMBER", str(number)) + functions


TINY_ROOT = """resource "aws_s3_bucket" "b" {
  bucket = "acme-NUMBER"
}

resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "ALGORITHM"
    }
  }
}
"""
TINY_TEMPLATE = """AWSTemplateFormatVersion: '2010-09-09'
Resources:
  B:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: acme-NUMBER
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault:
              SSEAlgorithm: ALGORITHM
"""
VARIABLES = """variable "algorithm" {
  type    = string
  default = "ALGORITHM"
}

variable "stages" {
  type    = map(object({ size = number }))
  default = { dev = { size = 1 }, prod = { size = 3 } }
}

locals {
  prefix = "acme-${terraform.workspace}"
  tags   = { team = "platform", stage = terraform.workspace }
}
"""
S3 = """resource "aws_s3_bucket" "data" {
  bucket = "${local.prefix}-data-NUMBER"
  tags   = merge(local.tags, { purpose = "data" })
}

resource "aws_s3_bucket_server_side_encryption_configuration" "data" {
  bucket = aws_s3_bucket.data.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = var.algorithm
    }
    bucket_key_enabled = true
  }
}

resource "aws_s3_bucket" "stage" {
  for_each = var.stages
  bucket   = "${local.prefix}-${each.key}-NUMBER"
}

resource "aws_s3_bucket_server_side_encryption_configuration" "stage" {
  for_each = aws_s3_bucket.stage
  bucket   = each.value.id

  rule {
    apply_server_side_encryption_by_default {
      kms_master_key_id = aws_kms_key.main.arn
      sse_algorithm     = "aws:kms"
    }
  }
}

resource "aws_kms_key" "main" {
  description         = "main"
  enable_key_rotation = true
}

resource "aws_s3_bucket_versioning" "data" {
  bucket = aws_s3_bucket.data.id
  versioning_configuration {
    status = "Enabled"
  }
}
"""
ROLE = """resource "aws_iam_role" "roleNUMBER" {
  name = "${local.prefix}-role-NUMBER"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = ["lambda.amazonaws.com", "ecs-tasks.amazonaws.com"] }
    }]
  })

  tags = local.tags
}

data "aws_iam_policy_document" "roleNUMBER" {
  statement {
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${aws_s3_bucket.data.arn}/*"]
  }
}

"""
SUBNET = """resource "aws_subnet" "subnetNUMBER" {
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet("10.0.0.0/16", 8, NUMBER)
  availability_zone = element(data.aws_availability_zones.all.names, NUMBER)

  tags = merge(local.tags, { Name = "subnet-NUMBER" })
}

"""
TEMPLATE = """AWSTemplateFormatVersion: '2010-09-09'
Description: Stack NUMBER
Parameters:
  Stage:
    Type: String
    AllowedValues: [dev, prod]
    Default: dev
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  Data:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Sub 'acme-${Stage}-NUMBER'
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault:
              SSEAlgorithm: ALGORITHM
            BucketKeyEnabled: true
      VersioningConfiguration: {Status: Enabled}
  Logs:
    Type: AWS::S3::Bucket
    Condition: IsProd
    Properties:
      LifecycleConfiguration:
        Rules:
          - Status: Enabled
            ExpirationInDays: 30
"""
FUNCTION = """  FunctionNUMBER:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Role: !GetAtt RoleNUMBER.Arn
      Code:
        S3Bucket: !Ref Data
        S3Key: !Sub 'code/${Stage}/NUMBER.zip'
      Environment:
        Variables:
          BUCKET: !Ref Data
          STAGE: !Ref Stage
  RoleNUMBER:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Principal: {Service: lambda.amazonaws.com}
            Action: sts:AssumeRole
"""

if __name__ == "__main__":
    main()
