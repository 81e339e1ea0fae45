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
        self._splices: dict[Path, list[Splice]] = {}
        self._buckets: dict[Path, list[str]] = {}
        self._patches: dict[Path, Patch] = {}

    def add(self, proposal: Proposal) -> str | None:
        """Takes a proposal in and returns None; or returns why it cannot be, and takes nothing."""
        touched: dict[Path, list[Splice]] = {}
        for splice in proposal.splices:
            if why := self._refusal(splice.path):
                return why
            touched.setdefault(real_path(splice.path), []).append(splice)
        if not touched:
            return "the edit is empty"
        made: dict[Path, Patch] = {}
        for path, splices in touched.items():
            found = self._made(path, splices, proposal)
            if isinstance(found, str):
                return found
            made[path] = found
        for path, splices in touched.items():
            self._splices[path] = [*self._splices.get(path, ()), *splices]
            self._buckets[path] = [*self._buckets.get(path, ()), *proposal.buckets]
        self._patches |= made
        return None

    def _made(self, path: Path, splices: list[Splice], proposal: Proposal) -> Patch | str:
        before = self._files.read(path)
        if before is None:
            return f"{path} cannot be read"
        together = [*self._splices.get(path, ()), *splices]
        anonymous = [Splice(path, one.start, one.end, one.text) for one in together]
        try:
            return make_patch(path, before, anonymous, (*self._buckets.get(path, ()), *proposal.buckets))
        except SpliceError as misfit:
            return f"{path} cannot be edited that way: {misfit}"

    def patches(self) -> tuple[Patch, ...]:
        """One patch a file, in the order of their paths; files that do not change are left out."""
        return tuple(patch for _, patch in sorted(self._patches.items()) if patch.before != patch.after)
