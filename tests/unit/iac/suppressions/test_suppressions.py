"""What is said beside the code about leaving a bucket as it is."""

from datetime import date
from pathlib import Path
from textwrap import dedent

import pytest
import tree_sitter_hcl
from hypothesis import given
from hypothesis import strategies as st
from tests.support.code import context
from tests.support.templates import bucket, default
from tree_sitter import Language, Parser

from s3kms.cli.wording import cli_wording
from s3kms.desired.configuration import Configuration, Exemption
from s3kms.iac.cloudformation.reader import READER
from s3kms.iac.interface import Document
from s3kms.iac.suppressions.comments import hcl_comments, yaml_comments
from s3kms.iac.suppressions.directives import ResourceLines, may_have_suppressions, suppressions_in_comments
from s3kms.iac.suppressions.equivalent_rules import EQUIVALENT_RULES
from s3kms.model.advice import Sentence
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import NO_CONFIGURATION, SSE_KMS, SSE_S3, Encryption
from s3kms.model.findings import Finding, Verdict
from s3kms.model.place import Place
from s3kms.model.suppressions import Suppression
from s3kms.rules import IDS, find_rule
from s3kms.rules.evaluate import evaluate_bucket
from s3kms.scan.evaluation import BucketEvaluator

TODAY = date(2026, 11, 23)
KMS, CUSTOMER = "s3_bucket_kms_encryption", "s3_bucket_customer_managed_key"
HONORED = Configuration(honor_skips=True)


def of(*lines: str, first: int, last: int) -> tuple[Suppression, ...]:
    """What the comments of these lines of HCL say of a block of them."""
    return suppressions_in_comments(hcl_comments("\n".join(lines)), ResourceLines(first, last), "main.tf")


def said(comment: str) -> tuple[Suppression, ...]:
    """What a comment within a block says."""
    return of('resource "aws_s3_bucket" "b" {', comment, "}", first=1, last=3)


# What is written for this tool


@pytest.mark.parametrize(
    "comment",
    [
        f"# s3kms: exempt {KMS} until 2027-03-31 logs of a balancer",
        f"// s3kms: exempt {KMS} until 2027-03-31 logs of a balancer",
        f"/* s3kms: exempt {KMS} until 2027-03-31 logs of a balancer */",
        f"#s3kms:exempt {KMS} until 2027-03-31: logs of a balancer",
        f"## S3KMS : Exempt {KMS} Until 2027-03-31, reason: logs of a balancer",
        f"# s3kms: exempt {KMS} until 2027-03-31 reason logs of a balancer  ",
    ],
)
def test_a_comment_names_rule_last_day_and_reason(comment: str) -> None:
    place = Place("main.tf", 2, 1)

    assert said(comment) == (Suppression(KMS, "logs of a balancer", date(2027, 3, 31), place),)


def test_the_last_day_may_be_left_out_as_in_the_configuration() -> None:
    (skip,) = said(f"# s3kms: exempt {KMS} logs")

    assert (skip.until, skip.reason, skip.flaw) == (None, "logs", None)


def test_several_rules_are_separated_by_commas() -> None:
    suppressions = said(f"# s3kms: exempt {KMS}, {CUSTOMER} until 2027-03-31 logs")

    assert [skip.rule for skip in suppressions] == [KMS, CUSTOMER]


@pytest.mark.parametrize(
    ("comment", "why"),
    [
        ("# s3kms:", "write"),
        ("# s3kms: ignore this bucket", "write"),
        (f"# s3kms exempt {KMS} logs", "write"),
        ("# s3kms: exempt", "no rule"),
        ("# s3kms: exempt until 2027-03-31 logs", "no rule"),
        (f"# s3kms: exempt {KMS}", "no reason"),
        (f"# s3kms: exempt {KMS} until 2027-03-31", "no reason"),
        (f"# s3kms: exempt {KMS} until 2027-03-31 reason:", "no reason"),
        (f"# s3kms: exempt {KMS} until tomorrow logs", "'tomorrow' is not a date"),
        (f"# s3kms: exempt {KMS} until 2027-02-30 logs", "'2027-02-30' is not a date"),
        (f"# s3kms: exempt {KMS} until 31.03.2027 logs", "is not a date"),
        (f"# s3kms: exempt {KMS} until", "'' is not a date"),
        (f"# s3kms: exempt {KMS} untill 2027-03-31 logs", "last day"),
        (f"# s3kms: exempt {KMS} 2027-03-31 logs", "last day"),
    ],
)
def test_what_is_not_understood_is_told_and_exempts_nothing(comment: str, why: str) -> None:
    (skip,) = said(comment)

    assert skip.rule is None
    assert why in (skip.flaw or "")


@pytest.mark.parametrize(
    "comment",
    [
        f"# s3kms: ignore {KMS} because the load balancer writes here",
        f"# s3kms ignore {KMS} logs",
        f"# s3kms-ignore {KMS}: logs",
        "# s3kms:skip=logs",
        f"# s3-kms: exempt {KMS} logs",
        f"# s3kmd: exempt {KMS} logs",
        f"# sk3ms: exempt {KMS} logs",
        f"# s3kms exepmt {KMS} logs".replace("exepmt", "exmept"),
        f"# nosec {KMS}",
        f"# exempt: {KMS} logs",
        "# s3kmsx: exempt",
    ],
)
def test_a_misspelt_exemption_is_told(comment: str) -> None:
    (skip,) = said(comment)

    assert skip.is_own
    assert skip.flaw == "write s3kms: exempt RULE until YYYY-MM-DD REASON"
    assert may_have_suppressions(comment.encode())


@pytest.mark.parametrize(
    ("comment", "tool"),
    [
        ("# checkov:skip CKV_AWS_145: logs", "checkov"),
        ("# checkov: skip=CKV_AWS_145:logs", "checkov"),
        ("# bridgecrew-ignore CKV_AWS_145", "checkov"),
        ("# tfsec: ignore aws-s3-encryption-customer-key", "Trivy"),
        ("# trivy ignore AVD-AWS-0132", "Trivy"),
        ("# kics-scan ignore-blok", "KICS"),
    ],
)
def test_a_misspelt_comment_for_another_tool_is_told(comment: str, tool: str) -> None:
    (skip,) = said(comment)

    assert tool.lower() in skip.by.lower()
    assert skip.rule is None
    assert skip.flaw
    assert may_have_suppressions(comment.encode())


@pytest.mark.parametrize(
    "comment",
    [
        "# of s3kms: a word",
        "# exempt",
        "# s3kms is good",
        "# allow s3:PutObject",
        "# ignore the bucket of logs",
        "# checkov: skip CKV_AWS_19",
        "# trivy ignore AVD-AWS-0088",
        "# see aws_s3_bucket_kms",
    ],
)
def test_a_comment_about_something_else_says_nothing(comment: str) -> None:
    assert said(comment) == ()


EXEMPT = f"# s3kms: exempt {KMS} logs"


@pytest.mark.parametrize(
    ("lines", "first", "last"),
    [
        ((EXEMPT, "resource {", "}"), 2, 3),
        (("# first", EXEMPT, "# last", "resource {", "}"), 4, 5),
        ((f"resource {{ {EXEMPT}", "}"), 1, 2),
        (("resource {", f"  {EXEMPT}", "}"), 1, 3),
        (("resource {", f"}} {EXEMPT}"), 1, 2),
        (("/*", f"s3kms: exempt {KMS} logs", "*/", "resource {", "}"), 4, 5),
        (("/**", f" * s3kms: exempt {KMS} logs", " */", "resource {", "}"), 4, 5),
    ],
)
def test_a_comment_above_on_the_header_or_within_counts(
    lines: tuple[str, ...], first: int, last: int
) -> None:
    assert [skip.rule for skip in of(*lines, first=first, last=last)] == [KMS]


@pytest.mark.parametrize(
    ("lines", "first", "last"),
    [
        ((EXEMPT, "", "resource {", "}"), 3, 4),
        ((f"variable {EXEMPT}", "resource {", "}"), 2, 3),
        (("resource {", "}", EXEMPT), 1, 2),
        (("resource {", f'  text = "{EXEMPT}"', "}"), 1, 3),
        (("resource {", f'  text = "${{f("x")}} {EXEMPT}"', "}"), 1, 3),
        (("resource {", "  text = <<-EOT", f"    {EXEMPT}", "  EOT", "}"), 1, 5),
    ],
)
def test_a_comment_elsewhere_and_a_text_say_nothing(lines: tuple[str, ...], first: int, last: int) -> None:
    assert of(*lines, first=first, last=last) == ()


def test_a_comment_after_a_text_or_a_heredoc_is_one() -> None:
    text = 'a = "x\\" ${f("}", { k = 1 })} # none" # one\nb = <<EOT\n# none\n  EOT\n# two\n'

    assert [comment.text for comment in hcl_comments(text)] == ["one", "two"]


def test_where_a_comment_stands_is_told_in_characters() -> None:
    (comment,) = hcl_comments('\r\nü = "ä" # x\r\n')

    assert (comment.line, comment.column, comment.text, comment.is_alone) == (2, 9, "x", False)


def test_comments_of_yaml_are_what_is_between_its_tokens() -> None:
    text = dedent("""\
        # one
        a: "# none" # two
        b: it's # three
        c: x#none
        d: |
          # none
        # four
        e: ['#none', # five
          f]
    """)

    assert [c.text for c in yaml_comments(text)] == ["one", "two", "three", "four", "five"]


def test_lines_of_yaml_end_as_its_parser_says() -> None:
    text = "a: 1 # one\r# two\r\n# three\x85# four\u2028# five"

    assert [(c.line, c.text) for c in yaml_comments(text)] == [
        (number, name) for number, name in enumerate(["one", "two", "three", "four", "five"], 1)
    ]


# What is written for other tools


@pytest.mark.parametrize(
    ("comment", "by", "rules"),
    [
        ("# checkov:skip=CKV_AWS_145:it holds logs", "checkov", {KMS}),
        ("# bridgecrew:skip=CKV_AWS_145", "checkov", {KMS}),
        ("# why not, checkov:skip= CKV_AWS_145 : x", "checkov", {KMS}),
        ("# trivy:ignore:AVD-AWS-0132", "trivy", {KMS, CUSTOMER}),
        ("#trivy:ignore:AWS-0017 trivy:ignore:AWS-0132", "trivy", {KMS, CUSTOMER}),
        ("#tfsec:ignore:aws-s3-encryption-customer-key", "tfsec", {KMS, CUSTOMER}),
        ("#tfsec:ignore:*", "tfsec", {KMS, CUSTOMER}),
    ],
)
def test_a_skip_of_an_equal_rule_is_ours(comment: str, by: str, rules: set[str]) -> None:
    suppressions = said(comment)

    assert {skip.rule for skip in suppressions} == rules
    assert {skip.by for skip in suppressions} == {by}


@pytest.mark.parametrize(
    "comment",
    [
        "# checkov:skip=CKV_AWS_19:plain encryption",
        "# checkov:skip=CKV2_AWS_40",
        "# checkov:skip=CKV_AWS_1450",
        "# trivy:ignore:AVD-AWS-0088",
        "# trivy:ignore:AVD-AWS-0132:ws:production",
        "# trivy:ignore:AVD-AWS-0132[name=x]",
        "# trivy:ignore:AVD-AWS-0132:exp:soon",
        "# trivy:AVD-AWS-0132",
        "# kics-scan ignore-block",
        "# kics-scan ignore-line",
        "# kics-scan disable=ad03cb46-f174-4674-bf8e-2880a7000edd",
    ],
)
def test_a_skip_of_another_rule_or_of_a_part_says_nothing(comment: str) -> None:
    assert said(comment) == ()


def test_the_reason_of_checkov_is_kept() -> None:
    (skip,) = said("# checkov:skip=CKV_AWS_145:it holds logs: of all")

    assert skip.describe() == "checkov skips CKV_AWS_145: it holds logs: of all (main.tf:2)"


def test_checkov_reads_no_comment_above_a_block() -> None:
    assert of("# checkov:skip=CKV_AWS_145:x", "resource {", "}", first=2, last=3) == ()


def test_trivy_stops_at_the_first_moment_of_its_day() -> None:
    suppressions = said("# trivy:ignore:AVD-AWS-0132:exp:2027-03-31")

    assert {skip.until for skip in suppressions} == {date(2027, 3, 30)}


@pytest.mark.parametrize(
    ("lines", "first"),
    [
        (("# kics-scan ignore-block", "resource {", "}"), 2),
        (("x", "# kics-scan ignore-block", "# more", "resource {", "}"), 4),
        (("x", "# kics-scan ignore-line", "resource {", "}"), 3),
        (("# (c)", "# kics-scan disable=x,ad03cb46-f174-4674-bf8e-2880a7000edd", "", "resource {", "}"), 4),
        (("# kics-scan ignore", "", "resource {", "}"), 3),
    ],
)
def test_what_kics_ignores_counts_where_nothing_is_said_of_encryption(
    lines: tuple[str, ...], first: int
) -> None:
    (skip,) = of(*lines, first=first, last=first + 1)

    assert skip.by == "KICS"
    assert skip.covers(Bucket("b", encryption=NO_CONFIGURATION), KMS)
    assert not skip.covers(Bucket("b", encryption=Encryption(SSE_S3)), KMS)


@pytest.mark.parametrize(
    "lines",
    [("x", "# kics-scan ignore", "resource {", "}"), ("# kics-scan ignore-line", "#", "resource {", "}")],
)
def test_kics_reads_its_commands_in_their_place_alone(lines: tuple[str, ...]) -> None:
    assert of(*lines, first=3, last=4) == ()


@pytest.mark.parametrize("equal", EQUIVALENT_RULES, ids=lambda e: f"{e.tool}-{e.ids[0]}-{e.rule}")
def test_every_equal_is_of_a_rule_that_there_is(equal: object) -> None:
    assert getattr(equal, "rule") in IDS  # noqa: B009 - one table for every kind of entry


# What comes of it


def exempt(
    *suppressions: Suppression, wanted: Configuration | None = None, encryption: Encryption = NO_CONFIGURATION
) -> Finding:
    found = Bucket("b", encryption=encryption, suppressions=suppressions)
    return evaluate_bucket(found, find_rule(KMS), wanted or Configuration(), TODAY)


def noted(*buckets: Bucket) -> list[Sentence]:
    """What is known when these buckets came by."""
    evaluator = BucketEvaluator((find_rule(KMS),), Configuration(), TODAY)
    for one in buckets:
        evaluator.findings(one)
    return [note.sentence for note in evaluator.notes()]


OWN = Suppression(KMS, "logs", date(2026, 11, 23), Place("main.tf", 2, 1))
OTHER = Suppression(KMS, "logs", None, Place("main.tf", 2, 1), "checkov", "CKV_AWS_145")


def test_a_failure_is_exempt_until_the_last_day() -> None:
    finding = exempt(OWN)

    assert finding.verdict is Verdict.EXEMPT
    assert "exempt: logs, until 2026-11-23 (main.tf:2)" in finding.message
    assert finding.acceptance
    assert finding.acceptance.place == OWN.place


def test_an_expired_exemption_is_told_as_one_of_the_configuration_is() -> None:
    expired = Suppression(KMS, "logs", date(2026, 11, 22), OWN.place)

    assert exempt(expired).verdict is Verdict.FAIL
    assert "the exemption has expired: logs, until 2026-11-22" in exempt(expired).message


@pytest.mark.parametrize("encryption", [NO_CONFIGURATION, Encryption(SSE_KMS)])
def test_a_flaw_is_told_whatever_the_verdict(encryption: Encryption) -> None:
    finding = exempt(Suppression(None, "", None, OWN.place, flaw="no rule is named"), encryption=encryption)

    assert finding.verdict in {Verdict.FAIL, Verdict.PASS}
    assert "the exemption at main.tf:2 is not understood: no rule is named" in finding.message


def test_a_rule_that_there_is_not_is_a_flaw() -> None:
    finding = exempt(Suppression("*", "logs", None, OWN.place))

    assert finding.verdict is Verdict.FAIL
    assert "there is no rule '*'" in finding.message


def test_a_skip_for_another_tool_exempts_only_where_it_is_asked_for() -> None:
    assert exempt(OTHER).verdict is Verdict.FAIL
    assert exempt(OTHER, wanted=HONORED).verdict is Verdict.EXEMPT
    assert "checkov skips CKV_AWS_145: logs (main.tf:2)" in exempt(OTHER, wanted=HONORED).message


def test_the_configuration_comes_first() -> None:
    wanted = Configuration(exemptions=(Exemption("b", "by the file"),))

    finding = exempt(OWN, wanted=wanted)
    assert finding.acceptance
    assert finding.acceptance.place is None


def test_what_is_passed_over_is_counted_in_one_note() -> None:
    (note,) = noted(*(Bucket(name, encryption=NO_CONFIGURATION, suppressions=(OTHER,)) for name in "abc"))

    assert str(note) == "3 findings of these are skipped by comments for checkov; honor_skips exempts them"
    assert "--honor-skips" in note.worded(cli_wording)


def test_what_is_written_for_this_tool_is_never_passed_over() -> None:
    assert (
        Configuration().passed_over(Bucket("b", encryption=NO_CONFIGURATION, suppressions=(OWN,)), KMS, TODAY)
        == frozenset()
    )


def test_nothing_is_noted_of_buckets_that_pass() -> None:
    assert noted(Bucket("b", encryption=Encryption(SSE_KMS), suppressions=(OTHER,))) == []


# Templates


def read(text: str, name: str = "t.yaml") -> list[Bucket]:
    return list(READER.read(Document(Path(name), text.encode()), context()))


YAML = dedent(f"""\
    AWSTemplateFormatVersion: '2010-09-09'
    Resources:
      # s3kms: exempt {KMS} until 2027-03-31 above
      Above:
        Type: AWS::S3::Bucket
      Header: # s3kms: exempt {KMS} header
        Type: AWS::S3::Bucket
        # s3kms: exempt {KMS} at the end

      # s3kms: exempt {KMS} nobody's

      None:
        Type: AWS::S3::Bucket
        Properties:
          BucketName: |-
            # s3kms: exempt {KMS} a text
      Within:
        Type: AWS::S3::Bucket
        Properties:
          # checkov:skip=CKV_AWS_145:within
          BucketName: within
          Tags: []
      # s3kms: exempt {KMS} next
      Next:
        Type: AWS::S3::Bucket
    Outputs: {{}} # s3kms: exempt {KMS} outside
""")


def test_comments_of_a_template_belong_to_one_bucket_each() -> None:
    reasons = {bucket.resource: [skip.reason for skip in bucket.suppressions] for bucket in read(YAML)}

    assert reasons == {
        "Above": ["above"],
        "Header": ["header", "at the end"],
        "None": [],
        "Within": ["within"],
        "Next": ["next"],
    }


def test_a_comment_that_is_indented_deeper_ends_what_is_before() -> None:
    buckets = read(
        "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  A:\n    Type: AWS::S3::Bucket\n"
        f"    # s3kms: exempt {KMS} logs\n  B:\n    Type: AWS::S3::Bucket\n"
    )

    assert [len(found.suppressions) for found in buckets] == [1, 0]


def metadata(text: str) -> Bucket:
    template = bucket("BucketName: b") + "    Metadata:\n      " + text + "\n"
    (found,) = read(template)
    return found


def test_metadata_names_rule_last_day_and_reason() -> None:
    found = metadata(f"s3kms: {{exempt: [{{rule: {KMS}, until: 2027-03-31, reason: logs}}]}}")

    (skip,) = found.suppressions
    assert (skip.rule, skip.until, skip.reason, skip.where) == (KMS, date(2027, 3, 31), "logs", "t.yaml:8")


def test_metadata_of_json_is_read_too() -> None:
    (found,) = read(
        '{"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"B": {"Type": "AWS::S3::Bucket", '
        '"Metadata": {"s3kms": {"exempt": [{"rule": "' + KMS + '", "reason": "# logs"}]}}}}}',
        "t.json",
    )

    assert [(skip.rule, skip.reason) for skip in found.suppressions] == [(KMS, "# logs")]


@pytest.mark.parametrize(
    "text",
    [
        "s3kms: exempt",
        "s3kms: {}",
        "s3kms: {exempt: {rule: a, reason: b}}",
        "s3kms: {exmpt: []}",
        "s3kms: {exempt: [], exemptions: []}",
        "s3kms: {exempt: [a]}",
        "s3kms: {exempt: [{rule: a, reason: b, untill: 2027-03-31}]}",
        "s3kms: {exempt: [{rule: a}]}",
        "s3kms: {exempt: [{reason: b}]}",
        "s3kms: {exempt: [{rule: a, reason: b, until: soon}]}",
        "s3kms: {exempt: [{rule: a, reason: b, until: [2027-03-31]}]}",
    ],
)
def test_metadata_that_is_not_understood_is_told(text: str) -> None:
    (skip,) = metadata(text).suppressions

    assert skip.flaw


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("checkov: {skip: [{id: CKV_AWS_145, comment: logs}]}", "checkov"),
        ("bridgecrew: {skip: [{id: CKV_AWS_145, comment: logs}]}", "checkov"),
        ("cfn_nag: {rules_to_suppress: [{id: W9}, {id: W41, reason: logs}]}", "cfn_nag"),
    ],
)
def test_metadata_for_other_tools_is_read(text: str, by: str) -> None:
    (skip,) = metadata(text).suppressions

    assert (skip.by, skip.rule, skip.reason) == (by, KMS, "logs")


@pytest.mark.parametrize(
    "text", ["checkov: x", "checkov: {skip: x}", "cfn_nag: {rules_to_suppress: [x, {}]}"]
)
def test_what_other_tools_would_not_understand_says_nothing(text: str) -> None:
    assert metadata(text).suppressions == ()


def test_w41_says_nothing_of_a_bucket_that_asks_for_sse_s3_in_some_outcome() -> None:
    head = "Conditions: {C: !Equals [!Ref AWS::Region, x]}"
    either = default("AES256").replace("BucketEncryption: ", "BucketEncryption: !If [C, !Ref AWS::NoValue, ")
    template = bucket(either + "]", head) + "    Metadata: {cfn_nag: {rules_to_suppress: [{id: W41}]}}\n"
    (found,) = read(template)

    assert len(found.outcomes) == 2
    assert evaluate_bucket(found, find_rule(KMS), HONORED, TODAY).verdict is Verdict.FAIL


# Anything

PIECES = st.sampled_from(
    [
        *(
            "# c\n",
            '// c "\n',
            '/* c " { */\n',
            "/* c\n c */\n",
            '#"${\n',
            "/**/\n",
            "/* ** */\n",
            "# <<EOT\n",
        ),
        *('k = "x"\n', 'k = "# t" # c\n', 'k = "a ${b} # t"\n', 'k = "${f("}", { k = "# t" })} // t" // c\n'),
        *('k = "\\" # t"\n', 'k = "$${ # t"\n', 'k = "%{ if a }# t%{ endif }"\n', 'k = "\\\\" # c\n'),
        *("k = <<EOT\n# t\n${a} // t\nEOT\n", "k = <<-EOT\n  /* t */\n  EOT\n", "k = [1, # c\n 2]\n"),
        *('b "l" {\n # c\n a = "//t" // c\n}\n', "k = a /* c */ + b\n", 'k = f("/*", "*/")\n', "k = a / b\n"),
    ]
)


@given(st.lists(PIECES, max_size=8).map("".join))
def test_the_grammar_of_hcl_sees_the_same_comments(text: str) -> None:
    tree = Parser(Language(tree_sitter_hcl.language())).parse(text.encode()).root_node
    waiting = [tree]
    lines: list[int] = []
    while waiting:
        node = waiting.pop()
        waiting += node.children
        if node.type == "comment":
            lines += range(node.start_point.row + 1, node.end_point.row + 2)

    assert not tree.has_error
    assert [comment.line for comment in hcl_comments(text)] == sorted(lines)


LINES = st.lists(
    st.sampled_from(
        [
            *(
                "# s3kms: exempt",
                f"# s3kms: exempt {KMS} x",
                "/*",
                "*/",
                '"',
                "${",
                "}",
                "{",
                "<<EOT",
                "EOT",
                "",
            ),
            *("#trivy:ignore:*", "//", "\\", "%{", "'", "- a: b", "  # c", "| x", "\t", "\r", "\u2028", "é"),
        ]
    )
    | st.text(max_size=5),
    max_size=20,
)


@given(st.data())
def test_a_mutated_template_is_read_or_unreadable(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(YAML)))
    cut = data.draw(st.integers(0, 40))
    put = data.draw(
        st.sampled_from(
            ["", "#", "\r", "\u2028", "\t", "'", '"', "|", "\n", "s3kms:", "\ufeff", "é", "{", "- "]
        )
    )
    for found in read(YAML[:at] + put + YAML[at + cut :]):
        evaluate_bucket(found, find_rule(KMS), HONORED, TODAY)


@given(LINES, st.integers(1, 20), st.integers(0, 5), st.none() | st.integers(1, 4))
def test_no_text_breaks_the_search(lines: list[str], first: int, more: int, column: int | None) -> None:
    text = "\n".join(lines)
    for comments in (hcl_comments(text), yaml_comments(text)):
        for comment in comments:
            assert comment.line >= 1
            assert comment.column >= 1
            assert "\n" not in comment.text
        suppressions_in_comments(comments, ResourceLines(first, first + more, column), "x")


@given(st.text(alphabet=" \t#/*:,.-abe0123", max_size=30))
def test_whatever_follows_our_name_is_understood_or_told(rest: str) -> None:
    suppressions = said(f"# s3kms: {rest}")

    assert suppressions
    assert all(bool(skip.flaw) != bool(skip.rule and skip.reason) for skip in suppressions)


def test_a_file_without_a_mention_is_not_looked_at() -> None:
    assert not may_have_suppressions(b"Resources: {} # nothing")
    assert may_have_suppressions(b"# S3KMS: exempt")
