"""What a rule is: one question about one bucket, with its text, its needs and its examples."""

from collections.abc import Callable
from dataclasses import dataclass

from s3kms.desired.configuration import Configuration, DesiredState
from s3kms.model.advice import NO_ADVICE, Advice, Command, Option, as_advice
from s3kms.model.bucket import Bucket, BucketKind
from s3kms.model.encryption import ALGORITHM_NAMES, Encryption, describe_refused_algorithm
from s3kms.model.facts import Fact
from s3kms.model.findings import Acceptance, Verdict
from s3kms.model.operations import Operation
from s3kms.model.scan_context import ComplianceRequirement, RuleText, Severity
from s3kms.model.unknown import Unknown, UnknownCause

PLACEHOLDER_KEY = "arn:aws:kms:us-east-1:123456789012:key/your-key-id"
"""The key in a text that is about no particular bucket."""


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What a rule says of one bucket."""

    verdict: Verdict
    message: str
    advice: Advice = NO_ADVICE
    acceptance: Acceptance | None = None
    """Why a failure is exempt; None where it is none, or not exempt."""
    unknown: Unknown | None = None
    """The fact that decides and is not known; None where the verdict is not UNKNOWN."""


@dataclass(frozen=True, slots=True)
class RuleDoc:
    """The knowledge of a rule, written once: `explain`, the docs and the reports print this."""

    overview: str
    risk: tuple[str, ...]
    """What one loses without it, a line each."""
    exceptions: tuple[str, ...]
    """When not to: the buckets where a failing verdict is the right state, a line each."""
    remedy: str
    """What to do, in a sentence or two."""
    verification: str
    notes: tuple[str, ...] = ()
    page: str | None = None
    """The address of AWS's page about it."""
    commands: str = ""
    """Shell commands that put it right, where no form of remediation does."""
    verification_commands: str = ""
    """Shell commands that show it, where no form of remediation does."""


DEFAULT_CONFIGURATION = Configuration()


@dataclass(frozen=True, slots=True)
class Example:
    """One case: documentation and test at once."""

    title: str
    bucket: Bucket
    verdict: Verdict
    wanted: Configuration = DEFAULT_CONFIGURATION


RuleAnswer = RuleResult | Unknown
"""What a question comes to; the Unknown fact that decides is an answer, too."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One question about one bucket. Pure: it sees facts, never a client."""

    id: str
    title: str
    severity: Severity
    needs: frozenset[Fact]
    evaluate: Callable[[Bucket, Encryption, Configuration], RuleAnswer]
    """The question, asked once the default encryption is known."""
    doc: RuleDoc
    examples: tuple[Example, ...]
    compliant_encryption: Encryption | None = None
    """The default encryption that puts a typical bucket right; None where the mend is elsewhere."""
    compliance: tuple[ComplianceRequirement, ...] = ()
    is_default: bool = False
    enabled_by: Callable[[Configuration], bool] = lambda _: False
    """Whether the configuration states something that only this rule judges; that turns it on."""
    kinds: frozenset[BucketKind] = frozenset(BucketKind)
    """The kinds of buckets that it is asked of."""
    also_exempted_as: str | None = None
    """The rule whose exemptions hold for this one, too."""
    any_algorithm: bool = False
    """Whether the answer does not hang on the algorithm, so that one of tomorrow is judged, too."""

    def result_for(self, bucket: Bucket, wanted: Configuration) -> RuleResult:
        """Ask. Whatever is not known, the encryption or what the question then needs, is the verdict UNKNOWN."""
        encryption = bucket.encryption if self.any_algorithm else _understood(bucket)
        answer = encryption if isinstance(encryption, Unknown) else self.evaluate(bucket, encryption, wanted)
        if isinstance(answer, Unknown):
            return RuleResult(Verdict.UNKNOWN, answer.why, answer.advice, unknown=answer)
        return answer

    @property
    def asks_for_kms(self) -> bool:
        """Whether it is the question for SSE-KMS itself: exactly one rule asks it of each kind of bucket."""
        return self.is_default or self.also_exempted_as is not None

    @property
    def text(self) -> RuleText:
        """What a report says about it."""
        doc = self.doc
        return RuleText(
            self.id,
            self.title,
            self.severity,
            doc.overview,
            doc.risk,
            doc.exceptions,
            doc.remedy,
            doc.verification,
            doc.notes,
            doc.page,
            self.compliance,
        )

    @property
    def operations(self) -> frozenset[Operation]:
        """The AWS operations behind the facts it needs; their IAM actions are its permissions."""
        return frozenset[Operation]().union(*(fact.operations for fact in self.needs))

    @property
    def permissions(self) -> tuple[str, ...]:
        """The IAM actions it needs on a live account."""
        return tuple(sorted({action for operation in self.operations for action in operation.actions}))


def passed(message: str) -> RuleResult:
    """The bucket is as it should be."""
    return RuleResult(Verdict.PASS, message)


def failed(message: str, advice: Advice | str) -> RuleResult:
    """The bucket is not as it should be."""
    return RuleResult(Verdict.FAIL, message, as_advice(advice))


@dataclass(frozen=True, slots=True)
class Requirement:
    """A part of the wanted state that is a rule's business.

    Where no state mentions the part, the rule is asked of every bucket; else of those that want this value.
    """

    part: Callable[[DesiredState], object]
    value: object
    words: str
    """The value in a sentence: `does not ask for …`."""

    def is_stated(self, wanted: Configuration) -> bool:
        """Whether it is wanted of some bucket."""
        return any(self.part(state) == self.value for state in wanted.states)

    def not_applicable(self, bucket: Bucket, wanted: Configuration) -> RuleAnswer | None:
        """Why this bucket is not asked; None where it is."""
        state = wanted.state_for(bucket)
        if isinstance(state, Unknown):
            return state
        is_mentioned = any(self.part(state) is not None for state in wanted.states)
        if is_mentioned and self.part(state) != self.value:
            return passed(f"the wanted state of this bucket does not ask for {self.words}")
        return None


def with_edit(advice: str, bucket: Bucket, *options: Option) -> Advice:
    """The advice; where code declares the bucket, with the command that shows the edit of it."""
    if bucket.resource is None:
        return Advice(advice)
    if bucket.evidence:
        fix = Command("fix", options=(Option("iac", "PATH"), *options))
    else:
        fix = Command("fix", ("PATH",), options)
    return Advice(f"{advice}; to edit the code: {{fix}}", {"fix": fix})


def key_name(encryption: Encryption) -> str:
    """The key of an SSE-KMS default, in a sentence."""
    return f"KMS key {encryption.key}" if encryption.key else "the AWS managed key (aws/s3)"


def describe_default_encryption(encryption: Encryption) -> str:
    """The default encryption as the first half of a sentence."""
    if encryption.algorithm is None:
        return "no default algorithm is configured"
    return f"default encryption is {encryption.name}"


def not_kms(encryption: Encryption) -> str:
    """The sentence of a companion rule about a bucket that has no KMS key at all."""
    return f"{describe_default_encryption(encryption)}, so there is no KMS key to look at"


def _understood(bucket: Bucket) -> Encryption | Unknown:
    """The encryption, if its algorithm is one we know. One that S3 tells is an algorithm of tomorrow (fact A2); one
    that only code has is a mistake in the code.
    """
    encryption = bucket.encryption
    if isinstance(encryption, Unknown) or encryption.algorithm is None:
        return encryption
    if encryption.algorithm in ALGORITHM_NAMES:
        return encryption
    if bucket.evidence is None and bucket.resource is not None:
        why = f"the default algorithm is {describe_refused_algorithm(encryption.algorithm)}"
        return Unknown(UnknownCause.UNRESOLVED, why, Advice("correct the algorithm in the code"))
    return Unknown(
        UnknownCause.NOT_READ,
        f"the default algorithm is {encryption.algorithm!r}, which this version cannot judge",
        Advice("look it up in the AWS documentation, and look for a newer s3kms"),
    )
