"""Write the generated pages of docs/, and some tables in written ones; with --check, name the stale ones."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # started as a file, not as a module

from scripts.doc_pages.bucket_states import bucket_states_page
from scripts.doc_pages.commands import commands_page, exit_codes
from scripts.doc_pages.configuration import configuration_page, configuration_schema
from scripts.doc_pages.engines import engines_page
from scripts.doc_pages.formats import formats_page
from scripts.doc_pages.python_api import python_api_page
from scripts.doc_pages.reference import environment_page, exit_codes_page, permissions_page
from scripts.doc_pages.rules import hazard_page, hazards_page, rule_page, rules_page
from scripts.doc_pages.written import (
    access_page,
    checking_page,
    findings_page,
    planning_page,
    readme_page,
)

from s3kms.hazards import all_hazards
from s3kms.rules import RULES

__all__ = ["exit_codes", "generate"]

PAGES: dict[str, Callable[[], str]] = {
    "README.md": readme_page,
    "docs/planning.md": planning_page,
    "docs/access.md": access_page,
    "docs/checking.md": checking_page,
    "docs/findings-of-others.md": findings_page,
    "docs/bucket-states.md": bucket_states_page,
    "docs/environment.md": environment_page,
    "docs/exit-codes.md": exit_codes_page,
    "docs/permissions.md": permissions_page,
    "docs/python-api.md": python_api_page,
    "docs/rules.md": rules_page,
    "docs/commands.md": commands_page,
    "docs/configuration.md": configuration_page,
    "src/s3kms/schemas/config-v1.schema.json": configuration_schema,
    "docs/formats.md": formats_page,
    "docs/engines.md": engines_page,
    **{f"docs/rules/{rule.id}.md": partial(rule_page, rule) for rule in RULES},
    "docs/hazards.md": hazards_page,
    **{f"docs/hazards/{hazard.id}.md": partial(hazard_page, hazard) for hazard in all_hazards()},
}


def generate(root: Path, *, check: bool) -> list[str]:
    """The pages that were stale; rewritten unless `check`."""
    stale = []
    for name, page in PAGES.items():
        path, text = root / name, page()
        if not path.exists() or path.read_text() != text:
            stale.append(name)
            if not check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
    return stale


def main() -> int:
    check = "--check" in sys.argv[1:]
    stale = generate(ROOT, check=check)
    for name in stale:
        print(f"{'stale' if check else 'written'}: {name}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
