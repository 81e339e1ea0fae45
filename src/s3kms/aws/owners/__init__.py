"""The services that deliver into buckets or read them: what each one tells of the buckets that it uses (fact C55)."""

from s3kms.aws.owners import (
    distributions,
    flow_logs,
    load_balancers,
    log_deliveries,
    redshift,
    streams,
    trails,
    web_acls,
)
from s3kms.aws.owners.interface import OwningService

OWNING_SERVICES: tuple[OwningService, ...] = (
    load_balancers.LOAD_BALANCERS,
    load_balancers.CLASSIC_LOAD_BALANCERS,
    redshift.REDSHIFT,
    flow_logs.FLOW_LOGS,
    flow_logs.QUERY_LOGS,
    log_deliveries.LOG_DELIVERIES,
    web_acls.WEB_ACLS,
    web_acls.GLOBAL_WEB_ACLS,
    distributions.DISTRIBUTIONS,
    trails.CONFIG,
    trails.CLOUDTRAIL,
    streams.FIREHOSE,
)
"""Those that are asked, each a plug-in of one file: a new one needs its line here and its operations declared."""
