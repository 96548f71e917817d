"""Every way in which a server can fail a request, on real loopback sockets, and the one error it becomes."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from providers.http.client import HttpClient, Timeouts, open_http
from providers.http.material import ClientFiles
from providers.http.tls import open_contexts
from tests.support.authority import Identity, authority, leaf, server_context
from tests.support.manual_clock import ManualClock
from tests.support.raw_server import Behaviour, RawServer, Reader, Writer, answer, raw_server, replies, reset
from totem.domain.errors import (
    BankUnreachable,
    CertificateRefused,
    ChargeNotFound,
    CredentialsRefused,
    Outcome,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    RequestRefused,
)

FAST = Timeouts(connect_s=5, read_s=0.2, write_s=5, pool_s=5, total_s=5)
PATIENT = Timeouts()
HTML = b"<html><body>Bad Gateway</body></html>"
TOKEN = "eyJhbGciOi.J9-secret.token"


class Place:
    """A root, a bank's certificate and a kiosk's, all good."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = authority("Root")
        self.server = leaf("bank", self.root, server=True)
        self.client = leaf("kiosk", self.root, server=False)
        self.clock = ManualClock()

    def tls(self) -> ssl.SSLContext:
        return server_context(self.folder, self.server, self.root)

    async def http(self, port: int, timeouts: Timeouts = PATIENT, client: Identity | None = None) -> HttpClient:
        contexts = await open_contexts(self.files(client or self.client), self.clock.now())
        return open_http(f"https://127.0.0.1:{port}", contexts, timeouts, self.clock)

    def files(self, client: Identity) -> ClientFiles:
        certificate, key, ca = (self.folder / name for name in ("client.cer", "client.key", "ca.pem"))
        certificate.write_bytes(client.pem)
        key.write_bytes(client.key_pem)
        ca.write_bytes(self.root.pem)
        return ClientFiles(certificate, key, ca, public_roots=False)

    @asynccontextmanager
    async def bank(
        self, behaviour: Behaviour, timeouts: Timeouts = PATIENT
    ) -> AsyncIterator[tuple[RawServer, HttpClient]]:
        async with raw_server(behaviour, self.tls()) as server:
            http = await self.http(server.port, timeouts)
            try:
                yield server, http
            finally:
                await http.close()


@pytest.fixture(name="place")
def _place(tmp_path: Path) -> Place:
    return Place(tmp_path)


async def money_call(http: HttpClient) -> ProviderError:
    """The error of a call that may move money."""
    with pytest.raises(ProviderError) as caught:
        await http.call(
            "PUT", "/api/v2/cob/T", moves_money=True, headers={"Authorization": f"Bearer {TOKEN}"}, json={"a": "b"}
        )
    text = str(caught.value)
    assert TOKEN not in text
    assert "Bearer" not in text
    return caught.value


async def test_answers_2xx_with_its_body(place: Place) -> None:
    async with place.bank(replies(answer(201, b'{"ok": true}'))) as (server, http):
        reply = await http.call("PUT", "/api/v2/cob/T", moves_money=True, json={"a": "b"})
        assert (reply.status, reply.body) == (201, b'{"ok": true}')
        assert server.requests[0].startswith(b"PUT /api/v2/cob/T HTTP/1.1\r\n")
        assert b"accept-encoding: identity" in server.requests[0].lower()


async def test_connection_refused_is_not_sent(place: Place) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: a connection is refused
        http = await place.http(taken.getsockname()[1])
        error = await money_call(http)
        await http.close()
    assert isinstance(error, BankUnreachable)
    assert error.outcome is Outcome.NOT_SENT


async def test_a_handshake_that_never_comes_is_not_sent(place: Place) -> None:
    async def silent(_server: RawServer, reader: Reader, _writer: Writer) -> None:
        await reader.read()

    async with raw_server(silent) as server:
        http = await place.http(server.port, Timeouts(connect_s=0.2))
        assert isinstance(await money_call(http), BankUnreachable)
        await http.close()


async def test_a_peer_without_tls_is_not_sent(place: Place) -> None:
    async def plain(_server: RawServer, reader: Reader, writer: Writer) -> None:
        await reader.read(10)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()

    async with raw_server(plain) as server:
        http = await place.http(server.port)
        assert isinstance(await money_call(http), BankUnreachable)
        assert server.connections == 2  # one for the call and one to ask why: no attempt is repeated
        await http.close()


async def test_an_untrusted_bank_is_refused_before_anything_is_sent(place: Place) -> None:
    place.server = leaf("bank", authority("Stranger"), server=True)
    async with place.bank(replies(answer(200, b"{}"))) as (server, http):
        error = await money_call(http)
        assert isinstance(error, CertificateRefused)
        assert "not trusted" in str(error)
        assert server.requests == []


async def test_a_bank_under_another_name_is_refused(place: Place) -> None:
    place.server = leaf("bank", place.root, server=True, names=("elsewhere.example",))
    async with place.bank(replies(answer(200, b"{}"))) as (server, http):
        error = await money_call(http)
        assert isinstance(error, CertificateRefused)
        assert server.requests == []


@pytest.mark.parametrize("orderly", [True, False])
async def test_closed_before_reading_is_unknown(place: Place, orderly: bool) -> None:
    async def close(_server: RawServer, _reader: Reader, writer: Writer) -> None:
        if orderly:
            writer.close()
        else:
            reset(writer)

    async with place.bank(close) as (_, http):
        assert isinstance(await money_call(http), OutcomeUnknown)


@pytest.mark.parametrize("orderly", [True, False])
async def test_closed_after_reading_is_unknown(place: Place, orderly: bool) -> None:
    async def read_then_close(server: RawServer, reader: Reader, writer: Writer) -> None:
        await server.read_request(reader)
        if orderly:
            writer.close()
        else:
            reset(writer)

    async with place.bank(read_then_close) as (server, http):
        assert isinstance(await money_call(http), OutcomeUnknown)
        assert len(server.requests) == 1  # and not sent a second time


async def test_silence_after_reading_is_unknown(place: Place) -> None:
    async def silent(server: RawServer, reader: Reader, _writer: Writer) -> None:
        await server.read_request(reader)
        await reader.read()

    async with place.bank(silent, FAST) as (server, http):
        assert isinstance(await money_call(http), OutcomeUnknown)
        assert len(server.requests) == 1


async def test_half_an_answer_is_unknown(place: Place) -> None:
    async def half(server: RawServer, reader: Reader, writer: Writer) -> None:
        await server.read_request(reader)
        writer.write(answer(201, b'{"txid": "T"}')[:-5])
        await writer.drain()
        writer.close()

    async with place.bank(half) as (_, http):
        assert isinstance(await money_call(http), OutcomeUnknown)


async def test_an_answer_that_drips_ends_at_the_total_limit(place: Place) -> None:
    async def drip(server: RawServer, reader: Reader, writer: Writer) -> None:
        await server.read_request(reader)
        writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 100000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with place.bank(drip, Timeouts(total_s=0.3)) as (_, http):
        assert isinstance(await money_call(http), OutcomeUnknown)


async def test_an_endless_answer_ends_at_the_size_limit(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("providers.http.client.MAX_ANSWER_BYTES", 1000)
    async with place.bank(replies(answer(200, b"x" * 5000))) as (_, http):
        error = await money_call(http)
        assert isinstance(error, OutcomeUnknown)
        assert "larger" in str(error)


async def test_garbage_instead_of_http_is_unknown(place: Place) -> None:
    async with place.bank(replies(b"\x00\xff\x00 garbage \r\n\r\n")) as (_, http):
        assert isinstance(await money_call(http), OutcomeUnknown)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 302, 307, 408])
async def test_statuses_that_say_nothing_are_unknown(place: Place, status: int) -> None:
    body = b'{"type": "https://pix.bcb.gov.br/api/v2/error/ServicoIndisponivel", "title": "x", "status": 503}'
    async with place.bank(replies(answer(status, body, "Location: /elsewhere"))) as (server, http):
        assert isinstance(await money_call(http), OutcomeUnknown)
        assert len(server.requests) == 1  # no redirect followed, nothing repeated


@pytest.mark.parametrize("status", [400, 404, 409, 413, 422, 502])
@pytest.mark.parametrize("body", [HTML, b"", b'{"message": "no Route matched"}', b"[]", b"null", b"\xff\xfe"])
async def test_an_untyped_error_is_unknown(place: Place, status: int, body: bytes) -> None:
    async with place.bank(replies(answer(status, body, content_type="text/html"))) as (_, http):
        assert isinstance(await money_call(http), OutcomeUnknown)


async def test_a_typed_4xx_is_a_refusal(place: Place) -> None:
    body = (
        b'{"type": "https://pix.bcb.gov.br/api/v2/error/CobOperacaoInvalida", "title": "Invalida", "status": 400,'
        b' "detail": "Ruim: Bearer abc.def", "violacoes": [{"razao": "zero", "propriedade": "cob.valor.original",'
        b' "valor": "12345678900"}, {"razao": null}], "novo": {}}'
    )
    async with place.bank(replies(answer(400, body, content_type="application/problem+json"))) as (_, http):
        error = await money_call(http)
    assert isinstance(error, RequestRefused)
    assert (error.status, error.kind) == (400, "CobOperacaoInvalida")
    assert error.violations[0] == "cob.valor.original: zero"
    assert error.outcome is Outcome.NOT_SENT
    assert "12345678900" not in str(error)


async def test_a_typed_404_is_not_found(place: Place) -> None:
    body = b'{"type": "https://pix.bcb.gov.br/api/v2/error/CobNaoEncontrado", "title": "x", "status": 404}'
    async with place.bank(replies(answer(404, body))) as (_, http):
        assert isinstance(await money_call(http), ChargeNotFound)


async def test_a_404_of_another_kind_is_no_evidence_of_absence(place: Place) -> None:
    body = b'{"type": "https://pix.bcb.gov.br/api/v2/error/AcessoNegado", "title": "x", "status": 404}'
    async with place.bank(replies(answer(404, body))) as (_, http):
        assert isinstance(await money_call(http), RequestRefused)


async def test_401_and_403(place: Place) -> None:
    denied = b'{"type": "https://pix.bcb.gov.br/api/v2/error/AcessoNegado", "title": "x", "status": 403}'
    raw = (answer(401, HTML), answer(403, denied), answer(403, HTML))
    async with place.bank(replies(*raw)) as (_, http):
        assert isinstance(await money_call(http), CredentialsRefused)
        refused = await money_call(http)
        assert isinstance(refused, RequestRefused)
        assert refused.kind == "AcessoNegado"
        assert isinstance(await money_call(http), CertificateRefused)


async def test_429_in_both_forms_of_retry_after(place: Place) -> None:
    soon = format_datetime(place.clock.now().replace(microsecond=0) + timedelta(seconds=45), usegmt=True)
    raw = (
        answer(429, HTML, "Retry-After: 17"),
        answer(429, b"", f"Retry-After: {soon}"),
        answer(429, b""),
        answer(429, b"", "Retry-After: later"),
    )
    async with place.bank(replies(*raw)) as (_, http):
        errors = [await money_call(http) for _ in raw]
    waits = [error.retry_after_s for error in errors if isinstance(error, RateLimited)]
    assert waits[0] == 17
    assert waits[1] is not None
    assert 43 < waits[1] <= 45
    assert waits[2:] == [None, None]


async def test_nginx_turns_a_certificate_down_after_the_handshake(place: Place) -> None:
    page = b"<html><head><title>400 The SSL certificate error</title></head><body>nginx</body></html>"
    async with place.bank(replies(answer(400, page, content_type="text/html"))) as (_, http):
        error = await money_call(http)
    assert isinstance(error, CertificateRefused)
    assert error.outcome is Outcome.NOT_SENT


@asynccontextmanager
async def openssl_server(tls: ssl.SSLContext) -> AsyncIterator[RawServer]:
    """A server on blocking sockets: unlike asyncio's, it sends the alert when it refuses a certificate, as banks do."""
    state = RawServer()
    listener = socket.create_server(("127.0.0.1", 0))
    state.port = listener.getsockname()[1]

    def serve() -> None:
        with suppress(OSError):
            while True:
                plain, _ = listener.accept()
                with suppress(OSError), plain, tls.wrap_socket(plain, server_side=True) as peer:
                    state.requests.append(peer.recv(1000))

    task = asyncio.create_task(asyncio.to_thread(serve))
    try:
        yield state
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        await task


@pytest.mark.parametrize("sends_alerts", [True, False])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_wrong_client_certificate_is_named(place: Place, version: ssl.TLSVersion, sends_alerts: bool) -> None:
    """Under TLS 1.3 the refusal comes only after the request was written: there a money call stays unknown."""
    stranger = leaf("kiosk", authority("Stranger"), server=False)
    tls = place.tls()
    if version is ssl.TLSVersion.TLSv1_2:
        tls.maximum_version = version
    async with openssl_server(tls) if sends_alerts else raw_server(replies(answer(200, b"{}")), tls) as server:
        http = await place.http(server.port, client=stranger)
        with pytest.raises(CertificateRefused, match=r"refuses our (client )?certificate"):
            await http.post_form("/oauth/token", {"a": "b"}, {})
        place.clock.advance(60)
        error = await money_call(http)
        assert isinstance(error, CertificateRefused if version is ssl.TLSVersion.TLSv1_2 else OutcomeUnknown)
        assert server.requests == []
        await http.close()


async def test_a_server_of_tls_1_3_alone_is_no_proof_against_the_certificate(place: Place) -> None:
    async def drop(server: RawServer, reader: Reader, writer: Writer) -> None:
        await server.read_request(reader)
        reset(writer)

    tls = place.tls()
    tls.minimum_version = ssl.TLSVersion.TLSv1_3
    async with raw_server(drop, tls) as server:
        http = await place.http(server.port)
        with pytest.raises(OutcomeUnknown):
            await http.call("GET", "/x", moves_money=False)
        await http.close()


async def test_a_drop_for_another_reason_does_not_blame_the_certificate(place: Place) -> None:
    async def drop(server: RawServer, reader: Reader, writer: Writer) -> None:
        await server.read_request(reader)
        reset(writer)

    async with place.bank(drop) as (server, http):
        for _ in range(3):
            with pytest.raises(OutcomeUnknown):
                await http.call("GET", "/x", moves_money=False)
        assert server.connections == 4  # three calls, and one probe for all of them


async def test_a_connection_closed_while_idle_is_replaced(place: Place) -> None:
    closed = asyncio.Event()

    async def one_each(server: RawServer, reader: Reader, writer: Writer) -> None:
        await server.read_request(reader)
        writer.write(answer(200, b"{}"))
        await writer.drain()
        writer.close()
        closed.set()

    async with place.bank(one_each) as (server, http):
        for _ in range(3):
            closed.clear()
            await http.call("PUT", "/x", moves_money=True, json={})
            await closed.wait()
        assert len(server.requests) == 3


async def test_old_tls_is_not_spoken(place: Place) -> None:
    contexts = await open_contexts(place.files(place.client), place.clock.now())
    for context in (contexts.calls, contexts.probe):
        assert context.minimum_version is ssl.TLSVersion.TLSv1_2
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname
