"""What no setting of S3 tells, and somebody should answer before anything changes: questions, not findings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class Asked(StrEnum):
    """When a question is asked."""

    ALWAYS = "whenever a bucket would change"
    CUSTOMER_KEY = "where a bucket gets a customer managed key"
    NAMED = "where the name of a bucket is one that the service makes"


@dataclass(frozen=True, slots=True)
class PlanQuestion:
    """One question, with what follows from a yes."""

    id: str
    question: str
    consequence: str
    fact: str
    """Its number in docs/facts.md."""
    asked: Asked
    names: str | None = None
    """A pattern of the names that the service gives to buckets."""


QUESTIONS = (
    PlanQuestion(
        "reading_roles",
        "Who comes with a session policy, a presigned URL, or from an account that the plan does not enter?",
        "the plan says who keeps access by the policies that it reads; these, too, need kms:Decrypt to read and "
        "kms:GenerateDataKey to write",
        "C32",
        Asked.CUSTOMER_KEY,
    ),
    PlanQuestion(
        "multipart_writers",
        "Do writers upload in parts that may only put?",
        "they need kms:Decrypt, too",
        "C31",
        Asked.CUSTOMER_KEY,
    ),
    PlanQuestion(
        "access_grants",
        "Are there S3 Access Grants on these buckets?",
        "the role of the location needs kms:Decrypt and kms:GenerateDataKey",
        "C29",
        Asked.CUSTOMER_KEY,
    ),
    PlanQuestion(
        "transfer_users",
        "Does AWS Transfer Family, Firehose, DMS, AWS Backup or a Snowball import use them?",
        "its role needs the key; a session policy of Transfer Family has to name it, too",
        "C40",
        Asked.CUSTOMER_KEY,
    ),
    PlanQuestion(
        "file_systems",
        "Is one of them mounted as a file system (S3 Files)?",
        "the role of the file system needs the key",
        "A33",
        Asked.CUSTOMER_KEY,
    ),
    PlanQuestion(
        "macie",
        "Does Amazon Macie look through them?",
        "without kms:Decrypt for its service-linked role it reads the metadata alone, and says nothing",
        "C49",
        Asked.CUSTOMER_KEY,
    ),
    PlanQuestion(
        "etags",
        "Does something compare ETags with MD5 (sync tools, integrity checks)?",
        "the ETag of a new object is not its MD5 any more",
        "C30",
        Asked.ALWAYS,
    ),
    PlanQuestion(
        "batch_manifests",
        "Do people put manifests for S3 Batch Operations into them by hand?",
        "a manifest under SSE-KMS is not supported: upload it with AES256",
        "C21",
        Asked.ALWAYS,
    ),
    PlanQuestion(
        "own_settings",
        "Do Storage Gateway, DMS, EMRFS, Glue, Athena or Synthetics write into them with an encryption of their own?",
        "what they write keeps it: change it there",
        "C39",
        Asked.ALWAYS,
    ),
    PlanQuestion(
        "sql_server",
        "Does RDS for SQL Server copy transaction logs into them?",
        "SSE-KMS is not supported for that",
        "C44",
        Asked.ALWAYS,
    ),
    PlanQuestion(
        "spot_data_feed",
        "Does the Spot instance data feed of EC2 write into one of them?",
        "it needs a customer managed key",
        "C9",
        Asked.ALWAYS,
    ),
    PlanQuestion(
        "third_parties",
        "Does a service of a third party collect from them or deliver into them?",
        "some support SSE-S3 alone",
        "C54",
        Asked.ALWAYS,
    ),
    PlanQuestion(
        "athena_results",
        "Which encryption do the workgroups of Athena name?",
        "results get that one, whatever the default is",
        "C33",
        Asked.NAMED,
        r"aws-athena-query-results-\d{12}-[a-z0-9-]+",
    ),
    PlanQuestion(
        "glue_assets",
        "Which security configuration do the jobs of Glue have?",
        "one with SSE-S3 goes before the default; under a customer managed key the roles of the jobs need it",
        "C34",
        Asked.NAMED,
        r"aws-glue-(assets|scripts|temporary)-\d{12}-[a-z0-9-]+",
    ),
    PlanQuestion(
        "emr_logs",
        "Which security configuration do the clusters of EMR have?",
        "EMRFS with SSE-S3 sends AES256; under a customer managed key the instance profile needs it",
        "C35",
        Asked.NAMED,
        r"aws-logs-\d{12}-[a-z0-9-]+",
    ),
    PlanQuestion(
        "pipeline_artifacts",
        "Do stages of the pipeline run in other accounts?",
        "they need a customer managed key, which the pipeline names",
        "C50",
        Asked.NAMED,
        r"codepipeline-[a-z]{2}(-[a-z]+)+-\d-.+",
    ),
    PlanQuestion(
        "deployment_files",
        "Who deploys from them?",
        "under a customer managed key whoever deploys has to decrypt, CloudFormation's and CI's roles included",
        "C51",
        Asked.NAMED,
        r"(cf-templates-[a-z0-9]+-[a-z0-9-]+|cdk-[a-z0-9]+-assets-\d{12}-[a-z0-9-]+|"
        r"aws-sam-cli-managed-default-.+|elasticbeanstalk-[a-z0-9-]+-\d{12})",
    ),
    PlanQuestion(
        "sagemaker_data",
        "Which roles of SageMaker use them, and which key do their jobs name?",
        "under a customer managed key the execution roles need it",
        "C53",
        Asked.NAMED,
        r"sagemaker-[a-z]{2}(-[a-z]+)+-\d-\d{12}",
    ),
)
_EXAMPLES = 3


@dataclass(slots=True)
class QuestionFold:
    """The questions of a plan, folded as its buckets come; it does not grow with the estate."""

    _has_change: bool = False
    _has_customer_key: bool = False
    _named: dict[str, list[str]] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, *, customer_key: bool) -> None:
        """A bucket that would change, and whether it gets a customer managed key."""
        self._has_change = True
        self._has_customer_key |= customer_key
        for question in QUESTIONS:
            if question.names and re.fullmatch(question.names, name):
                self._counts[question.id] = self._counts.get(question.id, 0) + 1
                if self._counts[question.id] <= _EXAMPLES:
                    self._named.setdefault(question.id, []).append(name)

    def questions(self) -> tuple[str, ...]:
        """Each in a line; those about certain buckets first."""
        found = [*self._about_names()]
        for question in QUESTIONS:
            is_due = (question.asked is Asked.ALWAYS and self._has_change) or (
                question.asked is Asked.CUSTOMER_KEY and self._has_customer_key
            )
            if is_due:
                found.append(f"{question.question} {_upper(question.consequence)}.")
        return tuple(found)

    def _about_names(self) -> Iterator[str]:
        for question in QUESTIONS:
            if names := self._named.get(question.id):
                more = self._counts[question.id] - len(names)
                others = f" and {more} more" if more else ""
                yield f"{', '.join(names)}{others}: {question.question} {_upper(question.consequence)}."


def _upper(text: str) -> str:
    return text[0].upper() + text[1:]
