"""AWS Config in one region: its recorder, its newest items of buckets, and the rules that ask for SSE-KMS."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from s3kms.aws.boundary import bad_answer
from s3kms.aws.config_items import ConfigItem, read_item
from s3kms.aws.connection import Connection
from s3kms.aws.service_client import ServiceClient
from s3kms.model import config_operations as op
from s3kms.model.config_records import ConfigRecorder, RecordedBucket, RecordingFrequency
from s3kms.model.errors import AwsError, Throttled
from s3kms.model.operations import Operation
from s3kms.model.unknown import Unknown

_BUCKET = "AWS::S3::Bucket"
_OURS = ("AWS", "S3_DEFAULT_ENCRYPTION_KMS")
"""Owner and identifier of s3-default-encryption-kms, however a rule made from it is called (fact E8)."""
_A_BATCH = 100
"""The most that BatchGetResourceConfig takes."""
_RULES_AT_ONCE = 25
"""The most that StartConfigRulesEvaluation takes (fact F8)."""
_UNDER_WAY = "LimitExceededException"
_ALL, _EXCEPT = "ALL_SUPPORTED_RESOURCE_TYPES", "EXCLUSION_BY_RESOURCE_TYPES"


@dataclass(frozen=True, slots=True)
class ConfigRegion:
    """AWS Config, asked in one region."""

    service: ServiceClient
    region: str

    @classmethod
    def of(cls, connection: Connection, region: str) -> "ConfigRegion":
        """Raises BadInput where there is no such region."""
        return cls(ServiceClient.of(connection, "config", region, "AWS Config"), region)

    def recorder(self) -> ConfigRecorder:
        """The customer managed recorder. Raises AwsError."""
        found = self._list(op.DESCRIBE_RECORDERS, "ConfigurationRecorders")
        own = [one for one in found if one.get("recordingScope", "PAID") == "PAID"]
        if not own:
            return ConfigRecorder(is_there=False)
        status = self._list(op.DESCRIBE_RECORDER_STATUS, "ConfigurationRecordersStatus")
        names = {one.get("name") for one in own}
        return ConfigRecorder(
            is_there=True,
            is_recording=any(one.get("recording") is True for one in status if one.get("name") in names),
            records_buckets=any(_records_buckets(one.get("recordingGroup") or {}) for one in own),
            frequency=_frequency(own[0].get("recordingMode") or {}),
        )

    def items(self, buckets: Sequence[str]) -> Mapping[str, RecordedBucket]:
        """The newest item of each bucket that AWS Config has one of. Raises AwsError."""
        found: dict[str, RecordedBucket] = {}
        rest = iter(buckets)
        while batch := list(islice(rest, _A_BATCH)):
            found |= self._batch(batch)
        return found

    def _batch(self, buckets: list[str]) -> dict[str, RecordedBucket]:
        keys = [{"resourceType": _BUCKET, "resourceId": name} for name in buckets]
        answer = self.service.send(op.BATCH_GET_RESOURCE_CONFIG, resourceKeys=keys)
        rows = answer.get("baseConfigurationItems")
        if not isinstance(rows, list):
            raise bad_answer(
                op.BATCH_GET_RESOURCE_CONFIG,
                self.service.where,
                "was answered with no baseConfigurationItems",
            )
        items = (_item(row) for row in rows if isinstance(row, Mapping))
        return {
            item.name: RecordedBucket(item.captured, item.encryption)
            for item in items
            if isinstance(item, ConfigItem) and item.captured and item.name in buckets
        }

    def rules(self) -> tuple[str, ...]:
        """The names of the rules that are made from s3-default-encryption-kms. Raises AwsError."""
        rows = self.service.rows(op.DESCRIBE_CONFIG_RULES, "ConfigRules", ("NextToken", "NextToken"))
        return tuple(row["ConfigRuleName"] for row in rows if _is_ours(row))

    def start(self, rules: Sequence[str]) -> None:
        """Start their evaluation. Raises AwsError, Throttled where one is under way."""
        rest = iter(rules)
        while batch := list(islice(rest, _RULES_AT_ONCE)):
            try:
                self.service.send(op.START_CONFIG_RULES_EVALUATION, ConfigRuleNames=batch)
            except AwsError as error:
                if error.code == _UNDER_WAY:
                    raise _under_way(batch) from error
                raise

    def _list(self, operation: Operation, member: str) -> list[Mapping[str, Any]]:
        rows = self.service.send(operation).get(member)
        if not isinstance(rows, list):
            raise bad_answer(operation, self.service.where, f"was answered with no {member}")
        return [row for row in rows if isinstance(row, Mapping)]


def _under_way(rules: Sequence[str]) -> Throttled:
    return Throttled(
        f"an evaluation of {', '.join(rules)} is in progress, or was started less than a minute ago",
        advice="run again in a minute",
        code=_UNDER_WAY,
        operation=op.START_CONFIG_RULES_EVALUATION.name,
    )


def _records_buckets(group: Mapping[str, Any]) -> bool:
    strategy = (group.get("recordingStrategy") or {}).get("useOnly")
    if strategy == _EXCEPT:
        return _BUCKET not in ((group.get("exclusionByResourceTypes") or {}).get("resourceTypes") or ())
    if strategy == _ALL or (strategy is None and group.get("allSupported")):
        return True
    return _BUCKET in (group.get("resourceTypes") or ())


def _frequency(mode: Mapping[str, Any]) -> RecordingFrequency:
    """Of buckets: an override for their type wins (fact F9)."""
    said = mode.get("recordingFrequency")
    for override in mode.get("recordingModeOverrides") or ():
        if _BUCKET in (override.get("resourceTypes") or ()):
            said = override.get("recordingFrequency")
    return RecordingFrequency.DAILY if said == RecordingFrequency.DAILY else RecordingFrequency.CONTINUOUS


def _item(row: Mapping[str, Any]) -> ConfigItem | Unknown:
    """An item in the words of a row of a query, which is read with the same care."""
    captured = row.get("configurationItemCaptureTime")
    time = captured.isoformat() if isinstance(captured, datetime) else captured
    return read_item(json.dumps({**row, "configurationItemCaptureTime": time}, default=str))


def _is_ours(row: object) -> bool:
    if not isinstance(row, Mapping) or not isinstance(row.get("ConfigRuleName"), str):
        return False
    source = row.get("Source")
    return isinstance(source, Mapping) and (source.get("Owner"), source.get("SourceIdentifier")) == _OURS
