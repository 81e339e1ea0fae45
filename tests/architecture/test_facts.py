"""docs/facts.md has every fact that code and docs cite, with its source; sentences for users cite none by number."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "facts.md").read_text()
ENTRIES = dict(re.findall(r"^### ([A-H]\d+)\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL))
SOURCE = sorted((ROOT / "src").rglob("*.py"))
CITATION = re.compile(r"\bfacts? ((?:[A-H]\d+)(?:(?:, and |, | and | to )[A-H]\d+)*)")
SURENESS = re.compile(r"^(Documented|Measured|Not confirmed by AWS)\b", re.MULTILINE)


def citations(path: Path) -> set[str]:
    cited = CITATION.findall(path.read_text(errors="replace"))
    return {number for numbers in cited for number in re.findall(r"[A-H]\d+", numbers)}


def readable_files() -> list[Path]:
    folders = ("src", "docs", "tests", "scripts", "benchmarks")
    found = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    return [
        path for path in [*found, *ROOT.glob("*.md")] if path.suffix in {".py", ".md", ".txt", ".tf", ".yaml"}
    ]


def test_every_fact_that_is_cited_has_an_entry() -> None:
    missing = {
        (number, str(path.relative_to(ROOT)))
        for path in readable_files()
        for number in citations(path) - ENTRIES.keys()
    }

    assert citations(ROOT / "src" / "s3kms" / "model" / "encryption.py")
    assert missing == set()


@pytest.mark.parametrize("number", ENTRIES)
def test_every_fact_says_how_sure_it_is_and_where_it_comes_from(number: str) -> None:
    sureness = SURENESS.search(ENTRIES[number])

    assert sureness
    assert re.search(
        r"https://|botocore model|AWS|the sources of D1|provider", ENTRIES[number][sureness.end() :]
    )


def test_the_page_links_to_the_documentation_of_aws_alone() -> None:
    hosts = set(re.findall(r"\(https://([^/)]+)", PAGE))

    assert hosts == {"docs.aws.amazon.com"}


def strings_for_users(path: Path) -> list[tuple[int, str]]:
    """Strings of code that are neither docstrings nor descriptions of an attribute below it."""
    tree = ast.parse(path.read_text())
    described = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in described
    ]


def test_no_sentence_for_users_has_the_number_of_a_fact() -> None:
    strings = [(path.name, *found) for path in SOURCE for found in strings_for_users(path)]
    assert len(strings) > 1000

    assert len(strings) > 1000
    assert [found for found in strings if CITATION.search(found[2])] == []
