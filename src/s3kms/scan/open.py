"""Opening a scan: from a request to the stages and the source that it needs."""

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from s3kms._version import VERSION
from s3kms.desired.configuration import Configuration
from s3kms.model.advice import Sentence
from s3kms.model.bucket import BucketKind
from s3kms.model.code_fixes import CodeFixes
from s3kms.model.errors import BadInput, NothingToCheck
from s3kms.model.facts import SEPARATE_LISTINGS, Fact
from s3kms.model.findings import Finding
from s3kms.model.request_fields import narrowing_of
from s3kms.model.scan_context import ScanContext
from s3kms.model.stream import ScanEvent, ScanItem
from s3kms.model.targets import AggregatorTarget, CodeTarget
from s3kms.rules import KEY_USABLE, choose_rules, encryption_rule_of
from s3kms.rules.evaluate import facts_needed, is_in_doubt
from s3kms.rules.interface import Rule
from s3kms.scan.engine import BucketProof, Scan
from s3kms.scan.evaluation import BucketEvaluator
from s3kms.scan.scope import scope_of
from s3kms.scan.sources import (
    check_names,
    open_source,
)

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection
    from s3kms.iac.pairing.annotation import DeclarationAnnotator
    from s3kms.results.comparison import Comparison
    from s3kms.results.earlier import EarlierResult
    from s3kms.scan.request import ScanRequest

_CODE_BATCH = 50
"""Buckets of code that are evaluated in a thread before an asynchronous reader gets the first of them."""


@dataclass(frozen=True, slots=True)
class OpenScan:
    """A scan and the source that feeds it. Take its events once, one way or the other."""

    scan: Scan
    _items: Callable[[], Iterator[ScanItem]]
    _items_async: Callable[[], AsyncGenerator[ScanItem]]

    def events(self) -> Iterator[ScanEvent]:
        """The events, the summary last. Raises what the source raises."""
        return self.scan.run(self._items())

    def events_async(self) -> AsyncGenerator[ScanEvent]:
        """The events, the summary last. Raises what the source raises."""
        return self.scan.run_async(self._items_async())


def rules_of(request: "ScanRequest") -> tuple[Rule, ...]:
    """The rules that a request means: the default one, those it names or its configuration turns on, and its own.

    Raises BadInput for a rule that there is not.
    """
    named = (*request.rules, *((KEY_USABLE,) if request.deep else ()))
    return (*choose_rules(named, request.configuration), *request.extra_rules)


def facts_of(
    request: "ScanRequest", rules: tuple[Rule, ...], configuration: Configuration
) -> frozenset[Fact]:
    """What the source of a scan has to read for its rules, and the table and vector buckets that targets name."""
    needs = facts_needed(rules, configuration)
    targets = request.targets if isinstance(request.targets, tuple) else ()
    needs |= {SEPARATE_LISTINGS[target.kind] for target in targets if target.kind is not None}
    return needs | {Fact.KEY_POLICY} if request.deep else needs


def evaluator_of(request: "ScanRequest", today: date) -> BucketEvaluator:
    """What evaluates the buckets of a scan. Raises BadInput for a rule that there is not."""
    configuration = request.configuration
    if request.honor_skips:
        configuration = replace(configuration, honor_skips=True)
    return BucketEvaluator(rules_of(request), configuration, today)


def open_scan(
    request: "ScanRequest",
    connect: "Callable[[], Connection]",
    *,
    proofs: tuple[BucketProof, ...] = (),
    given: frozenset[str] | None = None,
    code_fixes: CodeFixes | None = None,
) -> OpenScan:
    """Check the request, and make everything ready. Blocks where AWS is asked who calls.

    `connect` is called where a live account or an aggregator is meant. `given` are the options that the user named.
    `code_fixes` are passed on as an event, before the first finding that fails.
    Raises BadInput, and what connecting raises.
    """
    request.check(given)
    check_names(request)
    evaluator = evaluator_of(request, datetime.now(UTC).date())
    rules = evaluator.rules
    annotator = _annotator(request)
    needs = facts_of(request, rules, evaluator.configuration)
    if annotator and annotator.index.has_templates:
        needs |= {Fact.TAGS}
    scan = Scan(
        request,
        evaluator,
        annotator,
        _comparison(request, rules),
        proofs=proofs,
        code_fixes=code_fixes,
        rule_texts=lambda: tuple(rule.text for rule in evaluator.possible_rules),
        context_of=lambda began: ScanContext(began, version=VERSION, scope=scope_of(request)),
    )
    if isinstance(request.targets, CodeTarget):
        return _open_code(scan, request.targets, needs, given)
    return _open_live(scan, connect(), needs)


def _open_code(
    scan: Scan, target: CodeTarget, needs: frozenset[Fact], given: frozenset[str] | None
) -> OpenScan:
    from s3kms.iac.code_source import CodeSource

    request = scan.request
    source = CodeSource(
        target.paths,
        request.code_inputs,
        directory_buckets=request.includes_directory_buckets,
        given=given,
    )
    scan.final_notes = lambda: () if source.explains_absence else _notes_of_code(scan, target)
    read = partial(source.buckets, needs)
    return _blocking(scan, partial(_or_nothing, read) if request.allow_empty else read)


def _or_nothing(items: Callable[[], Iterator[ScanItem]]) -> Iterator[ScanItem]:
    """Code that no language claims is no error; a note at the end says that there is no bucket."""
    with suppress(NothingToCheck):
        yield from items()


def _notes_of_code(scan: Scan, target: CodeTarget) -> Iterator[Sentence]:
    if scan.is_empty:
        yield Sentence(f"{target} declares no bucket")


def _open_live(scan: Scan, connection: "Connection", needs: frozenset[Fact]) -> OpenScan:
    request, evaluator, known = scan.request, scan.evaluator, None
    if request.state is not None:
        from s3kms.scan.checkpoint import ScanCheckpoint

        rules = (rule.id for rule in evaluator.rules)
        scan.checkpoint = ScanCheckpoint.open(
            request.state, request, rules, connection.account, connection.endpoint
        )
        known = scan.checkpoint.known
    doubt = partial(is_in_doubt, rules=evaluator.rules, wanted=evaluator.configuration, today=evaluator.today)
    source = open_source(request, connection, doubt, known)
    scope = scope_of(request)
    scan.context_of = lambda began: ScanContext(
        began, connection.known_account, connection.known_identity, VERSION, scope
    )
    if not isinstance(request.targets, AggregatorTarget) and not request.enters_accounts:
        scan.final_notes = lambda: _notes_of_account(scan, connection.known_account)
    return OpenScan(scan, partial(source.buckets, needs), partial(source.items, needs))


def _notes_of_account(scan: Scan, account: str | None) -> Iterator[Sentence]:
    """What was looked for where nothing is, so that a wrong name, account or region shows."""
    if not scan.is_empty or scan.has_missing:
        return
    request = scan.request
    targets = ", ".join(map(str, request.targets)) if isinstance(request.targets, tuple) else ""
    found = f"has no bucket that matches {targets}" if targets else "has no bucket"
    where = f" in {', '.join(request.regions)}" if request.regions else ""
    yield Sentence(
        "{account} {found}{where}",
        {"account": f"account {account}" if account else "the account", "found": found, "where": where},
    )


def _blocking(scan: Scan, items: Callable[[], Iterator[ScanItem]]) -> OpenScan:
    return OpenScan(scan, items, partial(_in_batches, items))


def _in_batches(items: Callable[[], Iterator[ScanItem]]) -> AsyncGenerator[ScanItem]:
    from s3kms.aws.sync import iterate_async

    return iterate_async(items(), _CODE_BATCH)


def _annotator(request: "ScanRequest") -> "DeclarationAnnotator | None":
    if not request.iac:
        return None
    from s3kms.iac.pairing.annotation import DeclarationAnnotator
    from s3kms.iac.pairing.index import read_declaration_index

    include = request.includes_directory_buckets
    index = read_declaration_index(request.iac, request.code_inputs, directory_buckets=include)
    return DeclarationAnnotator(index)


def _comparison(request: "ScanRequest", rules: tuple[Rule, ...]) -> "Comparison | None":
    if request.since is None and request.baseline is None:
        return None
    from s3kms.results.comparison import Comparison, ComparisonScope, keep_all

    ids = [rule.id for rule in rules]
    if isinstance(request.targets, CodeTarget):  # where every kind of bucket comes by
        ids += [encryption_rule_of(kind).id for kind in BucketKind]
    scope = ComparisonScope(tuple(dict.fromkeys(ids)), narrowing_of(request) or keep_all)
    if request.baseline is None:
        return Comparison(read_earlier_result(request.since or Path()), scope)
    from s3kms.results.baseline import BaselineComparison
    from s3kms.results.repository_paths import RepositoryPaths

    paths = RepositoryPaths.of(request.code_paths)
    keeps = scope.keeps
    scope = replace(scope, keeps=lambda identity: keeps(paths.identity_here(identity)))
    earlier = read_earlier_result(request.baseline, paths.rename_earlier)
    return BaselineComparison(earlier, scope, paths.rename)


def read_earlier_result(
    path: Path, rename: Callable[[Finding], Finding] = lambda finding: finding
) -> "EarlierResult":
    """A saved result, read to its end. Raises BadInput."""
    from s3kms.results.earlier import EarlierResult
    from s3kms.results.saved import read_result

    try:
        with path.open("rb") as file:
            return EarlierResult(str(path), map(rename, read_result(file, str(path))))
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error
