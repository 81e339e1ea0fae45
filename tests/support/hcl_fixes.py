"""The failing cases of Terraform, edited as `s3kms fix` does; `python -m tests.support.hcl_fixes` prints them all."""

import difflib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from tests.pure.hcl_cases import CASES
from tests.support.code import Memory
from tests.support.hcl import FAIL, ROOT, Case, Said

from s3kms.estate.bucket import Bucket
from s3kms.fixes.code import load_editors
from s3kms.fixes.code.needs import Wish, need_of
from s3kms.fixes.code.planning import CodePlan, Planner
from s3kms.rules import find_rule
from s3kms.rules.judge import judge_bucket
from s3kms.sources.code import READERS
from s3kms.sources.code.interface import Context, Folder
from s3kms.wanted.model import Wanted

FAILING = [case for case in CASES if any(said.verdict is FAIL for said in case.said.values())]
AS_USUAL = Wish()


@dataclass(frozen=True)
class Fixed:
    """A case, and what the planner makes of it."""

    case: Case
    plan: CodePlan

    @cached_property
    def after(self) -> Case:
        """The case with the edits in it, and what is to be said of its buckets then: what our check says."""
        now = {os.path.relpath(patch.path, ROOT): patch.after.decode() for patch in self.plan.patches}
        after = replace(self.case, marked={**self.case.files, **now})
        return replace(after, said={str(bucket.resource): said_of(bucket) for bucket in buckets_of(after)})

    @property
    def edited(self) -> frozenset[str]:
        """The addresses of those that are to be right now."""
        return frozenset(str(bucket.resource) for edited in self.plan.edited for bucket in edited.buckets)

    @property
    def left(self) -> Mapping[str, str]:
        """Why those that are not right are left alone, by address."""
        return {
            str(left.bucket.resource): left.leave.why for left in self.plan.left if not left.leave.is_well
        }

    @property
    def changed_lines(self) -> int:
        """Lines that are new or gone."""
        before, after = self.case.files, self.after.files
        return sum(_changed_lines(text, after[name]) for name, text in before.items())


def _changed_lines(before: str, after: str) -> int:
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return sum(line.startswith(("+ ", "- ")) for line in lines)


def fix(case: Case, wish: Wish = AS_USUAL) -> Fixed:
    """As the command does, without a disk."""
    context = context_of(case)
    planner = Planner(lambda bucket: need_of(bucket, wish), load_editors(), lambda _: None)
    unit = Folder(ROOT)
    reader = next(reader for reader in READERS if reader.claims(unit))
    return Fixed(case, planner.plan([(unit, reader)], context))


def context_of(case: Case) -> Context:
    """The files of a case, and what the user says beside them."""
    return Context(Memory({ROOT / name: text.encode() for name, text in case.files.items()}), case.inputs)


def buckets_of(case: Case) -> list[Bucket]:
    """What is read of a case."""
    unit = Folder(ROOT)
    reader = next(reader for reader in READERS if reader.claims(unit))
    return list(reader.read(unit, context_of(case)))


def said_of(bucket: Bucket) -> Said:
    """What our check says of a bucket, as something to hold others to."""
    found = judge_bucket(bucket, find_rule("s3_bucket_kms_encryption"), Wanted(), date(2026, 11, 23))
    if found.encryption is None:
        return Said(found.verdict)
    encryption = found.encryption
    return Said(found.verdict, encryption.algorithm, found.key_kind, encryption.bucket_key)


def shown(fixed: Fixed) -> Iterator[str]:
    """What the snapshot has of a case: the number of lines that change, and who is left alone."""
    yield f"{fixed.changed_lines:>3}  {fixed.case.id}"
    for address, why in fixed.left.items():
        yield f"     left alone: {address}: {why}"


def table() -> Iterator[str]:
    """All of them."""
    for case in FAILING:
        yield from shown(fix(case))


if __name__ == "__main__":
    print(*table(), sep="\n")
