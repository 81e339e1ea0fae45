"""Comments that suppress findings of a bucket: those at its block, at its encryption configuration, and at the calls
of the modules that it stands in.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from s3kms.iac.hcl.module import Declaration, Module
from s3kms.iac.hcl.scope import ModuleInstance, ResourceInstance
from s3kms.iac.suppressions.comments import Comment, hcl_comments
from s3kms.iac.suppressions.directives import ResourceLines, may_have_suppressions, suppressions_in_comments
from s3kms.model.suppressions import Suppression

_BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class BlockSuppressions:
    """The suppressions in the files of a root module and of those that it calls. Each file is searched once."""

    _comments: dict[Path, tuple[Comment, ...]] = field(default_factory=dict)

    def suppressions(
        self, bucket: ResourceInstance, configurations: Iterable[ResourceInstance]
    ) -> tuple[Suppression, ...]:
        """The suppressions of a bucket. At a call only those of s3kms count: the call may stand for many resources,
        and another tool's may be meant for any of them.
        """
        found: dict[Suppression, None] = {}
        for instance in (bucket, *configurations):
            found |= dict.fromkeys(self._of(instance.module_instance.module, instance.resource.declared))
        for module, call in _calls_above(bucket.module_instance):
            found |= dict.fromkeys(one for one in self._of(module, call) if one.is_own)
        return tuple(found)

    def _of(self, module: Module, declared: Declaration) -> tuple[Suppression, ...]:
        data, span = module.data.get(declared.path, b""), declared.block.span
        if declared.path not in self._comments:
            may_have_any = declared.path.suffix != ".json" and may_have_suppressions(data)
            text = data.decode("utf-8", "replace").removeprefix(_BYTE_ORDER_MARK) if may_have_any else ""
            self._comments[declared.path] = hcl_comments(text)
        comments = self._comments[declared.path]
        if not comments:
            return ()
        last = span.line + data.count(b"\n", span.start, span.end)
        return suppressions_in_comments(comments, ResourceLines(span.line, last), str(declared.path))


def _calls_above(module_instance: ModuleInstance) -> Iterator[tuple[Module, Declaration]]:
    """The calls that lead to a module, the nearest first, each with the module in which it stands."""
    while module_instance.caller is not None and module_instance.call is not None:
        yield module_instance.caller.module, module_instance.call
        module_instance = module_instance.caller
