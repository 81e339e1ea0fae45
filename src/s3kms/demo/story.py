"""The demo's story: the real commands, run as typed, against the sample estate over real HTTP."""

import json
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from s3kms.demo.environment import DemoEnvironment
from s3kms.model.errors import S3kmsError
from s3kms.model.exits import Exit

NEWEST_RUN_PLACEHOLDER = "RUN"
"""In a step: the id of the newest run."""
BEFORE_RUN_PLACEHOLDER = "RUN_BEFORE"
"""The id of the run before that."""
BEFORE_THAT_PLACEHOLDER = "RUN_BEFORE_THAT"

MAX_SHOWN_LINES = 60
"""Lines of one command's output; an explanation has 250."""


@dataclass(frozen=True, slots=True)
class Step:
    """One command, without the program's name, and the exit code it ends with."""

    command: str
    exit: Exit = Exit.OK
    denied: str = ""
    """The bucket whose writes are denied meanwhile."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Commands that show one thing, and why one would want it."""

    why: str
    steps: tuple[Step, ...]


STORY = (
    Scene(
        "An auditor asks which buckets of the production account are not on SSE-KMS.",
        (Step("check", Exit.FINDINGS), Step("check -o before.json", Exit.FINDINGS)),
    ),
    Scene(
        "Before changing anything: why it matters, and when SSE-KMS is the wrong answer.",
        (Step("explain s3_bucket_kms_encryption"),),
    ),
    Scene(
        "What would break, and which buckets are ready: the plan, before anything changes.",
        (Step("plan --canary 2 --out plan.json", Exit.UNKNOWNS),),
    ),
    Scene(
        "A canary of two buckets first: shown, then applied, each change journalled before it is made, and verified.",
        (
            Step("fix --plan plan.json --wave 1"),
            Step("fix --plan plan.json --wave 1 --approved-by Dana --apply --yes"),
            Step(f"verify --run {NEWEST_RUN_PLACEHOLDER}"),
        ),
    ),
    Scene(
        "Changing a default changes no object that is there: what are they under, and then under the key, in place.",
        (
            Step("objects s3://acme-payroll", Exit.FINDINGS),
            Step("reencrypt s3://acme-payroll", Exit.UNKNOWNS),
            Step("reencrypt s3://acme-payroll --accept no-way-back --apply --yes"),
            Step(f"verify --run {NEWEST_RUN_PLACEHOLDER}"),
            Step("objects s3://acme-payroll"),
        ),
    ),
    Scene(
        "The second wave meets a guardrail and stops. Once that is mended, the same command goes on.",
        (
            Step(
                "fix --plan plan.json --wave 2 --max-failures 1 --apply --yes",
                Exit.STOPPED,
                denied="acme-mobile-crashes",
            ),
            Step("fix --plan plan.json --wave 2 --max-failures 1 --apply --yes"),
        ),
    ),
    Scene(
        "A setting is not yet a working key: write a tiny object, see what encrypts it, and remove it.",
        (Step("verify s3://acme-web-uploads --probe"),),
    ),
    Scene(
        "The auditor comes back: what has become better or worse since.",
        (Step("check --since before.json", Exit.FINDINGS),),
    ),
    Scene(
        "Something broke. Every run can be restored, as long as nobody else has changed the bucket.",
        (Step("runs"), Step(f"undo {NEWEST_RUN_PLACEHOLDER} --apply --yes")),
    ),
    Scene(
        "A bucket whose key has to say something first: written, used, and kept until the bucket was restored.",
        (
            Step(
                "plan s3://acme-flow-logs --key alias/data --accept org-policies-unread --prepare",
                Exit.UNKNOWNS,
            ),
            Step(
                "plan s3://acme-flow-logs --key alias/data --accept org-policies-unread --prepare --apply --yes"
            ),
            Step(
                "plan s3://acme-flow-logs --key alias/data --accept org-policies-unread --out flow-logs.json"
            ),
            Step("fix --plan flow-logs.json --apply --yes"),
            Step(f"undo {BEFORE_RUN_PLACEHOLDER} --apply --yes", Exit.REFUSED),
            Step(f"undo {NEWEST_RUN_PLACEHOLDER} --apply --yes"),
            Step(f"undo {BEFORE_THAT_PLACEHOLDER} --apply --yes"),
        ),
    ),
    Scene(
        "S3 accepts any key; a key that cannot be used is refused before it does harm.",
        (Step("fix s3://acme-invoices --key alias/disabled", Exit.REFUSED),),
    ),
    Scene(
        "A whole organization. An account that cannot be read is reported, never skipped.",
        (Step("check --profile management --org s3://acme-sandbox-*", Exit.FINDINGS),),
    ),
    Scene(
        "Buckets are best fixed where they are declared: a diff, proven by reading the files again, without AWS.",
        (Step("check infra", Exit.FINDINGS), Step("fix infra"), Step("fix infra --apply --yes")),
    ),
    Scene(
        "A load balancer's logs need SSE-S3: the bucket is exempt, with a reason, an owner and an end.",
        (Step("check s3://acme-alb-logs --config exemptions.toml --verbose"),),
    ),
)


def play_story(environment: DemoEnvironment, scenes: Sequence[Scene], show: Callable[[str], None]) -> None:
    """Run every command of the scenes in order, and `show` it with its output and its exit code.

    Raises S3kmsError where a command ends otherwise than the story says.
    """
    for number, scene in enumerate(scenes, 1):
        show(f"\n# {number} of {len(scenes)}: {scene.why}\n")
        for step in scene.steps:
            _play_step(environment, step, show)


def _play_step(environment: DemoEnvironment, step: Step, show: Callable[[str], None]) -> None:
    command = step.command
    if NEWEST_RUN_PLACEHOLDER in command:
        newest, before, before_that, *_ = (*_newest_runs(environment), "", "", "")
        # The longest first: each begins as the shorter ones do.
        command = command.replace(BEFORE_THAT_PLACEHOLDER, before_that).replace(
            BEFORE_RUN_PLACEHOLDER, before
        )
        command = command.replace(NEWEST_RUN_PLACEHOLDER, newest)
    show(f"$ s3kms {command}\n")
    if step.denied:
        show(f"(meanwhile a guardrail denies PutBucketEncryption on s3://{step.denied})\n")
        environment.aws.faults.fail(
            "PutBucketEncryption",
            403,
            "AccessDenied",
            "explicit deny in a service control policy",
            bucket=step.denied,
        )
    done = environment.run(shlex.split(command), in_folder=True)
    environment.aws.faults.failures.clear()
    show(
        f"{_beginning_of(done.stdout)}{done.stderr}[exit {done.returncode}: {Exit(done.returncode).meaning}]\n\n"
    )
    if done.returncode != step.exit:
        raise S3kmsError(f"the story expected exit {int(step.exit)} here", advice="report this as a bug")


def _beginning_of(output: str) -> str:
    """The first lines of a long output, and how many more there are."""
    lines = output.splitlines(keepends=True)
    more = len(lines) - MAX_SHOWN_LINES
    return output if more <= 0 else f"{''.join(lines[:MAX_SHOWN_LINES])}[and {more} more lines]\n"


def _newest_runs(environment: DemoEnvironment) -> list[str]:
    """The ids of the runs, the newest first."""
    listed = json.loads(environment.run(["runs", "--format", "json"], in_folder=True).stdout)
    return [str(one["run"]) for one in listed]
