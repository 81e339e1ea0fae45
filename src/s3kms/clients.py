"""The library's clients: one identity, synchronous and asynchronous, with the words of the command line."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack

from s3kms.assessments import Assessment, PrepareMethods
from s3kms.checks import AsyncCheck, Check
from s3kms.client_base import in_thread
from s3kms.options import (
    AssessOptions,
    CheckOptions,
    FixOptions,
    ObjectsOptions,
    WaveOptions,
    as_names,
    build_fix_request,
    build_objects_request,
    build_plan_request,
    build_wave_request,
    parse_fix_targets,
    read_configuration,
)
from s3kms.reencryption import AsyncReencryptMethods, ReencryptMethods
from s3kms.scan.targets import parse_bucket_targets

if TYPE_CHECKING:
    from s3kms.changes.apply import Callbacks, RunResult
    from s3kms.changes.plan import ChangePlan
    from s3kms.changes.policies.preparation import Preparation
    from s3kms.changes.runs import Run, UnreadableRun
    from s3kms.changes.undo import UndoResult
    from s3kms.changes.watching import WatchCallbacks
    from s3kms.changes.waves.apply import WaveResult
    from s3kms.changes.waves.prepare import PreparedWave
    from s3kms.desired.configuration import Configuration
    from s3kms.model.advice import Sentence
    from s3kms.model.object_summary import ObjectSummary
    from s3kms.model.plan import PlanEvent
    from s3kms.objects.evidence.inventory_table import InventoryTable
    from s3kms.security_hub import FindingsDelivery

T = TypeVar("T")


class Client(PrepareMethods, ReencryptMethods):
    """s3kms for one identity: `with s3kms.Client(profile="prod") as client: ...`.

    Works in a script and inside a running event loop (a notebook). Prints nothing, sets no signal handlers.
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Forget the connection. A later call makes a new one."""
        self._connection = None

    def check(self, *targets: str, keep_events: bool = True, **options: Unpack[CheckOptions]) -> Check:
        """Find the buckets whose default encryption is not SSE-KMS.

        Targets are `s3://bucket`, patterns, names, ARNs, `config://AGGREGATOR`, or paths of code; none is every
        bucket of the account. Costs the listing and one call per bucket. Raises BadInput for wrong options at once,
        and AwsError while the check is iterated.

            >>> findings = list(client.check("s3://acme-web-*"))
            >>> findings[0].verdict
            <Verdict.FAIL: 'fail'>
        """
        opened = self.opener(targets, options)
        return Check(lambda: opened().events(), keep_events=keep_events)

    def assess(self, *targets: str, **options: Unpack[AssessOptions]) -> Assessment:
        """What would change, what would break and what it costs, bucket by bucket: `s3kms plan`. Writes nothing.

        Targets are those of `check`, but for an aggregator. Raises BadInput for wrong options at once, and AwsError
        and NothingToCheck while it is iterated.

            >>> [planned.plan_class.value for planned in client.assess("s3://acme-web-*")]
            ['ready', 'ready']
        """
        request = build_plan_request(parse_fix_targets(targets), options)
        request.check()

        def opened() -> "Iterator[PlanEvent]":
            from s3kms.changes.planning.estate import plan_estate

            return plan_estate(request, self.connect)

        return Assessment(request, opened)

    def plan(self, *targets: str, **options: Unpack[FixOptions]) -> "ChangePlan[Any, Any, Any]":
        """What moving buckets to SSE-KMS would change, as data; writes nothing.

        Targets are those of `check`, but for an aggregator. Raises BadInput, NothingToCheck where there is no bucket,
        Refused for a key that cannot be used, AwsError.

            >>> plan = client.plan("s3://acme-web-*")
            >>> [change.bucket for change in plan.changes]
            ['acme-web-thumbnails', 'acme-web-uploads']
        """
        from s3kms.changes.engine import plan_fix

        request = build_fix_request(parse_fix_targets(targets), options)
        request.check()
        return plan_fix(request, self.connect)

    def apply(
        self,
        plan: "ChangePlan[Any, Any, Any]",
        *,
        max_changes: int | None = None,
        callbacks: "Callbacks | None" = None,
    ) -> "RunResult | None":
        """Carry out a plan, of buckets or of code: each change is journalled, written, and read back.

        None where there is nothing to change. To change more buckets than `max_changes` (50, or what the plan was
        made with) is refused. Raises Refused before anything is written, and Stopped where something was not done;
        the journal says where.
        """
        from s3kms.changes.apply import Callbacks
        from s3kms.changes.engine import apply_plan

        if max_changes is not None:
            plan = replace(plan, request=replace(plan.request, max_changes=max_changes))
        return apply_plan(plan, self.journal, callbacks=callbacks or Callbacks())

    def open_saved(self, path: str | Path, **options: Unpack[WaveOptions]) -> "PreparedWave":
        """What applying a plan's file would do today: `.changes`, and `.skipped` with the reasons; writes nothing.

        Every bucket that the file has as ready is read and judged again, and the file never makes one more ready than
        it is found. Raises BadInput and Refused for a file that is not as `plan` wrote it, is too old or of another
        account, and for a wave that waits for the one before; AwsError.

            >>> _ = client.assess("s3://acme-web-*", canary=1).save("plan.json")
            >>> [change.bucket for change in client.open_saved("plan.json", wave=1).changes]
            ['acme-web-thumbnails']
        """
        from s3kms.changes.waves.prepare import prepare_wave

        return prepare_wave(build_wave_request(path, options), self.connect, self.journal)

    def apply_saved(
        self, path: str | Path, *, callbacks: "Callbacks | None" = None, **options: Unpack[WaveOptions]
    ) -> "WaveResult":
        """Apply a plan's file, or one wave of it: one run per account (`.runs`), and `.skipped` with the reasons.

        The next wave is refused until `verify` found every run in order, or it is waived (`waive`, `approved_by`).
        Raises as `open_saved`, Refused before anything is written, and Stopped where something was not done: the same
        call again goes on with what is left.
        """
        from s3kms.changes.apply import Callbacks
        from s3kms.changes.waves.apply import apply_wave

        return apply_wave(self.open_saved(path, **options), self.journal, callbacks=callbacks or Callbacks())

    def send_findings(
        self,
        check: Check,
        *,
        region: str | None = None,
        assume_role: str | None = None,
        external_id: str | None = None,
        apply: bool = False,
    ) -> "FindingsDelivery":
        """Send the findings of a check to AWS Security Hub CSPM; without `apply` only say what would be sent.

        Each goes to the Security Hub of its bucket's account and region, or of `region`; those of other accounts as
        `assume_role` there. Earlier findings of s3kms whose buckets pass in the check are archived, nothing else is.
        What could not be sent is in the result. Raises what iterating the check raises.
        """
        from s3kms.model.accounts import Role
        from s3kms.security_hub import FindingsSender, connect_accounts

        sender = FindingsSender(region)
        for _ in sender.watch(check.events()):
            pass
        role = Role(assume_role, external_id) if assume_role else None
        return sender.deliver(connect_accounts(self.connect, role), is_apply=apply)

    def verify(
        self,
        run: "RunResult | str | None" = None,
        *targets: str,
        probe: bool = False,
        watch: timedelta | None = None,
        interval: timedelta | None = None,
        config_rules: timedelta | None = None,
        external_id: str | None = None,
        callbacks: "WatchCallbacks | None" = None,
        configuration: "str | Path | Configuration | None" = None,
    ) -> Check:
        """Read buckets back, check their keys, and with `probe` write, read and remove a small object in each.

        With `watch`, look for harm that the run did, for so long, every `interval` (5 minutes); nothing looks once.
        With `config_rules`, wait so long until AWS Config has recorded what the run changed, then start its rules.
        Of a run, what it wrote has to be there still; else `targets` name the buckets. Runs to its end: the result
        can be iterated. `external_id` is that of the role that the run assumed. Raises BadInput, AwsError.
        """
        from s3kms.changes.request import DEFAULT_INTERVAL, VerifyRequest
        from s3kms.changes.verify import prepare_verification
        from s3kms.changes.watching import WatchCallbacks
        from s3kms.desired.configuration import Configuration

        request = VerifyRequest(
            targets=parse_bucket_targets(targets),
            run=run if isinstance(run, str) or run is None else run.run,
            probe=probe,
            watch=watch,
            interval=DEFAULT_INTERVAL if interval is None else interval,
            config_rules=config_rules,
            external_id=external_id,
            configuration=Configuration() if configuration is None else read_configuration(configuration),
        )
        verification = prepare_verification(request, self.journal)
        check = Check(lambda: verification.events(self.connect, callbacks or WatchCallbacks()))
        for _ in check.events():
            pass
        return check

    def objects(
        self,
        target: str | None = None,
        *,
        on_note: "Callable[[Sentence], object]" = lambda _: None,
        **options: Unpack[ObjectsOptions],
    ) -> "ObjectSummary":
        """Report how the existing objects of a bucket are encrypted, which its default encryption does not determine.

        The target may be omitted if `source` is a manifest, which names its bucket. Without an S3 Inventory report,
        the bucket itself is listed and a sample of its versions is read; `on_note` is called with the cost first.
        Writes nothing to AWS. Requires the extra `s3kms[objects]`. Raises BadInput, AwsError, S3kmsError.
        """
        from s3kms.objects.run import summarize_objects

        request = build_objects_request(target, options)
        return summarize_objects(request, self.connect, on_note=on_note)

    def inventory_table(
        self, target: str, *, apply: bool = False, **options: Unpack[ObjectsOptions]
    ) -> "InventoryTable":
        """An Athena table over the most complete S3 Inventory report, or over the one that `source` names in S3.

        `ddl` is its definition. It is created only with `apply`, under the name `table`; after that, `objects` can
        query it with `table`. Raises BadInput, NothingToCheck if there is no report, AwsError.
        """
        from s3kms.objects.run import plan_inventory_table

        given = {"source": "inventory", **options, "engine": "athena"}
        return plan_inventory_table(build_objects_request(target, given), self.connect, apply=apply)

    def undo(
        self,
        run: "RunResult | str",
        *targets: str,
        root: str | Path | None = None,
        accept: Iterable[str] = (),
        external_id: str | None = None,
        callbacks: "Callbacks | None" = None,
    ) -> "UndoResult":
        """Restore what a run changed: exactly what was there, journalled as a run of its own.

        With `targets`, of these buckets alone. What somebody changed since is left as it is. `root` is the folder
        below which files are restored of an old run that names none; by default the current one. `accept` names what
        may be harmed: `readers-lose`, to restore prepared policies that buckets need. `external_id` is that of the
        role that the run assumed. Raises BadInput for what is not a run or not a bucket of it, Refused where nothing
        can be restored, Stopped where something was not.
        """
        from s3kms.changes.apply import Callbacks
        from s3kms.changes.undo import undo_run

        name = run if isinstance(run, str) else run.run
        folder, callbacks = Path(root or ""), callbacks or Callbacks()
        chosen = parse_bucket_targets(targets)
        return undo_run(
            name,
            self.journal,
            self.connect,
            is_apply=True,
            root=folder,
            targets=chosen,
            accept=as_names(accept),
            external_id=external_id,
            callbacks=callbacks,
        )

    def runs(self) -> "tuple[Run | UnreadableRun, ...]":
        """The runs that changed something, newest first. Calls no AWS."""
        from s3kms.changes.runs import list_runs

        return list_runs(self.journal)


class AsyncClient(AsyncReencryptMethods):
    """s3kms for one identity, for `async with` and `async for`; the methods are those of `Client`."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection = None

    def check(self, *targets: str, **options: Unpack[CheckOptions]) -> AsyncCheck:
        """Find the buckets whose default encryption is not SSE-KMS; see `Client.check`."""
        return AsyncCheck(self.opener(targets, options))

    async def assess(self, *targets: str, **options: Unpack[AssessOptions]) -> Assessment:
        """What would change, break and cost; see `Client.assess`. Read to its end, in a thread."""

        def read() -> Assessment:
            assessment = self._client().assess(*targets, **options)
            for _ in assessment:
                pass
            return assessment

        return await in_thread(read)

    async def plan(self, *targets: str, **options: Unpack[FixOptions]) -> "ChangePlan[Any, Any, Any]":
        """What moving buckets to SSE-KMS would change; see `Client.plan`. Planned in a thread."""
        return await in_thread(lambda: self._client().plan(*targets, **options))

    async def apply(
        self, plan: "ChangePlan[Any, Any, Any]", *, max_changes: int | None = None
    ) -> "RunResult | None":
        """Carry out a plan; see `Client.apply`. Written in a thread, which a cancellation does not interrupt."""
        return await in_thread(lambda: self._client().apply(plan, max_changes=max_changes))

    async def open_saved(self, path: str | Path, **options: Unpack[WaveOptions]) -> "PreparedWave":
        """What carrying out a plan's file comes to today; see `Client.open_saved`. Read in a thread."""
        return await in_thread(lambda: self._client().open_saved(path, **options))

    async def apply_saved(self, path: str | Path, **options: Unpack[WaveOptions]) -> "WaveResult":
        """Carry out a plan's file; see `Client.apply_saved`. Written in a thread, as `apply`."""
        return await in_thread(lambda: self._client().apply_saved(path, **options))

    async def prepare(self, *targets: str, **options: Unpack[AssessOptions]) -> "Preparation":
        """What policies have to say before these buckets change; see `Client.prepare`. Read in a thread."""
        return await in_thread(lambda: self._client().prepare(*targets, **options))

    async def apply_prepared(
        self, preparation: "Preparation", *, max_policies: int | None = None
    ) -> "tuple[RunResult, ...]":
        """Write the prepared policies; see `Client.apply_prepared`. Written in a thread, as `apply`."""
        return await in_thread(lambda: self._client().apply_prepared(preparation, max_policies=max_policies))

    async def verify(
        self,
        run: "RunResult | str | None" = None,
        *targets: str,
        probe: bool = False,
        watch: timedelta | None = None,
        interval: timedelta | None = None,
        config_rules: timedelta | None = None,
        external_id: str | None = None,
    ) -> Check:
        """Verify the buckets of a run, or those named; see `Client.verify`."""
        client = self._client()
        options: dict[str, Any] = {"watch": watch, "interval": interval, "config_rules": config_rules}
        options |= {"probe": probe, "external_id": external_id}
        return await in_thread(lambda: client.verify(run, *targets, **options))

    async def objects(
        self,
        target: str | None = None,
        *,
        on_note: "Callable[[Sentence], object]" = lambda _: None,
        **options: Unpack[ObjectsOptions],
    ) -> "ObjectSummary":
        """Report how the existing objects of a bucket are encrypted; see `Client.objects`. Runs in a thread."""
        return await in_thread(lambda: self._client().objects(target, on_note=on_note, **options))

    async def undo(
        self,
        run: "RunResult | str",
        *targets: str,
        root: str | Path | None = None,
        accept: Iterable[str] = (),
        external_id: str | None = None,
    ) -> "UndoResult":
        """Restore what a run changed; see `Client.undo`."""
        options: dict[str, Any] = {"root": root, "accept": accept, "external_id": external_id}
        return await in_thread(lambda: self._client().undo(run, *targets, **options))

    def _client(self) -> Client:
        """The synchronous client of this identity, with this one's connection."""
        client = Client(**self._settings, journal=self._journal)
        client._connection = self.connect()  # noqa: SLF001 - one connection for both
        return client
