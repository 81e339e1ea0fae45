"""What `fix --plan` asks of AWS: counted on the wire."""

from collections import Counter

from tests.support.cli import Shell

from s3kms.demo.aws import PRODUCTION, EmbeddedAws
from s3kms.demo.sample_estate import SAMPLE_BUCKETS

FIRST = "acme-backups"
LISTINGS = {"ListBuckets", "ListAccessPoints", "GetCallerIdentity", "ListDirectoryBuckets"}


def test_a_bucket_costs_at_most_14_calls_and_each_beside_it_one(
    production: Shell, estate: EmbeddedAws
) -> None:
    production("plan", "--canary", "1", "--out", "plan.json")
    estate.calls.clear()
    done = production("fix", "--plan", "plan.json", "--wave", "1")
    calls = Counter(call.operation for call in estate.calls)
    beside = {s.name for s in SAMPLE_BUCKETS if (s.account, s.region) == (PRODUCTION, "eu-west-1")}
    logging = calls.pop("GetBucketLogging")

    assert done.out.startswith(f"s3://{FIRST} ")
    assert logging == len(beside)
    assert sum(number for name, number in calls.items() if name not in LISTINGS) <= 14
    assert all(FIRST in call.path + call.host for call in estate.calls if call.operation == "GetBucketPolicy")


def test_a_plan_with_nothing_to_carry_out_calls_nobody(production: Shell, estate: EmbeddedAws) -> None:
    shell = production.having(XDG_STATE_HOME=str(production.folder / "state"))
    shell("plan", "s3://acme-www", "--out", "plan.json")
    estate.calls.clear()
    done = shell("fix", "--plan", "plan.json", "--apply", "--yes")

    assert (done.exit, estate.calls) == (0, [])
