"""Everything s3kms raises on purpose.

    S3kmsError                    1   the tool failed
    ├── BadInput                  2   a target, an option or a file is wrong
    ├── NothingToCheck            3   there was no bucket
    ├── Refused                   4   nothing was changed
    ├── Stopped                   5   part of it was changed; the journal says which
    └── AwsError                  1   one question to AWS got no usable answer
        ├── CredentialsProblem        nobody to ask as; ends the run
        ├── AccessDenied              asked, and refused
        ├── NotFound                  the bucket, key or alias does not exist
        ├── Throttled                 still throttled when the retries ran out
        ├── Unreachable               no connection, or no answer in time
        ├── BadAnswer                 an answer AWS would not give: a proxy, another product
        ├── Conflict                  AWS is busy with the same resource
        └── TooManyCalls              it would take more calls than are allowed

An error is a sentence in the order what happened, to which resource; its advice says what to do.
"""

from s3kms.model.advice import NO_ADVICE, Advice, Sentence, as_advice, as_sentence
from s3kms.model.exits import Exit
from s3kms.model.unknown import Unknown, UnknownCause


class S3kmsError(Exception):
    """The root. `str()` is the sentence, `advice` what to do, `exit_code` how the process ends.

    `sentence` and `advice` hold options and commands as fields, so that each interface can word them.
    """

    exit_code: Exit = Exit.ERROR

    def __init__(self, message: str | Sentence, *, advice: Advice | str = NO_ADVICE) -> None:
        super().__init__(str(message))
        self.sentence = as_sentence(message)
        self.advice = as_advice(advice)


class BadInput(S3kmsError):
    """A target, an option or a file says something it cannot mean."""

    exit_code = Exit.USAGE


class NothingToCheck(S3kmsError):
    """There was no bucket to look at; that is never a clean result."""

    exit_code = Exit.NOTHING


class Refused(S3kmsError):
    """A change was refused before anything was written."""

    exit_code = Exit.REFUSED


class Stopped(S3kmsError):
    """A run ended before it was through; its journal says how far it came."""

    exit_code = Exit.STOPPED


class AwsError(S3kmsError):
    """One question to AWS that got no usable answer."""

    def __init__(
        self,
        message: str,
        *,
        advice: Advice | str = NO_ADVICE,
        code: str = "",
        request_id: str | None = None,
        operation: str = "",
    ) -> None:
        super().__init__(message, advice=advice)
        self.code = code
        """AWS's own error code, where there was one."""
        self.request_id = request_id
        self.operation = operation
        """The call that got no usable answer: `GetBucketEncryption`."""

    cause: UnknownCause = UnknownCause.BAD_ANSWER
    """What a fact that this error hides is unknown for."""

    def as_unknown(self) -> Unknown:
        """The error as the value of a fact that nobody could establish."""
        return Unknown(
            self.cause,
            str(self),
            self.advice or _COMPARE,
            code=self.code or None,
            operation=self.operation or None,
        )


_COMPARE = Advice("run again; if it stays, make the same call with the AWS CLI and compare")


class CredentialsProblem(AwsError):
    """There are no credentials, or AWS does not accept them: no later question can do better."""

    cause = UnknownCause.CREDENTIALS


class AccessDenied(AwsError):
    """The identity may not ask this. It says nothing about the bucket."""

    cause = UnknownCause.DENIED


class NotFound(AwsError):
    """The bucket, key or alias does not exist where it was looked for."""

    cause = UnknownCause.NOT_FOUND


class Throttled(AwsError):
    """AWS was still asking to slow down when the retries ran out."""

    cause = UnknownCause.THROTTLED


class Unreachable(AwsError):
    """No connection, or no complete answer in time."""

    cause = UnknownCause.UNREACHABLE


class BadAnswer(AwsError):
    """An answer AWS would not give: a proxy's page, an empty body, another product."""


class Conflict(AwsError):
    """Another operation on the same resource is under way (fact A8)."""


class TooManyCalls(AwsError):
    """The answer would take more calls than are allowed; what was read before holds."""

    cause = UnknownCause.BUDGET
