"""Endpoints by botocore's rule sets alone are those that a client of botocore's has, whatever is configured."""

from pathlib import Path
from typing import Any

import botocore.auth
import botocore.session
import pytest
from botocore.config import Config

from s3kms.aws.connection import Connection, ConnectionSettings
from s3kms.aws.s3.endpoint_rules import EndpointRules
from s3kms.aws.s3.endpoints import Endpoint, endpoint_of, presigned_endpoint
from s3kms.sources.access_points import has_control

REGIONS = (
    *("us-east-1", "us-east-2", "eu-central-1", "ap-east-1"),
    *("cn-north-1", "us-gov-west-1", "us-iso-east-1", "us-isob-east-1", "us-isof-east-1", "eusc-de-east-1"),
)
VARIANTS: tuple[dict[str, str], ...] = (
    {},
    {"AWS_USE_FIPS_ENDPOINT": "true"},
    {"AWS_USE_DUALSTACK_ENDPOINT": "true"},
    {"AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "true"},
)
CONFIG = """
[default]
region = eu-central-1
[profile global]
endpoint_url = https://global.invalid
[profile services]
services = mine
endpoint_url = https://global.invalid/behind
[services mine]
s3 =
  endpoint_url = https://s3.invalid:8443/below
kms =
  endpoint_url = https://kms.invalid/keys
[services other]
sts =
  endpoint_url = https://sts.invalid
[profile ignoring]
services = mine
ignore_configured_endpoint_urls = true
[profile others]
services = other
[profile dual]
s3 =
  use_dualstack_endpoint = true
[profile accelerated]
s3 =
  use_accelerate_endpoint = true
[profile virtual]
s3 =
  addressing_style = virtual
"""
SOURCES: tuple[tuple[str | None, dict[str, str]], ...] = (
    (None, {"AWS_ENDPOINT_URL": "https://environment.invalid"}),
    (None, {"AWS_ENDPOINT_URL": "http://127.0.0.1:9000/"}),
    (None, {"AWS_ENDPOINT_URL": "http://[::1]:9000/below"}),
    (None, {"AWS_ENDPOINT_URL": "https://e.invalid", "AWS_ENDPOINT_URL_S3": "https://s.invalid/x"}),
    (None, {"AWS_ENDPOINT_URL": "https://e.invalid", "AWS_ENDPOINT_URL_STS": "https://s.invalid/x"}),
    (None, {"AWS_ENDPOINT_URL": "https://e.invalid", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}),
    (None, {"AWS_ENDPOINT_URL": "https://e.invalid", "AWS_USE_FIPS_ENDPOINT": "true"}),
    (None, {"AWS_ENDPOINT_URL": "https://e.invalid", "AWS_ENDPOINT_URL_KMS": "https://k.invalid/x"}),
    (None, {"AWS_STS_REGIONAL_ENDPOINTS": "legacy"}),
    ("global", {}),
    ("services", {}),
    ("services", {"AWS_ENDPOINT_URL": "https://environment.invalid"}),
    ("ignoring", {}),
    ("others", {}),
    ("dual", {}),
    ("virtual", {}),
)


@pytest.fixture(autouse=True)
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config").write_text(CONFIG)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")


class Botocore:
    """What clients of botocore resolve, each error as None."""

    def __init__(self, profile: str | None = None, endpoint_url: str | None = None) -> None:
        self._core = botocore.session.Session(profile=profile)
        self._core.set_credentials("x", "y")
        self._url = endpoint_url

    def endpoints(self, region: str) -> dict[str, Endpoint | None]:
        s3 = {
            "addressing_style": "path",
            "disable_s3_express_session_auth": True,
            "us_east_1_regional_endpoint": "regional",
        }
        found: dict[str, Endpoint | None] = {"s3": None, "directory": None, "sts": None, "kms": None}
        try:
            client = self._client("s3", region, Config(signature_version="v4", s3=s3))  # type: ignore[arg-type]
            found["s3"] = endpoint_of(client, directory=False)
            found["directory"] = endpoint_of(client, directory=True)
        except botocore.exceptions.BotoCoreError:
            pass
        try:
            sts = self._client("sts", region, Config(signature_version="v4"))
            found["sts"] = presigned_endpoint(sts, "get_caller_identity")
        except botocore.exceptions.BotoCoreError:
            pass
        try:
            kms = self._client("kms", region, Config(signature_version="v4"))
            found["kms"] = presigned_endpoint(kms, "list_aliases")
        except botocore.exceptions.BotoCoreError:
            pass
        return found

    def _client(self, service: str, region: str, config: Config) -> Any:
        return self._core.create_client(service, region_name=region, endpoint_url=self._url, config=config)


def by_rules(region: str, profile: str | None = None, url: str | None = None) -> dict[str, Endpoint | None]:
    rules = EndpointRules(botocore.session.Session(profile=profile), url)
    return {
        "s3": rules.s3(region, directory=False),
        "directory": rules.s3(region, directory=True),
        "sts": rules.sts(region),
        "kms": rules.kms(region),
    }


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda settings: "+".join(settings) or "plain")
def test_every_partition_and_variant(variant: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in variant.items():
        monkeypatch.setenv(name, value)
    botocores = Botocore()

    found = {region: by_rules(region) for region in REGIONS}

    left_out = {region for region, endpoints in found.items() if set(endpoints.values()) == {None}}
    assert all("-iso" in region for region in left_out)
    assert {region: found[region] for region in REGIONS if region not in left_out} == {
        region: botocores.endpoints(region) for region in REGIONS if region not in left_out
    }


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda settings: "+".join(settings) or "plain")
@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "us-gov-west-1"])
def test_the_control_plane_is_asked_at_the_host_of_the_account(
    variant: dict[str, str], region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variant.items():
        monkeypatch.setenv(name, value)
    client = botocore.session.Session().create_client(
        "s3control", region_name=region, config=Config(signature_version="v4")
    )
    path = "/v20180820/accesspoint"

    found = EndpointRules(botocore.session.Session(), None).control(region, "111122223333")

    assert found is not None
    assert found.origin.startswith("https://111122223333.s3-control")
    assert found == presigned_endpoint(client, "list_access_points", path, AccountId="111122223333")


@pytest.mark.parametrize(
    ("settings", "origin"),
    [
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9000/below"}, "http://127.0.0.1:9000"),
        (
            {
                "AWS_ENDPOINT_URL": "https://e.invalid",
                "AWS_ENDPOINT_URL_S3_CONTROL": "https://c.invalid/below",
            },
            "https://c.invalid",
        ),
        (
            {"AWS_ENDPOINT_URL_S3_CONTROL": "https://control.vpce-1.s3.eu-west-1.vpce.amazonaws.com/below"},
            "https://111122223333.control.vpce-1.s3.eu-west-1.vpce.amazonaws.com",
        ),
    ],
)
def test_another_server_is_asked_about_its_control_plane_at_its_own_address(
    settings: dict[str, str], origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    found = EndpointRules(botocore.session.Session(), None).control("eu-west-1", "111122223333")

    assert found == Endpoint(origin, "/below", "eu-west-1", "s3")


@pytest.mark.parametrize(("profile", "settings"), SOURCES)
def test_every_source_of_an_endpoint(
    profile: str | None, settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    found = by_rules("us-east-1", profile)

    assert None not in found.values()
    assert found == Botocore(profile).endpoints("us-east-1")


def test_a_named_endpoint_counts_before_all_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://environment.invalid")
    url = "https://named.invalid:1/x"

    found = by_rules("eu-central-1", "services", url)

    assert found == Botocore("services", url).endpoints("eu-central-1")
    assert {endpoint.origin for endpoint in found.values() if endpoint} == {"https://named.invalid:1"}


@pytest.mark.parametrize("region", ["aws-global", "fips-us-east-1", "s3-external-1", "mars-north-1", "x.y"])
def test_what_botocore_treats_in_its_own_way_is_left_to_its_client(region: str) -> None:
    assert set(by_rules(region).values()) == {None}


def test_acceleration_and_a_users_own_data_are_left_to_botocores_client(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert by_rules("us-east-1", "accelerated")["s3"] is None
    (tmp_path / "endpoints.json").write_text("{}")
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))

    assert set(by_rules("us-east-1").values()) == {None}


def test_the_partition_is_that_of_botocores_resolver() -> None:
    core = botocore.session.Session()
    rules = EndpointRules(core, None)

    assert {region: rules.partition(region) for region in REGIONS} == {
        region: core.get_partition_for_region(region) for region in REGIONS
    }


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://h.invalid:443/x", "https://h.invalid"),
        ("http://h.invalid:80", "http://h.invalid"),
        ("http://h.invalid:443", "http://h.invalid:443"),
        ("https://user:word@h.invalid:8443", "https://h.invalid:8443"),
        ("http://[::1]:80", "http://[::1]"),
        ("https://Upper.invalid", "https://upper.invalid"),
    ],
)
def test_a_host_is_written_as_botocore_signs_it(url: str, origin: str) -> None:
    """Without user and usual port; a server that checks signatures finds the Host header signed."""
    found = by_rules("us-east-1", url=url)["s3"] or Botocore(endpoint_url=url).endpoints("us-east-1")["s3"]

    assert found is not None
    assert found.origin == origin
    assert origin.partition("://")[2] == botocore.auth._host_from_url(url)  # type: ignore[attr-defined]


def test_a_connection_asks_the_rules_and_then_the_client() -> None:
    connection = Connection(ConnectionSettings())

    assert connection.endpoint_of("us-east-2", directory=False).origin == "https://s3.us-east-2.amazonaws.com"
    assert connection.endpoint_of("fips-us-east-1", directory=False).origin == (
        "https://s3-fips.us-east-1.amazonaws.com"
    )


@pytest.mark.parametrize(
    ("settings", "is_asked"),
    [
        ({}, True),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9000"}, True),
        ({"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9000"}, False),
        (
            {"AWS_ENDPOINT_URL_S3": "http://a.invalid", "AWS_ENDPOINT_URL_S3_CONTROL": "http://b.invalid"},
            True,
        ),
    ],
)
def test_the_control_plane_of_aws_is_not_asked_about_another_servers_buckets(
    settings: dict[str, str], is_asked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**settings, "AWS_ACCOUNT_ID": "111122223333"}.items():
        monkeypatch.setenv(name, value)

    assert has_control(Connection(ConnectionSettings()), "us-east-2") is is_asked


def test_a_connection_asks_the_rules_and_then_the_client_for_the_control_plane(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCOUNT_ID", "111122223333")
    connection = Connection(ConnectionSettings())

    assert connection.control_endpoint_of("us-east-2") == Endpoint(
        "https://111122223333.s3-control.us-east-2.amazonaws.com", "", "us-east-2", "s3"
    )
    assert connection.control_endpoint_of("cn-north-1").origin == (
        "https://111122223333.s3-control.cn-north-1.amazonaws.com.cn"
    )
    assert connection.control_endpoint_of("mars-north-1") == Endpoint(
        "https://111122223333.s3-control.mars-north-1.amazonaws.com", "", "mars-north-1", "s3"
    )
