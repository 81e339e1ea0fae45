"""Services whose files get the default of the bucket, or that read what has it, and what each needs under SSE-KMS."""

from s3kms.hazards.interface import HazardDoc, HazardShape
from s3kms.hazards.key_admission import KeyNeeds
from s3kms.hazards.service_hazard import ServiceRow, make_hazard
from s3kms.hazards.services_with_own_key import LAKE_SOURCE, is_of_lake
from s3kms.model.access import KeyUse

_S3_GUIDE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide"
_BOTH = KeyNeeds(use=KeyUse.MULTIPART, use_with_bucket_key=KeyUse.MULTIPART)


def _advice(service: str) -> str:
    return f"name a customer managed key whose policy allows {service} to use it"


ROWS = (
    ServiceRow(  # fact C19
        id="inventory_reports",
        title="Reports of S3 Inventory and Storage Class Analysis, which the key policy must allow",
        shape=HazardShape.NEEDS_CUSTOMER_KEY,
        principals=("s3.amazonaws.com",),
        what="takes reports of S3 Inventory or Storage Class Analysis",
        needs=KeyNeeds(actions=("kms:Decrypt", "kms:GenerateDataKey"), source_arn="arn:{partition}:s3:::*"),
        doc=HazardDoc(
            happens=(
                "Reports are written by s3.amazonaws.com, which cannot use the AWS managed key. An inventory that "
                "names no encryption gets the default of the bucket, so that its reports stop."
            ),
            evidence="The bucket policy allows s3.amazonaws.com to write.",
            advice=_advice("s3.amazonaws.com"),
            sources=(f"Configuring Amazon S3 Inventory: <{_S3_GUIDE}/configure-inventory.html>",),
            is_confirmed=False,
        ),
    ),
    ServiceRow(  # fact C20
        id="storage_lens_exports",
        title="Exports of S3 Storage Lens, which the key policy must allow",
        shape=HazardShape.NEEDS_CUSTOMER_KEY,
        principals=("storage-lens.s3.amazonaws.com",),
        what="takes exports of S3 Storage Lens",
        needs=KeyNeeds(
            actions=("kms:Decrypt", "kms:GenerateDataKey"),
            source_arn="arn:{partition}:s3:*:{account}:storage-lens/*",
        ),
        doc=HazardDoc(
            happens="The AWS managed key is not supported for exports of Storage Lens: they stop.",
            evidence="The bucket policy allows storage-lens.s3.amazonaws.com to write.",
            advice=_advice("storage-lens.s3.amazonaws.com"),
            sources=(
                "Using an AWS KMS key to encrypt metrics exports: "
                f"<{_S3_GUIDE}/storage_lens_encrypt_permissions.html>",
            ),
        ),
    ),
    ServiceRow(  # fact C16
        id="log_group_exports",
        title="Export tasks of CloudWatch Logs, which the key policy must allow",
        shape=HazardShape.NEEDS_CUSTOMER_KEY,
        principals=("logs.*.amazonaws.com", "logs.amazonaws.com"),
        what="takes exports of CloudWatch Logs",
        needs=KeyNeeds(
            actions=("kms:GenerateDataKey", "kms:Decrypt"),
            use=KeyUse.MULTIPART,
            use_with_bucket_key=KeyUse.MULTIPART,
            source_arn="arn:{partition}:logs:{region}:{account}:log-group:*",
        ),
        doc=HazardDoc(
            happens="Export tasks fail, unless the key policy allows the service of the region.",
            evidence="The bucket policy allows logs.REGION.amazonaws.com to write.",
            advice=_advice("logs.REGION.amazonaws.com"),
            sources=(
                "Exporting log data to Amazon S3: "
                "<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/S3Export.html>",
            ),
        ),
    ),
    ServiceRow(  # fact C17
        id="resource_data_syncs",
        title="Resource data syncs of Systems Manager, which the key policy must allow",
        shape=HazardShape.NEEDS_CUSTOMER_KEY,
        principals=("ssm.amazonaws.com",),
        what="takes resource data syncs of Systems Manager",
        needs=KeyNeeds(
            actions=("kms:Decrypt", "kms:GenerateDataKey"),
            source_arn="arn:{partition}:ssm:*:{account}:resource-data-sync/*",
        ),
        doc=HazardDoc(
            happens=(
                "A sync writes as ssm.amazonaws.com, which needs a customer managed key whose policy allows it. "
                "Whoever reads the data through Glue and Athena needs kms:Decrypt."
            ),
            evidence="The bucket policy allows ssm.amazonaws.com to write.",
            advice=f"{_advice('ssm.amazonaws.com')}, and let the role of Glue decrypt with it",
            sources=(
                "Configuring resource data sync for Inventory: <https://docs.aws.amazon.com/systems-manager/latest/"
                "userguide/sysman-inventory-resource-data-sync.html>",
            ),
        ),
    ),
    ServiceRow(  # fact C42
        id="received_mail",
        title="Mail that SES receives, which the key policy must allow",
        shape=HazardShape.NEEDS_CUSTOMER_KEY,
        principals=("ses.amazonaws.com",),
        what="takes mail that SES receives",
        needs=_BOTH,
        doc=HazardDoc(
            happens=(
                "SES cannot deliver into the bucket, unless the key policy allows it, or the receipt rule "
                "names a role that may use the key. The key in a receipt rule is another thing: it encrypts before "
                "S3 does."
            ),
            evidence="The bucket policy allows ses.amazonaws.com to write.",
            advice=f"{_advice('ses.amazonaws.com')}, or give the receipt rule a role that may",
            sources=(
                "Giving permissions to Amazon SES for email receiving: "
                "<https://docs.aws.amazon.com/ses/latest/dg/receiving-email-permissions.html>",
            ),
        ),
    ),
    ServiceRow(  # fact C52
        id="lake_query_results",
        title="Query results of CloudTrail Lake, which the key policy must allow",
        shape=HazardShape.NEEDS_CUSTOMER_KEY,
        principals=("cloudtrail.amazonaws.com",),
        what="takes query results of CloudTrail Lake",
        needs=_BOTH,
        accepts=is_of_lake,
        example={"StringLike": {"aws:SourceArn": LAKE_SOURCE}},
        doc=HazardDoc(
            happens=(
                "CloudTrail cannot store query results, unless the key policy allows it; the evidence "
                "finder of Audit Manager uses it, too."
            ),
            evidence="The bucket policy allows cloudtrail.amazonaws.com to write on behalf of event data stores.",
            advice=_advice("cloudtrail.amazonaws.com"),
            sources=(
                "Resource-based policy examples for AWS Audit Manager: <https://docs.aws.amazon.com/audit-manager/"
                "latest/userguide/security_iam_resource-based-policy-examples.html>",
            ),
        ),
    ),
    ServiceRow(  # fact C18
        id="billing_exports",
        title="Cost and Usage Reports and Data Exports",
        shape=HazardShape.UNSUPPORTED,
        principals=("bcm-data-exports.amazonaws.com", "billingreports.amazonaws.com"),
        what="takes billing reports",
        consequence="of which AWS does not say that they can be delivered under SSE-KMS",
        doc=HazardDoc(
            happens="The reports may stop: AWS asks for a bucket policy, and says nothing of a key.",
            evidence="The bucket policy allows bcm-data-exports.amazonaws.com or "
            "billingreports.amazonaws.com to write.",
            advice="keep it on SSE-S3, or try it with an export into another bucket first",
            sources=(
                "Setting up an Amazon S3 bucket for Data Exports: "
                "<https://docs.aws.amazon.com/cur/latest/userguide/dataexports-s3-bucket.html>",
            ),
            is_confirmed=False,
        ),
    ),
    ServiceRow(  # fact C43
        id="elasticache_backups",
        title="Backups that ElastiCache reads to seed a cluster",
        shape=HazardShape.UNSUPPORTED,
        principals=("*.elasticache-snapshot.amazonaws.com",),
        what="holds backups for ElastiCache",
        consequence="which can seed a cluster from objects under SSE-S3 alone",
        is_about_readers=True,
        doc=HazardDoc(
            happens="A cluster cannot be seeded from .rdb files that are written after the switch.",
            evidence="The bucket policy allows REGION.elasticache-snapshot.amazonaws.com to read or write.",
            advice="keep it on SSE-S3, or upload the .rdb files with SSE-S3 (x-amz-server-side-encryption: AES256)",
            sources=(
                "Seeding a new cluster with an externally created backup: "
                "<https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/backups-seeding-redis.html>",
            ),
        ),
    ),
)
HAZARDS = tuple(map(make_hazard, ROWS))
