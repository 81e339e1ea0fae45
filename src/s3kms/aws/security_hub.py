"""AWS Security Hub CSPM of one account in one region: the findings of s3kms that are active there, and imports."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from s3kms.aws.boundary import bad_answer
from s3kms.aws.connection import Connection
from s3kms.aws.retry import RetryPolicy
from s3kms.aws.service_client import ServiceClient
from s3kms.model.advice import Advice, Option
from s3kms.model.errors import AwsError, NotFound, Throttled, Unreachable
from s3kms.model.security_hub_operations import BATCH_IMPORT_FINDINGS, GET_FINDINGS

MAX_IN_BATCH = 100
MAX_FINDING_BYTES = 240 * 1000
MAX_BATCH_BYTES = 6 * 1000**2
"""What BatchImportFindings takes (fact E23); kilobytes of 1,000, to be on the safe side."""
_SECONDS_A_CALL = 0.1
"""Ten calls a second are allowed in an account and region (fact E23)."""
_POLICY = RetryPolicy()
_PAGE_SIZE = 100
_LIMIT = "LimitExceededException"
_NOT_ENABLED = "InvalidAccessException"

Record = dict[str, Any]
"""A finding in the AWS Security Finding Format."""


@dataclass(frozen=True, slots=True)
class RefusedRecord:
    """A finding that Security Hub did not take, with its own code and message."""

    id: str
    code: str
    message: str


@dataclass(slots=True)
class SecurityHub:
    """One hub, asked as the account that its findings are of."""

    service: ServiceClient
    account: str
    region: str
    policy: RetryPolicy = _POLICY
    sleep: Callable[[float], object] = time.sleep
    clock: Callable[[], float] = time.monotonic
    _called: float = field(default=-1.0, init=False)

    @classmethod
    def of(cls, connection: Connection, account: str, region: str) -> "SecurityHub":
        """Raises BadInput where there is no such region."""
        what = f"Security Hub of account {account}"
        return cls(ServiceClient.of(connection, "securityhub", region, what), account, region)

    def active(self, product_arn: str, generator: str) -> Iterator[Mapping[str, Any]]:
        """The active findings of a product whose generator begins so. Raises AwsError."""
        filters = {
            "ProductArn": [{"Value": product_arn, "Comparison": "EQUALS"}],
            "GeneratorId": [{"Value": generator, "Comparison": "PREFIX"}],
            "AwsAccountId": [{"Value": self.account, "Comparison": "EQUALS"}],
            "RecordState": [{"Value": "ACTIVE", "Comparison": "EQUALS"}],
        }
        tokens = ("NextToken", "NextToken")
        try:
            rows = self.service.rows(GET_FINDINGS, "Findings", tokens, Filters=filters, MaxResults=_PAGE_SIZE)
            for row in rows:
                if _is_one_of(row, product_arn, generator, self.account):
                    yield row
        except AwsError as error:
            raise self._explained(error) from error

    def import_records(self, records: list[Record]) -> tuple[RefusedRecord, ...]:
        """Import one batch; those that Security Hub did not take. Raises AwsError where it took none.

        Backs off where it is throttled, beyond the retries of the SDK, until the deadline of the policy.
        """
        attempts, began = 0, self.clock()
        while True:
            attempts += 1
            self._keep_pace()
            try:
                answer = self.service.send(BATCH_IMPORT_FINDINGS, Findings=records)
            except AwsError as error:
                wait = self.policy.wait_seconds(attempts)
                is_late = self.clock() + wait - began > self.policy.deadline_seconds
                if is_late or not _passes(error) or not self.policy.allows_another(attempts):
                    raise self._explained(error) from error
                self.sleep(wait)
                continue
            return self._refused(answer, records)

    def _refused(self, answer: Mapping[str, Any], records: list[Record]) -> tuple[RefusedRecord, ...]:
        refused, taken = answer.get("FailedFindings") or [], answer.get("SuccessCount")
        if not isinstance(refused, list) or taken != len(records) - len(refused):
            raise bad_answer(
                BATCH_IMPORT_FINDINGS,
                self.service.where,
                f"was answered with {taken} of {len(records)} findings taken and {len(refused)} refused",
            )
        return tuple(
            RefusedRecord(str(one.get("Id")), str(one.get("ErrorCode")), str(one.get("ErrorMessage")))
            for one in refused
            if isinstance(one, Mapping)
        )

    def _keep_pace(self) -> None:
        left = self._called + _SECONDS_A_CALL - self.clock()
        if self._called >= 0 and left > 0:
            self.sleep(left)
        self._called = self.clock()

    def _explained(self, error: AwsError) -> AwsError:
        """The error; where Security Hub is not enabled there, that, with what to do."""
        if error.code != _NOT_ENABLED:
            return error
        return NotFound(
            f"Security Hub CSPM is not enabled in account {self.account} in {self.region}, or not for this identity",
            advice=Advice(
                "enable it there (aws securityhub enable-security-hub), or send all findings to one region: {option}",
                {"option": Option("send_region", "REGION")},
            ),
            code=error.code,
            request_id=error.request_id,
            operation=error.operation,
        )


def batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    """The records in batches that BatchImportFindings takes; those that are too large for it are left out."""
    batch: list[Record] = []
    size = 0
    for record in records:
        length = size_of(record)
        if length > MAX_FINDING_BYTES:
            continue
        if batch and (len(batch) == MAX_IN_BATCH or size + length > MAX_BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += length
    if batch:
        yield batch


def size_of(record: Record) -> int:
    """Its bytes as it is sent."""
    return len(json.dumps(record).encode())


def _passes(error: AwsError) -> bool:
    """Whether another attempt may do better."""
    return isinstance(error, Throttled | Unreachable) or error.code == _LIMIT


def _is_one_of(row: object, product_arn: str, generator: str, account: str) -> bool:
    """Whether a finding is what was asked for: what is archived is never left to a filter alone."""
    return (
        isinstance(row, Mapping)
        and row.get("ProductArn") == product_arn
        and str(row.get("GeneratorId")).startswith(generator)
        and row.get("AwsAccountId") == account
        and row.get("RecordState") == "ACTIVE"
    )
