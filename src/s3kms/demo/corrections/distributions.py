"""CloudFront: the origins of a distribution are answered as they were made. moto forgets how they are accessed."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from s3kms.demo.corrections.http import ServerRequest


def answer_cloudfront(_: ServerRequest) -> None:
    """Leave every request to moto, once its origins are corrected."""
    _correct_origins()


@functools.cache
def _correct_origins() -> None:
    """Keep the origin access identity and the id of the origin access control. On demand: few ask for CloudFront."""
    from moto.cloudfront.models import Origin

    original = Origin.__init__

    def make(self: Any, origin: dict[str, Any]) -> None:
        original(self, origin)
        self.s3_origin_config = origin.get("S3OriginConfig")
        self.origin_access_control_id = origin.get("OriginAccessControlId") or ""

    Origin.__init__ = make
