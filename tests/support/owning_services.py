"""Services of the embedded AWS that deliver into buckets or read them, made through boto3."""

import json
from dataclasses import dataclass
from typing import Any

from tests.support.sdk import client_of

from s3kms.demo.aws import PRODUCTION, EmbeddedAws

FRANKFURT, VIRGINIA = "eu-central-1", "us-east-1"
KEY = f"arn:aws:kms:{FRANKFURT}:{PRODUCTION}:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@dataclass(frozen=True)
class Owners:
    """One account's services; every method makes one resource that leads to a bucket."""

    aws: EmbeddedAws
    account: str = PRODUCTION

    def client(self, service: str, region: str = FRANKFURT) -> Any:
        return client_of(self.aws, self.account, service, region)

    def load_balancer(
        self, name: str, kind: str = "application", region: str = FRANKFURT, **logs: str
    ) -> None:
        """`logs` are its kinds of logs, each with its bucket: `access_logs="logs"`."""
        ec2, elb = self.client("ec2", region), self.client("elbv2", region)
        subnets = [one["SubnetId"] for one in ec2.describe_subnets()["Subnets"]][:2]
        made = elb.create_load_balancer(Name=name, Subnets=subnets, Type=kind)
        arn = made["LoadBalancers"][0]["LoadBalancerArn"]
        attributes = [
            {"Key": f"{log}.s3.{key}", "Value": value}
            for log, bucket in logs.items()
            for key, value in (("enabled", "true"), ("bucket", bucket))
        ]
        if attributes:
            elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=attributes)

    def classic_load_balancer(self, name: str, bucket: str | None) -> None:
        elb = self.client("elb")
        listener = {"Protocol": "http", "LoadBalancerPort": 80, "InstancePort": 80}
        elb.create_load_balancer(
            LoadBalancerName=name, Listeners=[listener], AvailabilityZones=[f"{FRANKFURT}a"]
        )
        if bucket:
            log = {"Enabled": True, "S3BucketName": bucket, "EmitInterval": 5, "S3BucketPrefix": "p"}
            elb.modify_load_balancer_attributes(
                LoadBalancerName=name, LoadBalancerAttributes={"AccessLog": log}
            )

    def flow_log(self, bucket: str, region: str = FRANKFURT) -> None:
        ec2 = self.client("ec2", region)
        vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
        ec2.create_flow_logs(
            ResourceIds=[vpc],
            ResourceType="VPC",
            TrafficType="ALL",
            LogDestinationType="s3",
            LogDestination=f"arn:aws:s3:::{bucket}",
        )

    def trail(self, name: str, bucket: str, region: str = FRANKFURT, **more: Any) -> None:
        self.client("cloudtrail", region).create_trail(Name=name, S3BucketName=bucket, **more)

    def delivery_channel(self, bucket: str, **more: Any) -> None:
        config = self.client("config")
        role = f"arn:aws:iam::{self.account}:role/config"
        config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": role})
        config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": bucket, **more})

    def cluster(self, name: str, bucket: str | None) -> None:
        redshift = self.client("redshift")
        redshift.create_cluster(
            ClusterIdentifier=name,
            NodeType="ra3.large",
            MasterUsername="u",
            MasterUserPassword="Passw0rdPassw0rd",
        )
        if bucket:
            redshift.enable_logging(ClusterIdentifier=name, BucketName=bucket, LogDestinationType="s3")

    def stream(self, name: str, bucket: str, key: str | None = None) -> None:
        destination: dict[str, Any] = {
            "RoleARN": f"arn:aws:iam::{self.account}:role/firehose",
            "BucketARN": f"arn:aws:s3:::{bucket}",
        }
        if key:
            destination["EncryptionConfiguration"] = {"KMSEncryptionConfig": {"AWSKMSKeyARN": key}}
        self.client("firehose").create_delivery_stream(
            DeliveryStreamName=name, ExtendedS3DestinationConfiguration=destination
        )

    def web_acl_logs(self, name: str, bucket: str, scope: str = "REGIONAL") -> None:
        waf = self.client("wafv2", VIRGINIA if scope == "CLOUDFRONT" else FRANKFURT)
        visible = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "m"}
        made = waf.create_web_acl(
            Name=name, Scope=scope, DefaultAction={"Allow": {}}, VisibilityConfig=visible, Rules=[]
        )
        logs = {"ResourceArn": made["Summary"]["ARN"], "LogDestinationConfigs": [f"arn:aws:s3:::{bucket}"]}
        waf.put_logging_configuration(LoggingConfiguration=logs)

    def query_logs(self, name: str, bucket: str) -> None:
        self.client("route53resolver").create_resolver_query_log_config(
            Name=name, DestinationArn=f"arn:aws:s3:::{bucket}", CreatorRequestId=name
        )

    def log_delivery(self, name: str, bucket: str) -> None:
        logs = self.client("logs")
        logs.put_delivery_source(
            name=name,
            resourceArn=f"arn:aws:cloudfront::{self.account}:distribution/E1Q5F5862X9VJ5",
            logType="ACCESS_LOGS",
        )
        made = logs.put_delivery_destination(
            name=name, deliveryDestinationConfiguration={"destinationResourceArn": f"arn:aws:s3:::{bucket}"}
        )
        arn = made["deliveryDestination"]["arn"]
        logs.create_delivery(deliverySourceName=name, deliveryDestinationArn=arn)

    def distribution(
        self, domain: str, *, identity: str = "", control: str = "", logs: str = "", enabled: bool = True
    ) -> str:
        """Its ARN."""
        origin = {
            "Id": "one",
            "DomainName": domain,
            "S3OriginConfig": {"OriginAccessIdentity": identity},
            "OriginAccessControlId": control,
        }
        behavior = {
            "TargetOriginId": "one",
            "ViewerProtocolPolicy": "allow-all",
            "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}},
            "MinTTL": 0,
        }
        configuration: dict[str, Any] = {
            "CallerReference": domain,
            "Comment": "",
            "Enabled": enabled,
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": behavior,
        }
        if logs:
            configuration["Logging"] = {
                "Enabled": True,
                "IncludeCookies": False,
                "Bucket": f"{logs}.s3.amazonaws.com",
                "Prefix": "",
            }
        made = self.client("cloudfront", VIRGINIA).create_distribution(DistributionConfig=configuration)
        return str(made["Distribution"]["ARN"])


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
