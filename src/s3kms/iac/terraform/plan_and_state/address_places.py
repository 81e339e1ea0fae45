"""Where the address of an instance stands in the file of a plan or a state."""

import re
from bisect import bisect_right
from pathlib import Path

from s3kms.iac.terraform.json_document import MalformedError, parse_document
from s3kms.model.place import Place

_ADDRESS = re.compile(r'"address"\s*:\s*("(?:[^"\\]|\\.){1,2000}")')
_LINE = re.compile(r"\n")


class AddressPlaces:
    """The first mention of each address in a text of JSON."""

    def __init__(self, path: Path, text: str) -> None:
        self._uri = str(path)
        self._lines = [0, *(found.end() for found in _LINE.finditer(text))]
        self._offsets: dict[str, int] = {}
        for found in _ADDRESS.finditer(text):
            self._offsets.setdefault(_unquote(found[1]), found.start())

    def of(self, address: str) -> tuple[Place, ...]:
        """One place: the first mention, or the beginning of the file, since a raw state has no addresses."""
        offset = self._offsets.get(address, 0)
        line = bisect_right(self._lines, offset)
        return (Place(self._uri, line, offset - self._lines[line - 1] + 1),)


def _unquote(written: str) -> str:
    if "\\" not in written:
        return written[1:-1]
    try:
        return str(parse_document(f'{{"a": {written}}}')["a"])
    except MalformedError:
        return written
