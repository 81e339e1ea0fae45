"""What a check may call is told without opening a source, and is what that source would say."""

import pytest

from s3kms.aws.connection import Connection
from s3kms.model.targets import AggregatorTarget
from s3kms.scan.open import facts_of, rules_of
from s3kms.scan.permissions import scan_operations
from s3kms.scan.request import ScanRequest
from s3kms.scan.sources import open_source

INVENTORY = AggregatorTarget("organization")
REQUESTS = (
    ScanRequest(),
    ScanRequest(rules=("s3_bucket_kms_key_usable",)),
    ScanRequest(directory_buckets=False),
    ScanRequest(org=True),
    ScanRequest(accounts=("111122223333",), directory_buckets=False),
    ScanRequest(targets=INVENTORY),
    ScanRequest(targets=INVENTORY, confirm=True),
    ScanRequest(targets=INVENTORY, confirm=True, assume_role="reader"),
)


@pytest.mark.parametrize("request_", REQUESTS)
def test_they_are_those_of_the_source(request_: ScanRequest) -> None:
    needs = facts_of(request_, rules_of(request_), request_.configuration)
    source = open_source(request_, Connection(), lambda _: True)

    assert scan_operations(request_) == source.operations(needs)
