"""docs/facts.md has every fact that code and docs cite, with its source; sentences for users cite none by number."""

import re
from pathlib import Path

from tests.support.source_files import sources

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "facts.md").read_text()
ENTRIES = dict(re.findall(r"^### ([A-H]\d+)\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL))
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


def is_sourced(entry: str) -> bool:
    """Whether it says how sure it is, and behind that where it comes from."""
    sureness = SURENESS.search(entry)
    source = r"https://|botocore model|AWS|the sources of D1|provider"
    return bool(sureness and re.search(source, entry[sureness.end() :]))


def test_every_fact_says_how_sure_it_is_and_where_it_comes_from() -> None:
    assert len(ENTRIES) > 100
    assert [number for number, entry in ENTRIES.items() if not is_sourced(entry)] == []


def test_the_page_links_to_the_documentation_of_aws_alone() -> None:
    hosts = set(re.findall(r"\(https://([^/)]+)", PAGE))

    assert hosts == {"docs.aws.amazon.com"}


def test_no_sentence_for_users_has_the_number_of_a_fact() -> None:
    strings = [(name, *found) for name, source in sources() for found in source.strings]

    assert len(strings) > 1000
    assert [found for found in strings if CITATION.search(found[2])] == []
