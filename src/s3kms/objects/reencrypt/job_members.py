"""The versions that AWS's jobs were given: a second reading of the evidence must not count them again."""

import secrets
from array import array
from bisect import bisect_left
from hashlib import blake2b
from pathlib import Path

from s3kms.model.object_summary import EvidenceKind
from s3kms.model.objects import ObjectVersion
from s3kms.objects.evidence.interface import EvidenceCoverage
from s3kms.objects.log.state import read_results
from s3kms.objects.reencrypt.assignment import SortedVersion
from s3kms.objects.selection import Choice

_PARTS = 256
"""Sorted one by one: sorting makes a Python integer of each hash, of one part at a time."""


class JobMembers:
    """The versions of a log that were in jobs, 8 bytes each: hashes, with a key of this process, so that no name can
    be made to look like another.
    """

    def __init__(self, path: Path, bucket: str, engines: frozenset[str], coverage: EvidenceCoverage) -> None:
        """`engines` are those of jobs; every version in their jobs has a result in the log. Nothing is read yet."""
        self._path = path
        self._bucket = bucket
        self._engines = engines
        self._has_versions = coverage.all_versions
        self._is_live = coverage.kind is EvidenceKind.LISTING
        self._parts: list[array[int]] | None = None
        self._secret = secrets.token_bytes(16)

    def has(self, version: ObjectVersion, sort: SortedVersion) -> bool:
        """Whether a job was given this version. Raises BadInput, Refused where the log cannot be read.

        A report says the same at each reading, so it decides alone if it names the encryption; a listing does not:
        after a job its objects are under the key.
        """
        if not self._engines:
            return False
        if not self._is_live and sort.choice is not Choice.UNREAD:
            return sort.engine in self._engines and sort.is_moved
        return self._was_given(version)

    def would_move(self, sort: SortedVersion) -> bool:
        """Whether a job is what re-encrypts such versions: too late for one that no job was given."""
        return sort.engine in self._engines and sort.is_moved

    def _was_given(self, version: ObjectVersion) -> bool:
        if self._parts is None:
            self._parts = self._read()
        found = self._hash(version)
        part = self._parts[found % _PARTS]
        place = bisect_left(part, found)
        return place < len(part) and part[place] == found

    def _read(self) -> "list[array[int]]":
        parts = [array("Q") for _ in range(_PARTS)]
        for one in read_results(self._path, self._bucket):
            if one.engine in self._engines:
                found = self._hash(one.version)
                parts[found % _PARTS].append(found)
        return [array("Q", sorted(part)) for part in parts]

    def _hash(self, version: ObjectVersion) -> int:
        # Without versions a key stands once, and its version id is known only where it could be read.
        version_id = (version.version_id or "") if self._has_versions else ""
        name = f"{version_id}\0{version.key}".encode("utf-8", "surrogatepass")
        return int.from_bytes(blake2b(name, digest_size=8, key=self._secret).digest())
