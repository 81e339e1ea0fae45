"""The pages about the command line: its help, its exit codes."""

import click
from scripts.doc_pages.page import NOTE

from s3kms.cli.main import COMMANDS, group
from s3kms.model.exits import Exit


def commands_page() -> str:
    text = f"{NOTE}# Commands\n"
    for name in ["", *COMMANDS]:
        context = click.Context(group, info_name="s3kms", terminal_width=100, **group.context_settings)
        command: click.Command | None = group
        if name:
            command = group.get_command(context, name)
            context = click.Context(
                command or group, info_name=name, parent=context, max_content_width=100, terminal_width=100
            )
        title = f"s3kms {name}".strip()
        text += f"\n## {title}\n\n```text\n{(command or group).get_help(context).rstrip()}\n```\n"
    return text


def exit_codes() -> str:
    rows = "".join(f"| {int(code)} | {code.meaning} |\n" for code in Exit)
    return f"| exit code | meaning |\n| --: | --- |\n{rows}"
