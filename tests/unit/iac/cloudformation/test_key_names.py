"""Names of keys that a template makes with pseudo parameters: whose the key is follows from them."""

import pytest
from tests.support.cases.cloudformation.templates import KEY
from tests.support.templates import bucket, default
from tests.unit.iac.cloudformation.test_templates import judge, read

from s3kms.model.keys import DeclaredKey

OWN = "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}"
ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
P = "Parameters: {P: {Type: String}}"


@pytest.mark.parametrize(
    ("key", "is_customers"),
    [
        (f"!Sub '{OWN}:alias/acme-data'", "pass"),
        ("!Sub 'arn:${AWS::Partition}:kms:eu-west-1:111122223333:alias/acme-data'", "pass"),
        ("!Sub 'arn:aws-cn:kms:cn-north-1:${AWS::AccountId}:alias/acme/data'", "pass"),
        ("!Join ['', ['arn:', !Ref AWS::Partition, ':kms:eu-west-1:111122223333:alias/acme-data']]", "pass"),
        (
            "!Join [':', [arn, !Ref AWS::Partition, kms, !Ref AWS::Region, !Ref AWS::AccountId, alias/x]]",
            "pass",
        ),
        ("!Sub 'arn:aws:kms:${P}:${AWS::AccountId}:alias/acme-data'", "pass"),
        ("!Sub 'alias/${AWS::StackName}-data'", "pass"),
        ("!Sub 'alias/acme-${P}'", "pass"),
        (f"!Sub '{OWN}:alias/aws/s3'", "fail"),
        ("!Sub 'arn:${AWS::Partition}:kms:eu-west-1:111122223333:alias/aws/s3'", "fail"),
        (f"!Sub '{OWN}:alias/aws/ebs'", "fail"),
        ("!Sub 'alias/${P}'", "unknown"),
        ("!Sub 'alias/aws/${P}'", "unknown"),
        (f"!Sub '{OWN}:key/{ID}'", "unknown"),
        (f"!Sub '{OWN}:key/${{P}}'", "unknown"),
        ("!Sub '${P}'", "unknown"),
    ],
)
def test_whose_a_key_is_follows_from_the_name_that_is_made_of_pseudo_parameters(
    key: str, is_customers: str
) -> None:
    (found,) = read(bucket(default("aws:kms", key), P))

    assert judge(found, "s3_bucket_customer_managed_key").verdict == is_customers
    assert judge(found).verdict == "pass"


def test_the_aws_managed_key_of_another_account_cannot_be_used() -> None:
    key = "!Sub 'arn:${AWS::Partition}:kms:${AWS::Region}:111122223333:alias/aws/s3'"

    (found,) = read(bucket(default("aws:kms", key)))

    assert found.key is not None
    assert judge(found, "s3_bucket_customer_managed_key").verdict == "fail"


@pytest.mark.parametrize(
    ("alias", "key"),
    [
        ("alias/x", f"!Sub '{OWN}:alias/x'"),
        ("!Sub 'alias/${AWS::StackName}'", "!Sub 'alias/${AWS::StackName}'"),
        ("!Sub 'alias/${AWS::StackName}'", f"!Sub '{OWN}:alias/${{AWS::StackName}}'"),
    ],
)
def test_an_alias_of_the_template_is_its_key_however_it_is_named(alias: str, key: str) -> None:
    more = f"{KEY}\nAl: {{Type: AWS::KMS::Alias, Properties: {{AliasName: {alias}, TargetKeyId: !Ref Key}}}}"

    (found,) = read(bucket(default("aws:kms", key), more=more))

    assert isinstance(found.key, DeclaredKey)


def test_an_alias_of_another_region_is_not_that_of_the_template() -> None:
    more = f"{KEY}\nAl: {{Type: AWS::KMS::Alias, Properties: {{AliasName: alias/x, TargetKeyId: !Ref Key}}}}"
    key = "!Sub 'arn:aws:kms:eu-west-1:${AWS::AccountId}:alias/x'"

    (found,) = read(bucket(default("aws:kms", key), more=more))

    assert not isinstance(found.key, DeclaredKey)
