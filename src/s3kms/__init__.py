"""s3kms finds S3 buckets whose default encryption is SSE-S3, switches them to SSE-KMS, verifies it, and can undo it.

    import s3kms

    with s3kms.Client(profile="prod") as client:
        for finding in client.check("s3://logs-*"):
            print(finding.bucket, finding.verdict)

Nothing here prints, exits or sets signal handlers. Every error is an `S3kmsError` with an `Advice`. Names are
imported when they are used: `import s3kms` loads neither the AWS SDK nor anything else of s3kms.
"""

from importlib import import_module

from s3kms._version import VERSION

TYPE_CHECKING = False
"""Not from `typing`, whose import takes longer than all the rest; type checkers know the name."""

if TYPE_CHECKING:
    from s3kms.api import *  # noqa: F403 - a test compares its names with those below

__version__ = VERSION

__all__ = [  # noqa: F405 - from the import above, or by __getattr__
    "AccessDenied",
    "AccountComplete",
    "Advice",
    "AssessOptions",
    "Assessment",
    "AsyncCheck",
    "AsyncClient",
    "AwsError",
    "BadAnswer",
    "BadInput",
    "Bucket",
    "BucketKind",
    "Change",
    "Check",
    "CheckOptions",
    "Client",
    "CodeFixes",
    "Configuration",
    "Conflict",
    "CredentialsProblem",
    "Difference",
    "Encryption",
    "Evidence",
    "Example",
    "Exit",
    "Finding",
    "FixOptions",
    "FixRequest",
    "Format",
    "GoneFinding",
    "KeyKind",
    "NotFinished",
    "NotFound",
    "Note",
    "NothingToCheck",
    "ObjectSummary",
    "ObjectsOptions",
    "Place",
    "PlanClass",
    "PlanSummary",
    "PlannedBucket",
    "PlannedHazard",
    "Progress",
    "ReencryptOptions",
    "Refused",
    "ReportStyle",
    "Rule",
    "RuleDoc",
    "RuleResult",
    "S3kmsError",
    "ScanContext",
    "ScanEvent",
    "ScanRequest",
    "ScanScope",
    "ScanStarted",
    "Severity",
    "Stopped",
    "Summary",
    "Throttled",
    "Unknown",
    "UnknownCause",
    "Unlisted",
    "Unreachable",
    "Verdict",
    "WaveOptions",
    "__version__",
    "all_rules",
    "assess_code",
    "check_code",
    "explain",
    "plan_code",
    "read_external_findings",
    "read_result",
    "read_trend",
    "render",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("s3kms.api"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
