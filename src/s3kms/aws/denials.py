"""What AWS's sentence about a denial tells: which sort of policy decided, and so where to look (fact A35). Pure."""

import re

from s3kms.model.advice import NO_ADVICE, Advice

_DECIDED = re.compile(
    r"(?P<form>with an explicit deny in an? |because no )"
    r"(?P<policy>(?:service control|resource control|session|resource-based|identity-based|VPC endpoint) policy"
    r"|permissions boundary)"
)
"""The two forms: `with an explicit deny in a service control policy`, `because no identity-based policy allows …`."""
_OF_ORGANIZATION = "of the organization, which only its management account changes"
_WHERE = {
    "service control policy": _OF_ORGANIZATION,
    "resource control policy": _OF_ORGANIZATION,
    "session policy": "with which the role was assumed",
    "resource-based policy": "of the bucket, the key or the role (and, from another account, for the identity, too)",
    "identity-based policy": "of the identity that calls",
    "VPC endpoint policy": "of the network's endpoint",
    "permissions boundary": "of the identity that calls",
}


def advice_for_denial(message: str, actions: str) -> Advice:
    """Where to allow the actions, or what denies them; no advice where the sentence names no sort of policy."""
    found = _DECIDED.search(message)
    if not found:
        return NO_ADVICE
    policy = found["policy"]
    where = f"the {policy} {_WHERE[policy]}"
    if found["form"] == "because no ":
        return Advice(f"allow {actions} in {where}")
    return Advice(f"the Deny of {actions} in {where}, decides: an Allow elsewhere does not help")
