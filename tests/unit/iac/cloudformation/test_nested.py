"""Stacks in stacks: the buckets of a nested template, as the template around it makes them."""

from pathlib import Path

import pytest
from tests.support.cases.cloudformation.templates import IS_PROD, KEY
from tests.support.code import context
from tests.support.templates import bucket, default
from tests.unit.iac.cloudformation.test_templates import judge

from s3kms.iac.cloudformation.nested_stacks import MAX_STACK_DEPTH
from s3kms.iac.cloudformation.reader import READER
from s3kms.iac.interface import Document
from s3kms.model.bucket import Bucket
from s3kms.model.code_inputs import CodeInputs
from s3kms.model.encryption import Encryption
from s3kms.model.findings import Verdict
from s3kms.model.keys import DeclaredKey

CHILD = bucket(default("!Ref Alg"), "Parameters: {Alg: {Type: String}}")
STACK = "AWS::CloudFormation::Stack"
VERSION = "AWSTemplateFormatVersion: '2010-09-09'\n"


def nests(
    parameters: str = "",
    head: str = "",
    *,
    at: str = "child.yaml",
    more: str = "",
    name: str = "Inner",
    rest: str = "",
    kind: str = STACK,
) -> str:
    """A template with one nested stack."""
    where = f"{'Location' if 'Serverless' in kind else 'TemplateURL'}: {at}"
    passed = f", Parameters: {{{parameters}}}" if parameters else ""
    stack = f"  {name}: {{Type: {kind}, Properties: {{{where}{passed}}}{rest}}}\n"
    return f"{VERSION}{head}\nResources:\n{stack}  {more}\n"


def read(files: dict[str, str], first: str = "t.yaml", parameters: str = "") -> list[Bucket]:
    document = Document(Path(first), files[first].encode())
    inputs = CodeInputs(parameter_files=(Path("p.env"),) if parameters else ())
    return list(READER.read(document, context({**files, "p.env": parameters}, inputs)))


def one(parent: str, child: str = CHILD, parameters: str = "") -> Bucket:
    (found,) = read({"t.yaml": parent, "child.yaml": child}, parameters=parameters)
    return found


def test_a_nested_bucket_is_named_by_its_stack_and_placed_in_its_file() -> None:
    found = one(nests("Alg: AES256"))

    assert found.resource == "Inner.B"
    assert (found.places[0].uri, found.places[0].line) == ("child.yaml", 7)


@pytest.mark.parametrize(
    ("passed", "verdict"),
    [("aws:kms", Verdict.PASS), ("AES256", Verdict.FAIL), ("!Ref Given", Verdict.UNKNOWN)],
)
def test_what_the_parent_passes_decides(passed: str, verdict: Verdict) -> None:
    assert judge(one(nests(f"Alg: {passed}", "Parameters: {Given: {Type: String}}"))).verdict is verdict


def test_what_is_open_in_the_parent_is_named_as_the_parent_writes_it() -> None:
    finding = judge(one(nests("Alg: !Ref Given", "Parameters: {Given: {Type: String}}")))

    assert "SSEAlgorithm is !Ref Given: the parameter Given of t.yaml has no default" in finding.message
    assert "parameter_files=" in str(finding.advice)


def test_what_nobody_passes_is_to_be_passed() -> None:
    finding = judge(one(nests()))

    assert "the parameter Alg of child.yaml has no default" in finding.message
    assert "pass it to Inner" in str(finding.advice)


def test_what_is_passed_wins_over_the_default_of_the_child() -> None:
    child = CHILD.replace("String}", "String, Default: AES256}")

    assert judge(one(nests("Alg: aws:kms"), child)).verdict is Verdict.PASS
    assert judge(one(nests(), child)).verdict is Verdict.FAIL
    assert judge(one(nests("Alg: !Ref AWS::NoValue"), child)).verdict is Verdict.FAIL


def test_a_value_that_the_child_does_not_allow_is_refused() -> None:
    child = CHILD.replace("String}", "String, AllowedValues: ['aws:kms']}")

    found = one(nests("Alg: AES256"), child)

    assert "AllowedValues" in judge(found).message
    assert judge(one(nests("Alg: !Ref P", "Parameters: {P: {Type: String}}"), child)).verdict is Verdict.PASS


def test_parameters_of_a_file_go_through_the_parent() -> None:
    parent = nests("Alg: !Ref Given", "Parameters: {Given: {Type: String}}")

    assert judge(one(parent, parameters="Given=aws:kms")).verdict is Verdict.PASS
    assert judge(one(parent, parameters="Alg=aws:kms")).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    "passed", ["!Ref Given", "!Sub '${Given}'", "[!Ref Given, x]", "!Join ['', [!Ref Given]]"]
)
def test_a_secret_of_the_parent_is_not_shown_by_the_child(passed: str) -> None:
    parent = nests(f"Alg: {passed}", "Parameters: {Given: {Type: String, NoEcho: true}}")

    for child in (
        CHILD,
        CHILD.replace("String", "CommaDelimitedList").replace("!Ref Alg", "!Select [0, !Ref Alg]"),
    ):
        found = one(parent, child, "Given=hunter2")
        assert judge(found).verdict is Verdict.UNKNOWN
        assert "hunter2" not in repr(found) + judge(found).message


def test_a_list_is_passed_as_one_text_with_commas() -> None:
    child = bucket(default("!Select [1, !Ref L]"), "Parameters: {L: {Type: CommaDelimitedList}}")
    lists = "Parameters: {P: {Type: CommaDelimitedList, Default: 'x,aws:kms'}, Q: {Type: String}}"

    for passed in ("!Join [',', !Ref P]", "!Ref P", "'x, aws:kms'", "[x, 'aws:kms']"):
        assert judge(one(nests(f"L: {passed}", lists), child)).verdict is Verdict.PASS
    assert judge(one(nests("L: [x, !Ref Q]", lists), child)).verdict is Verdict.UNKNOWN


def test_choices_of_the_parent_are_all_judged() -> None:
    found = one(nests("Alg: !If [IsProd, aws:kms, AES256]", IS_PROD))

    assert judge(found).message.startswith("when IsProd is false: ")
    assert len(found.outcomes) == 2


def test_a_condition_of_the_nested_stack_counts() -> None:
    child = CHILD.replace("Type: AWS::S3::Bucket", "Type: AWS::S3::Bucket\n    Condition: IsKms").replace(
        "Resources:", "Conditions: {IsKms: !Equals [!Ref Alg, aws:kms]}\nResources:"
    )
    guarded = nests("Alg: !If [IsProd, aws:kms, AES256]", IS_PROD, rest=", Condition: IsProd")
    never = nests("Alg: AES256", "Conditions: {C: !Equals [a, b]}", rest=", Condition: C")

    assert judge(one(guarded)).verdict is Verdict.PASS
    assert read({"t.yaml": never, "child.yaml": CHILD}) == []
    assert read({"t.yaml": nests("Alg: AES256"), "child.yaml": child}) == []


def test_names_of_parent_and_child_are_not_taken_for_each_other() -> None:
    child = bucket(
        default("!If [IsProd, !Ref Stage, AES256]"),
        "Parameters: {Stage: {Type: String, AllowedValues: ['aws:kms', AES256]}}\n"
        "Conditions: {IsProd: !Equals [!Ref Stage, aws:kms]}",
    )

    inner, own = read(
        {
            "t.yaml": nests("", IS_PROD, rest=", Condition: IsProd", more="Own: {Type: AWS::S3::Bucket}"),
            "child.yaml": child,
        }
    )

    assert [way.when for way in inner.outcomes] == [
        "Inner.IsProd is true and Inner.Stage is aws:kms",
        "Inner.IsProd is false",
    ]
    assert own.resource == "Own"


def test_a_key_that_the_parent_declares_is_known_in_the_child() -> None:
    child = bucket(default("aws:kms", "!Ref KeyArn"), "Parameters: {KeyArn: {Type: String}}")

    found = one(nests("KeyArn: !GetAtt Key.Arn", more=KEY), child)

    assert isinstance(found.key, DeclaredKey)
    assert isinstance(found.encryption, Encryption)
    assert (found.key.address, found.encryption.key) == ("Key", "!GetAtt Key.Arn")


def test_a_key_that_a_sibling_declares_is_followed_through_its_output() -> None:
    keys = f"{VERSION}Resources: {{{KEY}}}\nOutputs: {{Arn: {{Value: !GetAtt Key.Arn}}}}\n"
    child = bucket(default("aws:kms", "!Ref KeyArn"), "Parameters: {KeyArn: {Type: String}}")
    parent = nests(
        "KeyArn: !GetAtt Keys.Outputs.Arn",
        more=f"Keys: {{Type: {STACK}, Properties: {{TemplateURL: keys.yaml}}}}",
    )

    (found,) = read({"t.yaml": parent, "child.yaml": child, "keys.yaml": keys})

    assert isinstance(found.key, DeclaredKey)
    assert found.key.address == "Keys.Key"


def test_an_alias_of_the_parent_is_known_in_the_child() -> None:
    alias = "Al: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/x, TargetKeyId: !Ref Key}}"

    found = one(nests(more=f"{KEY}\n  {alias}"), bucket(default("aws:kms", "alias/x")))

    assert isinstance(found.key, DeclaredKey)


def output(value: str, rest: str = "") -> str:
    head = f"{VERSION}Parameters: {{P: {{Type: String, Default: AES256}}}}\nResources: {{}}\n"
    return f"{head}Outputs: {{Alg: {{Value: {value}{rest}}}}}\n"


@pytest.mark.parametrize(
    ("child", "verdict", "says"),
    [
        (output("aws:kms"), Verdict.PASS, ""),
        (output("!Ref P"), Verdict.FAIL, ""),
        (output("!Sub '${AWS::StackId}'"), Verdict.UNKNOWN, "AWS::StackId is known at deployment"),
        (output("[a]"), Verdict.UNKNOWN, "the output Alg of Inner is not a text"),
        (output("x").replace("Alg:", "Other:"), Verdict.UNKNOWN, "has no output Alg"),
        (output("aws:kms", ", Condition: Nope"), Verdict.UNKNOWN, "there is no condition Nope"),
        (output("!Ref Nope"), Verdict.UNKNOWN, "no parameter or resource Nope"),
    ],
)
def test_an_output_of_a_nested_stack_is_what_it_says(child: str, verdict: Verdict, says: str) -> None:
    own = f"B: {{Type: AWS::S3::Bucket, Properties: {{{default('!GetAtt Inner.Outputs.Alg')}}}}}"

    finding = judge(one(nests(more=own), child))

    assert (finding.verdict, finding.resource, finding.places[0].uri) == (verdict, "B", "t.yaml")
    assert says in finding.message


def test_an_output_that_is_never_there_cannot_be_deployed() -> None:
    child = output("aws:kms", ", Condition: C").replace(
        "Resources", "Conditions: {C: !Equals [a, b]}\nResources"
    )
    own = f"B: {{Type: AWS::S3::Bucket, Properties: {{{default('!GetAtt Inner.Outputs.Alg')}}}}}"

    assert "an output of a nested stack is not there" in judge(one(nests(more=own), child)).message


def test_a_parameter_made_of_the_own_output_ends() -> None:
    child = CHILD + "Outputs: {Alg: {Value: !Ref Alg}}\n"

    assert "nested too deeply" in judge(one(nests("Alg: !GetAtt Inner.Outputs.Alg"), child)).message


@pytest.mark.parametrize(
    ("at", "says"),
    [
        (
            "https://s3.amazonaws.com/b/child.yaml",
            "is at https://s3.amazonaws.com/b/child.yaml, and the checked files have no child.yaml",
        ),
        (
            "!Sub 'https://${AWS::Region}/t.yaml'",
            "is at !Sub https://${AWS::Region}/t.yaml, and the checked files have no t.yaml",
        ),
        ("/etc/child.yaml", "not a template file beside it"),
        ("../../etc/passwd", "not a template file beside it"),
        ("missing.yaml", "is missing.yaml, which does not exist"),
        ("broken.yaml", "(line 2)"),
        ("text.yaml", "which is not a mapping"),
        ("t.yaml", "which nests itself"),
        ("!If [IsProd, a.yaml, b.yaml]", "differs between cases"),
        ("!Ref Nope", "no parameter or resource Nope"),
        ("[a]", "is not a template file beside it"),
    ],
)
def test_a_nested_template_that_is_not_here_is_one_unknown_and_no_bucket(at: str, says: str) -> None:
    files = {"t.yaml": nests(head=IS_PROD, at=at), "broken.yaml": "a: [\n", "text.yaml": "a"}

    (found,) = read(files)
    finding = judge(found)

    assert (finding.verdict, finding.resource, finding.bucket) == (Verdict.UNKNOWN, None, None)
    assert finding.message.startswith("the template of the nested stack Inner ")
    assert says in finding.message
    assert finding.places[0].uri == "t.yaml"


def test_a_nested_template_that_is_not_here_and_never_deployed_is_nothing() -> None:
    head = "Conditions: {C: !Equals [a, b]}"

    assert read({"t.yaml": nests(head=head, at="https://x/t.yaml", rest=", Condition: C")}) == []


def test_paths_are_relative_to_the_file_that_names_them() -> None:
    files = {
        "infra/t.yaml": nests(at="sub/mid.yaml", name="Mid"),
        "infra/sub/mid.yaml": nests("Alg: aws:kms", at="../../shared/child.yaml"),
        "shared/child.yaml": CHILD,
    }

    (found,) = read(files, "infra/t.yaml")

    assert (found.resource, found.places[0].uri) == ("Mid.Inner.B", "shared/child.yaml")
    assert READER.included_files(
        Document(Path("infra/t.yaml"), files["infra/t.yaml"].encode()), context(files)
    ) == {
        Path("infra/sub/mid.yaml"),
        Path("shared/child.yaml"),
    }


def test_the_same_template_may_be_nested_twice() -> None:
    more = f"Other: {{Type: {STACK}, Properties: {{TemplateURL: child.yaml, Parameters: {{Alg: AES256}}}}}}"

    first, second = read({"t.yaml": nests("Alg: aws:kms", more=more), "child.yaml": CHILD})

    assert [(b.resource, judge(b).verdict) for b in (first, second)] == [
        ("Inner.B", "pass"),
        ("Other.B", "fail"),
    ]


def test_stacks_in_stacks_end() -> None:
    files = {f"{n}.yaml": nests(at=f"{n + 1}.yaml") for n in range(MAX_STACK_DEPTH + 3)}

    (found,) = read(files, "0.yaml")

    assert "too many nested stacks" in judge(found).message


def test_many_stacks_of_many_stacks_end() -> None:
    def many(at: str) -> str:
        stacks = ", ".join(f"S{n}: {{Type: {STACK}, Properties: {{TemplateURL: {at}}}}}" for n in range(40))
        return f"{VERSION}Resources: {{{stacks}}}\n"

    found = read({"t.yaml": many("a.yaml"), "a.yaml": many("b.yaml"), "b.yaml": VERSION + "Resources: {}\n"})

    assert found
    assert all("too many nested stacks" in judge(one).message for one in found)


def test_an_application_of_sam_is_a_nested_stack() -> None:
    parent = nests(
        "Alg: aws:kms", "Transform: AWS::Serverless-2016-10-31", kind="AWS::Serverless::Application"
    )
    published = parent.replace(
        "Location: child.yaml", "Location: {ApplicationId: 'arn:x', SemanticVersion: 1.0.0}"
    )

    assert judge(one(parent)).verdict is Verdict.PASS
    assert judge(one(published)).verdict is Verdict.UNKNOWN


def test_a_nested_stack_of_the_cdk_is_found_by_its_metadata() -> None:
    parent = nests(
        "Alg: aws:kms",
        at="!Sub 'https://s3.${AWS::Region}.${AWS::URLSuffix}/x'",
        rest=", Metadata: {'aws:asset:path': child.yaml}",
    )

    assert judge(one(parent)).verdict is Verdict.PASS


def test_a_loop_of_a_nested_template_takes_what_is_passed() -> None:
    loop = "'Fn::ForEach::L': [N, !Ref Names, {'B${N}': {Type: AWS::S3::Bucket}}]"
    child = (
        f"{VERSION}Transform: AWS::LanguageExtensions\nParameters: {{Names: {{Type: CommaDelimitedList}}}}\n"
    )

    found = read({"t.yaml": nests("Names: 'a,b'"), "child.yaml": f"{child}Resources:\n  {loop}\n"})

    assert [b.resource for b in found] == ["Inner.Ba", "Inner.Bb"]


def test_a_macro_of_either_template_is_told_at_the_bucket_and_as_what_may_bring_others() -> None:
    child = CHILD.replace("Resources:", "Transform: Theirs\nResources:")

    found, ours, theirs = read({"t.yaml": nests("Alg: aws:kms", "Transform: Ours"), "child.yaml": child})

    assert found.caveat
    assert "Ours, Theirs" in found.caveat
    assert [judge(one).verdict for one in (found, ours, theirs)] == ["pass", "unknown", "unknown"]
    assert [one.places[0].uri for one in (ours, theirs)] == ["t.yaml", "child.yaml"]


def test_a_mistake_of_the_parent_is_shown_in_the_child() -> None:
    finding = judge(one(nests("Alg: !Ref Nope")))

    assert "Nope" in finding.message
    assert finding.places[0].uri == "child.yaml"
