"""What `--deep` asks besides S3's own settings: the services that deliver, and the roles that replicate."""

from s3kms.aws.connection import Connection
from s3kms.model.bucket import Bucket
from s3kms.model.policy import PolicyDocument
from s3kms.model.unknown import Unknown
from s3kms.sources.owners import read_deliveries
from s3kms.sources.role_policies import apply_role_policies, read_role_policies, roles_that_replicate


class DeepFacts:
    """Those of one account. The services are asked once, each role that replicates a bucket once."""

    def __init__(self, connection: Connection) -> None:
        """Asks the services, in every region that is enabled. Raises CredentialsProblem."""
        self._connection = connection
        self._report = read_deliveries(connection)
        self._roles: dict[str, tuple[PolicyDocument, ...] | Unknown] = {}

    def apply_to(self, bucket: Bucket) -> Bucket:
        """The bucket with what is delivered into it, who reads it, and what its replication's roles may do."""
        found = self._report.apply_to(bucket)
        roles = [role for role in roles_that_replicate(found) if role not in self._roles]
        self._roles.update(read_role_policies(self._connection, roles))
        return apply_role_policies(found, self._roles)
