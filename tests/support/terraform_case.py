"""Small Terraform folders, each with what is to be said of its buckets. `«` marks the place that decides."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from textwrap import dedent

from s3kms.model.code_inputs import DEFAULT_CODE_INPUTS, CodeInputs
from s3kms.model.encryption import DSSE_KMS, SSE_KMS, SSE_S3, KeyKind
from s3kms.model.findings import Verdict

PASS, FAIL, UNKNOWN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN
OURS, AWS, OPEN = KeyKind.CUSTOMER_MANAGED, KeyKind.AWS_MANAGED, KeyKind.UNKNOWN
ARN = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
"""A key of another account and another region."""
ROOT = Path("infra")
"""The folder that is read."""
B = "aws_s3_bucket.b"
CONFIGURATION = "aws_s3_bucket_server_side_encryption_configuration.b"
PLAN_TELLS = "its plan already says everything"
UNREADABLE = ""
"""In place of an address: a file that cannot be read, as a bucket without a name."""


@dataclass(frozen=True)
class Said:
    """What is to be said of one bucket."""

    verdict: Verdict
    algorithm: str | None = None
    key_kind: KeyKind | None = None
    bucket_key: bool | None = None
    bucket_key_verdict: Verdict | None = None
    """What the rule of the bucket key says, where code leaves the bucket key open."""
    name: str | None = None
    says: str = ""
    """A part of the message."""
    remedy: str = ""
    """A part of the remedy."""

    def named(self, name: str) -> "Said":
        return replace(self, name=name)

    def saying(self, says: str = "", remedy: str = "") -> "Said":
        return replace(self, says=says, remedy=remedy)


KMS = Said(PASS, SSE_KMS, AWS)
DSSE = Said(PASS, DSSE_KMS, AWS)
OUR_KEY = Said(PASS, SSE_KMS, OURS)
SOME_KEY = Said(PASS, SSE_KMS, OPEN)
SSE = Said(FAIL, SSE_S3)
BLIND = Said(UNKNOWN)


def on(said: Said) -> Said:
    """The same with the bucket key on."""
    return replace(said, bucket_key=True)


@dataclass(frozen=True)
class Case:
    """A root module, and its buckets by address; a configuration of a bucket made elsewhere stands for it."""

    id: str
    marked: Mapping[str, str]
    """The files below the root module, by relative path."""
    said: Mapping[str, Said]
    inputs: CodeInputs = DEFAULT_CODE_INPUTS
    settled: Mapping[str, str] = field(default_factory=dict)
    """Variables without a value, as the oracle sets them: expressions."""
    is_root: bool = False
    """Whether it has what only a root module may have. All its names are then its own among the cases, because
    the oracle puts such cases together into one folder.
    """
    unplannable: str = ""
    """Why Terraform 1.11 with the AWS provider 5.100 does not plan it."""
    unmade: str = ""
    """Why the oracle only plans it."""

    @property
    def made(self) -> Mapping[str, Said]:
        """The buckets that the code itself makes."""
        return {address: said for address, said in self.said.items() if CONFIGURATION not in address}

    @property
    def files(self) -> Mapping[str, str]:
        """The files as they are."""
        return {name: text.replace("«", "") for name, text in self.marked.items()}

    @property
    def place(self) -> tuple[str, int] | None:
        """File and line of the mark: the place of the first bucket."""
        for name, text in self.marked.items():
            before, found, _ = text.partition("«")
            if found:
                return name, before.count("\n") + 1
        return None


def case(id_: str, main: str, said: Said | Mapping[str, Said], *files: tuple[str, str], **more: str) -> Case:
    """A case that has a `main.tf`, the usual bucket alone where one Said is given; `more` settles variables."""
    texts = {
        "main.tf": dedent(main).lstrip("\n"),
        **{name: dedent(text).lstrip("\n") for name, text in files},
    }
    expected = {B: said} if isinstance(said, Said) else said
    return Case(id_, {name: text for name, text in texts.items() if text}, expected, settled=more)


def planned(why: str, *cases: Case) -> list[Case]:
    """The same, planned by the oracle and not made."""
    return [replace(one, unmade=why) for one in cases]


def refused(why: str, *cases: Case) -> list[Case]:
    """The same, that Terraform does not plan."""
    return [replace(one, unplannable=why) for one in cases]


def at_root(one: Case, *variables: str, files: tuple[str, ...] = (), workspace: str = "default") -> Case:
    """The same with what the user says beside the code: `name=value`, and the files of `--var-file`."""
    pairs = tuple((name, value) for name, _, value in (text.partition("=") for text in variables))
    inputs = CodeInputs(pairs, tuple(ROOT / name for name in files), workspace)
    return replace(one, inputs=inputs, is_root=True, unmade=one.unmade or PLAN_TELLS)


def bucket(body: str = "", name: str = "b") -> str:
    """A bucket; Terraform chooses its name unless the body does."""
    return f'resource "aws_s3_bucket" "{name}" {{\n{_indented(body)}}}\n' if body else _empty(name)


def _empty(name: str) -> str:
    return f'resource "aws_s3_bucket" "{name}" {{}}\n'


def _indented(body: str, by: str = "  ") -> str:
    return "".join(f"{by}{line}\n" for line in dedent(body).strip("\n").split("\n")) if body else ""


def sse(algorithm: str, *, of: str = f"{B}.id", key: str = "", head: str = "", rule: str = "") -> str:
    """A configuration; `head` is what stands before its bucket, `rule` what stands in its rule besides."""
    default = f"sse_algorithm = {algorithm}\n" + (f"kms_master_key_id = {key}\n" if key else "")
    return (
        f'resource "aws_s3_bucket_server_side_encryption_configuration" "b" {{\n'
        f"{_indented(head)}  bucket = {of}\n  rule {{\n"
        f"    apply_server_side_encryption_by_default {{\n{_indented(default, '      ')}    }}\n"
        f"{_indented(rule, '    ')}  }}\n}}\n"
    )


def kms(**more: str) -> str:
    """A configuration for SSE-KMS."""
    return sse('"aws:kms"', **more)


KEY = 'resource "aws_kms_key" "k" {}\n'


def variable(name: str, *lines: str) -> str:
    """A variable with these lines."""
    return f'variable "{name}" {{\n{_indented(chr(10).join(lines))}}}\n'


def local(name: str, expression: str) -> str:
    """A local value."""
    return f"locals {{\n  {name} = {expression}\n}}\n"
