"""Endpoints by botocore's own rule sets, without a client of botocore's: one of those loads 10 MB of models.

Where the configuration is one that botocore treats in ways of its own (pseudo regions, a rule set of the user's,
S3 Transfer Acceleration), nothing is found here, and a client has to say.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.args import LEGACY_GLOBAL_STS_REGIONS
from botocore.configprovider import ConfiguredEndpointProvider
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError
from botocore.session import Session
from botocore.utils import is_valid_endpoint_url, is_valid_ipv6_endpoint_url

from s3kms.aws.s3.endpoints import Endpoint, is_aws_url, origin_of
from s3kms.model.targets import check_region

_RULE_SET = "endpoint-rule-set-1"
_DATA_OF_REGIONS = ("endpoints.json", "endpoints.json.gz")


class EndpointRules:
    """The endpoints of one configuration. Not safe to share between threads."""

    def __init__(self, core: Session, endpoint_url: str | None) -> None:
        """`endpoint_url` counts before every other source of one."""
        self._core = core
        self._endpoint_url = endpoint_url
        self._providers: dict[str, EndpointProvider] = {}

    def s3(self, region: str, *, directory: bool) -> Endpoint | None:
        """The path-style endpoint for general purpose or directory buckets; None where botocore's client must say."""
        settings = self._s3_settings
        if settings.get("use_accelerate_endpoint"):
            return None
        more = {
            "ForcePathStyle": True,
            "DisableS3ExpressSessionAuth": True,
            **({"UseS3ExpressControlEndpoint": True} if directory else {}),
        }
        has_dual_stack = settings.get("use_dualstack_endpoint") in {True, "True", "true"}
        return self._find("s3", region, more, dual_stack=has_dual_stack)

    def sts(self, region: str) -> Endpoint | None:
        """The endpoint of STS, regional unless the user's configuration says `legacy`; None as for `s3`."""
        mode = self._core.get_config_variable("sts_regional_endpoints") or "regional"
        if mode not in {"regional", "legacy"}:
            return None
        is_global = mode == "legacy" and region in LEGACY_GLOBAL_STS_REGIONS
        return self._find("sts", region, {"UseGlobalEndpoint": is_global})

    def kms(self, region: str) -> Endpoint | None:
        """The endpoint of KMS; None as for `s3`."""
        return self._find("kms", region, {})

    def control(self, region: str, account: str) -> Endpoint | None:
        """The endpoint of S3 Control, whose host begins with the account; None as for `s3`.

        Only in AWS: another server is asked at its own address, which need not resolve with something before it.
        """
        url = self._configured_url("s3control")
        hosted = {"AccountId": account, "RequiresAccountId": True}
        has_dual_stack = self._s3_settings.get("use_dualstack_endpoint") in {True, "True", "true"}
        more = {} if url and not is_aws_url(url) else hosted
        return self._find("s3control", region, more, dual_stack=has_dual_stack)

    @property
    def _s3_settings(self) -> Mapping[str, Any]:
        """The section `s3` of the user's configuration."""
        return self._core.get_config_variable("s3") or {}

    def partition(self, region: str) -> str | None:
        """The partition of a region that botocore's data lists."""
        partitions = self._core.get_component("data_loader").load_data("partitions")["partitions"]
        return next((str(found["id"]) for found in partitions if region in found["regions"]), None)

    def _find(
        self, service: str, region: str, more: Mapping[str, Any], *, dual_stack: bool = False
    ) -> Endpoint | None:
        url = self._configured_url(service)
        if not self._is_usual(region) or (url and not _is_endpoint(url)):
            return None
        variants = {
            "UseFIPS": not url and bool(self._core.get_config_variable("use_fips_endpoint")),
            "UseDualStack": not url
            and (dual_stack or bool(self._core.get_config_variable("use_dualstack_endpoint"))),
        }
        if variants["UseDualStack"] and str(self.partition(region)).startswith("aws-iso"):
            return None  # the rules give names there that botocore's client refuses
        endpoint = {"Endpoint": url} if url else {}
        try:
            found = self._provider(service).resolve_endpoint(Region=region, **variants, **endpoint, **more)
        except EndpointProviderError:
            return None
        schemes = found.properties.get("authSchemes") or [{"name": "sigv4"}]
        scheme = next((scheme for scheme in schemes if scheme["name"] == "sigv4"), None)
        if scheme is None:
            return None
        at = urlsplit(found.url)
        return Endpoint(
            origin_of(at),
            at.path.removesuffix("/"),
            scheme.get("signingRegion", region),
            scheme.get("signingName", service),
        )

    def check_spelling(self, region: str) -> None:
        """Raise BadInput for a misspelled region of AWS; other servers name theirs as they like."""
        if self._configured_url("s3") is None and self._configured_url("sts") is None:
            check_region(region, "AWS_REGION, AWS_DEFAULT_REGION or `region` of the profile says so")

    def _configured_url(self, service: str) -> str | None:
        """From the option, the environment, the profile or its services section."""
        if self._endpoint_url is not None:
            return self._endpoint_url
        if self._core.get_config_variable("ignore_configured_endpoint_urls"):
            return None
        url: str | None = ConfiguredEndpointProvider(
            full_config=self._core.full_config,
            scoped_config=self._core.get_scoped_config(),
            client_name=service,
        ).provide()
        return url

    def _is_usual(self, region: str) -> bool:
        """Whether the region is a real one, of botocore's own data: one of the user's counts more than any rule."""
        if region.endswith("-global") or not self.partition(region) or self._core.get_default_client_config():
            return False
        loader = self._core.get_component("data_loader")
        others = (path for path in loader.search_paths if path != loader.BUILTIN_DATA_PATH)
        return not any((Path(path) / name).exists() for path in others for name in _DATA_OF_REGIONS)

    def _provider(self, service: str) -> EndpointProvider:
        if service not in self._providers:
            loader = self._core.get_component("data_loader")
            # By its path: load_service_model lists the folders of all four hundred services first.
            version = loader.determine_latest_version(service, _RULE_SET)
            rules = loader.load_data(f"{service}/{version}/{_RULE_SET}")
            self._providers[service] = EndpointProvider(rules, loader.load_data("partitions"))
        return self._providers[service]


def _is_endpoint(url: str) -> bool:
    try:
        return bool(is_valid_endpoint_url(url) or is_valid_ipv6_endpoint_url(url))
    except ValueError:  # no URL at all
        return False
