"""What waiting for AWS Config after a run, and starting its rules, ask of AWS."""

from s3kms.model.operations import Operation

_CONFIG_RULES = "arn:{partition}:config:{region}:{account}:config-rule/*"
_RECORDS = "whether AWS Config records buckets, and how often"

DESCRIBE_RECORDERS = Operation(
    "config", "DescribeConfigurationRecorders", "config:DescribeConfigurationRecorders", why=_RECORDS
)
DESCRIBE_RECORDER_STATUS = Operation(
    "config",
    "DescribeConfigurationRecorderStatus",
    "config:DescribeConfigurationRecorderStatus",
    why=_RECORDS,
)
BATCH_GET_RESOURCE_CONFIG = Operation(
    "config",
    "BatchGetResourceConfig",
    "config:BatchGetResourceConfig",
    why="what AWS Config recorded of the buckets of a run, and when",
)
DESCRIBE_CONFIG_RULES = Operation(
    "config",
    "DescribeConfigRules",
    "config:DescribeConfigRules",
    why="the rules that are made from s3-default-encryption-kms",
)
START_CONFIG_RULES_EVALUATION = Operation(
    "config",
    "StartConfigRulesEvaluation",
    "config:StartConfigRulesEvaluation",
    _CONFIG_RULES,
    why="to have those rules look at what was recorded",
)
CONFIG_RULES_OPERATIONS = frozenset(
    {
        DESCRIBE_RECORDERS,
        DESCRIBE_RECORDER_STATUS,
        BATCH_GET_RESOURCE_CONFIG,
        DESCRIBE_CONFIG_RULES,
        START_CONFIG_RULES_EVALUATION,
    }
)
"""Everything that it calls."""
