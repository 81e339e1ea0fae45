"""Objects of Kubernetes that may make S3 buckets and are not evaluated: each is named, none is passed over."""

import json
from pathlib import Path

import pytest
from tests.support.code import context

from s3kms.iac.interface import Document
from s3kms.iac.kubernetes.reader import READER
from s3kms.model.bucket import Bucket
from s3kms.model.unknown import Unknown, UnknownCause


def document(text: str) -> Document:
    return Document(Path("k.yaml"), text.encode())


def read(text: str) -> list[Bucket]:
    return list(READER.read(document(text), context({"k.yaml": text})))


def manifest(api: str, kind: str, spec: str = "{}") -> str:
    return f"apiVersion: {api}\nkind: {kind}\nmetadata: {{name: x}}\nspec: {spec}\n"


HCL = '{forProvider: {source: Inline, module: "resource \\"aws_s3_bucket\\" \\"a\\" {}"}}'
PUBLIC_MODULE = '{hcl: "module \\"a\\" { source = \\"terraform-aws-modules/s3-bucket/aws\\" }"}'
TEMPLATE = '{forProvider: {templateBody: \'{"Resources": {"A": {"Type": "AWS::S3::Bucket"}}}\'}}'
NAMED = {
    "a class of Crossplane's first API": manifest("storage.aws.crossplane.io/v1alpha3", "S3BucketClass"),
    "a kind that API never had": manifest("storage.aws.crossplane.io/v1alpha1", "Bucket"),
    "Terrajet": manifest("s3.aws.jet.crossplane.io/v1alpha2", "Bucket"),
    "vector buckets": manifest("s3vectors.aws.m.upbound.io/v1beta1", "VectorBucket"),
    "table buckets of ACK": manifest("s3tables.services.k8s.aws/v1alpha1", "TableBucket"),
    "the operator before ACK": manifest("service-operator.aws/v1alpha1", "S3Bucket"),
    "Kubeform": manifest("aws.kubeform.com/v1alpha1", "S3Bucket"),
    "a claim of a platform": manifest("platform.example.org/v1", "XS3Bucket"),
    "KubeVela": manifest("core.oam.dev/v1beta1", "Application", "{components: [{name: a, type: aws-s3}]}"),
    "Terraform of Crossplane": manifest("tf.upbound.io/v1beta1", "Workspace", HCL),
    "OpenTofu of Crossplane": manifest("opentofu.m.upbound.io/v1beta1", "Workspace", HCL),
    "Terraform of KubeVela": manifest("terraform.core.oam.dev/v1beta2", "Configuration", PUBLIC_MODULE),
    "a stack of Upbound": manifest("cloudformation.aws.upbound.io/v1beta1", "Stack", TEMPLATE),
}


@pytest.mark.parametrize("text", NAMED.values(), ids=NAMED.keys())
def test_what_makes_buckets_and_is_not_evaluated_is_named_with_its_kind(text: str) -> None:
    assert READER.claims(document(text))

    (found,) = read(text)

    assert isinstance(found.encryption, Unknown)
    assert found.encryption.cause is UnknownCause.UNSUPPORTED
    kind = text.splitlines()[1].removeprefix("kind: ")
    assert found.encryption.why.startswith(f"{kind} x ")
    assert found.places[0].line == 1


@pytest.mark.parametrize("text", NAMED.values(), ids=NAMED.keys())
def test_it_is_named_beside_a_bucket_that_passes(text: str) -> None:
    good = manifest(
        "s3.services.k8s.aws/v1alpha1",
        "Bucket",
        "{name: good, encryption: {rules: [{applyServerSideEncryptionByDefault: {sseAlgorithm: 'aws:kms'}}]}}",
    )

    assert [isinstance(one.encryption, Unknown) for one in read(f"{good}---\n{text}")] == [False, True]


def test_it_is_named_where_it_is_an_item_of_a_list_and_where_it_is_json() -> None:
    inner = {"apiVersion": "aws.kubeform.com/v1alpha1", "kind": "S3Bucket", "metadata": {"name": "x"}}
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": [inner, inner]})

    assert READER.claims(Document(Path("k.json"), text.encode()))
    assert len(read(text)) == 2


def test_a_composition_of_what_makes_buckets_is_named_once() -> None:
    base = manifest("tf.upbound.io/v1beta1", "Workspace", HCL).replace("\n", "\n      ")
    text = (
        "apiVersion: apiextensions.crossplane.io/v1\nkind: Composition\nmetadata: {name: c}\n"
        f"spec:\n  resources:\n  - base:\n      {base}\n"
    )

    (found,) = read(text)

    assert isinstance(found.encryption, Unknown)
    assert found.encryption.why.startswith("Composition c makes S3 buckets")


NOT_NAMED = {
    "a definition": manifest(
        "apiextensions.k8s.io/v1", "CustomResourceDefinition", "{names: {kind: S3Bucket}}"
    ),
    "a definition of Crossplane": manifest(
        "apiextensions.crossplane.io/v1", "CompositeResourceDefinition", "{names: {kind: XS3Bucket}}"
    ),
    "another resource": manifest("s3control.aws.upbound.io/v1beta1", "AccessPoint"),
    "a policy of a bucket": manifest("s3.aws.crossplane.io/v1alpha3", "BucketPolicy"),
    "a bucket of another cloud": manifest("storage.gcp.upbound.io/v1beta1", "Bucket"),
    "a claim of any store": manifest("objectbucket.io/v1alpha1", "ObjectBucketClaim"),
    "an inline module without buckets": manifest("tf.upbound.io/v1beta1", "Workspace", "{module: aws_sqs}"),
    "a reference": manifest("a.example.org/v1", "App", "{bucketRef: {kind: S3Bucket, name: a}}"),
    "a usage of a bucket": manifest(
        "protection.crossplane.io/v1beta1",
        "Usage",
        "{of: {apiVersion: s3.aws.upbound.io/v1beta2, kind: Bucket, resourceRef: {name: a}}}",
    ),
    "an owner": manifest("v1", "ConfigMap").replace(
        "{name: x}", "{name: x, ownerReferences: [{apiVersion: a.org/v1, kind: S3Bucket, name: a}]}"
    ),
    "code that is only kept": manifest("a.org/v1", "Note", TEMPLATE),
    "no object of Kubernetes": "kind: S3Bucket\n",
}


@pytest.mark.parametrize("text", NOT_NAMED.values(), ids=NOT_NAMED.keys())
def test_what_makes_no_bucket_is_not_named(text: str) -> None:
    assert not READER.claims(document(text)) or not read(text)
