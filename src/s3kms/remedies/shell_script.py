"""What the shell scripts of the forms have in common."""

from collections.abc import Sequence

from s3kms.model.change import Change
from s3kms.remedies.description import describe_change
from s3kms.remedies.interface import RemedyFile
from s3kms.text.quoting import escape_comment, quote_shell


def shell_script(name: str, about: str, changes: Sequence[Change], body: str) -> RemedyFile:
    """A POSIX shell script that stops at the first error, and at once in another account."""
    guard = _guard(account_of(changes), changes[0].region)
    head = f"#!/bin/sh\n# {escape_comment(about)}\nset -eu\nexport AWS_PAGER=\n"
    return RemedyFile(name, f"{head}\n{guard}\n{body}", is_program=True)


def _guard(account: str, region: str) -> str:
    """With a region of the buckets: the AWS CLI may have none configured, and another partition's would not do."""
    query = f"aws sts get-caller-identity --query Account --output text --region {quote_shell(region)}"
    return (
        f"account=$({query})\n"
        f'if [ "$account" != {quote_shell(account)} ]; then\n'
        f'  echo "these credentials belong to account $account; the buckets are in "{quote_shell(account)} >&2\n'
        "  exit 1\n"
        "fi\n"
    )


def change_heading(number: int, change: Change) -> str:
    """The comment above what one change comes to."""
    return f"# {number}. s3://{escape_comment(change.bucket)}: {escape_comment(describe_change(change))}\n"


def account_of(changes: Sequence[Change]) -> str:
    """The account of all of them: a run is one account's."""
    (account,) = {change.account for change in changes}
    return account
