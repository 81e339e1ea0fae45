"""The shapes by which declarations are recognized: how the files are named, and what stands in them.

A shape is narrow on purpose: a file that only might have to do with buckets is none.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from s3kms.iac.unsupported.atmos import find_atmos_bucket

Search = Callable[[bytes], int | None]
"""Where in a file the declaration begins, in bytes; None where there is none."""
_YAML = (".yaml", ".yml")
_CODE = (".ts", ".mts", ".tsx", ".js", ".mjs", ".cjs", ".py", ".go", ".java", ".kt", ".cs", ".fs")
_TEST = re.compile(r"\.(test|spec|d)\.[cm]?[jt]sx?$|^test_.*\.py$|_test\.(py|go)$|Tests?\.(java|kt|cs)$")
_NO_COMMENT = rb"^(?![ \t]*(?://|#|\*|/\*))[^\n]*?"
_CONSTRUCT = _NO_COMMENT + rb"\b(?:New)?(?:Cfn)?Bucket(?:V2)?(?:[(<]| *\(|\.Builder)"
_PLAN = "check a plan of each deployment, or the deployed buckets: {check}"


@dataclass(frozen=True, slots=True)
class Shape:
    """One sort of declaration that is not evaluated."""

    language: str
    """As its makers write it, with the project file where it has one: `Pulumi (Pulumi.yaml)`."""
    endings: tuple[str, ...]
    """How the names of its files end."""
    search: Search
    advice: str
    """What a person does instead; `{check}` is the command."""
    output: str = ""
    """The name of a file that the tool writes into a folder beside its code, and that is read instead."""

    def find(self, path: Path, data: bytes) -> int | None:
        """Where the declaration begins; None where the file is none of this shape."""
        if not path.name.endswith(self.endings) or _is_test(path):
            return None
        return self.search(data)


def _is_test(path: Path) -> bool:
    return bool(_TEST.search(path.name)) or "site-packages" in path.parts


def _all(*patterns: bytes) -> Search:
    """The place of the last pattern, where all of them are found."""
    compiled = [re.compile(pattern, re.MULTILINE) for pattern in patterns]

    def search(data: bytes) -> int | None:
        place = None
        for pattern in compiled:
            found = pattern.search(data)
            if found is None:
                return None
            place = found.start()
        return place

    return search


def _any(*searches: Search) -> Search:
    def search(data: bytes) -> int | None:
        return next((place for one in searches if (place := one(data)) is not None), None)

    return search


_PULUMI_TYPE = (
    rb"^[^#\n]*?\btype[\"']?[ \t]*:[ \t]*[\"']?"
    rb"aws(?:-native)?:s3[\w/]*:Bucket(?:V2|ServerSideEncryption\w+)?(?!\w)"
)
_ANSIBLE_QUALIFIED = (
    rb"^[^#\n]*?(?<![\w.])(?:amazon\.aws|community\.aws|amazon\.cloud)\.s3_bucket(?![\w.])"
    rb"[\"']?[ \t]*(?:[:,}]|$|\w+=)"
)
_ANSIBLE_SHORT = (
    rb"^[ \t]*(?:-[ \t]+)?"
    rb"(?:s3_bucket[ \t]*:[ \t]*(?:#.*|\w+=.*)?|(?:local_)?action[ \t]*:[ \t]*s3_bucket\b.*)$"
)
_ANSIBLE_SURELY = rb"^(?:-[ \t]+)?(?:hosts|tasks|block)[ \t]*:|^ {0,2}-[ \t]+(?:name|s3_bucket)[ \t]*:"

SHAPES = (
    Shape(
        "Terraform Stacks",
        (".tfstack.json", ".tfcomponent.json", ".tfdeploy.json"),
        _all(rb'"(?:component|stack|deployment)"[ \t]*:'),
        _PLAN,
    ),
    Shape(
        "the Serverless Framework",
        tuple(f"serverless.{ending}" for ending in ("ts", "mts", "cts", "js", "mjs", "cjs")),
        _all(
            rb"(?:^|[{,])[ \t]*[\"']?service[\"']?[ \t]*[:,]",
            rb"(?:^|[{,])[ \t]*[\"']?provider[\"']?[ \t]*[:,]",
            rb"^[^#\n]*?(?:AWS::S3::Bucket\b|\bs3[\"']?[ \t]*:|\bdeploymentBucket\b|\$\{file\(|\bresources\b)",
        ),
        "check the template that `serverless package` writes into .serverless, or the deployed buckets: {check}",
    ),
    Shape(
        "Pulumi YAML",
        _YAML,
        _all(_PULUMI_TYPE),
        "check the deployed buckets: {check}",
    ),
    Shape(
        "Pulumi (Pulumi.yaml)",
        _CODE,
        _all(rb"@pulumi/aws|pulumi_aws|pulumi-aws|com\.pulumi\.aws|Pulumi\.Aws", rb"\b[sS]3\b", _CONSTRUCT),
        "check the deployed buckets: {check}",
    ),
    Shape(
        "Ansible",
        _YAML,
        _any(_all(_ANSIBLE_QUALIFIED), _all(_ANSIBLE_SURELY, _ANSIBLE_SHORT)),
        "check the buckets that the playbook has made: {check}",
    ),
    Shape("Atmos", _YAML, find_atmos_bucket, _PLAN),
    Shape(
        "the AWS CDK (cdk.json)",
        _CODE,
        _all(
            rb"aws-cdk-lib|@aws-cdk/|\baws_cdk\b|software\.amazon\.awscdk|Amazon\.CDK|aws-cdk-go",
            rb"\b[sS]3\b|aws[-_]?s3",
            _CONSTRUCT,
        ),
        "check what `cdk synth` writes into cdk.out, or the deployed buckets: {check}",
        output="cdk.out",
    ),
    Shape(
        "CDKTF (cdktf.json)",
        _CODE,
        _all(rb"\bcdktf|@cdktf/|Cdktf|@cdktn/", _NO_COMMENT + rb"\b(?:New)?S3Bucket(?:[(<]| *\(|\.Builder)"),
        "check what `cdktf synth` writes into cdktf.out, or the deployed buckets: {check}",
        output="cdk.tf.json",
    ),
    Shape(
        "org-formation",
        _YAML,
        _all(
            rb"^[ \t]+[\"']?Type[\"']?[ \t]*:[ \t]*[\"']?update-stacks\b",
            rb"^[ \t]+[\"']?Template[\"']?[ \t]*:(?=[^\n]*(?:s3|S3|[bB]ucket))",
        ),
        "check the template with the parameters of the task, or the deployed buckets: {check}",
    ),
    Shape(
        "SST",
        ("sst.config.ts", "sst.config.mts", "sst.config.js"),
        _all(_CONSTRUCT),
        "check the deployed buckets: {check}",
    ),
    Shape(
        "SST",
        _CODE,
        _any(_all(_NO_COMMENT + rb"\bsst\.aws\.Bucket *\("), _all(rb"[\"']sst/constructs[\"']", _CONSTRUCT)),
        "check the deployed buckets: {check}",
    ),
)
