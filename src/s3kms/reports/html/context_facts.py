"""What a page says of itself: what was looked at, as whom, when and by which s3kms."""

from s3kms.model.scan_context import ScanContext


def context_facts(context: ScanContext | None, *, is_dated: bool = True) -> list[tuple[str, str]]:
    """Names and values; nothing where it is not known, and no date where the page has one already."""
    if context is None:
        return []
    facts = []
    if context.scope:
        facts.append(("Scope", context.scope.describe(context.account)))
    elif context.account:
        facts.append(("Account", context.account))
    if is_dated:
        facts.append(("Made", f"{context.at:%Y-%m-%d %H:%M} UTC"))
    if context.identity:
        facts.append(("Identity", context.identity))
    if context.version:
        facts.append(("s3kms", context.version))
    return facts
