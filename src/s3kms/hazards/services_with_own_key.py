"""Services that say with each file how it is encrypted: the default does not apply to what they write."""

from s3kms.access.match import Match
from s3kms.access.statements import Statement
from s3kms.access.texts import matches
from s3kms.hazards.interface import HazardDoc, HazardShape
from s3kms.hazards.service_hazard import ServiceRow, make_hazard

_LEFT_AS_IT_IS = "whose key stands in its own settings: the default does not apply to it"
_OWN_KEY = (
    "It has to be given a customer managed key of its own, and names that key with each file, so that the default "
    "of the bucket does not apply. Nothing breaks; what it writes stays under its own key."
)
_ADVICE = (
    "to have one key for all, name the new key in its own settings, and allow the service in its key policy"
)
LAKE_SOURCE = "arn:aws:cloudtrail:eu-central-1:111122223333:eventdatastore/EXAMPLE"


def is_of_lake(statement: Statement) -> bool:
    """Whether CloudTrail is let in on behalf of event data stores alone: results of queries (fact C52)."""
    sources = [value for one in statement.conditions if one.is_about("aws:SourceArn") for value in one.values]
    return bool(sources) and all(matches("*:eventdatastore/*", str(one)) is Match.YES for one in sources)


ROWS = (
    ServiceRow(  # fact C12
        id="cloudtrail_logs",
        title="Log files of CloudTrail, which name their encryption",
        shape=HazardShape.IGNORES_DEFAULT,
        principals=("cloudtrail.amazonaws.com",),
        what="takes log files of CloudTrail",
        consequence="which go on getting the encryption that their trail names: SSE-S3 where it names no key",
        accepts=lambda statement: not is_of_lake(statement),
        doc=HazardDoc(
            happens=(
                "A trail writes with SSE-S3, unless it names a KMS key itself: the default of the bucket does not "
                "apply. That follows from what AWS says of policies that allow aws:kms alone, under which no trail "
                "can be created."
            ),
            evidence="The bucket policy allows cloudtrail.amazonaws.com to write, but not for event data stores.",
            advice="to have log files under a KMS key, name it in the trail",
            sources=(
                "Encrypting CloudTrail log files with AWS KMS keys: <https://docs.aws.amazon.com/awscloudtrail/"
                "latest/userguide/encrypting-cloudtrail-log-files-with-aws-kms.html>",
            ),
            is_confirmed=False,
        ),
    ),
    ServiceRow(  # fact C14
        id="guardduty_findings",
        title="Findings that GuardDuty exports under its own key",
        shape=HazardShape.IGNORES_DEFAULT,
        principals=("guardduty.amazonaws.com", "guardduty.*.amazonaws.com"),
        what="takes findings of GuardDuty",
        consequence=_LEFT_AS_IT_IS,
        doc=HazardDoc(
            happens=_OWN_KEY,
            evidence="The bucket policy allows guardduty.amazonaws.com, or that of a region, to write.",
            advice=_ADVICE,
            sources=(
                "Exporting GuardDuty findings to Amazon S3: "
                "<https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_exportfindings.html>",
            ),
        ),
    ),
    ServiceRow(  # fact C15
        id="inspector_reports",
        title="Reports that Inspector exports under its own key",
        shape=HazardShape.IGNORES_DEFAULT,
        principals=("inspector2.amazonaws.com",),
        what="takes reports of Inspector",
        consequence=_LEFT_AS_IT_IS,
        doc=HazardDoc(
            happens=_OWN_KEY,
            evidence="The bucket policy allows inspector2.amazonaws.com to write.",
            advice=_ADVICE,
            sources=(
                "Exporting Amazon Inspector findings reports: "
                "<https://docs.aws.amazon.com/inspector/latest/user/findings-managing-exporting-reports.html>",
            ),
        ),
    ),
    ServiceRow(  # fact C49
        id="macie_results",
        title="Results that Macie stores under its own key",
        shape=HazardShape.IGNORES_DEFAULT,
        principals=("macie.amazonaws.com", "macie.*.amazonaws.com"),
        what="takes results of Macie's discovery",
        consequence=_LEFT_AS_IT_IS,
        doc=HazardDoc(
            happens=_OWN_KEY,
            evidence="The bucket policy allows macie.amazonaws.com, or that of a region, to write.",
            advice=_ADVICE,
            sources=(
                "Storing and retaining sensitive data discovery results: "
                "<https://docs.aws.amazon.com/macie/latest/user/discovery-results-repository-s3.html>",
            ),
        ),
    ),
    ServiceRow(  # fact C59
        id="security_hub_exports",
        title="Exports of Security Hub under their own key",
        shape=HazardShape.IGNORES_DEFAULT,
        principals=("exportv2.securityhub.amazonaws.com",),
        what="takes exports of Security Hub",
        consequence=_LEFT_AS_IT_IS,
        doc=HazardDoc(
            happens=f"{_OWN_KEY} That key has to be a single-Region one.",
            evidence="The bucket policy allows exportv2.securityhub.amazonaws.com to write.",
            advice=_ADVICE,
            sources=(
                "S3ExportDestination: "
                "<https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_S3ExportDestination.html>",
            ),
        ),
    ),
)
HAZARDS = tuple(map(make_hazard, ROWS))
