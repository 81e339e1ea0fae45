"""Buckets of modules that were not fetched: what is known of the module stands in for it, or a folder of the tree."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from s3kms.iac.hcl.module_loader import CallNames
from s3kms.iac.hcl.root_module import RootModule
from s3kms.iac.hcl.scope import ResourceInstance, module_names
from s3kms.iac.terraform.resource_types import BUCKET_TYPES, ENCRYPTION_CONFIGURATION, SELF_ENCRYPTED_BUCKETS
from s3kms.model.advice import Sentence
from s3kms.model.place import Place

_MAX_LISTED = 10
_DECLARING = BUCKET_TYPES | SELF_ENCRYPTED_BUCKETS | {ENCRYPTION_CONFIGURATION}


@dataclass(frozen=True, slots=True)
class CallElsewhere:
    """What is to be said of a bucket because a module around it was not fetched."""

    caveats: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    """The call, where the module itself is no file; else none."""


def find_call_elsewhere(root: RootModule, instance: ResourceInstance) -> CallElsewhere:
    """The calls around a resource that lead to modules which were not fetched, the outermost first."""
    names = module_names(instance.module_instance.module_path)
    caveats: list[str] = []
    for depth in range(1, len(names) + 1):
        elsewhere = root.loader.elsewhere.get(names[:depth])
        if elsewhere is None:
            continue
        caveats.append(elsewhere.caveat)
        if elsewhere.is_stand_in:
            return CallElsewhere(tuple(caveats), (_place_of_call(root, names[:depth]),))
    return CallElsewhere(tuple(caveats))


def _place_of_call(root: RootModule, names: CallNames) -> Place:
    module = next(module for names_, module in root.modules if names_ == names[:-1])
    call = module.calls[names[-1]]
    return Place(str(call.path), call.block.span.line, call.block.span.column)


def describe_modules_without_buckets(root: RootModule, only: Path | None) -> Iterator[Sentence]:
    """One sentence about the modules that were not fetched and are known to declare no bucket, if there are some."""
    found: list[str] = []
    for names, module in root.modules:
        elsewhere = root.loader.elsewhere.get(names)
        if elsewhere is None or not elsewhere.is_stand_in or module.calls:
            continue
        is_wanted = only is None or root.is_declared_in(only, names, Path())
        if is_wanted and not any(resource.type in _DECLARING for resource in module.resources.values()):
            found.append(f"module.{'.module.'.join(names)} ({elsewhere.source})")
    if found:
        more = f" and {len(found) - _MAX_LISTED} more" if len(found) > _MAX_LISTED else ""
        what = "is not installed; it is" if len(found) == 1 else "are not installed; they are"
        fields = {"modules": ", ".join(found[:_MAX_LISTED]) + more}
        yield Sentence(f"{{modules}} {what} known to declare no bucket", fields)
