"""The deployments as code for Terraform."""

from collections.abc import Sequence
from typing import Any

from s3kms.deployment.cloudformation import member_template
from s3kms.deployment.hcl import Expression, Value, hcl_block, hcl_value
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

_SETTINGS = hcl_block(
    "terraform",
    {"required_version": ">= 1.3"},
    'required_providers {\n  aws = {\n    source  = "hashicorp/aws"\n    version = ">= 5.78"\n  }\n}',
)
"""The provider knows python3.13 since then."""


def render_function(function: ScheduledFunction) -> str:
    """The function, its role, logs and schedule, and the bucket where it is to make one."""
    logs = {
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": Expression('"${aws_cloudwatch_log_group.check.arn}:*"'),
    }
    return _text(
        "# Make the package as docs/schedule.md says, then: terraform apply -var=package=s3kms.zip\n"
        + _SETTINGS,
        hcl_block(
            'variable "package"',
            {"description": "The package of s3kms, a .zip on this machine", "type": Expression("string")},
        ),
        'data "aws_caller_identity" "current" {}\n',
        *(_bucket(function) if function.makes_bucket else ()),
        _resource(
            "aws_cloudwatch_log_group",
            {"name": f"/aws/lambda/{function.name}", "retention_in_days": LOG_DAYS},
        ),
        _resource("aws_iam_role", {"name": function.name, "assume_role_policy": _json(lambda_trust())}),
        _resource(
            "aws_iam_role_policy",
            {
                "name": "check",
                "role": Expression("aws_iam_role.check.id"),
                "policy": _json(policy_of([*function.all_statements, logs])),
            },
        ),
        _function(function),
        *_schedule(function),
        hcl_block(
            'output "role_arn"',
            {
                "description": "Who assumes the role in other accounts",
                "value": Expression("aws_iam_role.check.arn"),
            },
        ),
    )


def render_role(role: ReadRole) -> str:
    """A StackSet with the role, for the accounts of the units, and the role in the management account itself.

    StackSets leaves the management account out (fact H6).
    """
    inner = member_template(role)
    return _text(
        "# For the management account, where StackSets has trusted access to Organizations.\n" + _SETTINGS,
        _resource(
            "aws_iam_role",
            {"name": role.role_name, "path": role.path, "assume_role_policy": _json(role.trust_policy)},
        ),
        _resource(
            "aws_iam_role_policy",
            {
                "name": "check",
                "role": Expression("aws_iam_role.check.id"),
                "policy": _json(policy_of(role.statements)),
            },
        ),
        _resource(
            "aws_cloudformation_stack_set",
            {
                "name": "s3kms-role",
                "description": inner["Description"],
                "permission_model": "SERVICE_MANAGED",
                "capabilities": ["CAPABILITY_NAMED_IAM"],
                "template_body": _json(inner),
            },
            hcl_block("auto_deployment", {"enabled": True, "retain_stacks_on_account_removal": False}),
            hcl_block("managed_execution", {"active": True}),
            hcl_block("lifecycle", {"ignore_changes": [Expression("administration_role_arn")]}),
        ),
        _resource(
            "aws_cloudformation_stack_set_instance",
            {"stack_set_name": Expression("aws_cloudformation_stack_set.check.name")},
            hcl_block("deployment_targets", {"organizational_unit_ids": list(role.units)}),
        ),
    )


def _function(function: ScheduledFunction) -> str:
    environment: dict[str, Value] = {
        OPTIONS_VARIABLE: function.options_text,
        RESULTS_VARIABLE: function.results,
        OWNER_VARIABLE: function.owner or Expression("data.aws_caller_identity.current.account_id"),
    }
    return _resource(
        "aws_lambda_function",
        {
            "function_name": function.name,
            "runtime": RUNTIME,
            "handler": HANDLER,
            "role": Expression("aws_iam_role.check.arn"),
            "timeout": TIMEOUT_SECONDS,
            "memory_size": MEMORY_MIB,
            "filename": Expression("var.package"),
            "source_code_hash": Expression("filebase64sha256(var.package)"),
            "depends_on": [
                Expression("aws_cloudwatch_log_group.check"),
                Expression("aws_iam_role_policy.check"),
            ],
        },
        hcl_block("environment", {"variables": environment}),
    )


def _schedule(function: ScheduledFunction) -> Sequence[str]:
    return (
        _resource(
            "aws_cloudwatch_event_rule",
            {"name": function.name, "schedule_expression": function.schedule},
        ),
        _resource(
            "aws_cloudwatch_event_target",
            {
                "rule": Expression("aws_cloudwatch_event_rule.check.name"),
                "arn": Expression("aws_lambda_function.check.arn"),
            },
        ),
        _resource(
            "aws_lambda_permission",
            {
                "action": "lambda:InvokeFunction",
                "function_name": Expression("aws_lambda_function.check.function_name"),
                "principal": "events.amazonaws.com",
                "source_arn": Expression("aws_cloudwatch_event_rule.check.arn"),
            },
        ),
    )


def _bucket(function: ScheduledFunction) -> Sequence[str]:
    bucket = Expression("aws_s3_bucket.check.id")
    blocks = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    rule = hcl_block(
        "rule",
        {"bucket_key_enabled": True},
        hcl_block("apply_server_side_encryption_by_default", {"sse_algorithm": "aws:kms"}),
    )
    return (
        _resource("aws_s3_bucket", {"bucket": function.bucket}),
        _resource("aws_s3_bucket_server_side_encryption_configuration", {"bucket": bucket}, rule),
        _resource(
            "aws_s3_bucket_versioning",
            {"bucket": bucket},
            hcl_block("versioning_configuration", {"status": "Enabled"}),
        ),
        _resource("aws_s3_bucket_public_access_block", {"bucket": bucket, **dict.fromkeys(blocks, True)}),
    )


def _resource(kind: str, arguments: dict[str, Any], *blocks: str) -> str:
    return hcl_block(f'resource "{kind}" "check"', arguments, *blocks)


def _json(document: dict[str, Any]) -> Expression:
    """A policy or a template as an object that Terraform writes as JSON."""
    return Expression(f"jsonencode({hcl_value(document, '  ')})")


def _text(*parts: str) -> str:
    return "\n".join(parts)
