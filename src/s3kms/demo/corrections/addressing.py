"""How a client names the bucket: in the path, or in the host."""

from __future__ import annotations

import re
from typing import Any

# `BUCKET.s3.REGION.amazonaws.com`, `BUCKET.s3.ANYTHING` and `BUCKET.localhost`; the hosts of S3 Control begin
# with an account.
_HOSTED = re.compile(
    r"(?P<bucket>[a-z0-9][a-z0-9.-]+?)\.(?:s3(?!-control)(?:express)?[.-].+|localhost(?::\d+)?)"
)


def to_path_style(environ: dict[str, Any]) -> bool:
    """Make a virtual-hosted request one of path style, which moto and these corrections read; whether it was one.

    So that host names need not resolve, a request may come as to a proxy: with the whole URL.
    """
    uri = str(environ.get("RAW_URI") or environ.get("REQUEST_URI") or "")
    local = re.sub(r"^https?://[^/?]*", "", uri) or "/"
    hosted = _HOSTED.fullmatch(str(environ.get("HTTP_HOST", "")).lower())
    if hosted:
        local = f"/{hosted['bucket']}{'' if local.startswith('/') else '/'}{local}"
        environ["PATH_INFO"] = f"/{hosted['bucket']}{environ['PATH_INFO'] or '/'}"
    if local != uri:  # moto takes the first part of a host it does not know for a bucket
        environ["HTTP_HOST"] = f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
        environ["RAW_URI"] = environ["REQUEST_URI"] = local
    return hosted is None
