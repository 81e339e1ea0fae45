"""The failing cases of Terraform, edited as a fix does; `python -m tests.support.terraform_fixes` prints them all."""

import difflib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from tests.support.cases.terraform.code import CASES
from tests.support.code import Memory
from tests.support.terraform_case import FAIL, ROOT, Case, Said

from s3kms.desired.configuration import Configuration
from s3kms.iac import load_languages
from s3kms.iac.editing.assessment import FixTarget, assess_bucket
from s3kms.iac.editing.edit_plan import EditPlan, EditPlanner
from s3kms.iac.interface import Folder, ReadContext
from s3kms.model.bucket import Bucket
from s3kms.model.unknown import known
from s3kms.rules import find_rule
from s3kms.rules.evaluate import evaluate_bucket

FAILING = [case for case in CASES if any(said.verdict is FAIL for said in case.said.values())]
AS_USUAL = FixTarget()


@dataclass(frozen=True)
class Fixed:
    """A case, and what the planner makes of it."""

    case: Case
    plan: EditPlan

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
        """Why those that are not right are skipped, by address."""
        return {
            str(one.bucket.resource): one.skipped.reason
            for one in self.plan.skipped
            if not one.skipped.is_compliant
        }

    @property
    def changed_lines(self) -> int:
        """Lines that are new or gone."""
        before, after = self.case.files, self.after.files
        return sum(_changed_lines(text, after[name]) for name, text in before.items())


def _changed_lines(before: str, after: str) -> int:
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return sum(line.startswith(("+ ", "- ")) for line in lines)


def fix(case: Case, wish: FixTarget = AS_USUAL) -> Fixed:
    """As the command does, without a disk."""
    context = context_of(case)
    planner = EditPlanner(lambda bucket: assess_bucket(bucket, wish), lambda _: None)
    unit = Folder(ROOT)
    language = next(one for one in load_languages() if one.reader.claims(unit))
    return Fixed(case, planner.plan([(unit, language)], context))


def context_of(case: Case) -> ReadContext:
    """The files of a case, and what the user says beside them."""
    return ReadContext(Memory({ROOT / name: text.encode() for name, text in case.files.items()}), case.inputs)


def buckets_of(case: Case) -> list[Bucket]:
    """What is read of a case."""
    unit = Folder(ROOT)
    reader = next(one.reader for one in load_languages() if one.reader.claims(unit))
    return list(reader.read(unit, context_of(case)))


def said_of(bucket: Bucket) -> Said:
    """What our check says of a bucket, as something to hold others to."""
    found = evaluate_bucket(
        bucket, find_rule("s3_bucket_kms_encryption"), Configuration(), date(2026, 11, 23)
    )
    if found.encryption is None:
        return Said(found.verdict)
    encryption = found.encryption
    return Said(found.verdict, encryption.algorithm, found.key_kind, known(encryption.bucket_key))


def shown(fixed: Fixed) -> Iterator[str]:
    """What the snapshot has of a case: the number of lines that change, and who is skipped."""
    yield f"{fixed.changed_lines:>3}  {fixed.case.id}"
    for address, why in fixed.left.items():
        yield f"     skipped: {address}: {why}"


def table() -> Iterator[str]:
    """All of them."""
    for case in FAILING:
        yield from shown(fix(case))


if __name__ == "__main__":
    print(*table(), sep="\n")
