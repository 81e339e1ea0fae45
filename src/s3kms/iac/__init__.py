"""Infrastructure as code: buckets where they are declared, read and edited without calling AWS.

One folder a language, with its reader and its editor; `hcl/` is the syntax and evaluation that Terraform and
OpenTofu share. `suppressions/` reads comments that exempt a bucket, `editing/` proves and assembles edits,
`pairing/` finds the declaration of a live bucket, `worlds` plays every way in which code may come out.
"""

from importlib import import_module

from s3kms.iac.interface import Language

LANGUAGES = (
    "cloudformation",
    "kubernetes",
    "serverless",
    "terraform",
    "terraform_stacks",
    "terragrunt",
    "unsupported",
)
"""The folders of the languages, in the order in which they are asked whether they claim a unit. Each has a module
`language` with its LANGUAGE; a new one needs its line here, and nothing else outside its folder."""


def load_languages() -> tuple[Language, ...]:
    """Every language, in that order. Imports their folders, which nothing else in the product does by name."""
    return tuple(import_module(f"{__name__}.{name}.language").LANGUAGE for name in LANGUAGES)
