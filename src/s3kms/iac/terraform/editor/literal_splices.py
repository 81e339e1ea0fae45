"""Splices that put an algorithm in the place of literals, and leave no conditional whose branches are equal."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from s3kms.iac.hcl.syntax_tree import Conditional, Expression, Literal
from s3kms.iac.interface import Splice
from s3kms.iac.terraform.editor.render_hcl import render_inline
from s3kms.iac.terraform.editor.root_module_edit import FileSplice
from s3kms.iac.terraform.editor.value_flow import LiteralSite


def replace_literal(site: LiteralSite, algorithm: str) -> Splice[bytes]:
    """What puts an algorithm in the place of a literal."""
    return _replace(site.literal, site.path, algorithm)


def replace_literals(sites: Iterable[LiteralSite], algorithm: str) -> list[FileSplice]:
    """What puts an algorithm in the place of several literals. A conditional that would come to the same in each of
    its branches becomes that value.
    """
    found: list[FileSplice] = []
    conditionals: dict[tuple[Path, int], tuple[Conditional, list[LiteralSite]]] = {}
    for site in sites:
        if site.conditional is None or site.path.name.endswith(".json"):
            found.append((site.path, replace_literal(site, algorithm)))
        else:
            key = site.path, site.conditional.span.start
            conditionals.setdefault(key, (site.conditional, []))[1].append(site)
    for conditional, inside in conditionals.values():
        new = {site.literal.span.start: algorithm for site in inside}
        path = inside[0].path
        equal = list(_equal_conditionals(conditional, new))
        found += [(path, _replace(one, path, algorithm)) for one in equal]
        covered = [range(one.span.start, one.span.end) for one in equal]
        found += [
            (path, replace_literal(site, algorithm))
            for site in inside
            if not any(site.literal.span.start in one for one in covered)
        ]
    return found


def _equal_conditionals(here: Expression, new: dict[int, str]) -> Iterator[Conditional]:
    """The outermost conditionals that come to one and the same new literal, whatever their tests say."""
    if not isinstance(here, Conditional):
        return
    if _only_value(here, new) in new.values() and any(_starts_in(here, start) for start in new):
        yield here
        return
    yield from _equal_conditionals(here.yes, new)
    yield from _equal_conditionals(here.no, new)


def _only_value(here: Expression, new: dict[int, str]) -> object:
    """The literal that every branch comes to; None where they differ, or one is no literal."""
    if isinstance(here, Literal):
        return new.get(here.span.start, here.value)
    if isinstance(here, Conditional):
        yes, no = _only_value(here.yes, new), _only_value(here.no, new)
        return yes if yes == no else None
    return None


def _starts_in(here: Conditional, start: int) -> bool:
    return here.span.start <= start < here.span.end


def _replace(expression: Expression, path: Path, algorithm: str) -> Splice[bytes]:
    span = expression.span
    text = render_inline(algorithm, is_json=path.name.endswith(".json"))
    return Splice(span.start, span.end, text.encode())
