"""Servers of single bytes on loopback: what a client meets that no HTTP library would send. With TLS, and a proxy."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nx-amz-request-id: R1\r\n\r\nhi"
PAUSE_SECONDS = 0.05


@dataclass
class Peer:
    """One connection of a client."""

    socket: socket.socket
    server: "RawServer"
    number: int
    """From 0, in the order in which they came."""

    def request(self) -> str:
        """The head of the next request, up to the empty line; empty where the client has gone."""
        data = b""
        while b"\r\n\r\n" not in data:
            try:
                piece = self.socket.recv(1)
            except OSError:
                piece = b""
            if not piece:
                return ""
            data += piece
        head = data.decode("latin-1")
        self.server.requests.append(head)
        return head

    def send(self, data: bytes) -> None:
        with contextlib.suppress(OSError):
            self.socket.sendall(data)


Script = Callable[[Peer], None]


def always(answer: bytes) -> Script:
    """The same answer to every request of a connection."""

    def run(peer: Peer) -> None:
        while peer.request():
            peer.send(answer)

    return run


@dataclass
class RawServer:
    """Runs the script once for each connection, then closes it."""

    script: Script
    tls: ssl.SSLContext | None = None
    host: str = "127.0.0.1"
    requests: list[str] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    """Chosen by the system."""

    def __post_init__(self) -> None:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self._listener = socket.create_server((self.host, 0), family=family, backlog=100)
        self._open: list[socket.socket] = []
        self.port = int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._open.append(connection)
                number, self.connections = self.connections, self.connections + 1
                threading.Thread(target=self._serve, args=(connection, number), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError):
            secured = self.tls.wrap_socket(connection, server_side=True) if self.tls else connection
            self._open.append(secured)
            self.script(Peer(secured, self, number))
            with contextlib.suppress(OSError):
                secured.shutdown(socket.SHUT_RDWR)
            secured.close()


def proxying(*, authorization: str | None = None) -> Script:
    """A proxy: tunnels CONNECT, and passes on what names a whole URL; 407 without the authorization it wants."""

    def run(peer: Peer) -> None:
        head = peer.request()
        if authorization and f"proxy-authorization: {authorization}\r\n" not in head.lower().replace(
            authorization.lower(), authorization
        ):
            peer.send(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return
        method, target, _ = head.split(" ", 2)
        place = target if method == "CONNECT" else target.split("/", 3)[2]
        host, _, port = place.rpartition(":")
        with socket.create_connection((host.strip("[]"), int(port))) as upstream:
            peer.server._open.append(upstream)
            if method == "CONNECT":
                peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                upstream.sendall(head.replace(target, "/" + target.split("/", 3)[3], 1).encode("latin-1"))
            back = threading.Thread(target=_pump, args=(upstream, peer.socket), daemon=True)
            back.start()
            _pump(peer.socket, upstream)
            back.join()

    return run


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


@dataclass(frozen=True)
class Authority:
    """A certificate authority of our own, and what a server of the name `localhost` shows."""

    file: Path
    """Its certificate, in PEM."""
    server: ssl.SSLContext


def make_authority(folder: Path, *names: str) -> Authority:
    """An authority, and a server certificate of it for these names and addresses."""
    key, subject = ec.generate_private_key(ec.SECP256R1()), _name("test authority")
    authority = _certificate(subject, key, subject, key, x509.BasicConstraints(ca=True, path_length=0))
    server_key = ec.generate_private_key(ec.SECP256R1())
    known = [_general_name(name) for name in names]
    certificate = _certificate(_name("server"), server_key, subject, key, x509.SubjectAlternativeName(known))
    (folder / "ca.pem").write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    (folder / "server.pem").write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + server_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return Authority(folder / "ca.pem", context)


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certificate(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    by: ec.EllipticCurvePrivateKey,
    extension: x509.ExtensionType,
) -> x509.Certificate:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(extension, critical=False)
        .sign(by, hashes.SHA256())
    )
