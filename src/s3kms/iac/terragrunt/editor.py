"""Edits of Terragrunt: the literal of the algorithm in the unit's own file; else of the module, as Terraform's editor
proposes it for a root module with these inputs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from s3kms.iac.budget import BudgetExhausted, within_bounds
from s3kms.iac.editing.attempt import EditAttempt, compare_buckets, read_with_edit
from s3kms.iac.editing.splices import apply_splices
from s3kms.iac.editing.target import is_as_desired, outcomes_of
from s3kms.iac.hcl.syntax_tree import Body, Expression, Literal
from s3kms.iac.hcl.value_sources import parts_of
from s3kms.iac.interface import (
    BucketToEdit,
    Declined,
    Document,
    Edit,
    EditTarget,
    Proposal,
    ReadContext,
    Splice,
    Unit,
)
from s3kms.iac.terraform.code import READER as TERRAFORM
from s3kms.iac.terraform.editor import propose as propose_for_terraform
from s3kms.iac.terragrunt.reader import READER, FoundUnit, find_units_in
from s3kms.iac.terragrunt.syntax import parse_file
from s3kms.iac.terragrunt.units import UnitModule, find_module
from s3kms.model.advice import Advice, Command
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import SSE_KMS
from s3kms.text.quoting import quote_hcl

_MAX_INPUTS = 50
"""Inputs that are left out, each in turn, to see whether they decide."""
_MAX_LITERALS = 20
"""Literals of one file that are tried."""


def propose(
    unit: Unit, context: ReadContext, buckets: Sequence[BucketToEdit], target: EditTarget
) -> Iterator[Edit]:
    """One Edit for every bucket, some together."""
    if not isinstance(unit, Document):
        return
    left = {one.bucket.resource: one for one in buckets if one.bucket.resource}
    for proposal in _edit_literals(unit, context, left, target):
        for address in proposal.buckets:
            left.pop(address, None)
        yield proposal
    module = _module_of(unit, context) if left else None
    deciding = _deciding_inputs(module) if module else {}
    for address in [one for one in left if module is None or one in deciding]:
        del left[address]
        yield _decline(address, unit, deciding.get(address, []))
    if module is None or not left:
        return
    for edit in propose_for_terraform(module.folder, module.context, list(left.values()), target):
        if isinstance(edit, Proposal) and any(not _is_on_disk(path, context) for path, _ in edit.splices):
            yield from (_decline(address, unit, []) for address in edit.buckets)
        else:
            yield edit


def _deciding_inputs(module: UnitModule) -> dict[str, list[str]]:
    """The inputs without which a bucket comes out differently, by its address: an edit of the module that would keep
    it from taking them is none that a reviewer merges.
    """
    values = module.context.values
    before = read_with_edit(TERRAFORM, module.folder, module.context, {})
    found: dict[str, list[str]] = {}
    for name in list(values)[:_MAX_INPUTS]:
        left = {other: value for other, value in values.items() if other != name}
        after = read_with_edit(TERRAFORM, module.folder, replace(module.context, values=left), {})
        for address, bucket in before.items():
            if _encryptions(after.get(address)) != _encryptions(bucket):
                found.setdefault(address, []).append(name)
    return found


def _encryptions(bucket: Bucket | None) -> tuple[object, ...]:
    return () if bucket is None else tuple(one.encryption for one in outcomes_of(bucket))


def _is_on_disk(path: Path, context: ReadContext) -> bool:
    """Whether a file is there, and not one that Terragrunt generates."""
    return isinstance(context.files.read(path), bytes)


def _module_of(unit: Document, context: ReadContext) -> UnitModule | None:
    """The module of a unit, where the file is one unit and its module is a folder of the tree."""
    try:
        with within_bounds():
            found = [one for one in find_units_in(unit, context) if isinstance(one, FoundUnit)]
            if len(found) != 1:
                return None
            module = find_module(found[0].configuration, found[0].folder, context)
    except BudgetExhausted:
        return None
    return module if isinstance(module, UnitModule) and not module.is_elsewhere else None


def _edit_literals(
    unit: Document, context: ReadContext, left: dict[str, BucketToEdit], target: EditTarget
) -> Iterator[Proposal]:
    """The edits of single literals of the file that are proven to make buckets as desired."""
    addresses = [bucket.resource for bucket in READER.read(unit, context)]
    if not left or len(addresses) != len(set(addresses)):
        return  # several units of a stack make buckets of one address
    before = read_with_edit(READER, unit, context, {})
    algorithms = {one.before.algorithm for one in left.values()}
    done = set[str]()
    for literal in _literals(unit, algorithms)[:_MAX_LITERALS]:
        text = quote_hcl(target.algorithm or SSE_KMS).encode()
        splice = Splice(literal.span.start, literal.span.end, text)
        changed = apply_splices(unit.data, [splice])
        attempt = _attempt(replace(unit, data=changed), context, before, left, target)
        passed = attempt.passed - done
        if attempt.is_harmless and passed and not attempt.unfinished:
            done |= passed
            line = unit.data.count(b"\n", 0, literal.span.start) + 1
            yield Proposal(tuple(sorted(passed)), ((unit.path, splice),), f"line {line} gives the algorithm")


def _attempt(
    edited: Document,
    context: ReadContext,
    before: dict[str, Bucket],
    left: dict[str, BucketToEdit],
    target: EditTarget,
) -> EditAttempt:
    after = read_with_edit(READER, edited, context, {edited.path: edited.data})
    return compare_buckets(before, after, left.keys(), lambda _, bucket: is_as_desired(bucket, target))


def _literals(unit: Document, algorithms: set[str | None]) -> list[Literal]:
    body = parse_file(unit.path, unit.data).content.body
    return [one for one in _literals_in(body) if one.value in algorithms]


def _literals_in(body: Body) -> Iterator[Literal]:
    for attribute in body.attributes.values():
        yield from _literals_of(attribute.expression)
    for block in body.blocks:
        yield from _literals_in(block.body)


def _literals_of(expression: Expression) -> Iterator[Literal]:
    waiting = [expression]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Literal) and isinstance(one.value, str):
            yield one
        waiting += parts_of(one)


def _decline(address: str, unit: Document, names: list[str]) -> Declined:
    """Where the value comes from, which is no literal that may be edited alone."""
    check = {"check": Command("check")}
    if not names:
        why = f"no literal of {unit.path} alone decides it"
        return Declined(address, why, Advice("write the setting there, then run {check}", check))
    listed = ", ".join(names)
    why = f"{unit.path} gives its module {listed}, and no edit of one literal in that file is enough"
    advice = f"change {listed} where the unit has it from, then run {{check}}"
    return Declined(address, why, Advice(advice, check))
