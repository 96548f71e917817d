"""The client of Bacen's API against answers written by hand; each request is held against the rules of 2.9.0."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.http.client import HttpClient, Timeouts
from providers.pix.bacen import BacenPix
from providers.pix.bank import ApiVersions, Bank
from providers.pix.limits import charge_body, charge_faults
from providers.pix.token import TokenCache, TokenSettings
from tests.support.json_schema import faults_of
from tests.support.manual_clock import ManualClock
from totem.domain.errors import (
    BankUnreachable,
    ChargeNotFound,
    ChargeRejected,
    CredentialsRefused,
    Outcome,
    OutcomeUnknown,
    ProviderError,
    RequestRefused,
)
from totem.domain.money import Currency, Money
from totem.domain.ports import ChargeRequest, ChargeStatus, ReceivedPix, RefundStatus

KEY = "7d9f0335-8dcc-4054-9bf9-0dbd61d36906"
TXID = "TOTEM01" + "a" * 25
E2E = "E12345678202009091221kkkkkkkkkkk"
REQUEST = ChargeRequest(TXID, Money(45_00), 300, "Lavagem completa", (("Totem", "01"),))
SINCE = datetime(2026, 11, 22, 12, 0, 0, 500, tzinfo=UTC)

PUBLISHED = json.loads((Path(__file__).parent.parent / "recorded" / "bacen_pix_2_9_0.json").read_text())["schemas"]


def check_charge_body(body: dict[str, Any]) -> None:
    """`CobSolicitada` of Bacen's OpenAPI 2.9.0, typed in from the specification, and as it was published."""
    assert faults_of(body, PUBLISHED["CobSolicitada"]) == []
    assert {"calendario", "valor", "chave"} <= set(body) <= {
        "calendario", "devedor", "loc", "valor", "chave", "solicitacaoPagador", "infoAdicionais"
    }  # fmt: skip
    assert set(body["calendario"]) == {"expiracao"}
    assert type(body["calendario"]["expiracao"]) is int
    assert 1 <= body["calendario"]["expiracao"] <= 2**31 - 1
    assert isinstance(body["valor"]["original"], str)
    assert re.fullmatch(r"\d{1,10}\.\d{2}", body["valor"]["original"])
    assert float(body["valor"]["original"]) > 0
    assert len(body["chave"]) <= 77
    assert len(body.get("solicitacaoPagador", "")) <= 140
    details = body.get("infoAdicionais", [])
    assert len(details) <= 50
    for detail in details:
        assert set(detail) == {"nome", "valor"}
        assert len(detail["nome"]) <= 50
        assert len(detail["valor"]) <= 200


def cob(**changes: Any) -> dict[str, Any]:
    return {
        "txid": TXID,
        "status": "ATIVA",
        "calendario": {"criacao": "2026-11-22T12:00:00Z", "expiracao": 300},
        "valor": {"original": "45.00"},
        "chave": KEY,
        "loc": {"id": 7},
        "pixCopiaECola": "000201...",
        **changes,
    }


def pix(number: int = 1, **changes: Any) -> dict[str, Any]:
    e2e = f"E12345678202009091221{number:011d}"
    return {"endToEndId": e2e, "txid": TXID, "valor": "45.00", "horario": "2026-11-22T12:01:00Z", **changes}


class Wire:
    """Answers by hand: `answers` in order, the last for ever. Tokens are given at once."""

    def __init__(self, *answers: httpx.Response | httpx.HTTPError) -> None:
        self.answers = list(answers)
        self.calls: list[httpx.Request] = []
        self.tokens = 0
        self.clock = ManualClock()
        client = httpx.AsyncClient(transport=httpx.MockTransport(self._answer), base_url="https://bank.example")
        http = HttpClient(client, self.clock, Timeouts())
        token = TokenSettings("/oauth/token", "kiosk", "secret", ("cob.write",))
        versions = ApiVersions(put_cob="v2", get_cob="v3", patch_cob="v4", pix="v5", loc="v6")
        bank = Bank("bank", "/api", KEY, token, versions, headers={"x-conta-corrente": "123"})
        self.bank = BacenPix(bank, http, TokenCache(token, http, self.clock))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            self.tokens += 1
            return httpx.Response(200, json={"access_token": f"T{self.tokens}", "expires_in": 3600})
        self.calls.append(request)
        assert request.headers["x-conta-corrente"] == "123"
        answer = self.answers[min(len(self.calls), len(self.answers)) - 1]
        if isinstance(answer, httpx.HTTPError):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    def body(self, index: int = -1) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.calls[index].content)
        return parsed


def ok(body: object, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json=body)


def problem(status: int, kind: str) -> httpx.Response:
    return ok({"type": f"https://pix.bcb.gov.br/api/v2/error/{kind}", "title": kind, "status": status}, status)


async def test_create_charge() -> None:
    wire = Wire(ok(cob(), 201))
    charge = await wire.bank.create_charge(REQUEST)
    assert (charge.txid, charge.amount, charge.status) == (TXID, Money(45_00), ChargeStatus.ACTIVE)
    assert charge.copia_e_cola == "000201..."
    (call,) = wire.calls
    assert (call.method, call.url.path) == ("PUT", f"/api/v2/cob/{TXID}")
    assert call.headers["Authorization"] == "Bearer T1"
    assert call.headers["Content-Type"] == "application/json"
    check_charge_body(wire.body())
    assert wire.body()["infoAdicionais"] == [{"nome": "Totem", "valor": "01"}]


async def test_the_same_request_makes_the_same_body() -> None:
    wire = Wire(ok(cob(), 201))
    await wire.bank.create_charge(REQUEST)
    await wire.bank.create_charge(REQUEST)
    assert wire.calls[0].content == wire.calls[1].content


_REQUESTS = st.builds(
    ChargeRequest,
    txid=st.from_regex(r"[a-zA-Z0-9]{26,35}", fullmatch=True) | st.text(max_size=40),
    amount=st.builds(Money, st.integers(min_value=0, max_value=9_999_999_999), st.sampled_from(Currency)),
    expires_in_s=st.integers(min_value=-1, max_value=2**32),
    message=st.text(st.characters(), max_size=160),
    details=st.lists(st.tuples(st.text(max_size=60), st.text(max_size=220)), max_size=52).map(tuple),
)


@given(_REQUESTS)
def test_whatever_passes_the_local_check_obeys_bacen(request: ChargeRequest) -> None:
    if not charge_faults(request):
        assert re.fullmatch(r"[a-zA-Z0-9]{26,35}", request.txid)
        check_charge_body(charge_body(request, KEY))
        json.dumps(charge_body(request, KEY), ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"txid": "a" * 25}, "txid"),
        ({"txid": "a" * 36}, "txid"),
        ({"txid": "a" * 25 + "-"}, "txid"),
        ({"txid": "á" * 26}, "txid"),
        ({"txid": "a" * 26 + "\n"}, "txid"),
        ({"amount": Money(0)}, "valor.original"),
        ({"amount": Money(45, Currency.CVE)}, "valor.original"),
        ({"expires_in_s": 0}, "calendario.expiracao"),
        ({"message": "x" * 141}, "solicitacaoPagador"),
        ({"message": "half \ud83d"}, "solicitacaoPagador"),
        ({"details": (("a", "\udc00"),)}, "infoAdicionais[0].valor"),
        ({"details": (("a", "b"),) * 51}, "infoAdicionais"),
        ({"details": (("a" * 51, "b"),)}, "infoAdicionais[0].nome"),
        ({"details": (("a", "b" * 201),)}, "infoAdicionais[0].valor"),
    ],
)
async def test_what_breaks_a_limit_is_not_sent(change: dict[str, Any], fault: str) -> None:
    wire = Wire(ok(cob()))
    fields = {"txid": TXID, "amount": Money(45_00), "expires_in_s": 300, **change}
    with pytest.raises(RequestRefused) as caught:
        await wire.bank.create_charge(ChargeRequest(**fields))
    assert caught.value.outcome is Outcome.NOT_SENT
    assert any(violation.startswith(fault) for violation in caught.value.violations)
    assert (wire.calls, wire.tokens) == ([], 0)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"txid": "b" * 32}, "another txid"),
        ({"valor": {"original": "44.99"}}, "44.99 instead of 45.00"),
        ({"chave": "someone@else.example"}, "another receiver"),
        ({"valor": {"original": "45.00", "modalidadeAlteracao": 1}}, "may alter"),
        ({"pixCopiaECola": None, "loc": None}, "neither"),
    ],
)
async def test_a_charge_that_was_not_asked_for_is_rejected(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ChargeRejected, match=reason) as caught:
        await Wire(ok(cob(**change), 201)).bank.create_charge(REQUEST)
    assert caught.value.outcome is Outcome.UNKNOWN


async def test_a_key_written_otherwise_is_the_same_key() -> None:
    wire = Wire(ok(cob(chave=KEY.upper()), 201))
    assert (await wire.bank.create_charge(REQUEST)).txid == TXID


async def test_the_code_is_fetched_where_the_answer_lacks_it_and_kept() -> None:
    bare = ok(cob(pixCopiaECola=None), 201)
    wire = Wire(bare, ok({"qrcode": "000201 from loc", "imagemQrcode": "data:"}), bare)
    assert (await wire.bank.create_charge(REQUEST)).copia_e_cola == "000201 from loc"
    assert wire.calls[1].url.path == "/api/v6/loc/7/qrcode"
    assert (await wire.bank.get_charge(TXID)).copia_e_cola == "000201 from loc"
    assert len(wire.calls) == 3  # and not asked for again at every poll


async def test_a_code_that_cannot_be_fetched_leaves_the_charge_unknown_and_the_poll_running() -> None:
    bare = ok(cob(pixCopiaECola=None), 201)
    wire = Wire(bare, problem(403, "AcessoNegado"), bare, httpx.ReadTimeout("slow"))
    with pytest.raises(OutcomeUnknown, match="exists"):
        await wire.bank.create_charge(REQUEST)
    assert (await wire.bank.get_charge(TXID)).copia_e_cola is None


async def test_get_and_cancel() -> None:
    removed = cob(status="REMOVIDA_PELO_USUARIO_RECEBEDOR")
    wire = Wire(ok(cob(status="CONCLUIDA", pix=[pix()])), ok(removed))
    charge = await wire.bank.get_charge(TXID)
    assert (charge.status, len(charge.payments)) == (ChargeStatus.COMPLETED, 1)
    assert (await wire.bank.cancel_charge(TXID)).status is ChargeStatus.REMOVED_BY_RECEIVER
    assert [(call.method, call.url.path) for call in wire.calls] == [
        ("GET", f"/api/v3/cob/{TXID}"),
        ("PATCH", f"/api/v4/cob/{TXID}"),
    ]
    assert wire.body() == {"status": "REMOVIDA_PELO_USUARIO_RECEBEDOR"}
    assert faults_of(wire.body(), PUBLISHED["CobRevisada"]) == []


@pytest.mark.parametrize("operation", ["get_charge", "cancel_charge"])
async def test_an_answer_about_another_charge_is_unknown(operation: str) -> None:
    call: Callable[[str], Any] = getattr(Wire(ok(cob(txid="b" * 32))).bank, operation)
    with pytest.raises(OutcomeUnknown, match="another charge"):
        await call(TXID)


async def test_not_found_is_told_from_a_wrong_address() -> None:
    with pytest.raises(ChargeNotFound):
        await Wire(problem(404, "CobNaoEncontrado")).bank.get_charge(TXID)
    with pytest.raises(OutcomeUnknown):
        await Wire(httpx.Response(404, text="<html>")).bank.get_charge(TXID)


async def test_a_401_is_answered_by_one_fresh_token() -> None:
    wire = Wire(httpx.Response(401), ok(cob(), 201))
    assert (await wire.bank.create_charge(REQUEST)).txid == TXID
    assert [call.headers["Authorization"] for call in wire.calls] == ["Bearer T1", "Bearer T2"]
    assert wire.calls[0].content == wire.calls[1].content


async def test_a_bank_that_refuses_every_token_is_not_flooded() -> None:
    wire = Wire(httpx.Response(401))
    for _ in range(10):
        with pytest.raises(CredentialsRefused):
            await wire.bank.get_charge(TXID)
    assert wire.tokens == 3
    assert len(wire.calls) == 12  # and a call is repeated only with a fresh token


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.ConnectError("down"), BankUnreachable),
        (httpx.ReadTimeout("slow"), OutcomeUnknown),
        (httpx.RemoteProtocolError("cut"), OutcomeUnknown),
        (httpx.Response(200, text="<html>"), OutcomeUnknown),
        (httpx.Response(204), OutcomeUnknown),
        (problem(503, "ServicoIndisponivel"), OutcomeUnknown),
        (problem(400, "CobOperacaoInvalida"), RequestRefused),
    ],
)
async def test_nothing_is_repeated_inside(answer: httpx.Response | httpx.HTTPError, kind: type[ProviderError]) -> None:
    for operation in ("create", "refund", "cancel"):
        wire = Wire(answer)
        with pytest.raises(kind):
            await {
                "create": lambda bank: bank.create_charge(REQUEST),
                "refund": lambda bank: bank.refund(E2E, "R1", Money(1)),
                "cancel": lambda bank: bank.cancel_charge(TXID),
            }[operation](wire.bank)
        assert len(wire.calls) == 1


async def test_refund() -> None:
    answer = {"id": "R1", "rtrId": "D" * 32, "valor": "5.00", "status": "EM_PROCESSAMENTO", "horario": {}}
    wire = Wire(ok(answer, 201), ok({**answer, "status": "NAO_REALIZADO", "motivo": "Saldo"}))
    assert (await wire.bank.refund(E2E, "R1", Money(5_00))).status is RefundStatus.PROCESSING
    assert (wire.calls[0].method, wire.calls[0].url.path) == ("PUT", f"/api/v5/pix/{E2E}/devolucao/R1")
    assert wire.body() == {"valor": "5.00"}
    assert faults_of(wire.body(), PUBLISHED["DevolucaoSolicitada"]) == []
    refund = await wire.bank.get_refund(E2E, "R1")
    assert (refund.status, refund.reason, refund.amount) == (RefundStatus.NOT_DONE, "Saldo", Money(5_00))


@pytest.mark.parametrize("change", [{"id": "R2"}, {"valor": "5.01"}, {"valor": 5.0}])
async def test_a_refund_of_another_amount_or_id_is_unknown(change: dict[str, Any]) -> None:
    answer = {"id": "R1", "valor": "5.00", "status": "DEVOLVIDO", **change}
    with pytest.raises(OutcomeUnknown):
        await Wire(ok(answer, 201)).bank.refund(E2E, "R1", Money(5_00))


@pytest.mark.parametrize(("e2e", "refund_id", "cents"), [("E1", "R1", 1), (E2E, "", 1), (E2E, "R-1", 1), (E2E, "R", 0)])
async def test_a_refund_against_the_limits_is_not_sent(e2e: str, refund_id: str, cents: int) -> None:
    wire = Wire(ok({}))
    with pytest.raises(RequestRefused):
        await wire.bank.refund(e2e, refund_id, Money(cents))
    assert wire.calls == []


async def _received(wire: Wire, until: datetime | None = None, into: list[str] | None = None) -> list[ReceivedPix]:
    items = []
    async for item in wire.bank.received(SINCE, until or SINCE + timedelta(hours=1)):
        items.append(item)
        if into is not None:
            into.append(item.end_to_end_id)
    return items


def page(items: list[object], pages: int | None) -> httpx.Response:
    return ok({"parametros": {"paginacao": {"quantidadeDePaginas": pages}}, "pix": items})


async def test_received_turns_the_pages_and_tells_each_pix_once() -> None:
    wire = Wire(page([pix(1), pix(2)], 3), page([pix(2), pix(3, txid=None)], 3), page([pix(4)], 3))
    items = await _received(wire)
    assert [item.end_to_end_id[-1] for item in items] == ["1", "2", "3", "4"]
    assert [item.txid for item in items] == [TXID, TXID, None, TXID]
    queries = [parse_qs(call.url.query.decode()) for call in wire.calls]
    assert [query["paginacao.paginaAtual"] for query in queries] == [["0"], ["1"], ["2"]]
    assert queries[0]["inicio"] == ["2026-11-22T12:00:00Z"]
    assert queries[0]["fim"] == ["2026-11-22T13:00:01Z"]
    assert int(queries[0]["paginacao.itensPorPagina"][0]) <= 1000


async def test_received_ends_by_a_short_page_where_the_bank_counts_none() -> None:
    full: list[object] = [pix(number) for number in range(1000)]
    wire = Wire(page(full, None), page([pix(5000)], None))
    assert len(await _received(wire)) == 1001
    assert await _received(Wire(page([], None))) == []
    assert await _received(Wire(page([], 0))) == []


async def test_an_unreadable_pix_hides_no_other() -> None:
    wire = Wire(page([pix(1), pix(2, valor=45.0), "x", pix(3)], 1))
    seen: list[str] = []
    with pytest.raises(OutcomeUnknown, match=r"2 unreadable.*E12345678202009091221") as caught:
        await _received(wire, into=seen)
    assert [end_to_end_id[-1] for end_to_end_id in seen] == ["1", "3"]
    assert "45.0" not in str(caught.value)


async def test_received_wants_a_window_that_makes_sense() -> None:
    with pytest.raises(RequestRefused):
        await _received(Wire(page([], 1)), SINCE - timedelta(seconds=1))
    with pytest.raises(ValueError, match="aware"):
        await _received(Wire(page([], 1)), datetime(2026, 1, 1))  # noqa: DTZ001


async def test_an_endless_list_ends() -> None:
    with pytest.raises(OutcomeUnknown, match="pages"):
        await _received(Wire(page([pix(1)], 10**9)))
