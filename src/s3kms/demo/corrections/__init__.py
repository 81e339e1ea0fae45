"""The named corrections over moto, and the order in which a request meets them.

Two techniques. What concerns the wire (who, where, which bucket, default encryption, listings) is answered before
moto sees the request, by `CorrectedAws`. What concerns moto's own objects (KMS keys, stored objects,
CloudFormation) is changed in moto's classes, once, by `apply_corrections`.
"""

from __future__ import annotations

import dataclasses
import functools
import threading
from typing import TYPE_CHECKING, Any

from s3kms.demo.corrections import (
    access_points,
    account_details,
    accounts,
    assume_role,
    athena,
    athena_data,
    batch_control,
    bucket_settings,
    config_query,
    copies,
    directory,
    distributions,
    encryption,
    inventories,
    key_metadata,
    keys,
    listing,
    metadata_tables,
    multipart,
    object_annotations,
    object_head,
    object_headers,
    object_versions,
    objects,
    organizations,
    ownership,
    preconditions,
    regions,
    separate_buckets,
    sessions,
    stack_lookup,
    subresources,
    trail,
    update_encryption,
    web_acls,
)
from s3kms.demo.corrections.http import S3Error, ServerRequest, ServerResponse, access_denied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from s3kms.demo.faults import Faults

    Recorder = Callable[[ServerRequest, int], None]

_ON_A_BUCKET: dict[str, Callable[[ServerRequest, Any], ServerResponse | None]] = {
    **subresources.ANSWERS,
    **bucket_settings.ANSWERS,
    **object_annotations.ANSWERS,
    "CopyObject": copies.copy_object,
    "ListMultipartUploads": multipart.list_multipart_uploads,
    "UploadPartCopy": copies.upload_part_copy,
    "CreateBucketMetadataConfiguration": metadata_tables.create_configuration,
    "GetBucketMetadataConfiguration": metadata_tables.get_configuration,
    **inventories.ANSWERS,
    "GetBucketEncryption": encryption.get_bucket_encryption,
    "PutBucketEncryption": encryption.put_bucket_encryption,
    "DeleteBucketEncryption": encryption.delete_bucket_encryption,
    "HeadObject": object_head.head_object,
    "ListObjectVersions": object_versions.list_object_versions,
    "UpdateObjectEncryption": update_encryption.update_object_encryption,
}


_correcting_cloudformation = threading.Lock()


@functools.cache
def apply_corrections() -> None:
    """Change moto's classes. Once for the process, and only when asked.

    CloudFormation is left for its first request (`_answer_cloudformation`).
    """
    account_details.correct_account_details()
    account_details.correct_user_boundaries()
    account_details.correct_policies_of_aws()
    accounts.correct_caller_identity()
    organizations.correct_closing()
    sessions.index_sessions()
    keys.correct_managed_keys()
    keys.correct_alias_listing()
    keys.correct_policy_name()
    keys.correct_denials()
    key_metadata.correct_rotation_period()
    key_metadata.correct_external_origin()
    key_metadata.correct_private_keys()
    keys.correct_key_usage()
    objects.correct_object_headers()
    object_versions.correct_versions()
    object_headers.correct_more_headers()
    multipart.correct_completion()
    ownership.correct_policy_evaluation()


def _answer_cloudformation(request: ServerRequest) -> ServerResponse | None:
    """None, once moto's CloudFormation is corrected; the error 501 where moto lacks what its CloudFormation needs.

    On demand, because it imports most of moto (0.7 s), and needs packages that the extra `demo` does not install.
    """
    with _correcting_cloudformation:
        if _correct_cloudformation():
            return None
    message = "The embedded AWS has no CloudFormation here: pip install 'moto[cloudformation]'"
    return request.error(501, "NotImplemented", message)


@functools.cache
def _correct_cloudformation() -> bool:
    """Whether moto's CloudFormation is there; corrected, if so."""
    try:
        from s3kms.demo.corrections import cloudformation
    except ImportError:
        return False
    cloudformation.correct_bucket_resource()
    cloudformation.correct_backend_rule()
    cloudformation.correct_change_sets()
    return True


def _answer_control(request: ServerRequest) -> ServerResponse | None:
    """The corrected answer of S3 Control; None where moto's will do."""
    if request.header("x-amz-account-id") not in {None, request.account}:
        return access_denied().response()
    about_jobs = batch_control.answer_jobs(request, _answer_s3)
    return about_jobs or access_points.answer_access_points(request)


_SERVICES: dict[str, Callable[[ServerRequest], ServerResponse | None]] = {
    "athena": athena.answer_athena,
    "cloudformation": lambda request: (
        stack_lookup.answer_stack_lookup(request) or _answer_cloudformation(request)
    ),
    "cloudtrail": trail.answer_cloudtrail,
    "cloudfront": distributions.answer_cloudfront,
    "config": config_query.answer_config,
    "kms": lambda request: keys.answer_kms(request, accounts.CallerIdentity.of(request)),
    "organizations": organizations.answer_organizations,
    "s3control": _answer_control,
    "s3tables": separate_buckets.answer_s3tables,
    "s3vectors": separate_buckets.answer_s3vectors,
    "sts": assume_role.answer_sts,
    "wafv2": web_acls.answer_wafv2,
}


def forget() -> None:
    """Forget what moto's reset leaves behind: organizations, sessions, other buckets, events, jobs."""
    batch_control.forget_jobs()
    separate_buckets.forget_separate_buckets()
    athena.forget_queries()
    athena_data.forget_external_tables()
    metadata_tables.forget_metadata_tables()
    trail.forget_events()
    organizations.forget_organizations()
    sessions.forget_sessions()


def answer(request: ServerRequest) -> ServerResponse | None:
    """The corrected answer to a request; None where moto's will do, given the headers as they now are."""
    if refused := sessions.require_session(request):
        return refused
    if request.service in _SERVICES:
        return _SERVICES[request.service](request)
    if not request.is_s3:
        return None
    try:
        return _answer_s3(request)
    except S3Error as error:
        if isinstance(error, keys.KeyRefused):
            _record_refusal(request, error)
        bucket = ownership.bucket_named(request.bucket)
        return error.response({"x-amz-bucket-region": bucket.region_name} if bucket else {})


def _record_refusal(request: ServerRequest, error: keys.KeyRefused) -> None:
    """CloudTrail knows of what KMS refused S3, in the name of who called S3."""
    context = {"aws:s3:arn": f"arn:aws:s3:::{request.bucket}/{request.key}"}
    call = error.action.removeprefix("kms:")
    caller = accounts.CallerIdentity.of(request)
    trail.remember(request, caller, call=call, code=error.kms_code, key=error.key, context=context)


def _answer_s3(request: ServerRequest) -> ServerResponse | None:
    """The corrected answer of S3, or None. Region, owner and policy are checked in this order, as S3 does.

    Raises S3Error for a request that S3 refuses.
    """
    if request.operation == "ListBuckets":
        return listing.list_buckets(request)
    if request.operation == "ListDirectoryBuckets":
        return listing.list_directory_buckets(request)
    if request.operation == "CreateSession":
        return directory.create_session(request)
    bucket = ownership.bucket_named(request.bucket)
    if request.operation == "CreateBucket":
        return directory.create_bucket(request) if request.for_directory_bucket else None
    if bucket is None:
        raise ownership.no_such_bucket(request.bucket)
    regions.require_region(request, bucket)
    ownership.require_expected_owner(request, bucket)
    ownership.require_permission(request, bucket)
    object_headers.require_acl_allowed(request, bucket)
    if request.operation in _ON_A_BUCKET:
        given = _ON_A_BUCKET[request.operation](request, bucket)
        if given is not None:
            return given
    subresources.require_known(request)
    _prepare(request, bucket)
    return None


def _prepare(request: ServerRequest, bucket: Any) -> None:
    """Check and complete the headers of a request on objects, before moto stores or reads. Raises S3Error."""
    if request.operation == "CompleteMultipartUpload":
        multipart.require_part_sizes(request, bucket)
    if request.operation in {"CompleteMultipartUpload", "DeleteObject", "PutObject"}:
        preconditions.require_destination(request, objects.stored_object(bucket, request.key, None))
    if request.operation == "CreateMultipartUpload":
        object_headers.restated(request, bucket)
    objects.prepare(request, bucket)


def _finish(request: ServerRequest, bucket: Any, status: int, body: bytes) -> dict[str, str]:
    """Remember what moto has no place for; the headers to add to its answer, by name."""
    if status == 200 and request.operation == "CreateMultipartUpload":  # noqa: PLR2004
        return multipart.remember_upload(request, bucket, body)
    return objects.finish(request, bucket, status)


class CorrectedAws:
    """A WSGI application: faults first, then corrections, then moto. Every request is reported to `record`."""

    def __init__(self, moto: Any, record: Recorder, faults: Callable[[], Faults]) -> None:
        self._moto, self._record, self._faults = moto, record, faults

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one WSGI request. An exception inside becomes an error 500 in the form of the service asked."""
        request = ServerRequest.read(environ)
        if request.path.startswith("/moto-api"):
            given: Iterable[bytes] = self._moto(environ, start_response)
            return given
        request.faults, request.account = self._faults(), accounts.account_of(request)
        request.set_header("x-moto-account-id", request.account)
        try:
            corrected = request.faults.intercept(request)
            with preconditions.one_at_a_time(request):
                corrected = corrected or answer(request)
                if request.faults.loses_answer(request):
                    if corrected is None:
                        list(self._from_moto(request, lambda *_, **__: None))
                    corrected = _internal_error(request, "the answer was lost")
                if corrected is None:
                    return self._from_moto(request, start_response)
        except Exception as error:  # noqa: BLE001 - whatever went wrong here is the server's fault, not the client's
            corrected = _internal_error(request, f"{type(error).__name__}: {error}")
        self._record(request, corrected.status)
        if request.faults.cuts(request):
            corrected = dataclasses.replace(corrected, binary=_half(corrected.content))
        head = request.method == "HEAD"
        start_response(f"{corrected.status} {_reason(corrected.status)}", corrected.wire_headers(head=head))
        return [b"" if head else corrected.content]

    def _from_moto(self, request: ServerRequest, start_response: Any) -> Iterable[bytes]:
        """Answer with moto, and add the headers that moto has no place for."""
        said: list[Any] = []

        def hold(status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
            said[:] = [status, headers]

        body = b"".join(self._moto(request.environ, hold))
        status = int(said[0].split()[0])
        headers = said[1]
        bucket = ownership.bucket_named(request.bucket) if request.is_s3 else None
        if bucket is not None:
            added = _finish(request, bucket, status, body)
            left_out = added.keys() | object_headers.hidden_headers(request, bucket)
            headers = [(n, v) for n, v in headers if n.lower() not in left_out] + list(added.items())
        self._record(request, status)
        if request.faults.cuts(request):
            body = _half(body)
            headers = [(name, value) for name, value in headers if name.lower() != "content-length"]
        start_response(said[0], headers)
        return [body]


def _half(body: bytes) -> bytes:
    return body[: len(body) // 2]


def _internal_error(request: ServerRequest, message: str) -> ServerResponse:
    """Status 500 with the code that the service of this request uses for failures of its own."""
    code = "InternalFailure" if request.header("X-Amz-Target") else "InternalError"
    return request.error(500, code, message)


def _reason(status: int) -> str:
    from http import HTTPStatus

    return HTTPStatus(status).phrase
