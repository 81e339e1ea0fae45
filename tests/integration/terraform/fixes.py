"""What `s3kms fix` makes of both tables of Terraform code, as cases that Terraform is asked about in one folder."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from tests.integration.terraform.cases import MODULES
from tests.support.cases.terraform.edits import ARN, MAIN, TABLE
from tests.support.terraform_case import Case
from tests.support.terraform_fixes import FAILING, fix, said_of
from tests.unit.iac.terraform.test_edits import ROOT, buckets_of, edited, edits_of, tree_of

from s3kms.iac.interface import Proposal

OPENTOFU = "a file of OpenTofu"
"""The one edit of the second table that Terraform is not asked of."""
_OF_PROVIDER_6 = re.compile(r"\n *blocked_encryption_types = [^\n]*")
"""A line that provider 5 does not know (fact H3): it is asked of the rest."""
VALUES = {
    "terraform.tfvars": "terraform.tfvars",
    "tfvars in JSON": "terraform.tfvars.json",
    "--var-file": "y.tfvars",
    "auto.tfvars": "x.auto.tfvars",
}
"""The file of values that was edited, which is for a root module: its algorithm is handed to the module."""
_ALGORITHM = re.compile(r'algorithm"?\s*[=:]\s*("[^"]*")')
SETTLED: Mapping[str, Mapping[str, str]] = {
    "a variable that has no value": {"strict": "false"},
    "the second of two that exclude each other": {"own": "true"},
}
PROVIDER_WEST = 'provider "aws" {\n  alias             = "west"\n  s3_use_path_style = true\n}\n'
BESIDE = {"no configuration, a provider of its own": {"west.tf": PROVIDER_WEST}}
"""Files that a case leaves out."""
_FETCHED = re.compile(r'source\s*=\s*"(?:terraform-aws-modules/s3-bucket/aws|git::[^"]*|x/r/aws)"')
_NAMED_X = re.compile(r'("?\bbucket"?\s*[=:]\s*)"x"')


@dataclass(frozen=True)
class Edit:
    """Code with the edits in it, with what is to be said of its buckets; and the addresses of the edited ones."""

    case: Case
    edited: frozenset[str]


def fixed_cases() -> Iterator[Edit]:
    """Of the big table."""
    for case in FAILING:
        fixed = fix(case)
        if fixed.edited:
            yield Edit(_for_provider_5(fixed.after), fixed.edited)


def _for_provider_5(case: Case) -> Case:
    texts = {name: _OF_PROVIDER_6.sub("", text) for name, text in case.files.items()}
    is_other = texts != case.files
    return replace(case, marked=texts, unplannable="" if is_other else case.unplannable)


def wished_cases(key: str) -> Iterator[Edit]:
    """Of the table of edits, each as a module; the ARN of a key that is there in place of the table's."""
    for number, wished in enumerate(TABLE):
        files = tree_of(wished.files)
        edits = edits_of(files, wished)
        proposals = [edit for edit in edits if isinstance(edit, Proposal)]
        if not proposals:
            continue
        after = edited(files, edits)
        said = {address: said_of(bucket) for address, bucket in buckets_of(after, wished.inputs).items()}
        texts = {os.path.relpath(path, ROOT): data.decode() for path, data in after.items()}
        case = Case(
            f"edit: {wished.title}",
            texts,
            said,
            settled=_settled(wished.title, texts),
            unplannable="it is for OpenTofu" if wished.title == OPENTOFU else "",
        )
        addresses = frozenset(address for proposal in proposals for address in proposal.buckets)
        yield Edit(_at_home(_for_provider_5(case), wished.title, number, key), addresses)


def _settled(title: str, texts: Mapping[str, str]) -> Mapping[str, str]:
    if name := VALUES.get(title):
        found = _ALGORITHM.search(texts[name])
        assert found
        return {"algorithm": found[1]}
    return SETTLED.get(title, {})


def _at_home(case: Case, title: str, number: int, key: str) -> Case:
    """With what the table leaves out: a name that S3 takes, modules that were fetched, a provider that is there."""
    fetched = "r" if "x/r/aws" in case.files.get(MAIN, "") else "s"
    found = {
        path: _NAMED_X.sub(
            rf'\1"edit-{number}"', _FETCHED.sub(f'source = "./.terraform/modules/{fetched}"', text)
        )
        .replace('"~> 3.75"', '">= 3.75"')
        .replace(ARN, key)
        for path, text in case.files.items()
        if path != MODULES
    }
    return replace(case, marked=found | BESIDE.get(title, {}))
