"""The page about formats."""

from scripts.doc_pages.commands import exit_codes
from scripts.doc_pages.page import NOTE

from s3kms.model.findings import Difference
from s3kms.reports import (
    FORMATS,
    asff_format,
    github_format,
    gitlab_format,
    junit_format,
    ocsf_format,
    sarif_format,
)
from s3kms.reports.frameworks import ABOUT_FRAMEWORKS
from s3kms.reports.sarif_format import ABOUT_FIXES
from s3kms.results.baseline import BASELINE_RULES
from s3kms.results.comparison import COMPARISON_RULES as ABOUT
from s3kms.results.trend import TREND_RULES


def formats_page() -> str:
    rows = "".join(f"| `{form.name}` | {form.help} |\n" for form in FORMATS)
    return (
        f"{NOTE}# Formats and exit codes\n\n| format | what it is |\n| --- | --- |\n{rows}\n"
        "The JSON Schema of `json` (and of each line of `jsonl`) is "
        "[`check-v1.schema.json`](../src/s3kms/schemas/check-v1.schema.json); of `s3kms runs --format json` it is "
        "[`runs-v1.schema.json`](../src/s3kms/schemas/runs-v1.schema.json), of a plan "
        "[`plan-v1.schema.json`](../src/s3kms/schemas/plan-v1.schema.json), of `s3kms objects` "
        "[`objects-v1.schema.json`](../src/s3kms/schemas/objects-v1.schema.json), of "
        "`s3kms reencrypt` [`reencrypt-v1.schema.json`](../src/s3kms/schemas/reencrypt-v1.schema.json), of "
        "`s3kms report --since` [`trend-v1.schema.json`](../src/s3kms/schemas/trend-v1.schema.json).\n\n"
        f"{exit_codes()}\n{format_sections()}"
        f"## Edits in SARIF\n\n{' '.join(ABOUT_FIXES.split())}\n\n{since_section()}"
        f"\n{report_section()}\n## Frameworks\n\n{' '.join(ABOUT_FRAMEWORKS.split())}\n\n"
        "`--framework NAME` of `check`, `verify` and `report` leaves the rules that answer controls of one "
        "framework; `table` and `markdown` then tell how each control stands. The controls of every rule are in each "
        "format: `run.rules` of `json`, `compliance` of `jsonl` and OCSF, the column `controls` of `csv`, properties "
        "of JUnit, `RelatedRequirements` of ASFF, tags of SARIF.\n"
    )


def report_section() -> str:
    """Of `s3kms report`."""
    return (
        "## From a saved result\n\n"
        "`s3kms report RESULT` makes a report in any of these formats of what `check` or `verify` wrote as `json` or "
        "`jsonl`, older versions included; `-` is stdin. Of a plan's file and of the JSON of `objects` it makes "
        "`table`, `html` and `json`; an edited plan is refused. So one check has as many reports as readers: "
        "`s3kms check -o result.json`, then `s3kms report result.json -o s3kms.junit.xml` and so on. Several "
        "results become one report: where two tell of one bucket and rule, the later one counts. It exits with 0 "
        "when the report was made, whatever that says. Each file that `check`, `verify` or `report` writes is named "
        "on stderr with its format and counts; `--quiet` leaves that out.\n\n"
        "`--also FILE` of `check` and `verify` (repeatable) writes further reports at once, in the formats that the "
        "names end with; edits of code are in SARIF that a check wrote alone.\n\n"
        "`s3kms report --since DIR` (or `--since FILE`, repeatable) tells the trend over saved results, as `table`, "
        f"`json`, `csv` or `markdown`. {' '.join(TREND_RULES.split())}\n"
    )


DESCRIBED_FORMATS = (junit_format, github_format, gitlab_format, sarif_format, ocsf_format, asff_format)
"""Those that are for other programs: what a verdict is there stands in the docstring of the module."""


def format_sections() -> str:
    """What each format makes of a verdict, and of a bucket that is in no file."""
    docs = [(module.__doc__ or "").partition("\n\n") for module in DESCRIBED_FORMATS]
    return "## What a finding becomes\n\n" + "".join(
        f"### {title}\n\n{body.strip()}\n\n" for title, _, body in docs
    )


def since_section() -> str:
    rows = "".join(f"| {found.value} | {found.meaning} |\n" for found in Difference)
    return (
        "## Compared with an earlier result\n\n"
        "`s3kms check --since RESULT` takes an earlier result in `json` or `jsonl`, and says of each finding what "
        "became of it. A finding is found again by its rule and the bucket's ARN; in code, where there is none, by "
        "its address and file. `table` and `markdown` then list only what is different; `json` has "
        "`change` and `was` in each finding, and the sums in `since`; `jsonl` has `change` and `was`, and ends with "
        "the lines of what is gone; `csv` has three more columns.\n\n"
        f"| change | meaning |\n| --- | --- |\n{rows}\n"
        f"{' '.join(ABOUT.split())}\n\n"
        "## Compared with a baseline\n\n"
        f"{' '.join(BASELINE_RULES.split())} [In a pipeline](pipelines.md) shows how it is used.\n"
    )
