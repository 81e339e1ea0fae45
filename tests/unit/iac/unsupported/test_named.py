"""What declares buckets and is not evaluated is named with its language; what declares none is not."""

from pathlib import Path

import pytest

from s3kms.iac.code_source import CodeSource
from s3kms.iac.interface import Document
from s3kms.iac.unsupported.language import LANGUAGE
from s3kms.model.stream import Unlisted
from s3kms.model.unknown import UnknownCause

NAMED = [
    (
        "the Serverless Framework",
        "serverless.ts",
        "import buckets from './buckets';\nconst service: AWS = { service: 'a', provider: {name: 'aws'},\n"
        "  resources: { Resources: buckets } };\n",
    ),
    (
        "the Serverless Framework",
        "serverless.js",
        "module.exports = {\n  service: 'a',\n  provider: {},\n  functions: {f: {events: [{s3: 'b'}]}}};\n",
    ),
    ("Terraform Stacks", "main.tfcomponent.json", '{"component": {"s3": {"source": "./s3"}}}'),
    ("Pulumi YAML", "Pulumi.yaml", "runtime: yaml\nresources:\n  d:\n    type: aws:s3:BucketV2\n"),
    ("Pulumi YAML", "Main.yaml", "resources:\n  d: {type: 'aws:s3/bucket:Bucket'}\n"),
    ("Pulumi", "index.ts", 'import * as aws from "@pulumi/aws";\nconst b = new aws.s3.BucketV2("b");\n'),
    ("Pulumi", "__main__.py", "from pulumi_aws import s3\nb = s3.Bucket('b')\n"),
    (
        "Pulumi",
        "main.go",
        '"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"\nb, err := s3.NewBucketV2(ctx, "b", nil)\n',
    ),
    ("Ansible", "playbook.yml", "- hosts: all\n  tasks:\n    - amazon.aws.s3_bucket:\n        name: b\n"),
    ("Ansible", "tasks/main.yml", "- name: make\n  s3_bucket:\n    name: b\n"),
    ("Ansible", "tasks/main.yml", "- name: make\n  s3_bucket: name=b state=present\n"),
    ("Ansible", "tasks/main.yml", "- {community.aws.s3_bucket: {name: b}}\n"),
    ("Ansible", "tasks/main.yml", "- name: make\n  local_action: amazon.aws.s3_bucket name=b\n"),
    ("Atmos", "prod.yaml", "components:\n  terraform:\n    s3-bucket/logs:\n      vars: {}\n"),
    (
        "Atmos",
        "prod.yaml",
        "components:\n  terraform:\n    logs:\n      metadata:\n        component: s3-bucket\n",
    ),
    ("the AWS CDK", "stack.ts", "import * as s3 from 'aws-cdk-lib/aws-s3';\nnew s3.Bucket(this, 'B');\n"),
    ("the AWS CDK", "stack.py", "from aws_cdk import aws_s3 as s3\ns3.Bucket(self, 'B')\n"),
    (
        "CDKTF",
        "main.ts",
        'import {S3Bucket} from "@cdktf/provider-aws/lib/s3-bucket";\nnew S3Bucket(this, "b");\n',
    ),
    ("org-formation", "tasks.yml", "Buckets:\n  Type: update-stacks\n  Template: ./buckets.yml\n"),
    ("SST", "sst.config.ts", "export default $config({\n  async run() { new sst.aws.Bucket('B'); }\n});\n"),
]
NOT_NAMED = [
    ("terragrunt.hcl", 'remote_state {\n  backend = "s3"\n}\n'),
    ("serverless.yml", "service: a\nprovider: {name: aws}\nfunctions:\n  f: {handler: h}\n"),
    ("pod.yaml", "apiVersion: v1\nkind: ConfigMap\ndata: {s3_bucket: logs}\n"),
    ("docker-compose.yml", "services:\n  app:\n    environment:\n      s3_bucket: logs\n"),
    ("package.json", '{"dependencies": {"@pulumi/aws": "6", "aws-cdk-lib": "2"}}'),
    (
        ".github-ci.yml",
        "on: push\njobs:\n  a:\n    steps:\n      - name: up\n        run: aws s3 sync . s3://b\n",
    ),
    ("playbook.yml", "- hosts: all\n  tasks:\n    - amazon.aws.s3_object:\n        bucket: b\n"),
    (
        "playbook.yml",
        "- hosts: all\n  vars:\n    s3_bucket: logs\n  tasks:\n    - amazon.aws.s3_bucket_info:\n",
    ),
    ("playbook.yml", "- hosts: all\n  tasks:\n    # - amazon.aws.s3_bucket:\n    - debug:\n"),
    ("vars.yml", "s3_bucket:\n  name: logs\n"),
    ("Pulumi.yaml", "runtime: yaml\nresources:\n  q:\n    type: aws:sqs:Queue\n"),
    ("Pulumi.yaml", "resources:\n  o:\n    type: aws:s3:BucketObject\n"),
    ("stack.ts", "import * as sqs from 'aws-cdk-lib/aws-sqs';\nnew sqs.Queue(this, 'Q');\n"),
    ("stack.ts", "import * as s3 from 'aws-cdk-lib/aws-s3';\ns3.Bucket.fromBucketName(this, 'B', 'b');\n"),
    ("stack.ts", "import * as s3 from 'aws-cdk-lib/aws-s3';\n// new s3.Bucket(this, 'B');\n"),
    ("app.py", "import boto3\nboto3.resource('s3').Bucket('b')\n"),
    ("prod.yaml", "components:\n  terraform:\n    vpc:\n      vars: {s3: no}\n"),
    ("empty.tfstack.hcl", "# component\n"),
    ("other.hcl", 'component "s3" {}\n'),
]


@pytest.mark.parametrize(("language", "name", "text"), NAMED)
def test_what_is_not_evaluated_is_one_unknown_with_its_file(
    language: str, name: str, text: str, tmp_path: Path
) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)

    (item,) = CodeSource((tmp_path,)).buckets(frozenset())

    assert isinstance(item, Unlisted)
    assert item.unknown.cause is UnknownCause.UNSUPPORTED
    assert f"{file} may declare buckets in {language}" in item.unknown.why
    assert "check" in str(item.unknown.advice)


@pytest.mark.parametrize(("name", "text"), NOT_NAMED)
def test_what_declares_no_bucket_is_not_claimed(name: str, text: str) -> None:
    assert not LANGUAGE.reader.claims(Document(Path(name), text.encode()))


def test_code_of_the_cdk_is_a_note_where_its_output_is_checked(tmp_path: Path) -> None:
    (tmp_path / "stack.py").write_text("from aws_cdk import aws_s3 as s3\ns3.Bucket(self, 'B')\n")
    (tmp_path / "cdk.out").mkdir()
    (tmp_path / "cdk.out" / "cdk.out").write_text("{}")

    source = CodeSource((tmp_path,))

    assert not [item for item in source.buckets(frozenset()) if isinstance(item, Unlisted)]
    assert source.explains_absence


@pytest.mark.parametrize("name", ["long.yaml", "long.ts"])
def test_a_long_line_of_spaces_takes_no_more_than_its_length(name: str) -> None:
    assert not LANGUAGE.reader.claims(Document(Path(name), b" " * 1_000_000))


def test_a_file_of_a_stack_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "main.tfcomponent.hcl").symlink_to("nowhere")

    (item,) = CodeSource((tmp_path,)).buckets(frozenset())

    assert isinstance(item, Unlisted)
    assert item.unknown.cause is UnknownCause.FILE_UNREAD
