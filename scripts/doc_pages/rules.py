"""The pages about rules and hazards, of the text that `s3kms explain` prints."""

from scripts.doc_pages.page import NOTE

from s3kms.explanation import explain, explain_hazard
from s3kms.hazards import all_hazards
from s3kms.hazards.interface import Hazard
from s3kms.hazards.questions import QUESTIONS
from s3kms.rules import RULES
from s3kms.rules.interface import Rule


def rules_page() -> str:
    rows = "".join(
        f"| [`{r.id}`](rules/{r.id}.md) | {r.title} | {r.severity.value} | {'on' if r.is_default else 'off'} |\n"
        for r in RULES
    )
    return f"{NOTE}# Rules\n\n| rule | what it asks | severity | default |\n| --- | --- | --- | --- |\n{rows}"


def rule_page(rule: Rule) -> str:
    return NOTE + explain(rule)


def hazards_page() -> str:
    rows = "".join(
        f"| [`{h.id}`](hazards/{h.id}.md) | {h.title} | {h.shape.value} |\n" for h in all_hazards()
    )
    questions = "".join(
        f"| {q.question} | {q.consequence} | {q.asked.value} | {q.fact} |\n" for q in QUESTIONS
    )
    return (
        f"{NOTE}# Hazards\n\nWhat breaks when the default encryption becomes SSE-KMS. `s3kms fix` leaves such a "
        "bucket alone, and says why; `--accept HAZARD` changes it all the same. A fact that could not be read "
        "counts as a hazard, too: `--accept unread`.\n\n"
        f"| hazard | what it is about | what happens |\n| --- | --- | --- |\n{rows}\n"
        "## Questions\n\n"
        "What no setting of S3 tells, a plan asks. Facts are those of [Facts about AWS](facts.md).\n\n"
        f"| question | what follows | asked | fact |\n| --- | --- | --- | --- |\n{questions}"
    )


def hazard_page(hazard: Hazard) -> str:
    return NOTE + explain_hazard(hazard)
