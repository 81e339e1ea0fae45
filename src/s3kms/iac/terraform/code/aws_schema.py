"""The schema of the AWS provider, as far as evaluating code needs it: it is handed to the evaluator of HCL."""

from s3kms.iac.hcl.attributes import evaluate_argument
from s3kms.iac.hcl.interface import Evaluator
from s3kms.iac.hcl.scope import ResourceInstance
from s3kms.iac.hcl.values import Value
from s3kms.iac.terraform.code.policy_documents import POLICY_DOCUMENT, evaluate_policy_document
from s3kms.iac.terraform.code.provider_settings import evaluate_region
from s3kms.iac.terraform.resource_types import BUCKET, BUCKET_TYPES, KMS_ALIAS, KMS_KEY_TYPES, NAME_ARGUMENTS
from s3kms.iac.values import UnknownValue
from s3kms.model.partitions import partition_of

NEVER_EMPTY = frozenset(
    {"arn", "bucket", "bucket_name", "id", "key_arn", "key_id", "name", "target_key_arn", "target_key_id"}
)
"""Attributes of the AWS provider's resources that are texts, neither null nor empty, whatever they will be."""
_BUCKET_SETTING = f"{BUCKET}_"
"""How the types begin whose `id` is the bucket that they are for."""
_TARGETS_OF_ALIAS = frozenset({"target_key_arn", "target_key_id"})


class AwsSchema:
    """Of buckets, their settings, keys and aliases."""

    def repeated_argument(self, resource_type: str, attribute: str) -> str:
        """`bucket` for the `id` of a bucket and of a bucket's setting; else the attribute itself."""
        is_of_bucket = resource_type in BUCKET_TYPES or resource_type.startswith(_BUCKET_SETTING)
        is_identity = attribute == "id" and is_of_bucket
        return NAME_ARGUMENTS.get(resource_type, "bucket") if is_identity else attribute

    def is_origin(self, resource_type: str) -> bool:
        """Whether it is a bucket: its name may come from elsewhere, and `aws_s3_bucket.b.bucket` is the bucket."""
        return resource_type in BUCKET_TYPES

    def is_never_empty(self, attribute: str) -> bool:
        """Whether it is one of NEVER_EMPTY."""
        return attribute in NEVER_EMPTY

    def derive_attribute(self, evaluator: Evaluator, instance: ResourceInstance, attribute: str) -> Value:
        """The key of an alias, the ARN of a bucket whose name is known, and the text of a policy document."""
        resource_type = instance.resource.type
        if resource_type == KMS_ALIAS and attribute in _TARGETS_OF_ALIAS:
            target = evaluate_argument(evaluator, instance, "target_key_id")
            is_key = (
                isinstance(target, UnknownValue)
                and target.reference
                and target.reference.type in KMS_KEY_TYPES
            )
            return target if is_key else None
        if resource_type == BUCKET and attribute == "arn":
            name = evaluate_argument(evaluator, instance, "bucket")
            if isinstance(name, str):
                partition = partition_of(evaluate_region(evaluator, instance))
                return f"arn:{partition}:s3:::{name}"
        if resource_type == POLICY_DOCUMENT and attribute in {"json", "minified_json"}:
            return evaluate_policy_document(evaluator, instance, attribute)
        return None


AWS_SCHEMA = AwsSchema()
