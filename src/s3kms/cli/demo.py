"""`s3kms demo`."""

import os
import shlex
import signal
import sys
import time
from collections.abc import Mapping

import click

from s3kms.model.errors import BadInput, S3kmsError

EPILOG = """\b
Examples:
  s3kms demo
  s3kms demo check 's3://acme-o*'
  s3kms demo check --profile management config://organization
  s3kms demo --serve --port 4566
"""


@click.command(
    "demo", epilog=EPILOG, context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False}
)
@click.option(
    "--serve",
    is_flag=True,
    help="Keep the embedded AWS up and print the environment variables that select it.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Listen on this port of 127.0.0.1 [default: a free one].",
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[COMMAND]...")
def command(arguments: tuple[str, ...], serve: bool, port: int) -> int:
    """Try any command on an embedded AWS with a sample estate; no account needed.

    Without COMMAND, play a story of 14 scenes. With one (check, explain, …), run it against the estate.
    Needs the extra: pip install 's3kms[demo]'.
    """
    if arguments[:1] == ("demo",):
        raise BadInput("the demo does not run itself", advice="s3kms demo check")
    if serve and arguments:
        raise BadInput("--serve takes no command", advice="run commands against it from another shell")
    _forget_the_users_aws()
    try:
        from s3kms.demo.environment import open_demo_environment
        from s3kms.demo.sample_estate import ACCOUNTS, SAMPLE_BUCKETS, SAMPLE_DIRECTORY_BUCKETS
        from s3kms.demo.story import STORY, play_story
    except ImportError as error:
        raise S3kmsError("the demo needs the embedded AWS", advice="pip install 's3kms[demo]'") from error
    with open_demo_environment(port) as environment:
        if serve:
            _serve(environment.exports)
            return 0
        if arguments:
            return environment.run(arguments).returncode
        buckets = len(SAMPLE_BUCKETS) + len(SAMPLE_DIRECTORY_BUCKETS)
        estate = f"{len(ACCOUNTS)} accounts of one organization, {buckets} buckets"
        click.echo(f"An embedded AWS on 127.0.0.1, over real HTTP: {estate}.")
        play_story(environment, STORY, lambda text: click.echo(text, nl=False))
        return 0


def _forget_the_users_aws() -> None:
    """The demo has an AWS of its own: no profile, proxy or setting of the user's has a part in it.

    Before the emulator is imported, for that import reads the AWS configuration already.
    """
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(filter(None, (os.environ.get(name), "127.0.0.1")))


def _serve(exports: Mapping[str, str]) -> None:
    ended: list[int] = []
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, lambda number, _: ended.append(number))
    for name, value in exports.items():
        click.echo(f"export {name}={shlex.quote(value)}")
    click.echo("The embedded AWS is up; Ctrl-C ends it.", err=True)
    sys.stdout.flush()
    # A flag and short sleeps: a KeyboardInterrupt can be lost in a finalizer, a handler cannot.
    while not ended:
        time.sleep(0.1)
