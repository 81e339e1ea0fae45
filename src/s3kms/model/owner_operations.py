"""The operations of a deep plan: of the services that deliver into buckets or read them, of IAM, and of CloudWatch.

IAM's actions are named as the service authorization reference has them; both generations of load balancers share one
prefix there.
"""

from s3kms.model.operations import DESCRIBE_REGIONS, Operation

_BALANCERS = "whose logs the load balancers deliver, and where to"
_CLUSTERS = "where Redshift's audit logs go"
_STREAMS = "which buckets Firehose delivers into"
_DISTRIBUTIONS = "which buckets CloudFront reads, and where its logs go"
_DELIVERIES = "which buckets other services deliver logs into"

DESCRIBE_LOAD_BALANCERS = Operation(
    "elbv2", "DescribeLoadBalancers", "elasticloadbalancing:DescribeLoadBalancers", why=_BALANCERS
)
DESCRIBE_LOAD_BALANCER_ATTRIBUTES = Operation(
    "elbv2",
    "DescribeLoadBalancerAttributes",
    "elasticloadbalancing:DescribeLoadBalancerAttributes",
    why=_BALANCERS,
)
DESCRIBE_CLASSIC_LOAD_BALANCERS = Operation(
    "elb", "DescribeLoadBalancers", "elasticloadbalancing:DescribeLoadBalancers", why=_BALANCERS
)
DESCRIBE_CLASSIC_LOAD_BALANCER_ATTRIBUTES = Operation(
    "elb",
    "DescribeLoadBalancerAttributes",
    "elasticloadbalancing:DescribeLoadBalancerAttributes",
    why=_BALANCERS,
)
DESCRIBE_FLOW_LOGS = Operation(
    "ec2", "DescribeFlowLogs", "ec2:DescribeFlowLogs", why="which buckets flow logs go to"
)
DESCRIBE_TRAILS = Operation(
    "cloudtrail", "DescribeTrails", "cloudtrail:DescribeTrails", why="which buckets CloudTrail delivers into"
)
DESCRIBE_DELIVERY_CHANNELS = Operation(
    "config",
    "DescribeDeliveryChannels",
    "config:DescribeDeliveryChannels",
    why="which buckets AWS Config delivers into",
)
LIST_DISTRIBUTIONS = Operation(
    "cloudfront", "ListDistributions", "cloudfront:ListDistributions", why=_DISTRIBUTIONS
)
GET_DISTRIBUTION_CONFIG = Operation(
    "cloudfront", "GetDistributionConfig", "cloudfront:GetDistributionConfig", why=_DISTRIBUTIONS
)
DESCRIBE_CLUSTERS = Operation("redshift", "DescribeClusters", "redshift:DescribeClusters", why=_CLUSTERS)
DESCRIBE_LOGGING_STATUS = Operation(
    "redshift", "DescribeLoggingStatus", "redshift:DescribeLoggingStatus", why=_CLUSTERS
)
LIST_DELIVERY_STREAMS = Operation(
    "firehose", "ListDeliveryStreams", "firehose:ListDeliveryStreams", why=_STREAMS
)
DESCRIBE_DELIVERY_STREAM = Operation(
    "firehose", "DescribeDeliveryStream", "firehose:DescribeDeliveryStream", why=_STREAMS
)
LIST_LOGGING_CONFIGURATIONS = Operation(
    "wafv2",
    "ListLoggingConfigurations",
    "wafv2:ListLoggingConfigurations",
    why="which buckets the logs of WAF go to",
)
LIST_QUERY_LOG_CONFIGS = Operation(
    "route53resolver",
    "ListResolverQueryLogConfigs",
    "route53resolver:ListResolverQueryLogConfigs",
    why="which buckets DNS query logs go to",
)
DESCRIBE_DELIVERIES = Operation("logs", "DescribeDeliveries", "logs:DescribeDeliveries", why=_DELIVERIES)
DESCRIBE_DELIVERY_DESTINATIONS = Operation(
    "logs", "DescribeDeliveryDestinations", "logs:DescribeDeliveryDestinations", why=_DELIVERIES
)

_ANY_ROLE = "arn:{partition}:iam::{account}:role/*"
_ROLES = "what the roles that replicate may do"
LIST_ROLE_POLICIES = Operation("iam", "ListRolePolicies", "iam:ListRolePolicies", _ANY_ROLE, why=_ROLES)
GET_ROLE_POLICY = Operation("iam", "GetRolePolicy", "iam:GetRolePolicy", _ANY_ROLE, why=_ROLES)
LIST_ATTACHED_ROLE_POLICIES = Operation(
    "iam", "ListAttachedRolePolicies", "iam:ListAttachedRolePolicies", _ANY_ROLE, why=_ROLES
)
_MANAGED = "the boundaries and attached policies that are not told with the users and roles"
GET_POLICY = Operation("iam", "GetPolicy", "iam:GetPolicy", why=_MANAGED)
GET_POLICY_VERSION = Operation("iam", "GetPolicyVersion", "iam:GetPolicyVersion", why=_MANAGED)
GET_ACCOUNT_AUTHORIZATION_DETAILS = Operation(
    "iam",
    "GetAccountAuthorizationDetails",
    "iam:GetAccountAuthorizationDetails",
    why="which users and roles use a bucket, and whether they may use its new key",
)
_METRICS = "how many requests a bucket gets, and how many fail"
LIST_METRICS = Operation("cloudwatch", "ListMetrics", "cloudwatch:ListMetrics", why=_METRICS)
GET_METRIC_DATA = Operation("cloudwatch", "GetMetricData", "cloudwatch:GetMetricData", why=_METRICS)

DELIVERY_OPERATIONS: tuple[Operation, ...] = (
    DESCRIBE_REGIONS,
    DESCRIBE_LOAD_BALANCERS,
    DESCRIBE_LOAD_BALANCER_ATTRIBUTES,
    DESCRIBE_CLASSIC_LOAD_BALANCERS,
    DESCRIBE_CLASSIC_LOAD_BALANCER_ATTRIBUTES,
    DESCRIBE_FLOW_LOGS,
    DESCRIBE_TRAILS,
    DESCRIBE_DELIVERY_CHANNELS,
    LIST_DISTRIBUTIONS,
    GET_DISTRIBUTION_CONFIG,
    DESCRIBE_CLUSTERS,
    DESCRIBE_LOGGING_STATUS,
    LIST_DELIVERY_STREAMS,
    DESCRIBE_DELIVERY_STREAM,
    LIST_LOGGING_CONFIGURATIONS,
    LIST_QUERY_LOG_CONFIGS,
    DESCRIBE_DELIVERIES,
    DESCRIBE_DELIVERY_DESTINATIONS,
)
"""What the owning services are asked."""
ROLE_OPERATIONS: tuple[Operation, ...] = (
    LIST_ROLE_POLICIES,
    GET_ROLE_POLICY,
    LIST_ATTACHED_ROLE_POLICIES,
    GET_POLICY,
    GET_POLICY_VERSION,
)
"""What IAM is asked about the roles that replicate."""
IDENTITY_OPERATIONS: tuple[Operation, ...] = (
    GET_ACCOUNT_AUTHORIZATION_DETAILS,
    GET_POLICY,
    GET_POLICY_VERSION,
)
"""Who there is in an account, deep or not: who keeps access rests on it."""
METRIC_OPERATIONS: tuple[Operation, ...] = (LIST_METRICS, GET_METRIC_DATA)
"""What CloudWatch is asked, deep or not: the cost rests on it."""
DEEP_OPERATIONS: tuple[Operation, ...] = (*DELIVERY_OPERATIONS, *ROLE_OPERATIONS)
"""Everything that a deep plan calls beyond a plan."""
