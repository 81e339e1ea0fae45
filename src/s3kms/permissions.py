"""Which calls to AWS commands may make: what the printed policy allows."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from s3kms.changes.request import FixRequest
from s3kms.desired.configuration import Configuration
from s3kms.model.targets import Target
from s3kms.scan.request import ScanRequest

if TYPE_CHECKING:
    from s3kms.changes.planning.request import PlanRequest
    from s3kms.model.operations import Operation


def operations_of(
    commands: Iterable[str],
    request: ScanRequest,
    *,
    probe: bool = False,
    watch: bool = False,
    config_rules: bool = False,
    send: bool = False,
    observed: Iterable[str] = (),
    validate: bool = False,
    paid_checks: bool = False,
    engines: Iterable[str] = (),
    athena: bool = False,
) -> "frozenset[Operation]":
    """Every AWS operation that these commands may call: `check` and `plan` as requested, `fix`, `verify`, `undo`, and
    `prepare`, which is what `plan --prepare` writes and its undo restores, `objects`, `reencrypt`, and
    `schedule`, which is what keeping the result of a scheduled check calls besides.

    With `probe`, `verify` writes a probe object and removes it; otherwise it writes nothing. With `watch`, it looks
    for harm that a run did; with `config_rules`, it waits for AWS Config and starts its rules. `observed` are logs
    that `plan` is given. With `validate`, `prepare` asks Access Analyzer, with `paid_checks` for a charge, too.
    `engines` are those of `reencrypt`.
    With `send`, `check` sends its findings to Security Hub. With `athena`, `objects` asks Athena.
    Calls nothing. Raises BadInput for a wrong request.
    """
    from s3kms.changes.operations import fix_operations, undo_operations, verify_operations
    from s3kms.changes.planning.operations import plan_operations
    from s3kms.changes.request import VerifyRequest
    from s3kms.model.result_operations import SCHEDULE_OPERATIONS
    from s3kms.model.security_hub_operations import SEND_OPERATIONS
    from s3kms.objects.operations import ATHENA_OPERATIONS, OBJECTS_OPERATIONS
    from s3kms.objects.reencrypt.operations import reencrypt_operations
    from s3kms.objects.reencrypt.request import ReencryptRequest
    from s3kms.scan.permissions import scan_operations

    include = request.includes_directory_buckets
    configuration = replace(request.configuration, directory_buckets=include)
    tables: dict[str, Callable[[], frozenset[Operation]]] = {
        "check": lambda: scan_operations(request) | (SEND_OPERATIONS if send else frozenset()),
        "plan": lambda: plan_operations(_plan_of(request, configuration, tuple(observed))),
        "prepare": lambda: _prepare_operations(validate=validate or paid_checks, paid_checks=paid_checks),
        "fix": lambda: fix_operations(FixRequest(configuration=configuration)),
        "verify": lambda: verify_operations(
            VerifyRequest(
                probe=probe, watch=_once(watch), config_rules=_once(config_rules), configuration=configuration
            ),
            request.rules,
        ),
        "objects": lambda: OBJECTS_OPERATIONS | (ATHENA_OPERATIONS if athena else frozenset()),
        "reencrypt": lambda: reencrypt_operations(ReencryptRequest(engines=tuple(engines))),
        "schedule": lambda: SCHEDULE_OPERATIONS,
        "undo": lambda: undo_operations(directory_buckets=request.directory_buckets is not False),
    }
    return frozenset().union(*(tables[command]() for command in commands))


def _prepare_operations(*, validate: bool, paid_checks: bool) -> "frozenset[Operation]":
    from s3kms.model.policy_checks import PAID_CHECK_OPERATIONS, VALIDATE_OPERATIONS
    from s3kms.model.policy_operations import PREPARE_OPERATIONS, UNDO_PREPARE_OPERATIONS

    found = PREPARE_OPERATIONS | UNDO_PREPARE_OPERATIONS
    found |= VALIDATE_OPERATIONS if validate else frozenset()
    return found | (PAID_CHECK_OPERATIONS if paid_checks else frozenset())


def _once(is_asked: bool) -> timedelta | None:
    """The shortest wait or watch, where there is to be one."""
    return timedelta() if is_asked else None


def _buckets_of(request: ScanRequest) -> tuple[Target, ...]:
    return request.targets if isinstance(request.targets, tuple) else ()


def _plan_of(request: ScanRequest, configuration: Configuration, observed: tuple[str, ...]) -> "PlanRequest":
    from s3kms.changes.planning.request import PlanRequest

    return PlanRequest(
        fix=FixRequest(targets=_buckets_of(request), configuration=configuration),
        org=request.org,
        accounts=request.accounts,
        deep=request.deep,
        observed=observed,
    )
