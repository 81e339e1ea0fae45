"""The transport over real sockets: TLS, proxies, kept connections, answers that are cut, slow or too long."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.support.raw_server import (
    OK,
    PAUSE_SECONDS,
    Authority,
    Peer,
    RawServer,
    always,
    make_authority,
    proxying,
)

from s3kms.aws.s3.socket_transport import SocketTransport
from s3kms.aws.s3.transport import Response, Transport, TransportError, TransportSettings
from s3kms.model.errors import BadInput

open_transport = SocketTransport
PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY")


@pytest.fixture(autouse=True)
def no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("ca"), "localhost", "127.0.0.1", "::1")


def run(
    work: Callable[[Transport], Awaitable[Any]],
    *,
    connections: int = 4,
    seconds: float = 5.0,
    ca: Path | str | None = None,
) -> Any:
    settings = TransportSettings(connections, seconds, seconds, str(ca) if ca else None)

    async def main() -> Any:
        transport = open_transport(settings)
        try:
            return await work(transport)
        finally:
            await transport.close()

    return asyncio.run(main())


def get(url: str, headers: Mapping[str, str] | None = None, **settings: Any) -> Response:
    found: Response = run(lambda transport: transport.get(url, headers or {}), **settings)
    return found


def failure(url: str, **settings: Any) -> TransportError:
    with pytest.raises(TransportError) as caught:
        get(url, **settings)
    return caught.value


def test_an_answer_is_its_status_its_headers_and_its_body() -> None:
    with RawServer(always(OK)) as server:
        answer = get(f"{server.url}/b?encryption=")

    assert (answer.status, answer.body) == (200, b"hi")
    assert answer.headers.get("X-Amz-Request-Id") == "R1"
    assert {name.lower(): value for name, value in answer.headers.items()}["content-length"] == "2"


def test_what_was_signed_is_sent_and_nothing_else() -> None:
    with RawServer(always(OK)) as server:
        get(f"{server.url}/a%2Fb%20c/../d?x=%41&y=", {"User-Agent": "u", "X-Amz-Date": "d"})

    line, *lines = server.requests[0].rstrip().split("\r\n")
    assert line == "GET /a%2Fb%20c/../d?x=%41&y= HTTP/1.1"
    assert sorted(one.lower() for one in lines) == [
        f"host: 127.0.0.1:{server.port}",
        "user-agent: u",
        "x-amz-date: d",
    ]


@pytest.mark.parametrize("status", [301, 400, 403, 404, 500, 503])
def test_any_status_is_an_answer_and_no_redirect_is_followed(status: int) -> None:
    said = f"HTTP/1.1 {status} Whatever\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    with RawServer(always(said.encode())) as server:
        assert get(server.url + "/").status == status


def test_connections_are_kept_and_used_again() -> None:
    async def ten(transport: Transport) -> None:
        for _ in range(10):
            await transport.get(server.url + "/", {})

    with RawServer(always(OK)) as server:
        run(ten)

    assert (len(server.requests), server.connections) == (10, 1)


def test_no_more_connections_are_open_than_are_allowed() -> None:
    open_at_once: list[int] = []

    def slow(peer: Peer) -> None:
        open_at_once.append(1)
        while peer.request():
            time.sleep(PAUSE_SECONDS)
            peer.send(OK)

    async def many(transport: Transport) -> None:
        await asyncio.gather(*(transport.get(f"{server.url}/{n}", {}) for n in range(20)))

    with RawServer(slow) as server:
        run(many, connections=3)

    assert len(server.requests) == 20
    assert len(open_at_once) == 3


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"1\r\nh\r\n1;some=extension\r\ni\r\n0\r\nTrailer: x\r\n\r\n",
            id="chunked",
        ),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length:2\r\n\r\nhi", id="small letters and no blank"),
        pytest.param(
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", id="100 first"
        ),
        pytest.param(b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi", id="no reason"),
    ],
)
def test_every_form_of_a_whole_answer_is_read_and_the_connection_kept(answer: bytes) -> None:
    async def twice(transport: Transport) -> list[bytes]:
        return [(await transport.get(server.url + "/", {})).body for _ in range(2)]

    with RawServer(always(answer)) as server:
        assert run(twice) == [b"hi", b"hi"]
    assert server.connections == 1


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\nhi", id="no length"),
        pytest.param(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", id="HTTP/1.0"),
        pytest.param(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi", id="close"),
    ],
)
def test_an_answer_that_ends_its_connection_is_read(answer: bytes) -> None:
    def once(peer: Peer) -> None:
        peer.request()
        peer.send(answer)

    async def twice(transport: Transport) -> list[bytes]:
        return [(await transport.get(server.url + "/", {})).body for _ in range(2)]

    with RawServer(once) as server:
        assert run(twice) == [b"hi", b"hi"]
    assert server.connections == 2


def test_an_answer_in_single_bytes_is_read() -> None:
    def drip(peer: Peer) -> None:
        peer.request()
        for byte in OK:
            peer.send(bytes([byte]))
            time.sleep(0.001)

    with RawServer(drip) as server:
        assert get(server.url + "/").body == b"hi"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-", id="half a head"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", id="half a body"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhi", id="half a chunk"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n", id="no last chunk"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhi\r\n", id="no chunk"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhi", id="a length below nothing"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi!", id="two lengths"
        ),
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n\r\n", id="another protocol"),
        pytest.param(b"HTTP/1.1 abc\r\n\r\n", id="no status"),
    ],
)
def test_an_answer_that_is_cut_or_none_is_an_error(answer: bytes) -> None:
    def once(peer: Peer) -> None:
        peer.request()
        peer.send(answer)

    with RawServer(once) as server:
        assert failure(server.url + "/").was_connected


def test_a_kept_connection_that_the_server_has_closed_costs_no_answer() -> None:
    def one_each(peer: Peer) -> None:
        peer.request()
        peer.send(OK)

    async def thrice(transport: Transport) -> list[bytes]:
        bodies = []
        for _ in range(3):
            bodies.append((await transport.get(server.url + "/", {})).body)
            await asyncio.sleep(PAUSE_SECONDS)
        return bodies

    with RawServer(one_each) as server:
        assert run(thrice) == [b"hi", b"hi", b"hi"]


def test_a_connection_that_dies_under_a_request_is_tried_once_more_where_it_was_kept() -> None:
    def dies(peer: Peer) -> None:
        peer.request()
        peer.send(OK)
        peer.request()  # and closes without a word

    async def twice(transport: Transport) -> list[bytes]:
        return [(await transport.get(server.url + "/", {})).body for _ in range(2)]

    with RawServer(dies) as server:
        assert run(twice) == [b"hi", b"hi"]
    assert server.connections == 2


def test_a_request_that_may_not_be_repeated_is_sent_once_though_its_connection_dies() -> None:
    def dies(peer: Peer) -> None:
        peer.request()
        peer.send(OK)
        peer.request()  # it has arrived, and may have been carried out

    async def get_and_write(transport: Transport) -> None:
        await transport.get(server.url + "/", {})
        await transport.send("PUT", server.url + "/", {}, b"", may_repeat=False)

    with RawServer(dies) as server, pytest.raises(TransportError) as caught:
        run(get_and_write)

    assert caught.value.was_connected
    assert [head.split(" ")[0] for head in server.requests] == ["GET", "PUT"]


def test_heads_and_bodies_go_over_one_connection() -> None:
    bodies: list[bytes] = []

    def server_script(peer: Peer) -> None:
        while head := peer.request():
            if head.startswith("HEAD"):
                peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n")
                continue
            length = int(head.lower().partition("content-length: ")[2].partition("\r")[0])
            data = b""
            while len(data) < length:
                data += peer.socket.recv(65536)
            bodies.append(data)
            peer.send(b"HTTP/1.1 204 No Content\r\n\r\n")

    async def several(transport: Transport) -> list[int]:
        url = server.url + "/"
        heads = [await transport.send("HEAD", url, {}) for _ in range(2)]
        puts = [await transport.send("PUT", url, {}, body) for body in (b"x" * 3_000_000, b"")]
        return [response.status for response in (*heads, *puts)]

    with RawServer(server_script) as server:
        assert run(several) == [200, 200, 204, 204]
    assert server.connections == 1
    assert [len(body) for body in bodies] == [3_000_000, 0]


def test_a_slow_answer_may_have_a_time_of_its_own() -> None:
    def slow(peer: Peer) -> None:
        peer.request()
        time.sleep(1.0)
        peer.send(OK)

    async def patient(transport: Transport) -> bytes:
        return (await transport.send("PUT", server.url + "/", {}, b"", seconds=20)).body

    with RawServer(slow) as server:
        assert run(patient, seconds=0.2) == b"hi"


def test_what_comes_unasked_is_not_the_next_answer() -> None:
    def chatty(peer: Peer) -> None:
        while peer.request():
            peer.send(OK + b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong")

    async def twice(transport: Transport) -> list[bytes]:
        bodies = []
        for _ in range(2):
            bodies.append((await transport.get(server.url + "/", {})).body)
            await asyncio.sleep(PAUSE_SECONDS)
        return bodies

    with RawServer(chatty) as server:
        assert run(twice) == [b"hi", b"hi"]


def test_a_server_that_says_nothing_is_given_up() -> None:
    def silent(peer: Peer) -> None:
        peer.request()
        peer.request()

    with RawServer(silent) as server:
        began = time.monotonic()
        error = failure(server.url + "/", seconds=0.3)

    assert time.monotonic() - began < 3
    assert error.was_connected
    assert error.may_retry


def test_nobody_at_the_address_is_no_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    assert not failure(f"http://127.0.0.1:{port}/").was_connected


def test_a_name_that_is_none_is_no_connection() -> None:
    assert not failure("http://no-such-host.invalid/").was_connected


def test_an_answer_that_is_too_long_is_refused_and_not_tried_again() -> None:
    def endless(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(40):
            peer.send(b"100000\r\n" + b"x" * 0x100000 + b"\r\n")

    with RawServer(endless) as server:
        error = failure(server.url + "/", seconds=20)

    assert "is longer than 16 MiB" in str(error)
    assert not error.may_retry


def test_a_head_without_end_is_refused() -> None:
    def endless(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\n" + b"x-a: " + b"y" * 2_000_000)

    with RawServer(endless) as server:
        failure(server.url + "/")


def test_a_request_that_is_given_up_leaves_the_others_alone() -> None:
    def first_hangs(peer: Peer) -> None:
        while head := peer.request():
            if "/hang" in head:
                time.sleep(1)
            peer.send(OK)

    async def both(transport: Transport) -> bytes:
        hanging = asyncio.create_task(transport.get(server.url + "/hang", {}))
        await asyncio.sleep(PAUSE_SECONDS)
        hanging.cancel()
        await asyncio.gather(hanging, return_exceptions=True)
        return (await transport.get(server.url + "/", {})).body

    with RawServer(first_hangs) as server:
        assert run(both, connections=1) == b"hi"


def test_tls_is_trusted_by_the_named_certificates(authority: Authority) -> None:
    with RawServer(always(OK), authority.server) as server:
        assert get(server.url + "/", ca=authority.file).body == b"hi"


def test_a_certificate_that_nobody_vouches_for_is_not_tried_again(authority: Authority) -> None:
    with RawServer(always(OK), authority.server) as server:
        error = failure(server.url + "/")

    assert "certificate" in str(error).lower()
    assert not error.may_retry
    assert not error.was_connected


def test_a_certificate_of_another_name_is_not_tried_again(tmp_path: Path) -> None:
    other = make_authority(tmp_path, "elsewhere.example")
    with RawServer(always(OK), other.server) as server:
        assert not failure(server.url + "/", ca=other.file).may_retry


@pytest.mark.parametrize("text", [None, "no certificate"])
def test_certificates_that_cannot_be_read_are_bad_input(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "ca.pem"
    if text:
        file.write_text(text)

    with pytest.raises(BadInput, match=r"the certificates of .*ca\.pem cannot be read"):
        get("https://127.0.0.1:1/", ca=file)


def test_certificates_are_read_again_where_their_file_has_changed(
    authority: Authority, tmp_path: Path
) -> None:
    """They are kept for the whole process, which may be a long one."""
    file = tmp_path / "ca.pem"
    file.write_bytes(authority.file.read_bytes())
    with RawServer(always(OK), authority.server) as server:
        trusted = run(lambda transport: transport.get(f"{server.url}/", {}), ca=file)
        file.write_bytes(make_authority(tmp_path, "localhost").file.read_bytes())
        with pytest.raises(TransportError, match="CERTIFICATE_VERIFY_FAILED"):
            run(lambda transport: transport.get(f"{server.url}/", {}), ca=file)

    assert trusted.body == b"hi"


def test_tls_answers_of_many_records_are_read(authority: Authority) -> None:
    body = b"x" * 300_000
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + body
    with RawServer(always(answer), authority.server) as server:
        assert get(server.url + "/", ca=authority.file).body == body


def test_an_ipv6_address_is_reached(authority: Authority) -> None:
    try:
        server = RawServer(always(OK), authority.server, host="::1")
    except OSError:
        pytest.skip("this machine has no IPv6 on loopback")
    with server:
        assert get(server.url + "/", ca=authority.file).body == b"hi"
    assert f"host: [::1]:{server.port}" in server.requests[0].lower()


@pytest.fixture
def proxy() -> Iterator[RawServer]:
    with RawServer(proxying()) as server:
        yield server


def test_https_goes_through_a_tunnel_of_the_proxy(
    authority: Authority, proxy: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    with RawServer(always(OK), authority.server) as server:
        answer = get(f"https://localhost:{server.port}/b", {"Authorization": "secret"}, ca=authority.file)

    assert answer.body == b"hi"
    assert proxy.requests[0].startswith(f"CONNECT localhost:{server.port} HTTP/1.")
    assert "secret" not in proxy.requests[0]
    assert server.requests[0].startswith("GET /b HTTP/1.1")


def test_a_proxy_without_a_scheme_is_one_over_http(
    authority: Authority, proxy: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", proxy.url.removeprefix("http://"))
    with RawServer(always(OK), authority.server) as server:
        assert get(server.url + "/b", ca=authority.file).body == b"hi"
    assert len(proxy.requests) == 1


def test_plain_http_is_passed_on_by_the_proxy(proxy: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    with RawServer(always(OK)) as server:
        assert get(server.url + "/b?encryption=").body == b"hi"

    assert proxy.requests[0].startswith(f"GET {server.url}/b?encryption= HTTP/1.1")


def test_a_proxy_that_is_set_later_is_the_proxy_of_what_is_asked_then(
    proxy: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RawServer(always(OK)) as server:
        get(server.url + "/b?encryption=")
        assert not proxy.requests
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        get(server.url + "/b?encryption=")

    assert len(proxy.requests) == 1


def test_a_proxy_gets_the_credentials_of_its_url(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        RawServer(proxying(authorization="Basic dXNlcjpwQHNz")) as proxy,
        RawServer(always(OK), authority.server) as server,
    ):
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("://", "://user:p%40ss@"))
        assert get(server.url + "/", ca=authority.file).body == b"hi"


def test_a_proxy_that_refuses_is_told_without_its_password(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RawServer(proxying(authorization="Basic other")) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("://", "://user:hunter2@"))
        error = failure("https://localhost:9/", ca=authority.file)

    assert "407" in str(error)
    assert "hunter2" not in str(error)


def test_a_host_of_no_proxy_is_reached_directly(
    authority: Authority, proxy: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    with RawServer(always(OK), authority.server) as server:
        assert get(server.url + "/", ca=authority.file).body == b"hi"
    assert proxy.requests == []


def test_a_proxy_over_tls_is_a_tunnel_in_a_tunnel(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        RawServer(proxying(), authority.server) as proxy,
        RawServer(always(OK), authority.server) as server,
    ):
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert get(server.url + "/", ca=authority.file).body == b"hi"
    assert proxy.requests[0].startswith("CONNECT ")


def test_a_proxy_that_is_not_there_is_no_connection(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")

    assert not failure("https://localhost:9/", ca=authority.file).was_connected


def test_two_transports_in_one_loop_do_not_share_connections() -> None:
    async def two() -> None:
        settings = TransportSettings(2, 5, 5)
        for _ in range(2):
            transport = open_transport(settings)
            await transport.get(server.url + "/", {})
            await transport.close()

    with RawServer(always(OK)) as server:
        asyncio.run(two())
    assert server.connections == 2


def test_a_transport_that_was_never_used_is_closed() -> None:
    async def main() -> None:
        await open_transport(TransportSettings(2, 5, 5)).close()

    asyncio.run(main())
