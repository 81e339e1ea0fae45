"""How a program uses the library: checked by mypy with everything else; what it does is tested in integration."""

from collections.abc import Iterator
from pathlib import Path

import s3kms


def failing(client: s3kms.Client) -> Iterator[str]:
    for finding in client.check("s3://logs-*", regions=["eu-central-1"]):
        if finding.verdict is s3kms.Verdict.FAIL and finding.bucket:
            yield finding.bucket


def move(client: s3kms.Client) -> s3kms.Exit:
    plan = client.plan("s3://logs-*", key="alias/logs")
    run = client.apply(plan, max_changes=50)
    if run is None:
        return s3kms.Exit.OK
    verified = client.verify(run, probe=True)
    if verified.summary.exit is not s3kms.Exit.OK:
        client.undo(run)
    return verified.summary.exit


def not_ready(client: s3kms.Client) -> Iterator[tuple[str, str]]:
    assessment = client.assess(
        "s3://logs-*", key="alias/logs", deep=True, observed=["AWSLogs"], wave_by="region"
    )
    for planned in assessment:
        if planned.plan_class is s3kms.PlanClass.PREPARE:
            yield from ((planned.bucket, hazard.why) for hazard in planned.hazards)
    assessment.save("plan.json")


def stays_of_code(folder: Path) -> int:
    return s3kms.assess_code(folder).summary.classes[s3kms.PlanClass.STAY]


def carry_out(client: s3kms.Client, file: Path) -> list[str]:
    client.assess("s3://logs-*", wave_by="region").save(file)
    first = client.apply_saved(file, wave=1, approved_by="Dana")
    for run in first.runs:
        client.verify(run)
    second = client.open_saved(file, wave=2)
    return [f"{one.bucket}: {one.why}" for one in second.skipped]


async def count_unknown() -> int:
    async with s3kms.AsyncClient(profile="prod") as client:
        check = client.check()
        return len([finding async for finding in check if finding.unknown is not None])


def as_sarif(folder: Path) -> str:
    check = s3kms.check_code(folder, variables=[("algorithm", "AES256")])
    return s3kms.render(check.events(), format="sarif")


def edited_files(folder: Path) -> list[Path]:
    return [patch.path for patch in s3kms.plan_code(folder).patches]


def advice_of(error: s3kms.S3kmsError) -> tuple[int, str]:
    return int(error.exit_code), str(error.advice)
