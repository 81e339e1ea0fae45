"""Changes in the form of one remedy, or why that form cannot tell them."""

from collections.abc import Sequence

from s3kms.model.advice import Advice, Option
from s3kms.model.change import Change
from s3kms.model.errors import BadInput, Refused
from s3kms.remedies import REMEDIES
from s3kms.remedies.interface import Remedy, RemedyFiles


def find_remedy(name: str) -> Remedy:
    """The remedy of this name. Raises BadInput."""
    for remedy in REMEDIES:
        if remedy.name == name:
            return remedy
    known = ", ".join(remedy.name for remedy in REMEDIES)
    raise BadInput(f"{name!r} is not a remedy", advice=f"there are {known}")


def render_changes(name: str, changes: Sequence[Change]) -> RemedyFiles:
    """The files that change existing buckets of one account, at least one. Raises Refused where the form cannot
    change one of them.
    """
    remedy = find_remedy(name)
    if unfit := [change for change in changes if change.kind not in remedy.kinds]:
        names = ", ".join(f"s3://{change.bucket}" for change in unfit)
        raise Refused(
            f"the {remedy.title} form does not change {unfit[0].kind} buckets: {names}",
            advice=Advice("leave them out, or use {form}", {"form": Option("form", "cli")}),
        )
    return remedy.render_files(changes)


def render_new_bucket(name: str, change: Change) -> RemedyFiles:
    """The files that make a bucket with its default. Raises Refused where the form makes none."""
    remedy = find_remedy(name)
    if remedy.render_new_bucket is None:
        able = [one.name for one in REMEDIES if one.render_new_bucket]
        fields = {one: Option("form", one) for one in able}
        advice = Advice("use " + " or ".join(f"{{{one}}}" for one in able), fields)
        raise Refused(f"the {remedy.title} form makes no new bucket", advice=advice)
    return remedy.render_new_bucket(change)
