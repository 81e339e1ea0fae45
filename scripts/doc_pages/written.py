"""Pages that are written by hand and hold tables that the code knows."""

import re

from scripts.doc_pages.bucket_states import verdict_rows
from scripts.doc_pages.commands import exit_codes
from scripts.doc_pages.page import ROOT, with_table

from s3kms.access.limits import LIMITS
from s3kms.model.access import KeyAccess
from s3kms.model.organization_export import EXPORT_COMMANDS
from s3kms.model.plan import PlanClass
from s3kms.sources.external_findings.checks import CHECKS


def readme_page() -> str:
    """README.md with the table of exit codes as it is now; the rest of it is written by hand."""
    return re.sub(
        r"\| exit code \|.*?\n\n",
        f"{exit_codes()}\n",
        (ROOT / "README.md").read_text(),
        count=1,
        flags=re.DOTALL,
    )


def planning_page() -> str:
    """docs/planning.md with the table of classes as it is now; its console blocks are of scripts/run_docs.py."""
    rows = "".join(f"| {one.value} | {one.meaning} |\n" for one in PlanClass)
    return re.sub(
        r"\| class \|.*?\n\n",
        f"| class | meaning |\n| --- | --- |\n{rows}\n",
        (ROOT / "docs" / "planning.md").read_text(),
        count=1,
        flags=re.DOTALL,
    )


def access_page() -> str:
    """docs/access.md with its tables of answers and of limits, and the commands that export, as they are now."""
    answers = "".join(f"| {one.value} | {one.meaning} |\n" for one in KeyAccess)
    limits = "".join(f"| {one.what} | {one.told} | {one.why} |\n" for one in LIMITS)
    text = (ROOT / "docs" / "access.md").read_text()
    text = with_table(text, "| answer | meaning |", answers)
    text = with_table(text, "| what may decide | answer | why |", limits)
    before, start, rest = text.partition("```sh\n")
    after = rest.partition("```\n")[2]
    return f"{before}{start}{EXPORT_COMMANDS}\n```\n{after}"


def checking_page() -> str:
    """docs/checking.md with its table of verdicts as it is now."""
    return with_table((ROOT / "docs" / "checking.md").read_text(), "| verdict | means |", verdict_rows())


def findings_page() -> str:
    """docs/findings-of-others.md with its table of checks as it is now; its console blocks are of run_docs.py."""
    rows = "".join(
        f"| {one.tool} | `{one.id}` | {one.question}{f' ({one.note})' if one.note else ''} | {one.source} |\n"
        for one in CHECKS
    )
    text = (ROOT / "docs" / "findings-of-others.md").read_text()
    return with_table(text, "| tool | check | asks for | known from |", rows)
