"""Options in groups, each under the title of what it is about, and each also from the environment."""

from collections.abc import Callable
from itertools import groupby
from typing import Any

import click
from click.shell_completion import CompletionItem

NOT_FROM_ENVIRONMENT = frozenset(
    {
        *("--apply", "--yes", "--accept", "--probe", "--max-changes"),
        *("--plan", "--wave", "--waive", "--approved-by", "--max-failures"),
    }
)
"""What must be said on the command line, each time: options that write, or that let more be written."""
OTHER = "Options"


class GroupedOption(click.Option):
    """An option that knows its group."""

    def __init__(self, *args: Any, group: str = OTHER, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.group = group

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The values that begin so."""
        from s3kms.cli.completion_values import option_values

        found = option_values(self, incomplete)
        return super().shell_complete(ctx, incomplete) if found is None else found


class GroupedCommand(click.Command):
    """A command whose help lists its options in groups, in the order in which they were declared."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One section a group; those without one come last."""
        shown = [
            (getattr(one, "group", OTHER), record)
            for one in self.get_params(ctx)
            if isinstance(one, click.Option) and (record := one.get_help_record(ctx)) is not None
        ]
        titles = list(dict.fromkeys(title for title, _ in shown))
        titles.sort(key=lambda title: title == OTHER)
        shown.sort(key=lambda pair: titles.index(pair[0]))
        for title, pairs in groupby(shown, key=lambda pair: pair[0]):
            with formatter.section(title):
                formatter.write_dl([record for _, record in pairs])


def option(group: str, *names: str, **settings: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An option of a group. It can also be set as `S3KMS_NAME`, unless it writes."""
    flag = next(name for name in names if name.startswith("--")).split("/")[0]
    if flag not in NOT_FROM_ENVIRONMENT:
        settings.setdefault("envvar", environment_name(flag))
    return click.option(*names, cls=GroupedOption, group=group, **settings)


def environment_name(flag: str) -> str:
    """`S3KMS_MAX_AGE` for `--max-age`."""
    return f"S3KMS_{flag.removeprefix('--').replace('-', '_').upper()}"


def given_options(context: click.Context) -> frozenset[str]:
    """The parameters that stand on the command line."""
    return _from(context, click.core.ParameterSource.COMMANDLINE)


def options_of_environment(context: click.Context) -> frozenset[str]:
    """The parameters that came from `S3KMS_…` variables."""
    return _from(context, click.core.ParameterSource.ENVIRONMENT)


def _from(context: click.Context, source: click.core.ParameterSource) -> frozenset[str]:
    return frozenset(name for name in context.params if context.get_parameter_source(name) is source)
