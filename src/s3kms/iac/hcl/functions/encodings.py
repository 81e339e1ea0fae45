"""Functions that encode and digest."""

import base64
import binascii
import hashlib
import uuid
from collections.abc import Callable
from urllib.parse import quote_plus, unquote_plus

from s3kms.iac.hcl.functions.interface import Function, ParameterKind
from s3kms.iac.hcl.scalars import make_unsupported
from s3kms.iac.hcl.values import Value
from s3kms.iac.values import Rejected

CODECS = {
    "ascii": "ascii",
    "us-ascii": "ascii",
    "iso-8859-1": "latin-1",
    "latin1": "latin-1",
    "utf-16be": "utf-16-be",
    "utf-16le": "utf-16-le",
    "utf-8": "utf-8",
    "windows-1252": "cp1252",
}
SPACES = {
    "dns": uuid.NAMESPACE_DNS,
    "oid": uuid.NAMESPACE_OID,
    "url": uuid.NAMESPACE_URL,
    "x500": uuid.NAMESPACE_X500,
}


def _bytes(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise Rejected("the string has an unpaired surrogate") from error


def _digest(name: str, *, is_base64: bool = False) -> Function:
    def digest(text: str) -> Value:
        found = hashlib.new(name, _bytes(text), usedforsecurity=False)
        return base64.b64encode(found.digest()).decode() if is_base64 else found.hexdigest()

    return Function(digest, (ParameterKind.TEXT,))


def _unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text.replace("\r", "").replace("\n", ""), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Rejected("the string is not base64") from error


def _base64decode(text: str) -> Value:
    try:
        return _unbase64(text).decode()
    except UnicodeDecodeError as error:
        raise Rejected("the base64 content is not UTF-8") from error


def _codec(name: str, use: Callable[[str], str]) -> Value:
    codec = CODECS.get(name.lower())
    if codec is None:
        return make_unsupported(name, f"the encoding {name} is not evaluated")
    try:
        return use(codec)
    except UnicodeError as error:
        raise Rejected("the string cannot be converted in this encoding") from error


def _textencode(text: str, name: str) -> Value:
    return _codec(name, lambda codec: base64.b64encode(text.encode(codec)).decode())


def _textdecode(text: str, name: str) -> Value:
    data = _unbase64(text)
    return _codec(name, data.decode)


def _uuidv5(space: str, name: str) -> Value:
    try:
        found = SPACES.get(space) or uuid.UUID(space)
        return str(uuid.uuid5(found, name))
    except (ValueError, UnicodeEncodeError) as error:
        raise Rejected("the namespace is not a UUID") from error


def _gzip(_: str) -> Value:
    return make_unsupported("base64gzip(…)", "base64gzip is not evaluated")


_ONE = (ParameterKind.TEXT,)

TABLE = {
    "base64decode": Function(_base64decode, _ONE),
    "base64encode": Function(lambda text: base64.b64encode(_bytes(text)).decode(), _ONE),
    "base64gzip": Function(_gzip, _ONE),
    "base64sha256": _digest("sha256", is_base64=True),
    "base64sha512": _digest("sha512", is_base64=True),
    "md5": _digest("md5"),
    "sha1": _digest("sha1"),
    "sha256": _digest("sha256"),
    "sha512": _digest("sha512"),
    "textdecodebase64": Function(_textdecode, (ParameterKind.TEXT, ParameterKind.TEXT)),
    "textencodebase64": Function(_textencode, (ParameterKind.TEXT, ParameterKind.TEXT)),
    "urldecode": Function(unquote_plus, _ONE),
    "urlencode": Function(lambda text: quote_plus(_bytes(text), safe="~"), _ONE),
    "uuidv5": Function(_uuidv5, (ParameterKind.TEXT, ParameterKind.TEXT)),
}
