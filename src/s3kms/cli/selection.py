"""From targets and options to a source."""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from s3kms.cli.options import AccountScope, AwsOptions
from s3kms.cli.wording import cli_wording
from s3kms.model.accounts import AwsAccount, check_account
from s3kms.model.errors import BadInput
from s3kms.model.stream import Note, ScanItem
from s3kms.model.targets import CodeTarget, ScanTarget, Target, check_region, find_aggregator, parse_targets
from s3kms.sources.interface import Source

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection
    from s3kms.sources.organization import OrganizationMembers
    from s3kms.sources.selection import Checkpoint


def read_targets(named: Iterable[str], from_file: Path | None) -> tuple[Target, ...]:
    """The targets of the command line and of a file. Raises BadInput."""
    return parse_targets(_words(named, from_file))


def read_estate(named: Iterable[str], from_file: Path | None) -> ScanTarget:
    """The same, where an inventory or code may be meant. Raises BadInput."""
    words = _words(named, from_file)
    return find_aggregator(words) or _find_code(words) or parse_targets(words)


def read_fixable(named: Iterable[str], from_file: Path | None) -> CodeTarget | tuple[Target, ...]:
    """The same, where code may be meant and no inventory. Raises BadInput."""
    words = _words(named, from_file)
    return _find_code(words) or parse_targets(words)


def _find_code(words: tuple[str, ...]) -> CodeTarget | None:
    """Files and folders: what is there, and what is written as a path. Raises BadInput for a mixture."""
    paths = tuple(word for word in words if _is_path(word))
    if paths and len(paths) < len(words):
        other = next(word for word in words if word not in paths)
        raise BadInput(
            f"{paths[0]} is code and {other} is not", advice="name them in two commands, one after the other"
        )
    return CodeTarget(tuple(map(Path, paths))) if paths else None


_CODE = (".tf", ".tofu", ".tfstate", ".json", ".yaml", ".yml", ".template")
"""How the names of files of code end; no target that is a bucket is written without `s3://`."""


def _is_path(word: str) -> bool:
    if "://" in word or word.startswith("arn:"):
        return False
    return word in {".", ".."} or "/" in word or word.endswith(_CODE) or Path(word).exists()


def _words(named: Iterable[str], from_file: Path | None) -> tuple[str, ...]:
    lines = [] if from_file is None else _lines(from_file)
    if from_file is not None and not lines:
        raise BadInput(f"{from_file} names no target", advice="one target a line: s3://bucket")
    words = (*named, *lines)
    if not all(word.strip() for word in words):
        raise BadInput(
            "a target is empty", advice="write s3://bucket, a file or a folder; or no target at all"
        )
    return words


def read_reach(reach: AccountScope) -> AccountScope:
    """The same, with the accounts of the file among the named ones. Raises BadInput."""
    if reach.accounts_file is None:
        return reach
    lines = _lines(reach.accounts_file)
    return replace(reach, accounts=(*reach.accounts, *(check_account(line) for line in lines)))


def connect(aws: AwsOptions) -> "Connection":
    """The way to AWS. Imports the AWS SDK."""
    from s3kms.aws.connection import Connection, ConnectionSettings

    return Connection(ConnectionSettings(aws.profile, aws.endpoint_url, aws.concurrency, aws.max_rps))


def select(
    aws: AwsOptions,
    targets: tuple[Target, ...],
    regions: tuple[str, ...],
    *,
    directory_buckets: bool,
    connection: "Connection | None" = None,
    reach: AccountScope | None = None,
    known: "Checkpoint | None" = None,
) -> Source:
    """The source that yields them. Imports the AWS SDK."""
    regions = tuple(check_region(region) for region in regions)
    from s3kms.sources.account import AccountSource
    from s3kms.sources.selection import Selection

    selection = Selection(targets, regions, directory_buckets)
    connection = connection or connect(aws)
    if reach and reach.is_far:
        from s3kms.sources.organization import OrganizationSource

        return OrganizationSource(connection, _members(connection, reach), selection, checkpoint=known)
    return AccountSource(connection, selection, checkpoint=known)


def notifying(items: Iterable[ScanItem], notify: Callable[[str], None]) -> Iterator[ScanItem]:
    """The items without the notes, which a person is told at once."""
    for item in items:
        if isinstance(item, Note):
            notify(f"note: {item.sentence.worded(cli_wording)}")
        else:
            yield item


def _members(connection: "Connection", reach: AccountScope) -> "OrganizationMembers":
    from s3kms.aws.organizations import list_accounts
    from s3kms.sources.organization import OrganizationMembers

    if reach.org:
        return OrganizationMembers(lambda: list_accounts(connection), reach.role, reach.excluded)
    accounts = [AwsAccount(account) for account in dict.fromkeys(reach.accounts)]
    return OrganizationMembers(lambda: accounts, reach.role, reach.excluded, are_listed=False)


def _lines(path: Path) -> list[str]:
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise BadInput(f"{path} cannot be read: {why}") from error
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]
