"""One identity, talking to AWS: credentials, clients, and whose account it is."""

import math
import os
import shlex
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from botocore.config import Config
from botocore.credentials import AssumeRoleProvider, ReadOnlyCredentials
from botocore.exceptions import BotoCoreError, NoCredentialsError
from botocore.session import Session

from s3kms._version import VERSION
from s3kms.aws.boundary import (
    SIGN_IN_PROFILE,
    from_sdk_error,
    holds_for_any_server,
    mfa_code_problem,
    translate_errors,
    without_passwords,
)
from s3kms.aws.caller_identity import SUBJECT, IdentityCall, IdentityResponse
from s3kms.aws.clock_correction import correct_clock
from s3kms.aws.credential_process import use_bounded_processes
from s3kms.aws.encryption_decoder import keep_encryption_body
from s3kms.aws.retry import RetryPolicy
from s3kms.aws.s3.connect import Connector
from s3kms.aws.s3.endpoint_rules import EndpointRules
from s3kms.aws.s3.endpoints import (
    ACCESS_POINTS_PATH,
    Endpoint,
    endpoint_of,
    is_aws_url,
    presigned_endpoint,
)
from s3kms.aws.s3.signing import Clock
from s3kms.model.advice import Advice
from s3kms.model.errors import AwsError, BadInput, CredentialsProblem
from s3kms.model.operations import DESCRIBE_KEY, GET_CALLER_IDENTITY, LIST_ACCESS_POINTS, LIST_BUCKETS
from s3kms.model.targets import check_no_pseudo_region
from s3kms.text.sanitize import printable

if TYPE_CHECKING:
    import boto3
    from mypy_boto3_organizations.client import OrganizationsClient
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_sts.client import STSClient

NO_STS_ADVICE = Advice(
    "a server other than AWS may have no STS: set AWS_ACCOUNT_ID (or aws_account_id of "
    "the profile) to the twelve digits of its account, then it is not asked; 000000000000 where it has no accounts"
)
FALLBACK_REGION = "us-east-1"
"""Where ListBuckets and GetCallerIdentity are asked when no region is configured."""


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """How to reach AWS, as on the command line. What is None is left to AWS's own configuration."""

    profile: str | None = None
    endpoint_url: str | None = None
    concurrency: int = 64
    """How many calls may be under way at once, at most: the pace finds out how many are good."""
    max_rps: float | None = None
    """Calls a second to S3, at most, in all."""
    connect_timeout: float = 5.0
    """Seconds."""
    read_timeout: float = 20.0
    """Seconds."""
    session: "boto3.Session | None" = None
    """A session of the caller's, used instead of `profile`."""


class Connection:
    """Clients for one identity, made once per service and region. Safe to share between threads.

    Nothing is read or called before it is needed. Its methods raise BadInput for an unusable AWS configuration and
    CredentialsProblem where there is no identity.
    """

    def __init__(self, settings: ConnectionSettings | None = None) -> None:
        self.settings = settings or ConnectionSettings()
        self.clock = Clock()
        """Of the servers: what one of them says of this machine's clock counts for all calls."""
        self._lock = threading.Lock()
        self._identity: str | None = None
        self._clients: dict[tuple[str, str], Any] = {}
        self._endpoints: dict[tuple[str, bool], Endpoint] = {}

    def check_configuration(self) -> Self:
        """The connection, if the AWS configuration can be used; else raises BadInput now, not at the first call."""
        try:
            self._core.get_scoped_config()
        except BotoCoreError as error:
            raise from_sdk_error(error, GET_CALLER_IDENTITY, SUBJECT) from error
        return self

    @cached_property
    def _core(self) -> Session:
        """The session of botocore's: the user's own where there is one. boto3 is not needed for more."""
        if self.settings.session is not None:
            return self.settings.session._session  # noqa: SLF001 - boto3 offers no other way
        core = Session(profile=self.settings.profile)
        # AWS_REGION as in the AWS CLI; botocore itself knows AWS_DEFAULT_REGION alone.
        if region := os.environ.get("AWS_REGION"):
            core.set_config_variable("region", region)
        core.get_scoped_config()  # a profile that there is not is an error here
        use_bounded_processes(core)
        self._correct_clock(core)
        if not (sys.stdin and sys.stdin.isatty()):
            _refuse_mfa_prompt(core)
        return core

    def _correct_clock(self, core: Session) -> None:
        """Sign by the server's time what clients of a session send, those of credential providers included."""
        correct_clock(core.get_component("event_emitter"), self.clock)

    @property
    def _client_core(self) -> Session:
        """The session that clients of botocore's are made from."""
        return self._core

    @cached_property
    def _rules(self) -> EndpointRules:
        return EndpointRules(self._core, self.settings.endpoint_url)

    @contextmanager
    def _finding_identity(self) -> Iterator[None]:
        """Raises our errors for those of the SDK; a sign-in that is to be renewed is that of this profile."""
        try:
            with translate_errors(GET_CALLER_IDENTITY, SUBJECT):
                yield
        except CredentialsProblem as problem:
            if SIGN_IN_PROFILE not in problem.advice.fields:
                raise
            profile = self.settings.profile or os.environ.get("AWS_PROFILE")
            named = f" --profile {shlex.quote(printable(profile))}" if profile else ""
            advice = replace(problem.advice, fields={SIGN_IN_PROFILE: named})
            raise CredentialsProblem(
                str(problem), advice=advice, operation=problem.operation
            ) from problem.__cause__

    def credentials(self) -> ReadOnlyCredentials:
        """The current ones, refreshed where need be. Raises CredentialsProblem."""
        with self._finding_identity():
            found = self._core.get_credentials()
            if found is None:
                raise NoCredentialsError
            frozen: ReadOnlyCredentials = found.get_frozen_credentials()
            return frozen

    def renew_credentials(self) -> bool:
        """Ask for new credentials, whatever the old ones' own word; False where nobody gives any."""
        return False

    def endpoint_of(self, region: str, *, directory: bool) -> Endpoint:
        """Where S3 is asked about buckets of a region. Raises BadInput where there is no such place."""
        place = (region, directory)
        with self._lock, translate_errors(LIST_BUCKETS, f"region {region}"):
            if place not in self._endpoints:
                found = self._rules.s3(region, directory=directory)
                if found is None:
                    client = self._new_client("s3", region, signature_version="v4")
                    found = endpoint_of(client, directory=directory)
                self._endpoints[place] = found
            return self._endpoints[place]

    def key_endpoint_of(self, region: str) -> Endpoint:
        """Where KMS is asked about keys of a region. Raises BadInput where there is no such place."""
        with self._lock, translate_errors(DESCRIBE_KEY, f"region {region}"):
            found = self._rules.kms(region)
            if found is None:
                client = self._new_client("kms", region, signature_version="v4")
                found = presigned_endpoint(client, "list_aliases")
            return found

    def control_endpoint_of(self, region: str) -> Endpoint:
        """Where S3 Control is asked about this account in a region. Raises BadInput where there is no such place."""
        return self.control_endpoint_for(region, self.account)

    def control_endpoint_for(self, region: str, account: str) -> Endpoint:
        """The endpoint of S3 Control for an account. Raises BadInput where there is no such place."""
        with self._lock, translate_errors(LIST_ACCESS_POINTS, f"region {region}"):
            found = self._rules.control(region, account)
            if found is None:
                client = self._new_client("s3control", region, signature_version="v4")
                found = presigned_endpoint(
                    client, "list_access_points", ACCESS_POINTS_PATH, AccountId=account
                )
            return found

    @property
    def user_agent(self) -> str:
        """Botocore's own, and ours."""
        return f"{self._core.user_agent()} s3kms/{VERSION}"

    @property
    def ca_bundle(self) -> str | None:
        """The file of certificates of AWS_CA_BUNDLE, the profile or REQUESTS_CA_BUNDLE; None is botocore's own."""
        found: str | None = self._core.get_config_variable("ca_bundle")
        return found or os.environ.get("REQUESTS_CA_BUNDLE")  # as botocore's clients take it

    def retry_policy(self) -> RetryPolicy:
        """Until the deadline, or as many attempts as the user's AWS configuration says. Raises BadInput."""
        if not self._says_attempts:
            return RetryPolicy()
        try:
            return RetryPolicy(math.inf, max_attempts=int(self._core.get_config_variable("max_attempts")))
        except ValueError as error:
            raise _unusable(error) from error

    @cached_property
    def region(self) -> str:
        """The region to ask account-wide questions in. Raises BadInput for one that is a name of an endpoint."""
        region = str(self._core.get_config_variable("region") or FALLBACK_REGION)
        check_no_pseudo_region(region)
        self._rules.check_spelling(region)
        return region

    @cached_property
    def account(self) -> str:
        """The account's id: from the credentials where they carry it, else from STS (one call)."""
        with self._finding_identity():
            credentials = self._core.get_credentials()
            known = getattr(credentials, "account_id", None)
            if known:
                return str(known)
            caller = self._caller()
        self._identity = caller.arn
        return caller.account

    def _caller(self) -> IdentityResponse:
        """Who calls, by STS; where another server gives no answer of STS's, its error says how to do without."""
        call = self._identity_call()
        try:
            return call.run()
        except AwsError as error:
            if is_aws_url(call.endpoint.origin) or holds_for_any_server(error):
                raise
            raise type(error)(
                str(error),
                advice=NO_STS_ADVICE,
                code=error.code,
                request_id=error.request_id,
                operation=error.operation,
            ) from error

    def _identity_call(self) -> IdentityCall:
        with self._lock:
            endpoint = self._rules.sts(self.region)
        if endpoint is None:
            client = self._new_client("sts", self.region, signature_version="v4")
            endpoint = presigned_endpoint(client, "get_caller_identity")
        settings = self.settings
        return IdentityCall(
            endpoint,
            self.credentials(),
            self.user_agent,
            Connector(settings.connect_timeout, self.ca_bundle),
            settings.read_timeout,
            self.retry_policy(),
            self.clock,
        )

    @property
    def known_account(self) -> str | None:
        """The account's id, where it is known without another call."""
        return self.__dict__.get("account")

    @property
    def known_identity(self) -> str | None:
        """The ARN that calls, where STS was asked for the account."""
        return self._identity

    @cached_property
    def partition(self) -> str:
        """`aws`, `aws-cn`, `aws-us-gov` or `aws-eusc`."""
        with translate_errors(GET_CALLER_IDENTITY, SUBJECT):
            found = self._rules.partition(self.region)
            return found or str(self._core.get_partition_for_region(self.region))

    @property
    def endpoint(self) -> str:
        """The host that S3 is asked at, in the region of account-wide questions."""
        return urlsplit(self.endpoint_of(self.region, directory=False).origin).netloc.rpartition("@")[2]

    def s3(self, region: str | None = None) -> "S3Client":
        """The S3 client of a region."""
        client: S3Client = self._client("s3", region or self.region)
        return client

    def sts(self) -> "STSClient":
        """The STS client."""
        client: STSClient = self._client("sts", self.region)
        return client

    def organizations(self) -> "OrganizationsClient":
        """The Organizations client."""
        client: OrganizationsClient = self._client("organizations", self.region)
        return client

    def config(self) -> Any:
        """The AWS Config client of the region whose aggregators are meant."""
        return self._client("config", self.region)

    def ec2(self) -> Any:
        """The EC2 client, which knows the regions of the account."""
        return self._client("ec2", self.region)

    def regional_client(self, service: str, region: str) -> Any:
        """A client by botocore's name of a service, kept for the next call. Raises BadInput."""
        return self._client(service, region)

    def passing_client(self, service: str, region: str) -> Any:
        """A client by botocore's name of a service, for a few calls: it is not kept. Raises BadInput."""
        with self._lock:
            return self._new_client(service, region)

    def _client(self, service: str, region: str) -> Any:
        # One lock for all: creating clients from one session is not thread-safe in boto3.
        with self._lock:
            if (service, region) not in self._clients:
                self._clients[service, region] = self._new_client(service, region)
            return self._clients[service, region]

    def _new_client(self, service: str, region: str, **config: Any) -> Any:
        try:
            client = self._client_core.create_client(
                service,
                region_name=region,
                endpoint_url=self.settings.endpoint_url,
                config=self._config(**config),
            )
        except (
            ValueError,
            TypeError,
            AttributeError,
        ) as error:  # how botocore says that a setting is malformed
            raise _unusable(error) from error
        if self.settings.session is not None:  # its other clients are none of ours
            correct_clock(client.meta.events, self.clock)
        if service == "s3":
            keep_encryption_body(client)
        return client

    @property
    def _says_attempts(self) -> bool:
        return "AWS_MAX_ATTEMPTS" in os.environ or bool(self._core.get_scoped_config().get("max_attempts"))

    def _config(self, **more: Any) -> Config:
        """Kept connections (path style) and AWS's standard retries, unless the user configured others."""
        retries: dict[str, Any] = {}
        if "AWS_RETRY_MODE" not in os.environ and not self._core.get_scoped_config().get("retry_mode"):
            retries["mode"] = "standard"
        if not self._says_attempts:
            retries["total_max_attempts"] = RetryPolicy().sdk_attempts
        return Config(
            user_agent_extra=f"s3kms/{VERSION}",
            retries=retries or None,  # type: ignore[arg-type]
            connect_timeout=self.settings.connect_timeout,
            read_timeout=self.settings.read_timeout,
            max_pool_connections=self.settings.concurrency,
            # Bucket-level calls need no S3 Express session on AWS; behind any other endpoint botocore
            # would open one before each call on a directory bucket.
            s3={  # type: ignore[arg-type]
                "addressing_style": "path",
                "disable_s3_express_session_auth": True,
                "us_east_1_regional_endpoint": "regional",
            },
            **more,
        )


def _refuse_mfa_prompt(core: Session) -> None:
    """Where nobody can be asked, a role that wants an MFA code is an error, not a prompt that ends the process."""

    def refuse(prompt: str) -> str:
        raise mfa_code_problem(prompt)

    resolver = core.get_component("credential_provider")
    for provider in resolver.providers:
        if isinstance(provider, AssumeRoleProvider):
            provider._prompter = refuse  # type: ignore[attr-defined] # noqa: SLF001 - botocore offers no other way


def _unusable(error: Exception) -> BadInput:
    return BadInput(
        f"the AWS configuration cannot be used: {without_passwords(str(error))}",
        advice="check AWS_ENDPOINT_URL, AWS_MAX_ATTEMPTS, AWS_RETRY_MODE and the profile's settings",
    )
