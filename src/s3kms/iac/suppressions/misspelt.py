"""Comments that were meant as exemptions and are not understood: the tool's name, the verb or the form is misspelt.

Whoever wrote one believes that the risk is accepted, so that it is neither honored nor passed over in silence.
"""

import re
from difflib import SequenceMatcher

from s3kms.iac.suppressions.equivalent_rules import CHECKOV, EQUIVALENT_RULES, KICS, TRIVY
from s3kms.model.suppressions import OWN_TOOL

_VERBS = r"(?:e?xempt|ex?cempt|exm?ept|except|ignor|skip|suppress|disabl|allow|accept|leave|no-?qa|no-?sec|no-?lint)"
"""The words by which tools are told to leave something alone, and how ours is misspelt."""
_TOOL_AND_VERB = re.compile(rf"@?(?P<tool>[\w-]{{3,7}})[\s:=./_-]+{_VERBS}", re.IGNORECASE)
_VERB_AT_START = re.compile(rf"@?(?:\w+\s*[-:]\s*)?{_VERBS}", re.IGNORECASE)
_RULE_OF_OURS = re.compile(
    r"(?<![\w.])s3_(?:table_|vector_)?bucket_\w+|(?<![\w.-])s3-bucket-kms-encryption\b", re.IGNORECASE
)
_RESEMBLANCE = 0.7
"""How much of a word is that of `s3kms`, as difflib counts, if it is taken for a misspelling of it."""
_VERBS_OF_OTHERS = r"[\s:=-]*(?:ignor|disabl|skip|suppress)"
_OTHERS = (
    (CHECKOV, rf"(?:checkov|bridgecrew)\b(?!:skip=){_VERBS_OF_OTHERS}", "checkov:skip=ID:REASON"),
    (TRIVY, rf"(?:trivy|tfsec)\b(?!:ignore:\S){_VERBS_OF_OTHERS}", "trivy:ignore:ID"),
    (
        KICS,
        rf"kics(?!-scan (?:ignore|ignore-block|ignore-line|disable=.*)$).*?{_VERBS_OF_OTHERS}",
        "kics-scan ignore-block",
    ),
)
"""How a comment for another tool begins that the tool does not understand, and the form that it does."""
_ID_OF_ANY_TOOL = re.compile(
    r"\b(?:CKV\d?_\w+|(?:AVD-)?AWS-\d+|aws-\w+-[\w-]+|[0-9a-f]{8}-[0-9a-f]{4}-)", re.IGNORECASE
)


def resembles_own_exemption(text: str) -> bool:
    """Whether a comment was meant for this tool: its name, nearly, with a verb such as `ignore`; or the verb with one
    of its rules.
    """
    found = _TOOL_AND_VERB.match(text)
    if found and resembles_own_name(found["tool"]):
        return True
    return bool(_VERB_AT_START.match(text) and _RULE_OF_OURS.search(text))


def resembles_own_name(word: str) -> bool:
    """Whether a word is the name of this tool, or nearly."""
    plain = re.sub(r"[-_]", "", word.lower())
    return plain == OWN_TOOL or SequenceMatcher(None, plain, OWN_TOOL).ratio() >= _RESEMBLANCE


def tool_of_malformed(text: str) -> tuple[str, str] | None:
    """The other tool that a comment was meant for, and what its form is; None where it was meant for none, or for a
    rule that is none of ours.
    """
    for tool, begin, form in _OTHERS:
        if re.match(begin, text, re.IGNORECASE):
            ids = {one for equal in EQUIVALENT_RULES if equal.tool == tool for one in equal.ids}
            is_ours = any(one.lower() in text.lower() for one in ids)
            return (tool, form) if is_ours or not _ID_OF_ANY_TOOL.search(text) else None
    return None
