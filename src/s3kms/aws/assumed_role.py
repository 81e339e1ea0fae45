"""A connection as a role of another account."""

import threading
from functools import cached_property
from typing import Any

from botocore.credentials import ReadOnlyCredentials, RefreshableCredentials
from botocore.session import Session

from s3kms.aws.boundary import translate_errors
from s3kms.aws.connection import Connection
from s3kms.aws.s3.endpoints import Endpoint
from s3kms.model.accounts import Role
from s3kms.model.operations import ASSUME_ROLE

ROLE_SESSION_NAME = "s3kms"


class AssumedRoleConnection(Connection):
    """A connection whose credentials come from sts:AssumeRole: called at once, and again before they expire.

    Raises AwsError where the role cannot be assumed.
    """

    def __init__(self, base: Connection, account: str, role: Role) -> None:
        self.settings = base.settings
        self.clock = base.clock
        self._base = base
        self._account = account
        self._role = role
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str], Any] = {}
        self._identity: str | None = None
        self._lease = self._new_lease()

    def credentials(self) -> ReadOnlyCredentials:
        """The role's credentials; botocore renews them some minutes before they expire."""
        with translate_errors(ASSUME_ROLE, self._subject):
            frozen: ReadOnlyCredentials = self._lease.get_frozen_credentials()
            return frozen

    def renew_credentials(self) -> bool:
        """Assume the role again: AWS says that these credentials have expired. Raises AwsError."""
        self._lease = self._new_lease()
        with self._lock:  # clients keep the credentials that they were made with
            self._clients.clear()
            self.__dict__.pop("_client_core", None)
        return True

    @property
    def account(self) -> str:
        """The account of the role."""
        return self._account

    @property
    def known_account(self) -> str:
        """The account of the role."""
        return self._account

    @property
    def region(self) -> str:
        """The region of the base connection."""
        return self._base.region

    @property
    def partition(self) -> str:
        """The partition of the base connection: no role leads out of it."""
        return self._base.partition

    def endpoint_of(self, region: str, *, directory: bool) -> Endpoint:
        """The endpoint that the base connection finds: it does not depend on the identity."""
        return self._base.endpoint_of(region, directory=directory)

    def key_endpoint_of(self, region: str) -> Endpoint:
        """As `endpoint_of`."""
        return self._base.key_endpoint_of(region)

    def control_endpoint_of(self, region: str) -> Endpoint:
        """The endpoint of S3 Control for the account of the role."""
        return self._base.control_endpoint_for(region, self._account)

    @property
    def _subject(self) -> str:
        return f"role {self._role.name} of account {self._account}"

    def _new_lease(self) -> RefreshableCredentials:
        lease: RefreshableCredentials = RefreshableCredentials.create_from_metadata(
            metadata=self._assume(), refresh_using=self._assume, method="sts-assume-role"
        )
        return lease

    def _assume(self) -> dict[str, str]:
        request: dict[str, Any] = {
            "RoleArn": self._role.arn(self._account, self.partition),
            "RoleSessionName": ROLE_SESSION_NAME,
        }
        if self._role.external_id is not None:
            request["ExternalId"] = self._role.external_id
        with translate_errors(ASSUME_ROLE, self._subject):
            answer = self._base.sts().assume_role(**request)
            given = answer["Credentials"]
            self._identity = answer.get("AssumedRoleUser", {}).get("Arn")
            return {
                "access_key": given["AccessKeyId"],
                "secret_key": given["SecretAccessKey"],
                "token": given["SessionToken"],
                "expiry_time": given["Expiration"].isoformat(),
            }

    @cached_property
    def _client_core(self) -> Session:
        """For what does not run per bucket; made only where a rule asks for keys."""
        core = Session(profile=self._core.profile)  # its endpoints, FIPS, certificates
        core.register_component("data_loader", self._core.get_component("data_loader"))
        if self.settings.session is None:
            self._correct_clock(core)
        core._credentials = self._lease  # type: ignore[attr-defined] # noqa: SLF001 - botocore has no other way
        return core

    @cached_property
    def _core(self) -> Session:
        """The configuration is the base's: retries, certificates, user agent."""
        return self._base._core  # noqa: SLF001 - the same thing as ours
