"""Merges proposals into patches, file by file; what does not fit is refused with a reason. Pure."""

from collections.abc import Callable
from pathlib import Path

from s3kms.iac.editing.patch import Patch, make_patch
from s3kms.iac.editing.snapshot import real_path
from s3kms.iac.editing.splices import SpliceError
from s3kms.iac.files import Files
from s3kms.iac.interface import Proposal, Splice


class PatchBuilder:
    """Collects the splices of several proposals. A splice that two proposals share is applied once: two units may
    call one module.
    """

    def __init__(self, files: Files, refusal: Callable[[Path], str | None]) -> None:
        """`refusal` says why a file may not be written."""
        self._files = files
        self._refusal = refusal
        self._splices: dict[Path, list[Splice[bytes]]] = {}
        self._buckets: dict[Path, list[str]] = {}
        self._patches: dict[Path, Patch] = {}

    def add(self, proposal: Proposal) -> str | None:
        """Takes a proposal in and returns None; or returns why it cannot be, and takes nothing."""
        touched: dict[Path, list[Splice[bytes]]] = {}
        for path, splice in proposal.splices:
            if why := self._refusal(path):
                return why
            touched.setdefault(real_path(path), []).append(splice)
        if not touched:
            return "the edit is empty"
        made: dict[Path, Patch] = {}
        for file, splices in touched.items():
            found = self._made(file, splices, proposal)
            if isinstance(found, str):
                return found
            made[file] = found
        for file, splices in touched.items():
            self._splices[file] = [*self._splices.get(file, ()), *splices]
            self._buckets[file] = [*self._buckets.get(file, ()), *proposal.buckets]
        self._patches |= made
        return None

    def _made(self, path: Path, splices: list[Splice[bytes]], proposal: Proposal) -> Patch | str:
        before = self._files.read(path)
        if not isinstance(before, bytes):
            return f"{path} {before.why}" if before else f"{path} is not there"
        together = [*self._splices.get(path, ()), *splices]
        try:
            return make_patch(path, before, together, (*self._buckets.get(path, ()), *proposal.buckets))
        except SpliceError as misfit:
            return f"{path} cannot be edited that way: {misfit}"

    def patches(self) -> tuple[Patch, ...]:
        """One patch a file, in the order of their paths; files that do not change are left out."""
        return tuple(patch for _, patch in sorted(self._patches.items()) if patch.before != patch.after)
