"""`s3kms completion`."""

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")
EPILOG = """\b
Examples:
  eval "$(s3kms completion bash)"       in ~/.bashrc
  eval "$(s3kms completion zsh)"        in ~/.zshrc, after compinit
  s3kms completion fish > ~/.config/fish/completions/s3kms.fish
"""


@click.command("completion", epilog=EPILOG)
@click.argument("shell", type=click.Choice(SHELLS), metavar="[bash|zsh|fish]")
def command(shell: str) -> None:
    """Print what makes a shell complete commands, options and their values.

    Rules, hazards, formats, profiles of the AWS configuration, files and folders are completed. The shell asks s3kms
    at each completion, so that completions match the installed version; AWS is not called.
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise AssertionError(f"click completes for {shell}")
    # Not `source()`, which starts bash to ask for its version.
    completer = kind(click.get_current_context().find_root().command, {}, "s3kms", "_S3KMS_COMPLETE")
    click.echo(completer.source_template % completer.source_vars())
