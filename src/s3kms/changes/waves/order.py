"""Whether a wave may be carried out: the one before was verified, or waived by name. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from s3kms.changes.runs import Run, RunState, UnreadableRun
from s3kms.changes.waves.ledger import LedgerLine, RunBegun, RunVerified, WaveEnded, WaveWaived
from s3kms.changes.waves.request import WaveRequest
from s3kms.model.advice import Advice, Command, Option
from s3kms.model.errors import BadInput, Refused
from s3kms.text.count import count


def check_wave(
    request: WaveRequest,
    plan: str,
    waves: Mapping[int, int],
    ledger: Sequence[LedgerLine],
    runs: Iterable[Run | UnreadableRun],
) -> None:
    """`waves` says how many buckets each wave of the plan has; `runs` are those of the folder.

    Raises BadInput for a wave that the plan does not have, Refused where the one before has not been proven.
    """
    if request.wave is None:
        return
    if request.wave not in waves:
        there = f"its waves are 1 to {max(waves)}" if waves else "it has no waves: no bucket is ready"
        raise BadInput(f"plan {plan} has no wave {request.wave}", advice=there)
    before = request.wave - 1
    is_waived = request.waive == before or any(
        isinstance(line, WaveWaived) and line.wave == before for line in ledger
    )
    if before and not is_waived and (problem := _unproven(request, plan, before, ledger, tuple(runs))):
        why, advice = problem
        raise Refused(
            f"wave {request.wave} of plan {plan} waits for wave {before}: {why}",
            advice=advice.extended("; or go on all the same: {waive} {by}", _waiving(before)),
        )


def _unproven(
    request: WaveRequest,
    plan: str,
    wave: int,
    ledger: Sequence[LedgerLine],
    runs: Sequence[Run | UnreadableRun],
) -> tuple[str, Advice] | None:
    """What is missing, and what to do about it; None where the wave was proven."""
    ended = [line for line in ledger if isinstance(line, WaveEnded) and line.wave == wave]
    own = [run for run in runs if isinstance(run, Run) and (run.header.plan, run.header.wave) == (plan, wave)]
    carry_out = Advice("carry it out: {fix}", {"fix": _fix(request, wave)})
    if not ended:
        is_begun = any(run.made for run in own)
        return ("it has not come to its end" if is_begun else "it was not carried out"), carry_out
    undone = [run for run in own if run.state is RunState.UNDONE]
    standing = frozenset[str]().union(*(run.done for run in own if run not in undone))
    if lost := [run.header.run for run in undone if not run.done <= standing]:
        return f"run {lost[0]} of it was undone", carry_out
    known = {run.header.run for run in runs if isinstance(run, Run)}
    begun = {line.run for line in ledger if isinstance(line, RunBegun) and line.wave == wave}
    needed = {run.header.run for run in own if run.made and run not in undone} | (begun - known)
    verified = {line.run for line in ledger if isinstance(line, RunVerified)}
    if missing := sorted(needed - verified):
        verify = Command("verify", (), (Option("run", missing[0]),))
        what = f"run {missing[0]}" if len(missing) == 1 else f"{count(len(missing), 'run')} of it"
        has = "has" if len(missing) == 1 else "have"
        return f"{what} {has} not been verified", Advice("look first: {verify}", {"verify": verify})
    if not needed and not ended[-1].kept:
        return "it changed nothing, so that nothing was tried", Advice("look why, and plan again")
    return None


def _fix(request: WaveRequest, wave: int) -> Command:
    return Command("fix", (), (Option("plan", str(request.file)), Option("wave", wave), Option("apply")))


def _waiving(wave: int) -> Mapping[str, object]:
    return {"waive": Option("waive", wave), "by": Option("approved_by", "NAME")}


def describe_wave(plan: str, wave: int | None) -> str:
    """`wave 2 of plan 20261126T114000Z-1a2b3c`."""
    return f"plan {plan}" if wave is None else f"wave {wave} of plan {plan}"
