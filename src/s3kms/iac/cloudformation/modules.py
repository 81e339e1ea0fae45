"""Modules of templates (rain's, and those of the AWS CLI) that are known to hold no bucket: they bring none in."""

import os
import re
from pathlib import Path

from s3kms.iac.cloudformation.template import TEMPLATE_LOCATIONS, TEMPLATE_SUFFIXES, read_resources
from s3kms.iac.cloudformation.tree import Scalar, Table, TemplateSyntaxError, parse_template
from s3kms.iac.cloudformation.unread_parts import find_unread_entries, find_unread_sections, module_source_of
from s3kms.iac.files import Files

MAX_MODULE_DEPTH = 10
"""Modules in modules."""
MAX_MODULES = 200
"""Modules that are read for one of a template."""
_BUCKET = re.compile(r"AWS::S3\w*::\w*Bucket")


def is_without_buckets(source: str, beside: Path, files: Files) -> bool:
    """Whether a module is a file here that declares no bucket, no stack and nothing from elsewhere; nor do the
    modules that it brings in. `beside` is the file that names it.
    """
    return _Modules(files).are_free(source, beside, 0)


class _Modules:
    def __init__(self, files: Files) -> None:
        self._files = files
        self._free: dict[Path, bool] = {}

    def are_free(self, source: str, beside: Path, depth: int) -> bool:
        """Whether a module and those that it brings in hold no bucket."""
        text = source.removeprefix("file://")
        if "://" in text or not text.lower().endswith(TEMPLATE_SUFFIXES) or depth > MAX_MODULE_DEPTH:
            return False
        path = Path(os.path.normpath(beside.parent / text))
        if path not in self._free:
            if len(self._free) >= MAX_MODULES:
                return False
            self._free[path] = True  # one that brings itself in adds nothing
            self._free[path] = self._is_free(path, depth)
        return self._free[path]

    def _is_free(self, path: Path, depth: int) -> bool:
        data = self._files.read(path)
        try:
            root = parse_template(data) if isinstance(data, bytes) else None
        except TemplateSyntaxError:
            return False
        section = root.get("Resources") if isinstance(root, Table) else None
        if not isinstance(root, Table) or not isinstance(section, Table | None):
            return False
        entries = section or Table({}, root.mark)
        parts = [*find_unread_sections(root), *find_unread_entries(entries)]
        sources = [part.source for part in parts]
        for resource in read_resources(entries).values():
            if resource.kind in TEMPLATE_LOCATIONS or _BUCKET.fullmatch(resource.kind):
                return False
            kind = resource.body.get("Type")
            if not isinstance(kind, Scalar) or kind.text.endswith("::MODULE"):
                sources.append(module_source_of(resource.body))
        return all(source is not None and self.are_free(source, path, depth + 1) for source in sources)
