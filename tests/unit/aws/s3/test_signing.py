"""Signatures made from a pattern are botocore's own."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from hypothesis import given
from hypothesis import strategies as st

from s3kms.aws.s3.signing import Clock, Signer, SigningScope

KEYS = ReadOnlyCredentials("AKIAEXAMPLE", "secret/+=", "token==", None)
NAMES = st.text("abcdefghijklmnopqrstuvwxyz0123456789.-_", min_size=3, max_size=63)


class StoppedClock(Clock):
    def now(self) -> datetime:
        return datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC) + self.offset


def by_botocore(url: str, headers: dict[str, str], service: str = "s3", region: str = "eu-central-1") -> str:
    """botocore's own signature of the same request at the same time."""
    auth: Any = S3SigV4Auth(KEYS, service, region)
    request = AWSRequest("GET", url, headers=headers)
    request.context["timestamp"] = "20261123T120000Z"
    auth._modify_request_before_signing(request)
    auth._inject_signature_to_request(
        request, auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    )
    return str(request.headers["Authorization"])


@given(name=NAMES, query=st.sampled_from(["encryption=", "tagging=", "", "max-buckets=1000&prefix=a%2Fb"]))
def test_the_pattern_signs_as_botocore_does(name: str, query: str) -> None:
    headers = {"User-Agent": "s3kms", "x-amz-expected-bucket-owner": "111122223333"}
    scope = SigningScope("s3", "eu-central-1", "https://s3.eu-central-1.amazonaws.com", headers)
    path = f"/{quote(name, safe='-_.~')}"

    signed = Signer(scope, StoppedClock()).headers(KEYS, path, query)

    assert signed["Authorization"] == by_botocore(f"{scope.origin}{path}?{query}", dict(headers))
    assert signed["X-Amz-Security-Token"] == "token=="


def test_a_pattern_is_used_for_seconds_and_for_its_own_credentials() -> None:
    clock = StoppedClock()
    signer = Signer(SigningScope("s3", "eu-central-1", "https://h", {}), clock)
    first = signer.headers(KEYS, "/a", "")

    clock.offset = timedelta(seconds=4)
    assert signer.headers(KEYS, "/a", "") == first
    clock.offset = timedelta(seconds=6)
    assert signer.headers(KEYS, "/a", "")["X-Amz-Date"] == "20261123T120006Z"
    other = ReadOnlyCredentials("AKIAOTHER", "s", None, None)
    assert "AKIAOTHER" in signer.headers(other, "/a", "")["Authorization"]
