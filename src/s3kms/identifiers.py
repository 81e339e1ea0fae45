"""The ids of rules and hazards, none of which is loaded for it: a shell asks for them at each TAB."""


def rule_ids() -> tuple[str, ...]:
    """Of all rules, the default one first."""
    from s3kms.rules import IDS

    return IDS


def hazard_ids() -> tuple[str, ...]:
    """Of all hazards, in the order of proven harm."""
    from s3kms.hazards import IDS

    return IDS
