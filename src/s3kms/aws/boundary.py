"""Where the SDK's errors become ours, with cause, code and operation: nobody outside `aws/` sees a botocore one."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import botocore.exceptions as sdk
from botocore.parsers import ResponseParserError
from urllib3.exceptions import NameResolutionError

from s3kms.aws.clock import CLOCK_CODES, WRONG_CLOCK_ADVICE, describe_wrong_clock, is_clock_error
from s3kms.aws.denials import advice_for_denial
from s3kms.model.advice import NO_ADVICE, Advice, Option
from s3kms.model.errors import (
    AccessDenied,
    AwsError,
    BadAnswer,
    BadInput,
    Conflict,
    CredentialsProblem,
    NotFound,
    S3kmsError,
    Throttled,
    Unreachable,
)
from s3kms.model.operations import ASSUME_ROLE, BUCKETS, LIST_ACCOUNTS, Operation
from s3kms.text.sanitize import printable

# Error codes: facts A8, A9 for S3; the common errors of every AWS API for the rest.
_DENIED = {
    "AccessDenied",
    "AccessDeniedException",
    "AllAccessDisabled",
    "UnauthorizedOperation",
    "Forbidden",
    "403",
}
_CREDENTIALS = {
    "ExpiredToken": "the session token has expired",
    "ExpiredTokenException": "the session token has expired",
    "TokenRefreshRequired": "the session token has expired",
    "InvalidAccessKeyId": "AWS does not know this access key",
    "InvalidClientTokenId": "AWS does not know this access key",
    "UnrecognizedClientException": "AWS does not know this access key",
    "InvalidToken": "AWS does not accept this session token",
    "SignatureDoesNotMatch": "the secret access key does not fit the access key",
    "AuthFailure": "AWS does not accept these credentials",
}
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"}
PROCESS_METHOD = "custom-process"
"""What botocore calls credentials of a profile's credential_process."""
_USER_INFO = re.compile(r"(?<=//).*@")
_MAX_SERVER_MESSAGE = 400
"""Characters. AWS's denials have about 250: two ARNs, an action and a sort of policy."""
PATH_STYLE_CODES = {"PathStyleDomainForbidden", "SecondLevelDomainForbidden"}
"""How servers that want the bucket in the host's name say so."""
_NOT_FOUND = {
    "NoSuchBucket",
    "NotFoundException",
    "NoSuchKey",
    "NoSuchVersion",
    "NoSuchConfigurationAggregatorException",
    "LoadBalancerNotFound",
    "ClusterNotFound",
    "ResourceNotFoundException",
    "NoSuchDistribution",
    "NoSuchEntity",
}
_THROTTLED = {
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "TooManyRequests",
    "RequestThrottled",
    "BandwidthLimitExceeded",
    "429",
}
_BUSY = {
    "ServiceUnavailable",
    "InternalError",
    "InternalFailure",
    "KMSInternalException",
    "DependencyTimeoutException",
    "RequestTimeout",
    "500",
    "502",
    "503",
    "504",
}
"""The numbers are those of a gateway before AWS, which sends no code."""
WRONG_REGION_CODES = {
    "PermanentRedirect",
    "IllegalLocationConstraintException",
    "AuthorizationHeaderMalformed",
    "301",
}

_REFRESH = Advice("refresh the credentials (aws sso login, or a new session) and run again")
_UNUSABLE_KEY = Advice("make the key usable (enabled, symmetric, in the bucket's region), or choose another")
_NO_CREDENTIALS = Advice(
    "set AWS_PROFILE or {profile}, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; "
    "`aws sts get-caller-identity` shows who you are",
    {"profile": Option("profile")},
)
SIGN_IN_PROFILE = "sign_in_profile"
"""The field of an advice for what names the profile: the SDK's errors do not, and a connection knows it."""
NETWORK_ADVICE = Advice(
    "check the network, HTTPS_PROXY, AWS_CA_BUNDLE and {endpoint_url}",
    {"endpoint_url": Option("endpoint_url")},
)
NOT_AWS_ADVICE = Advice(
    "check {endpoint_url}, AWS_ENDPOINT_URL and HTTPS_PROXY: this is not how AWS answers",
    {"endpoint_url": Option("endpoint_url")},
)


_TABLE: tuple[tuple[set[str], type[AwsError], str, Advice], ...] = (
    (
        {"AWSOrganizationsNotInUseException"},
        NotFound,
        "this account is in no organization ({said})",
        Advice(
            "name the accounts with {account} or {accounts_file}",
            {"account": Option("account"), "accounts_file": Option("accounts_file")},
        ),
    ),
    (_NOT_FOUND, NotFound, "{subject} does not exist ({said})", NO_ADVICE),
    (
        _THROTTLED,
        Throttled,
        "still throttled when the retries ran out ({said} for {subject})",
        Advice(
            "run again later, or with a smaller {concurrency}; AWS_MAX_ATTEMPTS allows more retries",
            {"concurrency": Option("concurrency")},
        ),
    ),
    (_BUSY, Unreachable, "the service could not answer ({said} for {subject})", Advice("run again later")),
    (
        WRONG_REGION_CODES,
        BadAnswer,
        "sent to the wrong region ({said} for {subject})",
        Advice(
            "name the bucket's own region with {region}, or correct {endpoint_url}",
            {"region": Option("region"), "endpoint_url": Option("endpoint_url")},
        ),
    ),
    (
        PATH_STYLE_CODES,
        BadAnswer,
        "the endpoint does not take the bucket in the path ({said} for {subject})",
        Advice("this server wants the bucket in the host's name, and its name has to resolve"),
    ),
    (
        {"OperationAborted"},
        Conflict,
        "another operation on {subject} is under way ({said})",
        Advice("run again in a minute"),
    ),
)
"""AWS's codes, our error, its sentence, and the advice."""


@contextmanager
def translate_errors(operation: Operation, subject: str) -> Iterator[None]:
    """Run one SDK call; raise our error, with the operation and AWS's code, for whatever it raises.

    `subject` is what the call is about, in the words of a sentence: `s3://logs`.
    """
    try:
        yield
    except sdk.ClientError as error:
        raise from_client_error(error, operation, subject) from error
    except (sdk.BotoCoreError, ResponseParserError) as error:
        raise from_sdk_error(error, operation, subject) from error
    except OSError as error:  # the network's are the SDK's own; this is a file that the configuration names
        raise _unread_file(error, operation) from error
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        # Inside the SDK or at our first look: the answer lacks what AWS always sends.
        said = f"{operation.name} for {subject} was answered without {_first_line(error)}"
        raise BadAnswer(said, advice=NETWORK_ADVICE, operation=operation.name) from error


def from_client_error(error: sdk.ClientError, operation: Operation, subject: str) -> AwsError:
    """Our error for an answer with an error code in it."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    metadata = error.response.get("ResponseMetadata", {})
    request_id = metadata.get("RequestId")
    said = f"{code or 'an error'} from {operation.name}"
    server_message = _server_message(code, error.response.get("Error", {}).get("Message"))
    classified: tuple[type[AwsError], str, Advice]
    if is_clock_error(code, server_message):
        code = code if code in CLOCK_CODES else "RequestTimeTooSkewed"  # what S3 calls it
        wrong = describe_wrong_clock(error.response)
        classified = (CredentialsProblem, f"{wrong} ({said})", WRONG_CLOCK_ADVICE)
    else:
        classified = _classify(code, operation, subject, said, server_message)
    kind, message, advice = classified
    if server_message:
        message = f"{message}; the server said: {server_message}"
    return kind(message, advice=advice, code=code, request_id=request_id, operation=operation.name)


def _server_message(code: str, message: object) -> str:
    """The server's own sentence on one line, cut short; empty where it says no more than the code.

    Of a denial it names the sort of policy that decided (fact A35). It is text from outside.
    """
    line = printable(without_passwords(" ".join(str(message or "").split())))
    if code.isdigit() or _letters(line) == _letters(code):  # a status alone; `Access Denied` of AccessDenied
        return ""
    return line if len(line) <= _MAX_SERVER_MESSAGE else f"{line[:_MAX_SERVER_MESSAGE]}…"


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).lower()


def _classify(
    code: str, operation: Operation, subject: str, said: str, server_message: str
) -> tuple[type[AwsError], str, Advice]:
    if code in _DENIED:
        return AccessDenied, f"{said} for {subject}", _denied_advice(operation, server_message)
    if code in _CREDENTIALS:
        return CredentialsProblem, f"{_CREDENTIALS[code]} ({said})", _REFRESH
    for codes, kind, message, advice in _TABLE:
        if code in codes:
            return kind, message.format(said=said, subject=subject), advice
    if not code or code.isdigit():
        message = f"the endpoint answered {said} for {subject} without an AWS error in it"
        return BadAnswer, message, NETWORK_ADVICE
    if code.startswith("KMS."):  # S3 could not use the key (fact A9)
        return AwsError, f"{said} for {subject}", _UNUSABLE_KEY
    look_up = Advice("look the code up in the AWS documentation of this operation")
    return AwsError, f"{said} for {subject}", look_up


def _denied_advice(operation: Operation, server_message: str) -> Advice:
    actions = " and ".join(operation.actions) or operation.name
    allow = f"allow {actions} for this identity"
    if operation is ASSUME_ROLE:
        options = {"assume_role": Option("assume_role"), "external_id": Option("external_id")}
        return Advice(
            f"{allow}; the role must exist and trust it ({{assume_role}}, {{external_id}})", options
        )
    if operation is LIST_ACCOUNTS:
        where = "in the management account or a delegated administrator's; or name {account}"
        return Advice(f"{allow}, {where}", {"account": Option("account")})
    if advice := advice_for_denial(server_message, actions):
        return advice
    also = "; or the bucket belongs to another account" if operation.resource == BUCKETS else ""  # fact A26
    where = _DENIED_BY.get(operation.service, "a permissions boundary or an SCP")
    return Advice(f"{allow}, and look for a Deny in {where}{also}")


_OF_BUCKET = "the bucket policy, an SCP or an RCP"
_DENIED_BY = {
    **dict.fromkeys(("s3", "s3express", "s3control"), _OF_BUCKET),
    "kms": "the key policy, an SCP or an RCP",
}
"""What may deny a call beside the policies of its identity, by service."""


def _unread_file(error: OSError, operation: Operation) -> CredentialsProblem:
    name = printable(str(error.filename)) if error.filename else "a file"
    return CredentialsProblem(
        f"there are no usable AWS credentials: {name} cannot be read: {error.strerror or error}",
        advice="check what names it: AWS_WEB_IDENTITY_TOKEN_FILE, the profile, credential_process",
        operation=operation.name,
    )


def mfa_code_problem(prompt: str) -> CredentialsProblem:
    """The error for a role that wants an MFA code where nobody can be asked; `prompt` is what botocore would ask."""
    asked = printable(prompt.strip().rstrip(":"))
    return CredentialsProblem(
        f"there are no usable AWS credentials: the role wants an MFA code ({asked}), and stdin is not a terminal",
        advice="run it at a terminal, or with the credentials of a session that has the code: "
        "aws sts assume-role --serial-number ARN --token-code CODE",
        operation="AssumeRole",
    )


def from_sdk_error(error: Exception, operation: Operation, subject: str) -> S3kmsError:
    """Our error where there was no answer, none that could be read, or where nothing was even sent."""
    text, name = _first_line(error), operation.name
    if isinstance(error, _CONFIGURATION):
        look = (
            "aws configure list-profiles" if isinstance(error, sdk.ProfileNotFound) else "aws configure list"
        )
        return BadInput(f"the AWS configuration cannot be used: {text}", advice=f"see `{look}`")
    if isinstance(error, _NO_IDENTITY):
        message = f"there are no usable AWS credentials: {text}"
        return CredentialsProblem(message, advice=_advice_for(error), operation=name)
    if isinstance(error, ResponseParserError | sdk.IncompleteReadError):
        return not_an_aws_answer(operation, subject, text)
    if isinstance(error, sdk.HTTPClientError | sdk.ConnectionError):
        message = f"no answer to {name} for {subject}: {text}"
        return Unreachable(message, advice=NETWORK_ADVICE, operation=name)
    return AwsError(
        f"{name} for {subject} failed in the AWS SDK: {text}", advice=NETWORK_ADVICE, operation=name
    )


def holds_for_any_server(error: AwsError) -> bool:
    """Whether the advice of an error of GetCallerIdentity is right for servers without an STS, too."""
    return isinstance(error, Unreachable | Throttled) or error.code in _EXPIRED | CLOCK_CODES


def is_unknown_host(error: AwsError) -> bool:
    """Whether no answer came because the name of the endpoint is none: a service that a region does not have."""
    cause = error.__cause__
    inner = cause.kwargs.get("error") if isinstance(cause, sdk.EndpointConnectionError) else None
    return isinstance(inner, NameResolutionError)


def bad_answer(operation: Operation, subject: str, what: str, request_id: str | None = None) -> BadAnswer:
    """The error for an answer that AWS would not give; `what` completes `ListBuckets for account 1 …`."""
    return BadAnswer(
        f"{operation.name} for {subject} {what}",
        advice=NOT_AWS_ADVICE,
        request_id=request_id,
        operation=operation.name,
    )


def not_an_aws_answer(
    operation: Operation, subject: str, why: object, request_id: str | None = None
) -> BadAnswer:
    """The error for an answer that cannot even be parsed, and why not."""
    return bad_answer(operation, subject, f"was answered with something that is not AWS: {why}", request_id)


_CONFIGURATION = (
    sdk.ProfileNotFound,
    sdk.ConfigNotFound,
    sdk.ConfigParseError,
    sdk.NoRegionError,
    sdk.InvalidRegionError,
    sdk.InvalidConfigError,
    sdk.InvalidRetryConfigurationError,
    sdk.InvalidMaxRetryAttemptsError,
    sdk.InvalidRetryModeError,
    sdk.UnknownEndpointError,
    sdk.UnknownRegionError,
    sdk.InvalidEndpointConfigurationError,
)
_NO_IDENTITY = (
    sdk.NoCredentialsError,
    sdk.PartialCredentialsError,
    sdk.CredentialRetrievalError,
    sdk.NoAuthTokenError,
    sdk.TokenRetrievalError,
    sdk.SSOError,
    sdk.LoginError,
    sdk.UnknownCredentialError,
    sdk.InfiniteLoopConfigError,
    sdk.RefreshWithMFAUnsupportedError,
    sdk.MetadataRetrievalError,
    sdk.MissingDependencyException,
)


def _advice_for(error: Exception) -> Advice:
    """What to do about credentials that are not there: the sign-in that the profile has, where it has one."""
    if isinstance(error, sdk.CredentialRetrievalError) and PROCESS_METHOD in str(error):
        return Advice(
            "run the credential_process of the profile by hand: it has to print credentials as JSON"
        )
    if isinstance(error, sdk.SSOError | sdk.TokenRetrievalError):
        return Advice("sign in again: aws sso login{sign_in_profile}", {SIGN_IN_PROFILE: ""})
    if isinstance(error, sdk.LoginError):
        return Advice("sign in again: aws login{sign_in_profile}", {SIGN_IN_PROFILE: ""})
    if isinstance(error, sdk.MissingDependencyException):
        return Advice("install it beside s3kms: pip install 'botocore[crt]'")
    return _NO_CREDENTIALS


def without_passwords(text: str) -> str:
    """A text without what stands before the host of a URL: the SDK quotes proxies as they are."""
    return _USER_INFO.sub("***@", text)


def _first_line(error: Exception, limit: int = 200) -> str:
    """The SDK's own sentence, cut short: a parser error quotes the whole body it could not read."""
    line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    line = without_passwords(line)
    return line if len(line) <= limit else line[:limit] + "…"
