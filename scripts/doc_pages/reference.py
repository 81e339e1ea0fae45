"""The reference of the command line: environment variables, permissions, exit codes."""

import json
from collections.abc import Iterator

import click
from scripts.doc_pages.page import NOTE, cell

from s3kms import api
from s3kms.cli.main import COMMANDS, group
from s3kms.cli.option_groups import NOT_FROM_ENVIRONMENT
from s3kms.cli.permissions import WITH_AWS
from s3kms.model.exits import Exit
from s3kms.model.iam_policy import iam_policy
from s3kms.model.operations import Operation
from s3kms.scan.request import ScanRequest

OTHER_VARIABLES = {
    "AWS_PROFILE": "the profile of AWS's configuration files; `--profile` goes before it",
    "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN": "credentials, as the AWS CLI takes them",
    "AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE": "where AWS's configuration files are",
    "AWS_REGION, AWS_DEFAULT_REGION": "the region that is asked where none is named",
    "AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3": "another server than AWS's; `--endpoint-url` goes before it",
    "AWS_ACCOUNT_ID": "the account of the credentials, where the server has no STS",
    "AWS_MAX_ATTEMPTS, AWS_RETRY_MODE": "how often a call is tried, where 60 seconds are not what is wanted",
    "AWS_CA_BUNDLE, REQUESTS_CA_BUNDLE": "the certificates to trust",
    "HTTPS_PROXY, HTTP_PROXY, NO_PROXY": "the proxy to go through, and for which hosts not to",
    "XDG_STATE_HOME": "the folder whose `s3kms/runs` has the journals; `~/.local/state` without it",
    "NO_COLOR": "no color; `--no-color` does the same",
    "COLUMNS": "the width of tables",
    "TF_VAR_NAME": "the value of the Terraform variable NAME, last of all; a note says that it was taken",
}
"""Variables that are not options, and what they do."""
_EXIT_USES = {
    Exit.OK: "go on",
    Exit.ERROR: "look at stderr, and run again",
    Exit.USAGE: "correct what stderr names",
    Exit.NOTHING: "check the target; in a repository that may have no buckets, count it as success",
    Exit.REFUSED: "nothing to restore; stderr says what has to be accepted or corrected first",
    Exit.STOPPED: "`s3kms runs`, then go on with the same command, or `s3kms undo RUN`",
    Exit.FINDINGS: "the findings are in the result",
    Exit.UNKNOWNS: "what is not known is in the result, with what to allow; never count it as success",
    Exit.INTERRUPTED: "nothing to restore",
    Exit.TERMINATED: "nothing to restore",
}


def environment_page() -> str:
    """Every environment variable."""
    options = "".join(
        f"| `{name}` | {', '.join(f'`{flag}`' for flag in flags)} | {', '.join(sorted(commands))} |\n"
        for name, (flags, commands) in sorted(_option_variables().items())
    )
    others = "".join(f"| `{'`, `'.join(n.split(', '))}` | {does} |\n" for n, does in OTHER_VARIABLES.items())
    never = ", ".join(f"`{flag}`" for flag in sorted(NOT_FROM_ENVIRONMENT))
    return f"""{NOTE}# Environment variables

Each option of a command can be set as a variable; what stands on the command line goes before it. Repeatable options
take several values, separated by spaces, and paths by colons. A switch takes `1` or `0`. What writes, or lets more be
written, is said each time: never from the environment come
{never}. Of a plan that is carried out only `--external-id` does.

## Options

| variable | option | commands |
| --- | --- | --- |
{options}
## Others

| variable | does |
| --- | --- |
{others}"""


def _option_variables() -> dict[str, tuple[list[str], set[str]]]:
    found: dict[str, tuple[list[str], set[str]]] = {}
    for name in COMMANDS:
        command = group.get_command(click.Context(group), name)
        for parameter in command.params if command else ():
            if isinstance(parameter, click.Option) and isinstance(parameter.envvar, str):
                flags, commands = found.setdefault(parameter.envvar, ([], set()))
                commands.add(name)
                flags += [flag for flag in parameter.opts if flag.startswith("--") and flag not in flags]
    return found


def exit_codes_page() -> str:
    """What a script does with each exit code."""
    rows = "".join(f"| {int(code)} | {code.meaning} | {_EXIT_USES[code]} |\n" for code in Exit)
    return f"""{NOTE}# Exit codes

The same for every command. A pipeline decides by them alone; `--fail-on` chooses [what gives 10 and
11](checking.md#in-a-pipeline).

| exit code | meaning | what a script does |
| --: | --- | --- |
{rows}
In Python they are `s3kms.Exit`, and `error.exit_code` of each [error](library.md#errors); `check.summary.exit` is
that of a check.
"""


def permissions_page() -> str:
    """The minimal policy of each command, and what each action is for."""
    sections = "".join(map(_permissions_section, WITH_AWS))
    return f"""{NOTE}# Permissions

What each command calls, and the minimal IAM policy for it, as `s3kms permissions COMMAND...` prints it: made from the
operations that the code declares, without calling AWS. With options and targets it prints the policy of just those:
`s3kms permissions check --org`, `s3kms permissions check --send`, `s3kms permissions verify --config-rules`,
`s3kms permissions fix s3://logs`, `s3kms permissions check --rule s3_bucket_kms_key_usable`. The policy of a key
decides, too: [what decides](access.md#what-decides).

{sections}"""


def _permissions_section(command: str) -> str:
    operations = api.operations_of((command,), ScanRequest(targets=()))
    rows = "".join(f"| `{action}` | {cell(why)} |\n" for action, why in sorted(set(_actions(operations))))
    policy = json.dumps(iam_policy(operations, "aws", "", ()), indent=2)
    return f"## {command}\n\n| action | for |\n| --- | --- |\n{rows}\n```json\n{policy}\n```\n\n"


def _actions(operations: frozenset[Operation]) -> Iterator[tuple[str, str]]:
    for operation in operations:
        for action in operation.actions:
            yield action, operation.why
