"""Texts that are UTF-16, as PowerShell writes what it redirects into a file."""

import codecs

_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_NUL = 0


def decode_utf_16(data: bytes) -> str | None:
    """The text of data in UTF-16, without its byte order mark; None for data that does not look like it."""
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    begin = [byte == _NUL for byte in data[:4]]  # two characters of ASCII, of which one half is zero
    if begin == [False, True, False, True]:
        return data.decode("utf-16-le", "replace")
    if begin == [True, False, True, False]:
        return data.decode("utf-16-be", "replace")
    return None
