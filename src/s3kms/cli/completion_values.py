"""What the shell completes: values of options and arguments. Calls no AWS; of profiles it reads the names alone."""

import configparser
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import click
from click.shell_completion import CompletionItem

_SAFE = re.compile(r"[\w./+@][\w./+@-]*")
"""Names that every shell takes as one word, and no command for an option; others are not offered."""
_PROFILE = re.compile(r"profile\s+(.+)")


def rule_ids() -> Iterable[str]:
    """The rules, the default one first."""
    from s3kms import identifiers

    return identifiers.rule_ids()


def hazard_ids() -> Iterable[str]:
    """The hazards, and the word for facts that could not be read."""
    from s3kms import identifiers

    return (*identifiers.hazard_ids(), "unread")


def profile_names() -> Iterator[str]:
    """The profiles of the AWS configuration, in its order; nothing where it cannot be read."""
    config = Path(os.environ.get("AWS_CONFIG_FILE") or "~/.aws/config").expanduser()
    credentials = Path(os.environ.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials").expanduser()
    names = [
        match[1] if (match := _PROFILE.fullmatch(one)) else one
        for one in _sections(config)
        if _is_profile(one)
    ]
    yield from dict.fromkeys((*names, *_sections(credentials)))


def _is_profile(section: str) -> bool:
    return section == "default" or section.startswith("profile ")


def _sections(path: Path) -> list[str]:
    parser = configparser.RawConfigParser(strict=False)
    with suppress(OSError, UnicodeDecodeError, configparser.Error):
        parser.read_string(path.read_text(encoding="utf-8"))
    return parser.sections()


_VALUES: dict[str, Callable[[], Iterable[str]]] = {
    "--rule": rule_ids,
    "--accept": hazard_ids,
    "--profile": profile_names,
    "--reader-profile": profile_names,
}
_FILES = {"--from", "--observed"}
"""Options whose value may be a file, and something else as well."""


def option_values(option: click.Option, incomplete: str) -> list[CompletionItem] | None:
    """The values of an option that begin so; None where click knows them better."""
    if option.metavar and option.metavar.startswith("[") and "|" in option.metavar:  # [table|json]
        return completion_items(option.metavar.strip("[]").split("|"), incomplete)
    if _FILES.intersection(option.opts):
        return TARGET.shell_complete(click.get_current_context(silent=True), option, incomplete)
    values = next((_VALUES[name] for name in option.opts if name in _VALUES), None)
    return None if values is None else completion_items(values(), incomplete)


def completion_items(values: Iterable[str], incomplete: str) -> list[CompletionItem]:
    """Those that begin so, and that no shell would take apart."""
    return [
        CompletionItem(value) for value in values if value.startswith(incomplete) and _SAFE.fullmatch(value)
    ]


class TargetWord(click.types.StringParamType):
    """A target: the shell completes files and folders."""

    def shell_complete(
        self, ctx: click.Context | None, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Files, unless it is an address already."""
        del ctx, param
        return [] if "://" in incomplete else [CompletionItem(incomplete, type="file")]


class RuleOrHazard(click.types.StringParamType):
    """The id of a rule or a hazard."""

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """All ids that begin so."""
        del ctx, param
        return completion_items((*rule_ids(), *hazard_ids()), incomplete)


TARGET, RULE_OR_HAZARD = TargetWord(), RuleOrHazard()
