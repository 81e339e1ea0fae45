"""The hazards of buckets of templates: relations are evaluated, however they are written."""

from pathlib import Path

import pytest
from tests.support.code import context

from s3kms.hazards import all_hazards
from s3kms.hazards import examples as an
from s3kms.hazards.interface import Danger
from s3kms.iac.cloudformation.reader import READER
from s3kms.iac.interface import Document
from s3kms.model.unknown import Unknown

HEAD = """\
Parameters:
  Open: {Type: String}
  Logs: {Type: String, Default: the-bucket}
Conditions:
  Prod: !Equals [!Ref Open, x]
Resources:
"""
BUCKET = "  B:\n    Type: AWS::S3::Bucket\n    Properties: {BucketName: the-bucket}\n"
OAI = "  O: {Type: AWS::CloudFront::CloudFrontOriginAccessIdentity, Properties: {}}\n"


def hazards_of(text: str, bucket: str = BUCKET) -> set[str]:
    """The hazards of the bucket `B`; those that cannot be told as a question mark."""
    read = READER.read(Document(Path("t.yaml"), (HEAD + bucket + text).encode()), context())
    found = next(one for one in read if one.resource == "B")
    answers = {hazard.id: hazard.evaluate(found, an.TO_MANAGED) for hazard in all_hazards()}
    return {name for name, answer in answers.items() if isinstance(answer, Danger)} | {
        "?" for answer in answers.values() if isinstance(answer, Unknown)
    }


def policy(principal: str, action: str = "s3:PutObject") -> str:
    return (
        "  P:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref B\n      PolicyDocument:\n"
        f"        Statement:\n        - {{Effect: Allow, Principal: {principal}, Action: {action},\n"
        '           Resource: !Sub "${B.Arn}/*"}\n'
    )


def resource(kind: str, properties: str) -> str:
    return f"  R: {{Type: {kind}, Properties: {{{properties}}}}}\n"


@pytest.mark.parametrize(
    ("text", "hazards"),
    [
        (policy("{Service: logging.s3.amazonaws.com}"), {"s3_access_logs"}),
        (policy("{Service: [cloudtrail.amazonaws.com]}"), {"cloudtrail_logs"}),
        (policy('"*"', "s3:GetObject"), {"anonymous_requests"}),
        (policy('{AWS: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}'), set()),
        (policy("{AWS: !Ref AWS::AccountId}"), set()),
        (policy('{AWS: "arn:aws:iam::999988887777:root"}'), {"other_accounts"}),
        (policy("{AWS: !Ref Open}"), {"?"}),
        (OAI + policy("{CanonicalUser: !GetAtt O.S3CanonicalUserId}"), {"cloudfront_oai"}),
        (
            OAI + policy('{AWS: !Sub "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity ${O}"}'),
            {"cloudfront_oai"},
        ),
        (
            policy("!If [Prod, {Service: delivery.logs.amazonaws.com}, {AWS: !Ref AWS::AccountId}]"),
            {"vended_logs"},
        ),
        (
            resource("AWS::EC2::FlowLog", 'LogDestination: !Sub "${B.Arn}/flow", LogDestinationType: s3'),
            {"vended_logs"},
        ),
        (
            resource(
                "AWS::EC2::FlowLog", "LogDestination: !GetAtt B.Arn, LogDestinationType: cloud-watch-logs"
            ),
            set(),
        ),
        (
            resource(
                "AWS::CloudFront::Distribution",
                "DistributionConfig: {Logging: {Bucket: !GetAtt B.DomainName}}",
            ),
            {"vended_logs"},
        ),
        (
            resource(
                "AWS::CloudFront::Distribution",
                'DistributionConfig: {Logging: {Bucket: !Sub "the-bucket.s3.${AWS::URLSuffix}"}}',
            ),
            {"vended_logs"},
        ),
        (resource("AWS::Config::DeliveryChannel", "S3BucketName: !Ref Logs"), {"config_delivery"}),
        (resource("AWS::Config::DeliveryChannel", "S3BucketName: another"), set()),
        (
            resource(
                "AWS::WAFv2::LoggingConfiguration", 'LogDestinationConfigs: [!Sub "arn:aws:s3:::the-bucket"]'
            ),
            {"vended_logs"},
        ),
        (
            resource(
                "AWS::ElasticLoadBalancing::LoadBalancer",
                "AccessLoggingPolicy: {Enabled: false, S3BucketName: !Ref B}",
            ),
            set(),
        ),
        (
            resource(
                "AWS::ElasticLoadBalancingV2::LoadBalancer",
                "LoadBalancerAttributes: [{Key: access_logs.s3.enabled, Value: 'false'},"
                " {Key: access_logs.s3.bucket, Value: !Ref B}]",
            ),
            set(),
        ),
        (
            resource("AWS::S3::Bucket", "LoggingConfiguration: {DestinationBucketName: !Ref B}"),
            {"s3_access_logs"},
        ),
        (resource("AWS::CloudTrail::Trail", "S3BucketName: !Ref B"), set()),
    ],
)
def test_what_the_template_says_of_its_bucket_is_seen(text: str, hazards: set[str]) -> None:
    assert hazards_of(text) == hazards


RULE = "Rules: [{Id: all, Status: Enabled, Destination: {Bucket: x%s}%s}]"
SELECTED = ", SourceSelectionCriteria: {SseKmsEncryptedObjects: {Status: Enabled}}"
KEY = ", EncryptionConfiguration: {ReplicaKmsKeyID: k}"


@pytest.mark.parametrize(
    ("properties", "hazards"),
    [
        ("WebsiteConfiguration: {IndexDocument: i}", {"website"}),
        ("WebsiteConfiguration: !If [Prod, {IndexDocument: i}, !Ref AWS::NoValue]", {"website"}),
        ("WebsiteConfiguration: !Ref AWS::NoValue", set()),
        ("AccessControl: PublicRead", {"anonymous_requests"}),
        ("AccessControl: AuthenticatedRead", {"anonymous_requests"}),
        ("AccessControl: Private", set()),
        ("AccessControl: PublicRead, PublicAccessBlockConfiguration: {IgnorePublicAcls: true}", set()),
        ("AccessControl: PublicRead, PublicAccessBlockConfiguration: {IgnorePublicAcls: 'true'}", set()),
        (
            "AccessControl: PublicRead, PublicAccessBlockConfiguration: {RestrictPublicBuckets: true}",
            {"anonymous_requests"},
        ),
        ("LoggingConfiguration: {LogFilePrefix: x}", {"s3_access_logs"}),
        (f"ReplicationConfiguration: {{{RULE % ('', '')}}}", {"replication_source"}),
        (f"ReplicationConfiguration: {{{RULE % (KEY, SELECTED)}}}", set()),
        (f"ReplicationConfiguration: {{{RULE % ('', SELECTED)}}}", {"replication_source"}),
    ],
)
def test_what_a_bucket_says_of_itself_is_seen(properties: str, hazards: set[str]) -> None:
    bucket = f"  B:\n    Type: AWS::S3::Bucket\n    Properties: {{{properties}}}\n"

    assert hazards_of("", bucket) == hazards


def test_a_key_policy_that_names_the_objects_is_seen() -> None:
    text = (
        "  K:\n    Type: AWS::KMS::Key\n    Properties:\n      KeyPolicy:\n        Statement:\n"
        '        - {Effect: Allow, Principal: "*", Action: kms:Decrypt, Resource: "*",\n'
        "           Condition: {StringLike: {kms:EncryptionContext:aws:s3:arn: %s}}}\n"
    )

    assert hazards_of(text % '!Sub "${B.Arn}/*"') == {"encryption_context"}
    assert hazards_of(text % '"arn:aws:s3:::the-bucket/*"') == {"encryption_context"}
    assert hazards_of(text % '[!Sub "${B.Arn}/*", !GetAtt B.Arn]') == set()
    assert hazards_of(text % '"arn:aws:s3:::another/*"') == set()


@pytest.mark.parametrize(
    ("block", "hazards"),
    [
        ("{RestrictPublicBuckets: true}", set()),
        ("{RestrictPublicBuckets: false}", {"anonymous_requests"}),
        ("{IgnorePublicAcls: true}", {"anonymous_requests"}),
        ("{RestrictPublicBuckets: !Ref Open}", {"?"}),
        ("!Ref AWS::NoValue", {"anonymous_requests"}),
    ],
)
def test_a_public_policy_is_open_where_no_public_access_block_restricts_it(
    block: str, hazards: set[str]
) -> None:
    bucket = (
        "  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: the-bucket\n"
        f"      PublicAccessBlockConfiguration: {block}\n"
    )

    assert hazards_of(policy('"*"', "s3:GetObject"), bucket) == hazards


REPLICATED = (
    "  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: the-bucket\n"
    f"      ReplicationConfiguration: {{Role: !GetAtt R.Arn, {RULE % (KEY, SELECTED)}}}\n"
)
SSE_S3_ALONE = 'Condition: {StringEquals: {"s3:x-amz-server-side-encryption": AES256}}'


def replicating(condition: str = "") -> str:
    return (
        '{Statement: [{Effect: Allow, Action: ["s3:ReplicateObject", "kms:Decrypt"], Resource: "*"'
        f"{', ' + condition if condition else ''}}}]}}"
    )


def role(properties: str = "") -> str:
    return f"  R: {{Type: AWS::IAM::Role, Properties: {{AssumeRolePolicyDocument: {{}}{properties}}}}}\n"


def inline(document: str) -> str:
    return f", Policies: [{{PolicyName: p, PolicyDocument: {document}}}]"


def attached(kind: str, document: str, who: str = "Roles: [!Ref R]") -> str:
    return f"  P: {{Type: {kind}, Properties: {{PolicyName: p, {who}, PolicyDocument: {document}}}}}\n"


DEMANDS = {"replication_role_demands_sse_s3"}


@pytest.mark.parametrize(
    ("text", "hazards"),
    [
        (role(inline(replicating(SSE_S3_ALONE))), DEMANDS),
        (role(inline(replicating())), set()),
        (role() + attached("AWS::IAM::Policy", replicating(SSE_S3_ALONE)), DEMANDS),
        (role() + attached("AWS::IAM::ManagedPolicy", replicating(SSE_S3_ALONE)), DEMANDS),
        (role() + attached("AWS::IAM::RolePolicy", replicating(SSE_S3_ALONE), "RoleName: !Ref R"), DEMANDS),
        (role(inline(replicating())) + attached("AWS::IAM::Policy", replicating(SSE_S3_ALONE)), set()),
        (
            role(", ManagedPolicyArns: [!Ref P]")
            + attached("AWS::IAM::ManagedPolicy", replicating(SSE_S3_ALONE), "Description: d"),
            DEMANDS,
        ),
        (role(inline(replicating(SSE_S3_ALONE)) + ", ManagedPolicyArns: [!Ref Open]"), set()),
        (role(), set()),
    ],
)
def test_a_role_that_replicates_is_judged_by_the_policies_that_the_template_gives_it(
    text: str, hazards: set[str]
) -> None:
    assert hazards_of(text, REPLICATED) == hazards
