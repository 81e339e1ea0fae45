"""AWS's names of operations whose requests do not carry one in a header or a form: CBOR and REST services."""

from __future__ import annotations

import functools
import re

_CBOR_PATH = re.compile(r"/service/[^/]+/operation/(?P<name>\w+)")
_LABEL = re.compile(r"\{[^}]+\}")
_REST_SERVICES = frozenset({"cloudfront"})


def operation_of_path(service: str, method: str, path: str) -> str | None:
    """The operation that a path means; None where it means none that is known."""
    if cbor := _CBOR_PATH.fullmatch(path):
        return cbor["name"]
    if service not in _REST_SERVICES:
        return None
    return next(
        (name for verb, form, name in _forms(service) if verb == method and form.fullmatch(path)), None
    )


@functools.cache
def _forms(service: str) -> list[tuple[str, re.Pattern[str], str]]:
    """The method and path of each operation of botocore's model, those without labels first."""
    import botocore.session

    model = botocore.session.get_session().get_service_model(service)
    found = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        path, _, query = http["requestUri"].partition("?")
        if not query:
            pattern = "[^/]+".join(map(re.escape, _LABEL.split(path)))
            found.append((http["method"], re.compile(pattern), name))
    return sorted(found, key=lambda one: one[1].pattern.count("[^/]+"))


def cbor_error(code: str, message: str) -> bytes:
    """An error of a CBOR service: a map of two texts."""
    pairs = {"__type": code, "message": message}
    return b"\xa2" + b"".join(map(_cbor_text, (text for pair in pairs.items() for text in pair)))


def _cbor_text(text: str) -> bytes:
    content = text.encode()
    return b"\x79" + len(content).to_bytes(2, "big") + content
