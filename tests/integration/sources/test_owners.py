"""What owning services tell of the buckets that they use: asked through real boto3, counted on the wire."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.support.owning_services import FRANKFURT, KEY, VIRGINIA, Owners

from s3kms.aws.connection import Connection
from s3kms.aws.owners import OWNING_SERVICES
from s3kms.aws.owners.distributions import bucket_of_domain
from s3kms.aws.owners.interface import bucket_of_arn
from s3kms.demo.aws import PRODUCTION, EmbeddedAws
from s3kms.hazards import examples as an
from s3kms.hazards import find_hazard
from s3kms.hazards.interface import Danger
from s3kms.model.bucket import Bucket
from s3kms.model.errors import CredentialsProblem
from s3kms.model.owner_operations import DELIVERY_OPERATIONS
from s3kms.model.unknown import Unknown, UnknownCause
from s3kms.model.usage import CloudFrontOrigin, LogSource, OriginAccess
from s3kms.sources.owners import OwnerReport, read_deliveries

SIGNED_AS = {"elbv2": "elasticloadbalancing", "elb": "elasticloadbalancing"}


@pytest.fixture
def owners(aws: EmbeddedAws) -> Owners:
    """An account with a few buckets: some services want theirs to exist."""
    made = Owners(aws)
    for name in ("acl-logs", "logs", "flow-logs", "far-flow-logs"):
        where = {"LocationConstraint": FRANKFURT}
        made.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=where)
    return made


def told(report: OwnerReport) -> set[tuple[str, LogSource, str]]:
    return {(bucket, one.source, one.what) for bucket, found in report.deliveries.items() for one in found}


def bucket_in(region: str) -> Bucket:
    return replace(an.PLAIN, name="others", region=region)


def unread_sources(report: OwnerReport, region: str = FRANKFURT) -> set[LogSource]:
    return {one.source for one in report.apply_to(bucket_in(region)).usage.unread_deliveries}


LB, VENDED = LogSource.LOAD_BALANCER, LogSource.VENDED
CASES: dict[str, tuple[Callable[[Owners], object], LogSource, str]] = {
    "an Application Load Balancer": (
        lambda make: make.load_balancer("web", access_logs="logs"),
        LB,
        "access logs of load balancer web",
    ),
    "its connection logs": (
        lambda make: make.load_balancer("web", connection_logs="logs"),
        LB,
        "connection logs of load balancer web",
    ),
    "a Network Load Balancer": (
        lambda make: make.load_balancer("net", "network", access_logs="logs"),
        VENDED,
        "access logs of load balancer net",
    ),
    "a Classic Load Balancer": (
        lambda make: make.classic_load_balancer("old", "logs"),
        LB,
        "access logs of Classic Load Balancer old",
    ),
    "a cluster": (lambda make: make.cluster("dwh", "logs"), LogSource.REDSHIFT, "audit logs of cluster dwh"),
    "a web ACL": (lambda make: make.web_acl_logs("acl", "acl-logs"), VENDED, "logs of web ACL acl"),
    "a web ACL of CloudFront": (
        lambda make: make.web_acl_logs("edge", "acl-logs", "CLOUDFRONT"),
        VENDED,
        "logs of web ACL edge",
    ),
    "DNS queries": (lambda make: make.query_logs("dns", "logs"), VENDED, "DNS query logs (dns)"),
    "a delivery of CloudWatch Logs": (
        lambda make: make.log_delivery("cdn", "logs"),
        VENDED,
        "logs of delivery source cdn",
    ),
    "a trail": (lambda make: make.trail("all", "logs"), LogSource.CLOUDTRAIL, "log files of trail all"),
    "a delivery channel": (
        lambda make: make.delivery_channel("logs"),
        LogSource.CONFIG,
        f"what AWS Config delivers from {FRANKFURT}",
    ),
    "a stream": (lambda make: make.stream("in", "logs"), LogSource.FIREHOSE, "records of Firehose stream in"),
}


@pytest.mark.parametrize(("make", "source", "what"), CASES.values(), ids=CASES)
def test_a_service_tells_where_it_delivers(
    owners: Owners, connection: Connection, make: Callable[[Owners], object], source: LogSource, what: str
) -> None:
    make(owners)

    report = read_deliveries(connection, [FRANKFURT])

    assert told(report) == {("acl-logs" if "web ACL" in what else "logs", source, what)}
    assert report.unread == ()


def test_flow_logs_are_found_in_every_region_that_was_asked(owners: Owners, connection: Connection) -> None:
    owners.flow_log("flow-logs")
    owners.flow_log("far-flow-logs", VIRGINIA)

    report = read_deliveries(connection, [FRANKFURT, VIRGINIA])

    assert {bucket: [one.source for one in found] for bucket, found in report.deliveries.items()} == {
        "flow-logs": [VENDED],
        "far-flow-logs": [VENDED],
    }
    (flow,) = report.deliveries["far-flow-logs"]
    assert flow.what.startswith("flow logs of vpc-")


def test_what_is_switched_off_delivers_nothing(owners: Owners, connection: Connection) -> None:
    owners.load_balancer("web")
    owners.classic_load_balancer("old", None)
    owners.cluster("dwh", None)
    owners.distribution("logs.s3.amazonaws.com", logs="logs", enabled=False)

    report = read_deliveries(connection, [FRANKFURT])

    assert (report.deliveries, report.origins, report.unread) == ({}, {}, ())


def test_a_key_and_a_role_of_the_sender_are_kept(owners: Owners, connection: Connection) -> None:
    owners.stream("in", "logs", KEY)
    owners.trail("all", "logs", KmsKeyId=KEY)
    owners.delivery_channel("logs", s3KmsKeyArn=KEY)

    found = {one.source: one for one in read_deliveries(connection, [FRANKFURT]).deliveries["logs"]}

    assert {source: one.key for source, one in found.items()} == {
        LogSource.FIREHOSE: KEY,
        LogSource.CLOUDTRAIL: KEY,
        LogSource.CONFIG: KEY,
    }
    assert found[LogSource.FIREHOSE].role == f"arn:aws:iam::{PRODUCTION}:role/firehose"


def test_a_multi_region_trail_is_told_once_a_bucket(owners: Owners, connection: Connection) -> None:
    owners.trail("all", "logs", IsMultiRegionTrail=True)

    report = read_deliveries(connection, [FRANKFURT, VIRGINIA])

    assert told(report) == {("logs", LogSource.CLOUDTRAIL, "log files of trail all")}
    assert len(report.deliveries["logs"]) == 1


@pytest.mark.parametrize(
    ("options", "access"),
    [
        ({"identity": "origin-access-identity/cloudfront/E1"}, OriginAccess.IDENTITY),
        ({"control": "E2"}, OriginAccess.CONTROL),
        ({}, OriginAccess.ANONYMOUS),
    ],
)
def test_a_distribution_tells_how_it_reads_its_origin(
    owners: Owners, connection: Connection, options: dict[str, Any], access: OriginAccess
) -> None:
    arn = owners.distribution("site.s3.eu-central-1.amazonaws.com", logs="cdn-logs", **options)

    report = read_deliveries(connection, [FRANKFURT])

    assert report.origins == {"site": (CloudFrontOrigin(arn, access),)}
    name = arn.rpartition("/")[2]
    assert told(report) == {("cdn-logs", VENDED, f"standard logs of CloudFront distribution {name}")}


@pytest.mark.parametrize(
    ("domain", "bucket"),
    [
        ("logs.s3.amazonaws.com", "logs"),
        ("a.b.s3.eu-central-1.amazonaws.com", "a.b"),
        ("logs.s3-eu-west-1.amazonaws.com", "logs"),
        ("logs.s3.dualstack.us-west-2.amazonaws.com", "logs"),
        ("logs.s3.cn-north-1.amazonaws.com.cn", "logs"),
        ("my.s3.bucket.s3.amazonaws.com", "my.s3.bucket"),
        ("site.s3-website.eu-central-1.amazonaws.com", None),
        ("site.s3-website-us-east-1.amazonaws.com", None),
        ("www.example.com", None),
        ("logs.s3.amazonaws.com.example.com", None),
        (None, None),
    ],
)
def test_the_bucket_behind_a_domain(domain: str | None, bucket: str | None) -> None:
    assert bucket_of_domain(domain) == bucket


@pytest.mark.parametrize(
    ("arn", "bucket"),
    [
        ("arn:aws:s3:::logs", "logs"),
        ("arn:aws-cn:s3:::logs/prefix/AWSLogs", "logs"),
        ("arn:aws:logs:eu-central-1:111122223333:log-group:x", None),
        ("arn:aws:firehose:eu-central-1:111122223333:deliverystream/x", None),
        ("", None),
        (None, None),
    ],
)
def test_the_bucket_in_an_arn(arn: str | None, bucket: str | None) -> None:
    assert bucket_of_arn(arn) == bucket


DENIALS = {
    "DescribeLoadBalancers": {LB, VENDED},
    "DescribeFlowLogs": {VENDED},
    "DescribeClusters": {LogSource.REDSHIFT},
    "DescribeTrails": {LogSource.CLOUDTRAIL},
    "DescribeDeliveryChannels": {LogSource.CONFIG},
    "ListDeliveryStreams": {LogSource.FIREHOSE},
    "ListLoggingConfigurations": {VENDED},
    "ListResolverQueryLogConfigs": {VENDED},
    "DescribeDeliveries": {VENDED},
    "ListDistributions": {VENDED},
}


@pytest.mark.parametrize(("operation", "sources"), DENIALS.items(), ids=DENIALS)
def test_a_service_that_was_denied_is_unread_and_the_others_are_asked(
    owners: Owners, connection: Connection, operation: str, sources: set[LogSource]
) -> None:
    owners.flow_log("flow-logs")
    owners.aws.faults.fail(operation, 403, "AccessDenied", "User is not authorized")

    report = read_deliveries(connection, [FRANKFURT])

    assert unread_sources(report) == sources
    assert set(report.deliveries) == (
        {"flow-logs"} - ({"flow-logs"} if operation == "DescribeFlowLogs" else set())
    )
    unknown = report.unread[0].unknown
    assert (unknown.cause, unknown.code, unknown.operation) == (
        UnknownCause.DENIED,
        "AccessDenied",
        operation,
    )
    assert "AccessDenied from" in unknown.why
    assert FRANKFURT in unknown.why


def test_a_denied_detail_leaves_what_was_read_before(owners: Owners, connection: Connection) -> None:
    owners.load_balancer("one", access_logs="logs")
    owners.load_balancer("two", access_logs="logs")
    owners.aws.faults.fail("DescribeLoadBalancerAttributes", 403, "AccessDenied", share=0.5)

    report = read_deliveries(connection, [FRANKFURT])

    assert told(report) == {("logs", LB, "access logs of load balancer one")}
    assert unread_sources(report) == {LB, VENDED}


def test_a_resource_that_goes_between_list_and_detail_is_no_error(
    owners: Owners, connection: Connection
) -> None:
    owners.load_balancer("web", access_logs="logs")
    owners.cluster("dwh", "logs")
    owners.aws.faults.fail("DescribeLoadBalancerAttributes", 400, "LoadBalancerNotFound")
    owners.aws.faults.fail("DescribeLoggingStatus", 404, "ClusterNotFound")

    report = read_deliveries(connection, [FRANKFURT])

    assert (report.deliveries, report.unread) == ({}, ())


def test_load_balancers_of_another_region_are_not_needed_to_know_a_bucket(
    owners: Owners, connection: Connection
) -> None:
    owners.aws.faults.fail("DescribeLoadBalancers", 403, "AccessDenied", region=VIRGINIA)

    report = read_deliveries(connection, [FRANKFURT, VIRGINIA])

    assert unread_sources(report, VIRGINIA) == {LB, VENDED}
    assert unread_sources(report, FRANKFURT) == set()
    assert unread_sources(report, "ap-south-1") == {LB, VENDED}  # nobody asked there


def test_flow_logs_of_another_region_may_reach_any_bucket(owners: Owners, connection: Connection) -> None:
    owners.aws.faults.fail("DescribeFlowLogs", 403, "UnauthorizedOperation", region=VIRGINIA)

    report = read_deliveries(connection, [FRANKFURT, VIRGINIA])

    assert unread_sources(report, FRANKFURT) == {VENDED}


def test_hazards_hear_what_was_told_and_what_was_not(owners: Owners, connection: Connection) -> None:
    owners.load_balancer("web", access_logs="logs")
    owners.aws.faults.fail("DescribeClusters", 403, "AccessDenied")
    arn = owners.distribution("logs.s3.amazonaws.com", identity="origin-access-identity/cloudfront/E1")
    report = read_deliveries(connection, [FRANKFURT])

    bucket = report.apply_to(replace(an.PLAIN, name="logs", region=FRANKFURT))

    balancer = find_hazard("load_balancer_logs").evaluate(bucket, an.TO_CUSTOMER)
    identity = find_hazard("cloudfront_oai").evaluate(bucket, an.TO_CUSTOMER)
    redshift = find_hazard("redshift_audit_logs").evaluate(bucket, an.TO_CUSTOMER)
    assert isinstance(balancer, Danger)
    assert "access logs of load balancer web" in balancer.why
    assert isinstance(identity, Danger)
    assert arn in identity.why
    assert isinstance(redshift, Unknown)
    assert redshift.why.startswith(
        f"where Redshift delivers audit logs is not known ({FRANKFURT}): AccessDenied"
    )


def test_a_bucket_that_nobody_uses_has_no_unknown(owners: Owners, connection: Connection) -> None:
    owners.load_balancer("web", access_logs="logs")

    usage = read_deliveries(connection, [FRANKFURT]).apply_to(bucket_in(FRANKFURT)).usage

    assert (usage.deliveries, usage.unread_deliveries, usage.origins) == ((), (), ())


def test_distributions_that_were_denied_leave_the_origins_unknown(
    owners: Owners, connection: Connection
) -> None:
    owners.aws.faults.fail("ListDistributions", 403, "AccessDenied")

    usage = read_deliveries(connection, [FRANKFURT]).apply_to(bucket_in(FRANKFURT)).usage

    assert isinstance(usage.origins, Unknown)
    assert usage.origins.operation == "ListDistributions"


def test_regions_that_could_not_be_listed_leave_every_regional_service_unread(
    owners: Owners, connection: Connection
) -> None:
    owners.flow_log("flow-logs")
    owners.aws.faults.fail("DescribeRegions", 403, "UnauthorizedOperation")

    report = read_deliveries(connection)

    assert set(report.deliveries) == {"flow-logs"}
    assert unread_sources(report, VIRGINIA) == {*LogSource} - {LogSource.S3}
    assert unread_sources(report, FRANKFURT) == {*LogSource} - {LogSource.S3, LB}  # it was asked there
    assert "other regions" in report.unread[0].unknown.why


def test_one_call_a_service_and_region_and_one_more_for_each_resource(
    owners: Owners, connection: Connection
) -> None:
    owners.load_balancer("one", access_logs="logs")
    owners.load_balancer("two")
    owners.cluster("dwh", "logs")
    owners.stream("in", "logs")
    owners.distribution("logs.s3.amazonaws.com")
    owners.log_delivery("cdn", "logs")
    owners.aws.calls.clear()

    read_deliveries(connection, [FRANKFURT, VIRGINIA])

    lists = {"DescribeLoadBalancers": 4, "ListLoggingConfigurations": 3, "ListDistributions": 1}
    twice = {
        "DescribeFlowLogs", "DescribeTrails", "DescribeDeliveryChannels", "DescribeClusters", "DescribeDeliveries",
        "ListDeliveryStreams", "ListResolverQueryLogConfigs",
    }  # fmt: skip
    details = {
        "DescribeLoadBalancerAttributes": 2,
        "DescribeLoggingStatus": 1,
        "DescribeDeliveryStream": 1,
        "GetDistributionConfig": 1,
        "DescribeDeliveryDestinations": 1,
    }
    assert Counter(call.operation for call in owners.aws.calls) == {
        **lists,
        **dict.fromkeys(twice, 2),
        **details,
    }


@pytest.mark.usefixtures("few_regions")
def test_every_call_is_declared(owners: Owners, connection: Connection) -> None:
    owners.load_balancer("one", access_logs="logs")
    owners.cluster("dwh", "logs")
    owners.stream("in", "logs")
    owners.distribution("logs.s3.amazonaws.com")
    owners.log_delivery("cdn", "logs")
    owners.classic_load_balancer("old", "logs")
    owners.aws.calls.clear()

    read_deliveries(connection)

    made = {(call.service, call.operation) for call in owners.aws.calls} - {("sts", "GetCallerIdentity")}
    assert made == {(SIGNED_AS.get(one.service, one.service), one.name) for one in DELIVERY_OPERATIONS}


def test_credentials_that_are_not_accepted_end_the_reading(owners: Owners, connection: Connection) -> None:
    owners.aws.faults.fail("DescribeFlowLogs", 403, "ExpiredToken")

    with pytest.raises(CredentialsProblem):
        read_deliveries(connection, [FRANKFURT])


def test_every_source_but_access_logs_has_a_service_that_tells() -> None:
    assert frozenset[LogSource]().union(*(one.sources for one in OWNING_SERVICES)) == {*LogSource} - {
        LogSource.S3
    }
    assert len({one.name for one in OWNING_SERVICES}) == len(OWNING_SERVICES)
