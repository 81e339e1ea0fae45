"""What comments say of a bucket: beside its block, beside its encryption configuration, and beside the calls of the
modules that it stands in.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from s3kms.estate.skips import Skip
from s3kms.sources.code.comments import Comment, hcl_comments
from s3kms.sources.code.hcl.module import Declared, Module
from s3kms.sources.code.hcl.scope import Placed, Thing
from s3kms.sources.code.skips import Block, may_skip, skips_of

_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Beside:
    """The comments of a root module and of those it calls; a file's are looked for once."""

    _comments: dict[Path, tuple[Comment, ...]] = field(default_factory=dict)

    def skips(self, bucket: Thing, configurations: Iterable[Thing]) -> tuple[Skip, ...]:
        """What is said of leaving a bucket as it is. Beside a call only what is written for this tool counts: the
        call may stand for many resources, and another tool may mean any of them.
        """
        found: dict[Skip, None] = {}
        for thing in (bucket, *configurations):
            found |= dict.fromkeys(self._of(thing.placed.module, thing.resource.declared))
        for module, call in _calls(bucket.placed):
            found |= dict.fromkeys(skip for skip in self._of(module, call) if skip.is_own)
        return tuple(found)

    def _of(self, module: Module, declared: Declared) -> tuple[Skip, ...]:
        data, span = module.data.get(declared.path, b""), declared.block.span
        if declared.path not in self._comments:
            is_worth_it = declared.path.suffix != ".json" and may_skip(data)
            text = data.decode("utf-8", "replace").removeprefix(_BOM) if is_worth_it else ""
            self._comments[declared.path] = hcl_comments(text)
        comments = self._comments[declared.path]
        if not comments:
            return ()
        last = span.line + data.count(b"\n", span.start, span.end)
        return skips_of(comments, Block(span.line, last), str(declared.path))


def _calls(placed: Placed) -> Iterator[tuple[Module, Declared]]:
    """The calls that lead to a module, the nearest first, each with the module in which it stands."""
    while placed.above is not None and placed.call is not None:
        yield placed.above.module, placed.call
        placed = placed.above
