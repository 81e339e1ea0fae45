"""The partitions of AWS, as far as the names of regions and hosts tell them (botocore's partitions)."""

_REGIONS_BEGIN = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("eusc-", "aws-eusc"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("eu-isoe-", "aws-iso-e"),
    ("us-isof-", "aws-iso-f"),
)
"""How the regions of the other partitions begin."""
_HOSTS_END = (
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "api.aws",
    "api.amazonwebservices.com.cn",
    "api.amazonwebservices.eu",
    "c2s.ic.gov",
    "api.aws.ic.gov",
    "sc2s.sgov.gov",
    "api.aws.scloud",
    "cloud.adc-e.uk",
    "api.cloud-aws.adc-e.uk",
    "csp.hci.ic.gov",
    "api.aws.hci.ic.gov",
)
"""How AWS's host names end in each partition, FIPS, dual-stack and VPC endpoints included."""


def partition_of(region: str | None) -> str:
    """The partition of a region; `aws` where no region is known, and for a region newer than this code."""
    return next((name for start, name in _REGIONS_BEGIN if (region or "").startswith(start)), "aws")


def is_aws_host(host: str) -> bool:
    """Whether a host, in lower case and without a port, is one of AWS's own, in any partition."""
    return any(host == end or host.endswith(f".{end}") for end in _HOSTS_END)
