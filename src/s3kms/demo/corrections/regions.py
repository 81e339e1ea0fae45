"""A bucket asked for in another region than its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from s3kms.demo.corrections.http import S3Error

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3kms.demo.corrections.http import ServerRequest

WrongRegion = Literal[
    "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"
]

# All regions launched after 20 March 2019 answer 400 instead of a redirect ("Request routing" in the S3 guide).
# That list grows; this one does not.
_REDIRECTING = {
    "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
    "ca-central-1", "cn-north-1", "cn-northwest-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2",
    "eu-west-3", "sa-east-1", "us-east-1", "us-east-2", "us-gov-east-1", "us-gov-west-1", "us-west-1",
    "us-west-2",
}  # fmt: skip


def require_region(request: ServerRequest, bucket: Any) -> None:
    """Raise S3Error for a request that is signed for another region than the bucket's (fact A8); moto answers it.

    GetBucketLocation is answered anywhere, which is how clients find the region.
    """
    signed_for = request.region if request.access_key else ""
    if signed_for in {"", bucket.region_name} or request.operation == "GetBucketLocation":
        return
    redirecting = {signed_for, bucket.region_name} <= _REDIRECTING
    usual: WrongRegion = "PermanentRedirect" if redirecting else "IllegalLocationConstraintException"
    raise _ANSWERS[request.faults.wrong_region or usual](signed_for, bucket)


def _redirect(_: str, bucket: Any) -> S3Error:
    message = (
        "The bucket you are attempting to access must be addressed using the specified endpoint. "
        "Please send all future requests to this endpoint."
    )
    endpoint = f"{bucket.name}.s3.{bucket.region_name}.amazonaws.com"
    return S3Error(301, "PermanentRedirect", message, Endpoint=endpoint, Bucket=bucket.name,
                   Region=bucket.region_name)  # fmt: skip


def _malformed(signed_for: str, bucket: Any) -> S3Error:
    """AuthorizationHeaderMalformed: S3's error where the endpoint is right and the signature's region is not."""
    message = (
        f"The authorization header is malformed; the region '{signed_for}' is wrong; "
        f"expecting '{bucket.region_name}'"
    )
    return S3Error(400, "AuthorizationHeaderMalformed", message, Region=bucket.region_name)


def _incompatible(_: str, bucket: Any) -> S3Error:
    """IllegalLocationConstraintException with the bucket's constraint, `unspecified` for us-east-1.

    Seen in cloud-custodian#8005.
    """
    constraint = "unspecified" if bucket.region_name == "us-east-1" else bucket.region_name
    message = (
        f"The {constraint} location constraint is incompatible for the region specific endpoint "
        "this request was sent to."
    )
    return S3Error(400, "IllegalLocationConstraintException", message)


_ANSWERS: dict[WrongRegion, Callable[[str, Any], S3Error]] = {
    "PermanentRedirect": _redirect,
    "AuthorizationHeaderMalformed": _malformed,
    "IllegalLocationConstraintException": _incompatible,
}
