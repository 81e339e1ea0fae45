"""The templates for CloudFormation: plain data, which a library of YAML writes."""

from typing import Any

from s3kms.deployment.interface import (
    HANDLER,
    LOG_DAYS,
    MEMORY_MIB,
    OPTIONS_VARIABLE,
    OWNER_VARIABLE,
    RESULTS_VARIABLE,
    RUNTIME,
    TIMEOUT_SECONDS,
    ReadRole,
    ScheduledFunction,
    lambda_trust,
    policy_of,
)
from s3kms.text.quoting import escape_comment

_VERSION = "2010-09-09"
_KEPT = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
"""For results: a stack that fails at its creation leaves no bucket behind, whose name the next one needs."""

ABOUT_FUNCTION = (
    "Upload the package (docs/schedule.md says how to make it), then:",
    "aws cloudformation deploy --template-file THIS --stack-name s3kms --capabilities CAPABILITY_NAMED_IAM"
    " --parameter-overrides CodeBucket=BUCKET CodeKey=KEY",
)
ABOUT_ROLE = (
    "Deploy it in the management account, where StackSets has trusted access to Organizations:",
    "aws cloudformation deploy --template-file THIS --stack-name s3kms-role --capabilities CAPABILITY_NAMED_IAM",
)


def render_function(function: ScheduledFunction) -> str:
    """The function, its role, logs and schedule, and the bucket where it is to make one."""
    resources = {
        **({"Results": _bucket(function)} if function.makes_bucket else {}),
        **_role_and_logs(function),
        "Function": _function(function),
        **_schedule(function),
    }
    return _text(
        {
            "AWSTemplateFormatVersion": _VERSION,
            "Description": "s3kms checks the default encryption of S3 buckets on a schedule",
            "Parameters": {
                "CodeBucket": {"Type": "String", "Description": "The bucket of the package of s3kms"},
                "CodeKey": {"Type": "String", "Description": "The key of the package, a .zip"},
            },
            "Resources": resources,
            "Outputs": {
                "RoleArn": {
                    "Description": "Who assumes the role in other accounts",
                    "Value": _attribute("Role", "Arn"),
                }
            },
        },
        ABOUT_FUNCTION,
    )


def render_role(role: ReadRole) -> str:
    """A StackSet with the role, for the accounts of the units, and the role in the management account itself.

    StackSets leaves the management account out (fact H6).
    """
    inner = member_template(role)
    stack_set = _resource(
        "AWS::CloudFormation::StackSet",
        StackSetName="s3kms-role",
        Description=inner["Description"],
        PermissionModel="SERVICE_MANAGED",
        AutoDeployment={"Enabled": True, "RetainStacksOnAccountRemoval": False},
        Capabilities=["CAPABILITY_NAMED_IAM"],
        ManagedExecution={"Active": True},
        StackInstancesGroup=[
            {
                "DeploymentTargets": {"OrganizationalUnitIds": list(role.units)},
                "Regions": [{"Ref": "AWS::Region"}],
            }
        ],
        TemplateBody=_text(inner),
    )
    resources = {**inner["Resources"], "Members": stack_set}
    return _text({**inner, "Resources": resources}, ABOUT_ROLE)


def member_template(role: ReadRole) -> dict[str, Any]:
    """The template of one account: the role alone."""
    return {
        "AWSTemplateFormatVersion": _VERSION,
        "Description": "The role with which s3kms reads the default encryption of S3 buckets",
        "Resources": {
            "Role": _resource(
                "AWS::IAM::Role",
                RoleName=role.role_name,
                Path=role.path,
                AssumeRolePolicyDocument=role.trust_policy,
                Policies=[{"PolicyName": "check", "PolicyDocument": policy_of(role.statements)}],
            )
        },
    }


def _role_and_logs(function: ScheduledFunction) -> dict[str, Any]:
    logs = {
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": _attribute("Logs", "Arn"),
    }
    policy = policy_of([*function.all_statements, logs])
    group = _resource(
        "AWS::Logs::LogGroup", LogGroupName=f"/aws/lambda/{function.name}", RetentionInDays=LOG_DAYS
    )
    role = _resource(
        "AWS::IAM::Role",
        RoleName=function.name,
        AssumeRolePolicyDocument=lambda_trust(),
        Policies=[{"PolicyName": "check", "PolicyDocument": policy}],
    )
    return {"Logs": group, "Role": role}


def _function(function: ScheduledFunction) -> dict[str, Any]:
    environment = {
        OPTIONS_VARIABLE: function.options_text,
        RESULTS_VARIABLE: function.results,
        OWNER_VARIABLE: function.owner or {"Ref": "AWS::AccountId"},
    }
    made = _resource(
        "AWS::Lambda::Function",
        FunctionName=function.name,
        Runtime=RUNTIME,
        Handler=HANDLER,
        Role=_attribute("Role", "Arn"),
        Timeout=TIMEOUT_SECONDS,
        MemorySize=MEMORY_MIB,
        Code={"S3Bucket": {"Ref": "CodeBucket"}, "S3Key": {"Ref": "CodeKey"}},
        Environment={"Variables": environment},
    )
    return made | {"DependsOn": ["Logs"]}


def _schedule(function: ScheduledFunction) -> dict[str, Any]:
    rule = _resource(
        "AWS::Events::Rule",
        ScheduleExpression=function.schedule,
        State="ENABLED",
        Targets=[{"Id": "check", "Arn": _attribute("Function", "Arn")}],
    )
    invocation = _resource(
        "AWS::Lambda::Permission",
        Action="lambda:InvokeFunction",
        FunctionName={"Ref": "Function"},
        Principal="events.amazonaws.com",
        SourceArn=_attribute("Schedule", "Arn"),
    )
    return {"Schedule": rule, "Invocation": invocation}


def _bucket(function: ScheduledFunction) -> dict[str, Any]:
    encryption = {
        "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"},
        "BucketKeyEnabled": True,
    }
    return (
        _resource(
            "AWS::S3::Bucket",
            BucketName=function.bucket,
            BucketEncryption={"ServerSideEncryptionConfiguration": [encryption]},
            VersioningConfiguration={"Status": "Enabled"},
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
        )
        | _KEPT
    )


def _resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def _attribute(resource: str, name: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [resource, name]}


def _text(template: dict[str, Any], about: tuple[str, ...] = ()) -> str:
    import yaml  # noqa: PLC0415 - rendering alone needs it

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            """CloudFormation takes no anchors: what stands twice is written twice."""
            del data
            return True

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        """A text of several lines, a template in a template, keeps its lines."""
        style = "|" if "\n" in value else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    head = "".join(f"# {escape_comment(line)}\n" for line in about)
    return head + yaml.dump(template, Dumper=Dumper, sort_keys=False, width=120, allow_unicode=False)
