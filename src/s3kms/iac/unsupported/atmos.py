"""Stacks of Atmos: a Terraform component that is named after buckets, with its values."""

import re

_KEY = re.compile(rb"""^( *)["']?([\w./-]+)["']?[ \t]*:""")
_BUCKETS = re.compile(rb"(?:^|[-_/.])(?:s3|buckets?)(?:$|[-_/.])")
_COMPONENTS = [b"components", b"terraform"]


def find_atmos_bucket(data: bytes) -> int | None:
    """Where below `components: terraform:` a component stands whose name, or whose `component`, tells of buckets."""
    if b"terraform" not in data or not re.search(rb"^components[ \t]*:", data, re.MULTILINE):
        return None
    place, parents = 0, list[tuple[int, bytes]]()
    for line in data.splitlines(keepends=True):
        if (found := _KEY.match(line)) is not None:
            indent, key = len(found[1]), found[2]
            while parents and parents[-1][0] >= indent:
                parents.pop()
            path = [name for _, name in parents[:3]]
            if path[:2] == [b"components", b"terraform"] and _tells_of_buckets(
                path, key, line[found.end() :]
            ):
                return place
            parents.append((indent, key))
        place += len(line)
    return None


def _tells_of_buckets(path: list[bytes], key: bytes, value: bytes) -> bool:
    if path == _COMPONENTS:
        return bool(_BUCKETS.search(key))
    return key == b"component" and bool(_BUCKETS.search(value.strip(b" \t\r\n\"'")))
