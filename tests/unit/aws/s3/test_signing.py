"""Signatures made from a pattern are botocore's own."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from hypothesis import given
from hypothesis import strategies as st

from s3kms.aws.s3.endpoints import Endpoint
from s3kms.aws.s3.signing import Clock, Signer, SigningScope

KEYS = ReadOnlyCredentials("AKIAEXAMPLE", "secret/+=", "token==", None)
NAMES = st.text("abcdefghijklmnopqrstuvwxyz0123456789.-_", min_size=3, max_size=63)


class StoppedClock(Clock):
    def now(self) -> datetime:
        return datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC) + self.offset


def by_botocore(url: str, headers: dict[str, str], *, method: str = "GET", body: bytes = b"") -> str:
    """botocore's own signature of the same request at the same time."""
    auth: Any = S3SigV4Auth(KEYS, "s3", "eu-central-1")
    request = AWSRequest(method, url, headers=headers, data=body or None)
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


@given(
    method=st.sampled_from(["GET", "HEAD", "PUT", "POST", "DELETE"]),
    key=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30),
    body=st.binary(max_size=40),
)
def test_a_call_about_an_object_is_signed_as_botocore_does(method: str, key: str, body: bytes) -> None:
    headers = {"User-Agent": "s3kms", "Content-MD5": "x", "x-amz-copy-source": "b/ü?versionId=1"}
    scope = SigningScope("s3", "eu-central-1", "https://s3.eu-central-1.amazonaws.com", headers)
    path = Endpoint(scope.origin, "", scope.region, scope.service).object_path("bucket", key)

    signed = Signer(scope, StoppedClock(), method, body).headers(KEYS, path, "versionId=a%2Bb")

    url = f"{scope.origin}{path}?versionId=a%2Bb"
    assert signed["Authorization"] == by_botocore(url, dict(headers), method=method, body=body)
    assert signed["X-Amz-Content-SHA256"] == hashlib.sha256(body).hexdigest()
