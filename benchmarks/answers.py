"""Reading S3's XML, as little of it as a check needs."""

import re
from collections.abc import Callable
from typing import NamedTuple
from xml.etree import ElementTree as ET
from xml.parsers import expat


class Rule(NamedTuple):
    """The three parts of a default encryption."""

    algorithm: str | None
    key: str | None
    bucket_key: bool | None
    blocked: tuple[str, ...]


class _Leaves:
    """The text of every element that has some, by its name, for expat."""

    def __init__(self) -> None:
        self.found: dict[str, list[str]] = {}
        self._text: list[str] = []

    def start(self, _name: str, _attributes: dict[str, str]) -> None:
        self._text = []

    def data(self, text: str) -> None:
        self._text.append(text)

    def end(self, name: str) -> None:
        if self._text:
            self.found.setdefault(name, []).append("".join(self._text))
            self._text = []


def leaves(body: bytes) -> dict[str, list[str]]:
    """Raises expat.ExpatError for what is not XML."""
    seen = _Leaves()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = seen.start
    parser.CharacterDataHandler = seen.data
    parser.EndElementHandler = seen.end
    parser.Parse(body, True)
    return seen.found


def with_expat(body: bytes) -> Rule:
    return _rule(leaves(body))


def with_elementtree(body: bytes) -> Rule:
    found: dict[str, list[str]] = {}
    for element in ET.fromstring(body).iter():
        if element.text:
            found.setdefault(element.tag.rpartition("}")[2], []).append(element.text)
    return _rule(found)


_LEAF = re.compile(r"<(\w+)>([^<]+)</")


def with_regex(body: bytes) -> Rule:
    found: dict[str, list[str]] = {}
    for name, text in _LEAF.findall(body.decode()):
        found.setdefault(name, []).append(text)
    return _rule(found)


def _rule(found: dict[str, list[str]]) -> Rule:
    bucket_key = found.get("BucketKeyEnabled")
    return Rule(
        found.get("SSEAlgorithm", [None])[0],
        found.get("KMSMasterKeyID", [None])[0],
        None if bucket_key is None else bucket_key[0] == "true",
        tuple(found.get("EncryptionType", ())),
    )


PARSERS: dict[str, Callable[[bytes], Rule]] = {
    "expat": with_expat,
    "elementtree": with_elementtree,
    "regex": with_regex,
}
