"""Edits that may put a bucket right: the one at the value itself first, the one that is added last."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from s3kms.iac.editing.target import is_sufficient_algorithm
from s3kms.iac.hcl.syntax_tree import Expression, Literal, ObjectConstructor
from s3kms.iac.interface import Splice
from s3kms.iac.terraform.editor.entry_groups import (
    ALGORITHM,
    APPLY,
    BUCKET_KEY,
    INLINE,
    KEY,
    EntryGroup,
    GroupEntry,
    group_of_body,
)
from s3kms.iac.terraform.editor.key_expressions import express_key, variable_of
from s3kms.iac.terraform.editor.module_tree import ModuleNode, is_before_provider_4, resource_of
from s3kms.iac.terraform.editor.new_configuration import (
    add_configuration,
    add_inline_block,
    configured_instances,
    find_unused_configuration,
    instances_of_same_resource,
    is_configured_inline,
)
from s3kms.iac.terraform.editor.new_rule import as_objects, rule_entries
from s3kms.iac.terraform.editor.render_hcl import EntryValue, add_entries, replace_value
from s3kms.iac.terraform.editor.root_module_edit import RootModuleEdit, algorithms_of
from s3kms.iac.terraform.editor.rule_blocks import (
    ENCRYPTION,
    AlgorithmSources,
    replace_literal,
    set_algorithm,
    variable_given_by_option,
)
from s3kms.iac.terraform.editor.value_flow import LiteralSite
from s3kms.model.encryption import DSSE_KMS
from s3kms.model.keys import AWS_S3_ALIAS

_Place: TypeAlias = tuple[EntryGroup | None, EntryGroup | None, ModuleNode]
"""The part of a rule with the algorithm, the rule, and the module that sees what stands there."""
_SAME_WORDS = ("aws_s3_", "aws_iam_")
"""How the types of resources begin in which an algorithm is called what it is called in a default encryption."""


@dataclass(frozen=True, slots=True)
class CandidateEdit:
    """Changes, and where the value that they change is written."""

    changes: tuple[tuple[Path, Splice[bytes]], ...]
    why: str
    group: frozenset[str]
    """The buckets that it is for."""


@dataclass(frozen=True, slots=True)
class CandidateEdits:
    """What can be tried."""

    case: RootModuleEdit
    ground: AlgorithmSources

    def of(self, address: str) -> Iterator[CandidateEdit]:
        """For one bucket, the best first. Raises Refused where what is desired cannot be said."""
        yield from self._literals(address)
        yield from self._arguments(address)
        yield from self._holder(address)
        yield from self._arguments_replaced(address)
        if address not in self.ground.holder_of:
            yield from self._missing(address)

    def _literals(self, address: str) -> Iterator[CandidateEdit]:
        """The texts that the algorithm comes from."""
        sites, group = self._closure(address)
        if not sites or not all(self.case.layout.is_editable(site.path) for site in sites):
            return
        if any(self._is_used_elsewhere(frame, name) for site in sites for frame, name in site.names):
            return
        changes = [
            (site.path, replace_literal(site, self.case.algorithm))
            for site in sites
            if not is_sufficient_algorithm(str(site.literal.value), self.case.desired)
        ]
        yield from self._with_more(changes, _origin(sites, len(group)), group, sites)

    def _is_used_elsewhere(self, frame: ModuleNode, name: str) -> bool:
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

    def _closure(self, address: str) -> tuple[list[LiteralSite], frozenset[str]]:
        """Every text from which the bucket's algorithm comes, and of those that get it from there, too."""
        sites: dict[tuple[Path, int], LiteralSite] = {}
        group, waiting = {address}, [address]
        while waiting:
            for site in self.ground.sites_of.get(waiting.pop(), ()):
                if site.key not in sites:
                    sites[site.key] = site
                    more = self.ground.reached[site.key] - group
                    group |= more
                    waiting += sorted(more)
        return list(sites.values()), frozenset(group)

    def _arguments(self, address: str) -> Iterator[CandidateEdit]:
        """The argument of a call, where the module has the algorithm as the default of a variable."""
        sites = self.ground.sites_of.get(address, [])
        frame = self.case.layout.frame(address)
        if len(sites) != 1 or not sites[0].variable or frame is None:
            return
        site: LiteralSite = sites[0]
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
        found = add_entries(self.case.data(path), body, {site.variable or "": self.case.algorithm})
        is_own = self.case.layout.is_editable(site.path)
        reason = "reaches other buckets, too" if is_own else "is not below the root module"
        why = f'module "{frame.way[-1]}" gets {site.variable}, whose default {reason}'
        yield from self._with_more([(path, change) for change in found], why, frozenset({address}), [])

    def _arguments_replaced(self, address: str) -> Iterator[CandidateEdit]:
        """The argument of a call that hands the algorithm on."""
        frame = self.case.layout.frame(address)
        while frame and frame.call:
            path = frame.call.path
            call = group_of_body(frame.call.block.body, path)
            for name, entry in call.entries.items() if self.case.layout.is_editable(path) else ():
                if _MAY_BE_ALGORITHM.search(name) and not isinstance(
                    entry.expression, Literal | ObjectConstructor
                ):
                    change = replace_value(entry, self.case.algorithm, is_json=call.is_json)
                    why = f'module "{frame.way[-1]}" gets {name}'
                    yield from self._with_more([(path, change)], why, frozenset({address}), [])
            frame = frame.above

    def _holder(self, address: str) -> Iterator[CandidateEdit]:
        """The rule itself."""
        holder = self.ground.holder_of.get(address)
        if (
            holder is None
            or not self.case.layout.is_editable(holder.path)
            or variable_given_by_option(self.case, holder)
        ):
            return
        group = frozenset(self.ground.reached[holder.key])
        changes: list[tuple[Path, Splice[bytes]]] = []
        if not self._has_algorithm(group):
            more = self._key_of(address) if holder.rule.apply is None else {}
            found = set_algorithm(self.case, holder.rule, self.case.algorithm, more)
            changes = [(holder.path, change) for change in found]
        yield from self._with_more(changes, f"{holder.address} says it", group, [])

    def _key_of(self, address: str) -> dict[str, EntryValue]:
        key = self.case.desired.key
        value = express_key(key, self._place(address)[2]) if key else None
        return {} if value is None else {KEY: value}

    def _has_algorithm(self, group: frozenset[str]) -> bool:
        return all(
            is_sufficient_algorithm(algorithm, self.case.desired)
            for address in group
            for algorithm in [*algorithms_of(self.case.before[address])] or [""]
        )

    def _with_more(
        self,
        changes: list[tuple[Path, Splice[bytes]]],
        why: str,
        group: frozenset[str],
        sites: list[LiteralSite],
    ) -> Iterator[CandidateEdit]:
        """With the key and the bucket key beside it; where that cannot be, and need not, without."""
        must = self.case.desired.key is not None or self.case.desired.bucket_key is not None
        more = self._more(group, sites)
        combined = _combined([*changes, *more])
        if combined:
            yield CandidateEdit(combined, why, group)
        if more and not must and changes:
            yield CandidateEdit(tuple(changes), why, group)

    def _more(self, group: frozenset[str], sites: list[LiteralSite]) -> list[tuple[Path, Splice[bytes]]]:
        places: list[_Place] = [(site.apply, site.rule, site.frame) for site in sites if site.apply]
        if len(places) < len(sites) or not sites:
            places += [self._place(address) for address in sorted(group & self.ground.holder_of.keys())]
        found: list[tuple[Path, Splice[bytes]]] = []
        for place in places:
            found += self._beside(*place)
        return found

    def _place(self, address: str) -> _Place:
        """The rule of a bucket, seen from where its module is called."""
        holder = self.ground.holder_of[address]
        frame = self.case.layout.frame(address)
        is_beside = frame is not None and frame.module.folder == holder.frame.module.folder
        return holder.rule.apply, holder.rule.group, frame if frame and is_beside else holder.frame

    def _beside(
        self, apply: EntryGroup | None, rule: EntryGroup | None, frame: ModuleNode
    ) -> Iterator[tuple[Path, Splice[bytes]]]:
        """The key in the part with the algorithm, the bucket key in the rule."""
        key = self.case.desired.key
        if apply and key is not None:
            yield from self._said(apply, KEY, frame, lambda where: express_key(key, where) or AWS_S3_ALIAS)
        if rule is None:
            return
        wished, entry = self.case.desired.bucket_key, rule.entries.get(BUCKET_KEY)
        if self.case.algorithm == DSSE_KMS:
            if entry and not _is(entry.expression, value=False):  # fact A15
                yield from self._said(rule, BUCKET_KEY, frame, lambda _: False)
        elif (entry is None and wished is not False) or (entry and wished is not None):
            yield from self._said(rule, BUCKET_KEY, frame, lambda _: wished is not False)

    def _said(
        self, group: EntryGroup, name: str, frame: ModuleNode, value_in: Callable[[ModuleNode], EntryValue]
    ) -> Iterator[tuple[Path, Splice[bytes]]]:
        """An argument, with that value; where a variable of a module is there, in the call of the module."""
        entry = group.entries.get(name)
        variable = variable_of(entry.expression) if entry else None
        if variable and frame.call and frame.above:
            call = group_of_body(frame.call.block.body, frame.call.path)
            yield from self._said(call, variable, frame.above, value_in)
        elif self.case.layout.is_editable(group.path):
            yield from self._written(group, name, entry, value_in(frame))

    def _written(
        self, group: EntryGroup, name: str, entry: GroupEntry | None, value: EntryValue
    ) -> Iterator[tuple[Path, Splice[bytes]]]:
        if entry is None and value != AWS_S3_ALIAS:
            after = {KEY: ALGORITHM, BUCKET_KEY: APPLY}.get(name)
            for change in add_entries(self.case.data(group.path), group, {name: value}, after=after):
                yield group.path, change
        elif (
            entry
            and not _is(entry.expression, value)
            and not (value == AWS_S3_ALIAS and _is(entry.expression, None))
        ):
            yield group.path, replace_value(entry, value, is_json=group.is_json)

    def _missing(self, address: str) -> Iterator[CandidateEdit]:
        """A configuration for a bucket that has none."""
        frame = self.case.layout.frame(address)
        found = frame.module.resources.get(("managed", *resource_of(address))) if frame else None
        if frame is None or found is None:
            return
        if frame.takes_rule:
            yield from self._argument_of_module(address, frame)
        if frame.is_s3_bucket_module:
            return
        if not self.case.layout.is_editable(found.declared.path) or find_unused_configuration(frame, address):
            return
        if configured_instances(self.case, self.ground, address):
            return
        group = frozenset(instances_of_same_resource(self.case, address, self.case.wanted))
        if is_before_provider_4(frame) or is_configured_inline(frame):
            changes, why = add_inline_block(self.case, found, frame), "encryption of its own"
        else:
            changes, why = add_configuration(self.case, found, frame), ENCRYPTION
        path = found.declared.path
        yield CandidateEdit(
            tuple((path, change) for change in changes), f"{found.address} has no {why}", group
        )

    def _argument_of_module(self, address: str, frame: ModuleNode) -> Iterator[CandidateEdit]:
        """terraform-aws-modules/s3-bucket takes the whole rule as an argument, and so do its copies."""
        call = frame.call
        if call is None or not self.case.layout.is_editable(call.path):
            return
        body = group_of_body(call.block.body, call.path)
        rule = as_objects(rule_entries(self.case, frame.above or frame))
        entry = body.entries.get(INLINE)
        data = self.case.data(call.path)
        if entry is None:
            changes = add_entries(data, body, {INLINE: rule})
        elif isinstance(entry.expression, ObjectConstructor) and not entry.expression.items:
            empty = EntryGroup(call.path, entry.expression.span.start + 1, entry.expression.span.end - 1, {})
            changes = add_entries(data, replace(empty, is_json=body.is_json), rule.entries)
        else:
            return
        group = frozenset(other for other in self.case.wanted if self.case.layout.frame(other) is frame) | {
            address
        }
        yield CandidateEdit(
            tuple((call.path, change) for change in changes),
            f'module "{frame.way[-1]}" has no {INLINE}',
            group,
        )


_MAY_BE_ALGORITHM = re.compile(r"alg|sse|encr", re.IGNORECASE)


def _is(expression: Expression, value: EntryValue | None) -> bool:
    """Whether that is written there, and nothing that comes to it."""
    return (
        isinstance(expression, Literal)
        and type(expression.value) is type(value)
        and expression.value == value
    )


def _alike(value: EntryValue) -> tuple[EntryValue | None, ...]:
    """What means the same; no key is aws/s3 (fact A12)."""
    return (value, None) if value == AWS_S3_ALIAS else (value,)


def _default(frame: ModuleNode, site: LiteralSite) -> object:
    declared = frame.module.variables.get(site.variable or "")
    found = declared.block.body.attributes.get("default") if declared else None
    return found.expression if found else None


def _combined(changes: list[tuple[Path, Splice[bytes]]]) -> tuple[tuple[Path, Splice[bytes]], ...]:
    """Each once; two of one place in their order."""
    return tuple(dict.fromkeys(changes))


def _origin(sites: list[LiteralSite], count: int) -> str:
    places = list(dict.fromkeys(site.where for site in sites))
    who = "the bucket gets" if count == 1 else f"{count} buckets get"
    verb = "has" if len(places) == 1 else "have"
    return f"{' and '.join(places)} {verb} the value; {who} it from there"
