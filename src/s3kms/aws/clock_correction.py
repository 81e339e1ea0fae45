"""Requests of botocore's clients signed by the server's time, once a server says that this machine's clock is wrong.

botocore signs by this machine's clock, and tells a refusal. Nothing of it is patched: handlers of its events take the
server's time from the refusal, ask for one more attempt, and sign again what was signed by the wrong time.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.hooks import BaseEventHooks

from s3kms.aws.clock import is_clock_error, offset_of_refusal
from s3kms.aws.s3.signing import Clock, add_auth

_SIGNATURES: Mapping[str, type[SigV4Auth]] = {"v4": SigV4Auth, "s3v4": S3SigV4Auth}
"""By the name of the signature. With the AWS CRT installed botocore signs by other classes, to the same effect."""
_SIGNER, _CORRECTED = "s3kms_signer", "s3kms_clock_corrected"
_SCOPE = re.compile(
    r"AWS4-HMAC-SHA256 Credential=[^,]*/\d{8}/(?P<region>[^/,]+)/(?P<service>[^/,]+)/aws4_request,"
)


def correct_clock(events: BaseEventHooks, clock: Clock) -> None:
    """Let clients with these events set a clock by a server's refusal, once a call, and sign by that clock."""
    correction = _Correction(clock)
    events.register("before-sign", correction.keep_signer)
    # After the signer, whose event is more specific, and before the headers that botocore leaves unsigned.
    events.register_first("request-created", correction.sign_again)
    events.register("needs-retry", correction.retry)  # type: ignore[arg-type] # what it returns counts


@dataclass(frozen=True, slots=True)
class _Correction:
    clock: Clock

    def keep_signer(
        self, request: AWSRequest, request_signer: Any, signature_version: object, **_: object
    ) -> None:
        """Keep what a request is about to be signed with."""
        if self.clock.offset:
            request.context[_SIGNER] = request_signer, signature_version

    def sign_again(self, request: AWSRequest, **_: object) -> None:
        """Sign a request once more, by the server's time, in the scope in which it was signed."""
        signer, version = request.context.pop(_SIGNER, (None, None))
        scope = _SCOPE.match(str(request.headers.get("Authorization") or ""))
        if signer is None or scope is None or version not in _SIGNATURES:
            return
        credentials = signer._credentials.get_frozen_credentials()  # noqa: SLF001 - botocore has no other way
        add_auth(_SIGNATURES[version](credentials, scope["service"], scope["region"]), request, self.clock)

    def retry(
        self, response: tuple[Any, Mapping[str, Any]] | None, request_dict: dict[str, Any], **_: object
    ) -> int | None:
        """Set the clock by a refusal: 0 seconds to wait for another attempt, None for no other attempt."""
        error = response[1].get("Error", {}) if response else {}
        if not is_clock_error(str(error.get("Code")), str(error.get("Message") or "")):
            return None
        context, offset = request_dict["context"], offset_of_refusal(response[1]) if response else None
        if offset is None or context.get(_CORRECTED):
            return None
        context[_CORRECTED] = True
        self.clock.offset = offset
        return 0
