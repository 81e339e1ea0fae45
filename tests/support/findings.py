"""Findings as tests want them, and wild ones."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from s3kms.model.advice import Advice
from s3kms.model.bucket import Evidence, bucket_arn
from s3kms.model.encryption import KMS_ALGORITHMS, SSE_S3, Encryption, KeyKind
from s3kms.model.findings import Finding, Verdict
from s3kms.model.place import Place
from s3kms.model.scan_context import Severity

ACCOUNT, OTHER = "111122223333", "444455556666"
PLAIN = Encryption(SSE_S3, bucket_key=False)


def finding(
    name: str,
    verdict: Verdict = Verdict.FAIL,
    encryption: Encryption | None = PLAIN,
    *,
    rule: str = "r",
    account: str = ACCOUNT,
    region: str = "eu-central-1",
) -> Finding:
    """About a live bucket."""
    return Finding(
        rule=rule,
        severity=Severity.LOW,
        verdict=verdict,
        bucket=name,
        message="m",
        account=account,
        region=region,
        arn=bucket_arn(name),
        places=(Place(bucket_arn(name)),),
        encryption=encryption,
    )


def unlisted(account: str = ACCOUNT, pattern: str | None = None) -> Finding:
    """Buckets that could not be listed."""
    places = (Place(pattern),) if pattern else ()
    return Finding("r", Severity.LOW, Verdict.UNKNOWN, None, "m", account=account, places=places)


WILD = st.text(
    alphabet=st.one_of(st.sampled_from("=+-@|`<>&\x1b[]()\u202e\u200b\n\r\t\"'$\\{}"), st.characters())
)
_MAYBE = st.none() | WILD
_ENCRYPTIONS = st.builds(
    Encryption,
    algorithm=st.sampled_from([None, SSE_S3, *KMS_ALGORITHMS, "aws:from-the-future"]),
    key=_MAYBE,
    bucket_key=st.sampled_from([None, True, False]),
    blocked=st.none() | st.lists(WILD, max_size=2).map(tuple),
)


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    """Anything that a report can say; a key's kind only where a default is known."""
    encryption = draw(st.none() | _ENCRYPTIONS)
    return Finding(
        rule=draw(WILD),
        severity=draw(st.sampled_from(Severity)),
        verdict=draw(st.sampled_from(Verdict)),
        bucket=draw(_MAYBE),
        message=draw(WILD),
        advice=Advice(draw(WILD)),
        account=draw(st.sampled_from([None, ACCOUNT, OTHER])),
        region=draw(_MAYBE),
        arn=draw(_MAYBE),
        resource=draw(_MAYBE),
        places=tuple(draw(st.lists(st.builds(Place, uri=WILD, line=st.none() | st.integers()), max_size=2))),
        encryption=encryption,
        key_kind=draw(st.none() | st.sampled_from(KeyKind)) if encryption else None,
        evidence=draw(
            st.none()
            | st.builds(
                Evidence,
                operation=WILD,
                request_id=_MAYBE,
                at=st.just(datetime(2026, 11, 23, 12, tzinfo=UTC)),
            )
        ),
    )
