"""Connections: TLS by the certificates and through the proxies that botocore would take. Blocks."""

import base64
import http.client
import os
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from botocore.httpsession import get_cert_path
from botocore.utils import get_environ_proxies

from s3kms.model.errors import BadInput

Socket = socket.socket | Any
"""A plain or a TLS socket; or TLS within TLS, which is not a socket and only blocks."""
_PORTS = {"http": 80, "https": 443}
_TRUST_LOCK = threading.Lock()


class Connector:
    """Makes connections for requests to an origin: `https://s3.eu-central-1.amazonaws.com`."""

    def __init__(self, connect_timeout: float, ca_bundle: str | None) -> None:
        """`connect_timeout` is in seconds; `ca_bundle` is a file of certificates, None botocore's own."""
        self._timeout = connect_timeout
        self._ca_bundle = ca_bundle
        self._tls: ssl.SSLContext | None = None

    def connect(self, origin: str) -> Socket:
        """A connection, made and secured. Raises OSError, and BadInput where there are no certificates to trust."""
        url = urlsplit(origin)
        host, port = url.hostname or "", url.port or _PORTS[url.scheme]
        proxy = find_proxy(origin)
        tls = (
            self._context() if url.scheme == "https" or self._ca_bundle else None
        )  # named and unreadable: a mistake
        tls = tls if url.scheme == "https" else None
        if proxy is None:
            return self._secured(self._direct(host, port), tls, host)
        through = urlsplit(proxy)
        to_proxy = self._to_proxy(through)
        if tls is None:
            return to_proxy
        tunnel = self._tunnel(to_proxy, host, port, through)
        if isinstance(tunnel, ssl.SSLSocket):
            from urllib3.util.ssltransport import SSLTransport  # noqa: PLC0415 - for proxies over TLS alone

            return SSLTransport(tunnel, tls, server_hostname=host)
        return self._secured(tunnel, tls, host)

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            file = self._ca_bundle or get_cert_path(True) or ""
            try:
                with _TRUST_LOCK:
                    self._tls = _trusting(file, Path(file).stat().st_mtime_ns)
            except OSError as error:
                raise BadInput(
                    f"the certificates of {file} cannot be read: {error.strerror or error}",
                    advice="check AWS_CA_BUNDLE and the profile's ca_bundle: a file of certificates in PEM",
                ) from error
        return self._tls

    def _direct(self, host: str, port: int) -> socket.socket:
        connection = socket.create_connection((host, port), self._timeout)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _secured(self, connection: socket.socket, tls: ssl.SSLContext | None, host: str) -> socket.socket:
        if tls is None:
            return connection
        try:
            return tls.wrap_socket(connection, server_hostname=host)
        except BaseException:
            connection.close()
            raise

    def _to_proxy(self, proxy: SplitResult) -> socket.socket:
        host, port = proxy.hostname or "", proxy.port or _PORTS.get(proxy.scheme, 80)
        tls = self._context() if proxy.scheme == "https" else None
        return self._secured(self._direct(host, port), tls, host)

    @staticmethod
    def _tunnel(to_proxy: socket.socket, host: str, port: int, proxy: SplitResult) -> socket.socket:
        """The standard library's CONNECT over a connection that is there. Raises OSError where it is refused."""
        client = http.client.HTTPConnection(proxy.hostname or "", proxy.port)
        client.set_tunnel(host, port, proxy_headers(proxy))
        connected: Callable[..., socket.socket] = lambda *_, **__: to_proxy  # noqa: E731
        client._create_connection = connected  # type: ignore[attr-defined] # noqa: SLF001
        try:
            client.connect()
        except BaseException:
            to_proxy.close()
            raise
        return to_proxy


@lru_cache(maxsize=8)
def _trusting(file: str, changed: int) -> ssl.SSLContext:  # noqa: ARG001 - a file that was changed is read again
    """What trusts the certificates of a file: read once a process, for 150 of them take 30 ms. Raises OSError."""
    return ssl.create_default_context(cafile=file)


_PROXY_VARIABLES = ("http_proxy", "https_proxy", "no_proxy", "all_proxy")
_BOTH_CASES = (*_PROXY_VARIABLES, *map(str.upper, _PROXY_VARIABLES))


def find_proxy(origin: str) -> str | None:
    """The proxy of HTTPS_PROXY, HTTP_PROXY and NO_PROXY for an origin, as botocore reads them."""
    return _proxy_of(origin, tuple(map(os.environ.get, _BOTH_CASES)))


@lru_cache(maxsize=256)
def _proxy_of(origin: str, _variables: tuple[str | None, ...]) -> str | None:
    """Read once for an environment, not per call: another one has another proxy."""
    found: Mapping[str, str] = get_environ_proxies(origin)
    proxy = found.get(urlsplit(origin).scheme)
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"


def describe_peer(origin: str) -> str:
    """Who a connection for an origin is made to: its host, or the proxy before it, without its credentials."""
    host = origin.partition("://")[2]
    if proxy := find_proxy(origin):  # may be no URL at all, which is the error then
        return f"the proxy {proxy.partition('://')[2].rpartition('@')[2]} for {host}"
    return host


def proxy_headers(proxy: SplitResult) -> dict[str, str]:
    """The credentials that stand in a proxy's URL."""
    if proxy.username is None:
        return {}
    words = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}".encode()
    return {"Proxy-Authorization": f"Basic {base64.b64encode(words).decode()}"}
