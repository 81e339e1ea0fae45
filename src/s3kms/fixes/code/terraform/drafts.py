"""Edits that may put a bucket right: the one at the value itself first, the one that is added last."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from s3kms.estate.encryption import DSSE_KMS
from s3kms.estate.keys import AWS_S3_ALIAS
from s3kms.fixes.code.terraform.case import Case, algorithms_of, suffices
from s3kms.fixes.code.terraform.flow import Site
from s3kms.fixes.code.terraform.groups import (
    ALGORITHM,
    APPLY,
    BUCKET_KEY,
    INLINE,
    KEY,
    Entry,
    Group,
    group_of_body,
)
from s3kms.fixes.code.terraform.holders import (
    ENCRYPTION,
    Ground,
    literal_changed,
    said_beside,
    with_algorithm,
)
from s3kms.fixes.code.terraform.keys import key_value, variable_of
from s3kms.fixes.code.terraform.layout import Frame, is_before_the_split, resource_of
from s3kms.fixes.code.terraform.resources import (
    alike,
    configuration,
    configured_beside,
    inline_rule,
    is_configured_inline,
    unused,
)
from s3kms.fixes.code.terraform.rules import as_objects, rule_entries
from s3kms.fixes.code.terraform.text import Change
from s3kms.fixes.code.terraform.writing import Value, added, replaced
from s3kms.sources.code.hcl.tree import Expression, Literal, ObjectOf

_Place: TypeAlias = tuple[Group | None, Group | None, Frame]
"""The part of a rule with the algorithm, the rule, and the module that sees what stands there."""
_SAME_WORDS = ("aws_s3_", "aws_iam_")
"""How the types of resources begin in which an algorithm is called what it is called in a default encryption."""


@dataclass(frozen=True, slots=True)
class Draft:
    """Changes, and where the value that they change is written."""

    changes: tuple[tuple[Path, Change], ...]
    why: str
    group: frozenset[str]
    """The buckets that it is for."""


@dataclass(frozen=True, slots=True)
class Drafts:
    """What can be tried."""

    case: Case
    ground: Ground

    def of(self, address: str) -> Iterator[Draft]:
        """For one bucket, the best first. Raises Refused where what is desired cannot be said."""
        yield from self._literals(address)
        yield from self._arguments(address)
        yield from self._holder(address)
        yield from self._arguments_replaced(address)
        if address not in self.ground.holder_of:
            yield from self._missing(address)

    def _literals(self, address: str) -> Iterator[Draft]:
        """The texts that the algorithm comes from."""
        sites, group = self._closure(address)
        if not sites or not all(self.case.layout.is_editable(site.path) for site in sites):
            return
        if any(self._is_used_elsewhere(frame, name) for site in sites for frame, name in site.names):
            return
        changes = [
            (site.path, literal_changed(site, self.case.algorithm))
            for site in sites
            if not suffices(str(site.literal.value), self.case.desired)
        ]
        yield from self._with_more(changes, _origin(sites, len(group)), group, sites)

    def _is_used_elsewhere(self, frame: Frame, name: str) -> bool:
        """Whether a variable or a local is in a resource that is neither of S3 nor a policy: there it means another
        thing, and `aws:kms` may be none of the words that are taken.
        """
        word = re.compile(rf"(?<![\w.-]){re.escape(name)}(?![\w-])".encode())
        for resource in frame.module.resources.values():
            if resource.mode == "managed" and not resource.type.startswith(_SAME_WORDS):
                span = resource.declared.block.span
                if word.search(self.case.data(resource.declared.path), span.start, span.end):
                    return True
        return False

    def _closure(self, address: str) -> tuple[list[Site], frozenset[str]]:
        """Every text from which the bucket's algorithm comes, and of those that get it from there, too."""
        sites: dict[tuple[Path, int], Site] = {}
        group, waiting = {address}, [address]
        while waiting:
            for site in self.ground.sites_of.get(waiting.pop(), ()):
                if site.key not in sites:
                    sites[site.key] = site
                    more = self.ground.reached[site.key] - group
                    group |= more
                    waiting += sorted(more)
        return list(sites.values()), frozenset(group)

    def _arguments(self, address: str) -> Iterator[Draft]:
        """The argument of a call, where the module has the algorithm as the default of a variable."""
        sites = self.ground.sites_of.get(address, [])
        frame = self.case.layout.frame(address)
        if len(sites) != 1 or not sites[0].variable or frame is None:
            return
        site: Site = sites[0]
        while frame.above and frame.module.folder != site.path.parent:
            frame = frame.above
        call = frame.call
        if call is None or not isinstance(_default(frame, site), Literal):
            return
        if any(self._is_used_elsewhere(where, name) for where, name in site.names):
            return
        path = call.path
        body = group_of_body(call.block.body, path)
        if site.variable in body.entries or not self.case.layout.is_editable(path):
            return
        found = added(self.case.data(path), body, {site.variable or "": self.case.algorithm})
        is_own = self.case.layout.is_editable(site.path)
        reason = "reaches other buckets, too" if is_own else "is not below the root module"
        why = f'module "{frame.way[-1]}" gets {site.variable}, whose default {reason}'
        yield from self._with_more([(path, change) for change in found], why, frozenset({address}), [])

    def _arguments_replaced(self, address: str) -> Iterator[Draft]:
        """The argument of a call that hands the algorithm on."""
        frame = self.case.layout.frame(address)
        while frame and frame.call:
            path = frame.call.path
            call = group_of_body(frame.call.block.body, path)
            for name, entry in call.entries.items() if self.case.layout.is_editable(path) else ():
                if _MAY_BE_ALGORITHM.search(name) and not isinstance(entry.expression, Literal | ObjectOf):
                    change = replaced(entry, self.case.algorithm, is_json=call.is_json)
                    why = f'module "{frame.way[-1]}" gets {name}'
                    yield from self._with_more([(path, change)], why, frozenset({address}), [])
            frame = frame.above

    def _holder(self, address: str) -> Iterator[Draft]:
        """The rule itself."""
        holder = self.ground.holder_of.get(address)
        if holder is None or not self.case.layout.is_editable(holder.path) or said_beside(self.case, holder):
            return
        group = frozenset(self.ground.reached[holder.key])
        changes: list[tuple[Path, Change]] = []
        if not self._has_algorithm(group):
            more = self._key_of(address) if holder.rule.apply is None else {}
            found = with_algorithm(self.case, holder.rule, self.case.algorithm, more)
            changes = [(holder.path, change) for change in found]
        yield from self._with_more(changes, f"{holder.address} says it", group, [])

    def _key_of(self, address: str) -> dict[str, Value]:
        key = self.case.desired.key
        value = key_value(key, self._place(address)[2]) if key else None
        return {} if value is None else {KEY: value}

    def _has_algorithm(self, group: frozenset[str]) -> bool:
        return all(
            suffices(algorithm, self.case.desired)
            for address in group
            for algorithm in [*algorithms_of(self.case.before[address])] or [""]
        )

    def _with_more(
        self, changes: list[tuple[Path, Change]], why: str, group: frozenset[str], sites: list[Site]
    ) -> Iterator[Draft]:
        """With the key and the bucket key beside it; where that cannot be, and need not, without."""
        must = self.case.desired.key is not None or self.case.desired.bucket_key is not None
        more = self._more(group, sites)
        combined = _combined([*changes, *more])
        if combined:
            yield Draft(combined, why, group)
        if more and not must and changes:
            yield Draft(tuple(changes), why, group)

    def _more(self, group: frozenset[str], sites: list[Site]) -> list[tuple[Path, Change]]:
        places: list[_Place] = [(site.apply, site.rule, site.frame) for site in sites if site.apply]
        if len(places) < len(sites) or not sites:
            places += [self._place(address) for address in sorted(group & self.ground.holder_of.keys())]
        found: list[tuple[Path, Change]] = []
        for place in places:
            found += self._beside(*place)
        return found

    def _place(self, address: str) -> _Place:
        """The rule of a bucket, seen from where its module is called."""
        holder = self.ground.holder_of[address]
        frame = self.case.layout.frame(address)
        is_beside = frame is not None and frame.module.folder == holder.frame.module.folder
        return holder.rule.apply, holder.rule.group, frame if frame and is_beside else holder.frame

    def _beside(self, apply: Group | None, rule: Group | None, frame: Frame) -> Iterator[tuple[Path, Change]]:
        """The key in the part with the algorithm, the bucket key in the rule."""
        key = self.case.desired.key
        if apply and key is not None:
            yield from self._said(apply, KEY, frame, lambda where: key_value(key, where) or AWS_S3_ALIAS)
        if rule is None:
            return
        wished, entry = self.case.desired.bucket_key, rule.entries.get(BUCKET_KEY)
        if self.case.algorithm == DSSE_KMS:
            if entry and not _is(entry.expression, value=False):  # fact A15
                yield from self._said(rule, BUCKET_KEY, frame, lambda _: False)
        elif (entry is None and wished is not False) or (entry and wished is not None):
            yield from self._said(rule, BUCKET_KEY, frame, lambda _: wished is not False)

    def _said(
        self, group: Group, name: str, frame: Frame, value_in: Callable[[Frame], Value]
    ) -> Iterator[tuple[Path, Change]]:
        """An argument, with that value; where a variable of a module is there, in the call of the module."""
        entry = group.entries.get(name)
        variable = variable_of(entry.expression) if entry else None
        if variable and frame.call and frame.above:
            call = group_of_body(frame.call.block.body, frame.call.path)
            yield from self._said(call, variable, frame.above, value_in)
        elif self.case.layout.is_editable(group.path):
            yield from self._written(group, name, entry, value_in(frame))

    def _written(
        self, group: Group, name: str, entry: Entry | None, value: Value
    ) -> Iterator[tuple[Path, Change]]:
        if entry is None and value != AWS_S3_ALIAS:
            after = {KEY: ALGORITHM, BUCKET_KEY: APPLY}.get(name)
            for change in added(self.case.data(group.path), group, {name: value}, after=after):
                yield group.path, change
        elif (
            entry
            and not _is(entry.expression, value)
            and not (value == AWS_S3_ALIAS and _is(entry.expression, None))
        ):
            yield group.path, replaced(entry, value, is_json=group.is_json)

    def _missing(self, address: str) -> Iterator[Draft]:
        """A configuration for a bucket that has none."""
        frame = self.case.layout.frame(address)
        found = frame.module.resources.get(("managed", *resource_of(address))) if frame else None
        if frame is None or found is None:
            return
        if frame.takes_rule:
            yield from self._argument_of_module(address, frame)
        if frame.is_s3_bucket_module:
            return
        if not self.case.layout.is_editable(found.declared.path) or unused(frame, address):
            return
        if configured_beside(self.case, self.ground, address):
            return
        group = frozenset(alike(self.case, address, self.case.wanted))
        if is_before_the_split(frame) or is_configured_inline(frame):
            changes, why = inline_rule(self.case, found, frame), "encryption of its own"
        else:
            changes, why = configuration(self.case, found, frame), ENCRYPTION
        path = found.declared.path
        yield Draft(tuple((path, change) for change in changes), f"{found.address} has no {why}", group)

    def _argument_of_module(self, address: str, frame: Frame) -> Iterator[Draft]:
        """terraform-aws-modules/s3-bucket takes the whole rule as an argument, and so do its copies."""
        call = frame.call
        if call is None or not self.case.layout.is_editable(call.path):
            return
        body = group_of_body(call.block.body, call.path)
        rule = as_objects(rule_entries(self.case, frame.above or frame))
        entry = body.entries.get(INLINE)
        data = self.case.data(call.path)
        if entry is None:
            changes = added(data, body, {INLINE: rule})
        elif isinstance(entry.expression, ObjectOf) and not entry.expression.items:
            empty = Group(call.path, entry.expression.span.start + 1, entry.expression.span.end - 1, {})
            changes = added(data, replace(empty, is_json=body.is_json), rule.entries)
        else:
            return
        group = frozenset(other for other in self.case.wanted if self.case.layout.frame(other) is frame) | {
            address
        }
        yield Draft(
            tuple((call.path, change) for change in changes),
            f'module "{frame.way[-1]}" has no {INLINE}',
            group,
        )


_MAY_BE_ALGORITHM = re.compile(r"alg|sse|encr", re.IGNORECASE)


def _is(expression: Expression, value: Value | None) -> bool:
    """Whether that is written there, and nothing that comes to it."""
    return (
        isinstance(expression, Literal)
        and type(expression.value) is type(value)
        and expression.value == value
    )


def _alike(value: Value) -> tuple[Value | None, ...]:
    """What means the same; no key is aws/s3 (fact A12)."""
    return (value, None) if value == AWS_S3_ALIAS else (value,)


def _default(frame: Frame, site: Site) -> object:
    declared = frame.module.variables.get(site.variable or "")
    found = declared.block.body.attributes.get("default") if declared else None
    return found.expression if found else None


def _combined(changes: list[tuple[Path, Change]]) -> tuple[tuple[Path, Change], ...]:
    """Each once; two of one place in their order."""
    return tuple(dict.fromkeys(changes))


def _origin(sites: list[Site], count: int) -> str:
    places = list(dict.fromkeys(site.where for site in sites))
    who = "the bucket gets" if count == 1 else f"{count} buckets get"
    verb = "has" if len(places) == 1 else "have"
    return f"{' and '.join(places)} {verb} the value; {who} it from there"
