"""Stacks in stacks, cut and mended at random."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.cases.cloudformation.templates import IS_PROD
from tests.support.code import context
from tests.support.templates import ARN, default
from tests.unit.iac.cloudformation.test_nested import CHILD, STACK, nests, read
from tests.unit.iac.cloudformation.test_templates import judge

from s3kms.iac.cloudformation.reader import READER
from s3kms.iac.interface import Document
from s3kms.model.encryption import Encryption
from s3kms.model.unknown import Unknown

TOKENS = (
    "Inner",
    "Alg",
    "!Ref ",
    "!GetAtt Inner.Outputs.Alg",
    "child.yaml",
    "t.yaml",
    "Parameters",
    "{",
    "}",
    "[",
    "null",
)
TOKENS_TOO = (
    "TemplateURL",
    ": ",
    ", ",
    "\n",
    "Condition: ",
    "Outputs",
    "aws:asset:path",
    STACK,
    "Properties",
    "Type",
    ARN,
)


@settings(max_examples=400)
@given(
    st.lists(
        st.tuples(st.booleans(), st.floats(0, 1), st.integers(0, 12), st.sampled_from(TOKENS + TOKENS_TOO)),
        min_size=1,
        max_size=5,
    )
)
def test_no_mutation_crashes(cuts: list[tuple[bool, float, int, str]]) -> None:
    own = f"B: {{Type: AWS::S3::Bucket, Properties: {{{default('!GetAtt Inner.Outputs.Alg')}}}}}"
    parent = nests("Alg: !If [IsProd, aws:kms, !Ref Stage]", IS_PROD, more=own, rest=", Condition: IsProd")
    texts = [parent, CHILD + "Outputs: {Alg: {Value: !Ref Alg}}\n"]
    for in_child, where, length, token in cuts:
        text = texts[in_child]
        at = int(where * len(text))
        texts[in_child] = text[:at] + token + text[at + length :]

    files = {"t.yaml": texts[0], "child.yaml": texts[1]}
    READER.included_files(Document(Path("t.yaml"), texts[0].encode()), context(files))
    for found in read(files):
        assert isinstance(found.encryption, Encryption | Unknown)
        judge(found)
