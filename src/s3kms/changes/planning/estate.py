"""The engine of plan: from a request to the buckets as they are known, account by account, and the sum."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from threading import Lock
from typing import TYPE_CHECKING

from s3kms._version import VERSION
from s3kms.changes.planning.classify import AWS_MANAGED_KEY, CUSTOMER_KEY
from s3kms.changes.planning.cost import CostFold
from s3kms.changes.planning.found import AccountPlan, unread_sentence
from s3kms.changes.planning.observed import ObservationSum
from s3kms.changes.planning.request import PlanRequest
from s3kms.changes.planning.summary import PlanFold
from s3kms.changes.planning.waves import WaveAssigner
from s3kms.hazards.questions import QuestionFold
from s3kms.model.accounts import AwsAccount
from s3kms.model.advice import Sentence
from s3kms.model.errors import AwsError, CredentialsProblem, NothingToCheck
from s3kms.model.observed import NO_OBSERVATIONS, Observations
from s3kms.model.plan import PlanClass, PlanEvent, PlannedBucket, PlanSummary
from s3kms.model.scan_context import ScanContext
from s3kms.model.stream import Note, TargetNotFound
from s3kms.scan.scope import scope_of

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection
    from s3kms.changes.planning.account import OnPlanned
    from s3kms.changes.planning.principals import Principals

MAX_ACCOUNTS_AT_ONCE = 4
"""Each reads with its own budget of calls; what is finished waits for those before it."""
Connect = Callable[[], "Connection"]


@dataclass(slots=True)
class _Account:
    """What became of one account."""

    buckets: list[PlannedBucket] = field(default_factory=list)
    found: AccountPlan = field(default_factory=AccountPlan)


@dataclass(frozen=True, slots=True)
class _Shared:
    """What the accounts of one plan share."""

    principals: "Principals"
    observations: Observations
    today: date
    on_planned: "OnPlanned | None" = None


def plan_estate(
    request: PlanRequest, connect: Connect, on_planned: "OnPlanned | None" = None
) -> Iterator[PlanEvent]:
    """Every bucket that would change, with its class, as the accounts are read; the summary last. Writes nothing.

    `connect` is called where the targets are live buckets. `on_planned` gets each live bucket that would change, with
    the way to judge it again, in whichever thread reads it.

    Raises BadInput, NothingToCheck where there is no bucket at all, AwsError where there can be no plan.
    """
    began, connect = datetime.now(UTC), _Remembered(connect)
    fold, waves = PlanFold(), WaveAssigner(request.wave_by, request.canary)
    total = AccountPlan()
    costs = CostFold(request.assumed_requests)
    asked = QuestionFold()
    observations = _observations(request, connect)
    observed = ObservationSum() if request.observed else None
    for account in _accounts(request.careful(), connect, observations, on_planned):
        for planned in account.buckets:
            if observed:
                observed.add(planned)
            ready = _with_wave(planned, waves)
            fold.add(ready)
            if ready.after is not None and ready.plan_class is not PlanClass.STAY:
                asked.add(ready.bucket, customer_key=ready.key != AWS_MANAGED_KEY)
            if ready.cost and ready.plan_class is not PlanClass.STAY:
                costs.add(ready.cost)
            if ready.key == CUSTOMER_KEY:
                fold.keys.add((ready.account, ready.region))
            yield ready
        _add(total, account.found)
    costs.unread = total.unread_metrics
    total.notes += observations.notes
    missing = _missing(total, are_many=request.enters_accounts)
    if not (fold.classes or total.compliant or total.exempt or total.unlisted):
        raise _nothing(missing)
    yield PlanSummary(
        classes={one: fold.classes[one] for one in PlanClass},
        causes=fold.causes(),
        access=fold.access.summary(),
        observed=observed.finished(is_whole=not observations.notes) if observed else None,
        waves=waves.waves(),
        compliant=total.compliant,
        exempt=total.exempt,
        accounts=len(fold.accounts),
        keys=len(fold.keys),
        questions=asked.questions(),
        cost_notes=costs.notes(),
        monthly_cost=costs.monthly(len(fold.keys)),
        unlisted=tuple(total.unlisted),
        missing=tuple(one.name for one in missing),
        notes=tuple(dict.fromkeys(total.notes)),
        context=connect.context(began, request),
    )


def _nothing(missing: list[TargetNotFound]) -> NothingToCheck:
    text = "there is no bucket to plan for"
    if not missing:
        return NothingToCheck(text)
    fields = {"name": missing[0].name, "why": missing[0].advice}
    return NothingToCheck(Sentence(f"{text}: s3://{{name}}: {{why}}", fields))


class _Remembered:
    """Connects, and knows afterwards as whom."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._first: Connection | None = None

    def __call__(self) -> "Connection":
        connection = self._connect()
        self._first = self._first or connection
        return connection

    def context(self, began: datetime, request: PlanRequest) -> ScanContext:
        """As whom, when and of what the plan was made."""
        first, scope = self._first, scope_of(request.as_scan())
        if first is None:
            return ScanContext(began, version=VERSION, scope=scope)
        return ScanContext(began, first.known_account, first.known_identity, VERSION, scope)


def _with_wave(planned: PlannedBucket, waves: WaveAssigner) -> PlannedBucket:
    if planned.plan_class is not PlanClass.READY or planned.account is None:
        return planned
    return replace(planned, wave=waves.wave_of(planned.account, planned.region, planned.tags))


def _observations(request: PlanRequest, connect: Connect) -> Observations:
    """What the given logs tell. Raises CredentialsProblem, BadInput."""
    if not request.observed:
        return NO_OBSERVATIONS
    from s3kms.sources.observed.read import read_observations

    return read_observations(request.observed, connect)


def _accounts(
    request: PlanRequest, connect: Connect, observations: Observations, on_planned: "OnPlanned | None"
) -> Iterator[_Account]:
    today = datetime.now(UTC).date()
    if request.fix.code is not None:
        from s3kms.changes.planning.code import CodePlanner

        code = CodePlanner(request, request.fix.code, today)
        yield _Account(list(code.buckets()), code.found)
        return
    from s3kms.aws.assumed_role import AssumedRoleConnection
    from s3kms.changes.planning.account import AccountPlanner
    from s3kms.changes.planning.principals import Principals

    connection = connect()
    if not request.enters_accounts:
        planner = AccountPlanner(request, connection, today, observations=observations, on_planned=on_planned)
        yield _Account(list(planner.buckets()), planner.found)
        return
    own = connection.account

    members = KnownMembers(members_of_plan(request, connection))

    def connect_to(account: str) -> "Connection | None":
        if account == own:
            return connection
        return AssumedRoleConnection(connection, account, request.role) if members.knows(account) else None

    principals = Principals(request, connection, connect_to, members.at_most)

    def plan_account(account: AwsAccount) -> _Account:
        shared = _Shared(principals, observations, today, on_planned)
        return _plan_account(request, connection, account, shared, is_own=account.id == own)

    yield from _in_order(members, plan_account)


def members_of_plan(request: PlanRequest, connection: "Connection") -> Iterator[AwsAccount | Note]:
    """The accounts that are meant; of one that cannot be read because it is not active, a note. Raises AwsError."""
    from s3kms.scan.sources import members_of
    from s3kms.sources.organization import ACTIVE_STATUS, inactive_account

    members = members_of(request.as_scan(), connection)
    for account in members.accounts():
        if account.id in members.excluded:
            continue
        yield account if account.status == ACTIVE_STATUS else inactive_account(account)


class KnownMembers:
    """The accounts of a plan as they are listed, and whether one is among them. Threads may share one."""

    def __init__(self, listed: Iterator[AwsAccount | Note]) -> None:
        self._listed = listed
        self._seen: list[AwsAccount | Note] = []
        self._ids: set[str] = set()
        self._lock = Lock()

    def __iter__(self) -> Iterator[AwsAccount | Note]:
        """All of them, from the first."""
        place = 0
        while True:
            with self._lock:
                is_there = place < len(self._seen) or self._take()
            if not is_there:
                return
            yield self._seen[place]
            place += 1

    def knows(self, account: str) -> bool:
        """Whether an account is active and meant; lists on until it is found."""
        with self._lock:
            while account not in self._ids:
                if not self._take():
                    return False
            return True

    def at_most(self, most: int) -> tuple[str, ...]:
        """The ids of all active accounts that are meant; none where they are more. Lists one more than `most`."""
        with self._lock:
            while len(self._ids) <= most and self._take():
                pass
            return tuple(sorted(self._ids)) if len(self._ids) <= most else ()

    def _take(self) -> bool:
        found = next(self._listed, None)
        if found is None:
            return False
        self._seen.append(found)
        if isinstance(found, AwsAccount):
            self._ids.add(found.id)
        return True


def _plan_account(
    request: PlanRequest,
    base: "Connection",
    account: AwsAccount,
    shared: _Shared,
    *,
    is_own: bool,
) -> _Account:
    """The whole of one account. An account that cannot be entered, or read to its end, is told; never "it is fine".

    Raises CredentialsProblem where no other account can do better.
    """
    from s3kms.aws.assumed_role import AssumedRoleConnection
    from s3kms.changes.planning.account import AccountPlanner

    done = _Account()
    what = f"the role in account {account.label} could not be assumed"
    try:
        connection = base if is_own else AssumedRoleConnection(base, account.id, request.role)
        what = f"account {account.label} could not be read completely"
        planner = AccountPlanner(
            request,
            connection,
            shared.today,
            shared.principals,
            observations=shared.observations,
            on_planned=shared.on_planned,
        )
        done.found = planner.found
        done.buckets.extend(planner.buckets())
    except AwsError as error:
        if is_own and isinstance(error, CredentialsProblem):
            raise
        done.found.unlisted.append(unread_sentence(replace(error.as_unknown(), why=f"{what}: {error}")))
    return done


def _in_order(
    accounts: Iterable[AwsAccount | Note], work: Callable[[AwsAccount], _Account]
) -> Iterator[_Account]:
    """The accounts in their order, some of them read ahead."""
    waiting: deque[Future[_Account]] = deque()
    with ThreadPoolExecutor(MAX_ACCOUNTS_AT_ONCE) as executor:
        try:
            for account in accounts:
                if isinstance(account, Note):
                    yield _Account(found=AccountPlan(notes=[account.sentence]))
                    continue
                waiting.append(executor.submit(work, account))
                if len(waiting) >= MAX_ACCOUNTS_AT_ONCE * 2:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _add(total: AccountPlan, found: AccountPlan) -> None:
    total.compliant += found.compliant
    total.exempt += found.exempt
    total.unlisted += found.unlisted
    total.missing += found.missing
    total.notes += found.notes
    total.seen |= found.seen
    total.unread_metrics |= found.unread_metrics


def _missing(total: AccountPlan, *, are_many: bool) -> list[TargetNotFound]:
    """The named buckets that no account has."""
    found = {one.name: one for one in total.missing if one.name not in total.seen}
    if not are_many:
        return list(found.values())
    from s3kms.sources.organization import in_no_account

    return [in_no_account(one) for one in found.values()]
