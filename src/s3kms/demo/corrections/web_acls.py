"""AWS WAF: logging configurations are listed by the scope in the ARN of their web ACL. moto takes another part."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from s3kms.demo.corrections.http import ServerRequest


def answer_wafv2(_: ServerRequest) -> None:
    """Leave every request to moto, once its listing is corrected."""
    _correct_listing()


@functools.cache
def _correct_listing() -> None:
    """Tell `…:global/webacl/…` from `…:regional/webacl/…`. On demand: few ask for WAF."""
    from moto.utilities.paginator import paginate
    from moto.wafv2.models import PAGINATION_MODEL, WAFV2Backend

    @paginate(PAGINATION_MODEL)  # type: ignore[untyped-decorator, unused-ignore]
    def list_logging_configurations(self: Any, scope: str) -> list[Any]:
        wanted = "global" if scope == "CLOUDFRONT" else "regional"
        return [found for arn, found in self.logging_configurations.items() if f":{wanted}/webacl/" in arn]

    WAFV2Backend.list_logging_configurations = list_logging_configurations
