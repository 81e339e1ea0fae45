"""What the open parts of a policy are known to be, by the resource of the AWS provider that they come from."""

from collections.abc import Mapping

from s3kms.iac.terraform.resource_types import BUCKET_TYPES
from s3kms.iac.values import UnknownValue
from s3kms.model.policy import PartMeaning

_ANY = "*"
_MEANINGS: Mapping[tuple[str, str], PartMeaning] = {
    ("aws_caller_identity", "account_id"): PartMeaning.OWN_ACCOUNT,
    ("aws_caller_identity", "id"): PartMeaning.OWN_ACCOUNT,
    ("aws_caller_identity", "arn"): PartMeaning.OWN_PRINCIPAL,
    ("aws_canonical_user_id", "id"): PartMeaning.OWN_PRINCIPAL,
    ("aws_partition", "partition"): PartMeaning.PARTITION,
    ("aws_partition", "id"): PartMeaning.PARTITION,
    ("aws_partition", "dns_suffix"): PartMeaning.DNS_SUFFIX,
    ("aws_region", _ANY): PartMeaning.REGION,
    ("aws_elb_service_account", _ANY): PartMeaning.LOAD_BALANCER_ACCOUNT,
    ("aws_redshift_service_account", _ANY): PartMeaning.REDSHIFT_ACCOUNT,
    ("aws_cloudfront_origin_access_identity", _ANY): PartMeaning.ORIGIN_ACCESS_IDENTITY,
    ("aws_iam_role", _ANY): PartMeaning.OWN_PRINCIPAL,
    ("aws_iam_user", _ANY): PartMeaning.OWN_PRINCIPAL,
}


def explain_part(value: UnknownValue) -> tuple[PartMeaning, str, str]:
    """Its meaning, and the resource and attribute that it is; see `iac/policy_nodes.py`."""
    reference = value.reference
    if reference is None:
        return PartMeaning.OTHER, "", ""
    if reference.type in BUCKET_TYPES:
        return PartMeaning.BUCKET, reference.address, reference.attribute
    meaning = _MEANINGS.get((reference.type, reference.attribute)) or _MEANINGS.get((reference.type, _ANY))
    return meaning or PartMeaning.OTHER, reference.address, reference.attribute
