"""Pix out through Inter: what every failure means, and how many calls are made. Unknown is not failed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.http.client import HttpClient, Timeouts
from providers.pix.inter import PRODUCTION, SANDBOX, InterPayoutSettings, InterSettings
from providers.pix.inter_calls import InterCalls
from providers.pix.inter_payout import InterPayer, calls_per_minute_of, open_inter_payer
from providers.pix.pace import Pace
from providers.pix.token import TokenCache, TokenSettings
from tests.support.inter_payouts import CODE, DENIED, INVALID, NOT_FOUND, REQUEST, SENT, ask, payer_of, query, send
from tests.support.inter_wire import CUT, SECRET, inter_world, told
from tests.support.manual_clock import ManualClock
from tests.support.raw_server import answer
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
    ScopeMissing,
)

# --- Failures ---------------------------------------------------------------------------------------------------------

_HTML: Final = b"<html><body>Bad Gateway</body></html>"


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (told(INVALID, 400), RequestRefused),
        (told(DENIED, 403), RequestRefused),
        (told(NOT_FOUND, 404), RequestRefused),
        (told({**INVALID, "title": "Limite excedido [PIXP30]"}, 422), RequestRefused),
        (
            told({"type": "https://x.example/error/RequisicaoInvalida", "title": "x", "status": 400}, 400),
            RequestRefused,
        ),
        (told({"message": "requested scope is not registered for this client"}, 401), ScopeMissing),
        (told({"message": "slow down"}, 429, "Retry-After: 7"), RateLimited),
        (answer(403, _HTML), CertificateRefused),
    ],
)
async def test_a_typed_refusal_is_not_sent(tmp_path: Path, reply: bytes, kind: type[ProviderError]) -> None:
    world, error = await send(tmp_path, reply)
    assert (type(error), error.outcome) == (kind, Outcome.NOT_SENT)
    assert len(world.doors.calls) == 1
    if isinstance(error, RateLimited):
        assert error.retry_after_s == 7


@pytest.mark.parametrize(
    "reply",
    [
        CUT,
        told(SENT, 500),
        answer(502, _HTML),
        answer(504, b""),
        answer(200, _HTML),
        answer(202, b""),
        told(SENT, 302, "Location: https://elsewhere.example/"),
        answer(408, b""),
        answer(400, _HTML),
        answer(404, b"page not found"),
        told({"message": "no route"}, 404),
        told({"title": "Bad Request"}, 400),
        told({"title": "Not Found", "status": "400"}, 404),
        told({**INVALID, "title": "Ocorreu um erro!"}, 409),
        told({"type": "https://x.example/error/Conflito", "title": "x", "status": 409}, 409),
        told({"erro": {"mensagem": "Requisição inválida", "status": 400}}, 400),
    ],
)
async def test_everything_else_is_unknown_and_never_repeated(tmp_path: Path, reply: bytes) -> None:
    world, error = await send(tmp_path, reply)
    assert (type(error), error.outcome) == (OutcomeUnknown, Outcome.UNKNOWN)
    assert len(world.doors.calls) == 1


async def test_silence_is_unknown(tmp_path: Path) -> None:
    slow = told(SENT)[:-1]  # the last byte never comes
    async with inter_world(tmp_path, slow) as world:
        hasty = replace(world.settings, timeouts=replace(world.settings.timeouts, read_s=0.1))
        payer = await open_inter_payer(hasty, world.clock)
        with pytest.raises(OutcomeUnknown):
            await payer.send_pix(REQUEST)
        await payer.close()
    assert len(world.doors.calls) == 1


async def test_a_bank_that_is_down_is_not_sent(tmp_path: Path) -> None:
    async with inter_world(tmp_path, told(SENT)) as world:
        payer = await payer_of(world)
    with pytest.raises(BankUnreachable) as caught:
        await payer.send_pix(REQUEST)
    assert caught.value.outcome is Outcome.NOT_SENT
    await payer.close()


async def test_no_token_is_not_sent(tmp_path: Path) -> None:
    async with inter_world(tmp_path, told(SENT)) as world:
        world.doors.token = told({"error": "No registered scope value for this client has been requested"}, 401)
        payer = await payer_of(world)
        with pytest.raises(ScopeMissing, match=r"pagamento-pix\.write"):
            await payer.send_pix(REQUEST)
        await payer.close()
    assert world.doors.calls == []


async def test_a_401_is_answered_by_one_fresh_token_and_the_same_order(tmp_path: Path) -> None:
    world, payout = await send(tmp_path, answer(401, b""), told(SENT))
    assert payout.payout_id == CODE
    first, second = world.doors.calls
    assert [call.headers["authorization"] for call in (first, second)] == ["Bearer T1", "Bearer T2"]
    assert first.headers["x-id-idempotente"] == second.headers["x-id-idempotente"]
    assert first.body == second.body


async def test_a_bank_that_accepts_no_token_is_not_flooded(tmp_path: Path) -> None:
    async with inter_world(tmp_path, answer(401, b"")) as world:
        payer = await payer_of(world)
        for _ in range(10):
            with pytest.raises(CredentialsRefused):
                await payer.send_pix(REQUEST)
        await payer.close()
    assert len(world.doors.tokens) == 3


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (told(NOT_FOUND, 404), ChargeNotFound),
        (told({"type": "https://x.example/error/NaoEncontrado", "title": "x", "status": 404}, 404), ChargeNotFound),
        (answer(404, b"page not found"), OutcomeUnknown),
        (told({"message": "no route"}, 404), OutcomeUnknown),
        (told(INVALID, 400), RequestRefused),
        (answer(503, b""), OutcomeUnknown),
    ],
)
async def test_only_the_banks_own_404_is_absence(tmp_path: Path, reply: bytes, kind: type[ProviderError]) -> None:
    assert type(await ask(tmp_path, reply)) is kind


async def test_a_refusal_tells_its_violations_in_one_clean_line(tmp_path: Path) -> None:
    body = {
        **INVALID,
        "detail": "two\nlines Bearer abc.def",
        "violacoes": [{"razao": "nulo", "propriedade": "valor"}, {}],
    }
    _, error = await send(tmp_path, told(body, 400))
    assert error.violations == ("valor: nulo", "")
    assert error.status == 400
    assert "\n" not in str(error)
    assert "abc.def" not in str(error)


class _Cut(httpx.AsyncBaseTransport):
    """Gives a token, and cuts every other call after its first byte was written: as TLS 1.3 shows a refusal."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/v2/token":
            return httpx.Response(200, json={"access_token": "T1"})
        await request.extensions["trace"]("http11.send_request_headers.started", {})
        raise httpx.ReadError("cut")


@pytest.mark.parametrize(("sends", "kind"), [(True, OutcomeUnknown), (False, CertificateRefused)])
async def test_a_cut_order_is_unknown_even_where_the_certificate_is_refused_now(
    sends: bool, kind: type[ProviderError]
) -> None:
    """A refused certificate explains a cut question; that of an order may have been refused only since."""

    async def refusing(what: str) -> CertificateRefused:
        return CertificateRefused(f"{what}: refused")

    clock, timeouts = ManualClock(), Timeouts()
    http = HttpClient(httpx.AsyncClient(transport=_Cut(), base_url="https://bank.example"), clock, timeouts, refusing)
    tokens = TokenCache(TokenSettings("/oauth/v2/token", "id", SECRET, ("pagamento-pix.write",)), http, clock)
    calls = InterCalls("https://bank.example", {}, timeouts, http, tokens, clock)
    payer = InterPayer(InterPayoutSettings(), calls, Pace(clock, 60), Pace(clock, 60))
    with pytest.raises(kind):
        await (payer.send_pix(REQUEST) if sends else payer.get_payout(CODE))
    await payer.close()


# --- Pace -------------------------------------------------------------------------------------------------------------


async def test_sends_keep_a_second_between_them(tmp_path: Path) -> None:
    async with inter_world(tmp_path, told(SENT)) as world:
        payer = await payer_of(world)
        began = world.clock.monotonic()
        for _ in range(4):
            await payer.send_pix(REQUEST)
        await payer.close()
    assert world.clock.monotonic() - began == pytest.approx(3.0)


@pytest.mark.parametrize(("address", "sends", "queries"), [(PRODUCTION, 60, 20), (SANDBOX, 10, 10)])
def test_the_banks_numbers_of_calls_go_by_the_address(address: str, sends: int, queries: int) -> None:
    nowhere = Path("nowhere")
    settings = InterSettings("integration", SECRET, nowhere, nowhere, None, "key", address)
    assert calls_per_minute_of(settings) == (sends, queries)
    own = InterPayoutSettings(sends_per_minute=7, queries_per_minute=8)
    assert calls_per_minute_of(replace(settings, payout=own)) == (7, 8)


async def test_a_minute_that_is_used_up_is_told_and_not_sent(tmp_path: Path) -> None:
    payout = InterPayoutSettings(sends_per_minute=3, queries_per_minute=2, gap_s=0)
    async with inter_world(tmp_path, told(SENT), payout=payout) as world:
        payer = await payer_of(world)
        for _ in range(3):
            await payer.send_pix(REQUEST)
            world.clock.advance(1)
        with pytest.raises(RateLimited) as caught:
            await payer.send_pix(REQUEST)
        assert caught.value.retry_after_s == pytest.approx(57)
        assert len(world.doors.calls) == 3
        world.clock.advance(57)
        assert (await payer.send_pix(REQUEST)).payout_id == CODE
        await payer.close()


async def test_queries_have_a_count_of_their_own(tmp_path: Path) -> None:
    payout = InterPayoutSettings(sends_per_minute=1, queries_per_minute=2, gap_s=0)
    async with inter_world(tmp_path, told(SENT), told(query("PAGO")), payout=payout) as world:
        payer = await payer_of(world)
        await payer.send_pix(REQUEST)
        for _ in range(2):
            await payer.get_payout(CODE)
        with pytest.raises(RateLimited):
            await payer.get_payout(CODE)
        await payer.close()


@given(st.integers(1, 8), st.floats(0, 1.5), st.lists(st.floats(0, 90), min_size=1, max_size=60))
async def test_no_minute_ever_holds_more_calls_than_allowed(per_minute: int, gap_s: float, pauses: list[float]) -> None:
    clock = ManualClock()
    pace = Pace(clock, per_minute, gap_s)
    taken: list[float] = []
    for pause in pauses:
        clock.advance(pause)
        with suppress(RateLimited):
            await pace.turn("POST /banking/v2/pix")
            taken.append(clock.monotonic())
    for index, at in enumerate(taken):
        assert sum(at - 60 + 1e-6 < other <= at for other in taken[: index + 1]) <= per_minute
        assert index == 0 or at - taken[index - 1] >= gap_s - 1e-6
