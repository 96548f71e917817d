"""Pix out through Inter: what is sent, byte by byte, and every answer's meaning. Unknown is not failed."""

from __future__ import annotations

import json
import uuid
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.pix.inter import PRODUCTION, SANDBOX, InterPayoutSettings, InterSettings
from providers.pix.inter_models import AmountForm, payout_body, payout_faults
from providers.pix.inter_payout import InterPayer, calls_per_minute_of, open_inter_payer
from providers.pix.pace import Pace
from tests.support.inter_wire import CUT, SECRET, InterWorld, inter_world, told
from tests.support.json_schema import faults_of
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
from totem.domain.money import Currency, Money
from totem.domain.ports import PayoutRequest, PayoutStatus

CODE = "c42f0787-02cb-4b31-827e-459ec9d7ece1"
E2E = "E00416968202309302034aqtneKsYCqs"
REQUEST = PayoutRequest(str(uuid.UUID(int=5)), Money(45_10), "cliente@example.com", "Devolução totem 01")
SENT = {
    "tipoRetorno": "PROCESSADO",
    "codigoSolicitacao": CODE,
    "dataPagamento": "2026-11-22",
    "dataOperacao": "2026-11-22",
}
INVALID = {
    "title": "Dados inválidos.",
    "detail": "Verifique se os dados informados estão de acordo com a documentação.",
    "timestamp": "2023-01-01T00:00:00.000000000-03:00",
    "violacoes": [{"razao": "O valor não pode ser nulo.", "propriedade": "valor"}],
}
NOT_FOUND = {"title": "Não Encontrado.", "status": "404", "detail": "Entidade não encontrada."}
DENIED = {"title": "Acesso Negado", "status": "403", "detail": "Viola alguma regra de autorização."}

BODY_BY_FORM: Final[dict[AmountForm, dict[str, Any]]] = {
    form: {
        "type": "object",
        "required": ["valor", "destinatario"],
        "properties": {
            "valor": valor,
            "descricao": {"type": "string", "maxLength": 140},
            "destinatario": {
                "type": "object",
                "required": ["tipo", "chave"],
                "properties": {
                    "tipo": {"type": "string", "enum": ["CHAVE"]},
                    "chave": {"type": "string", "minLength": 1, "maxLength": 77},
                },
            },
        },
    }
    for form, valor in (
        (AmountForm.TEXT, {"type": "string", "pattern": r"\d{1,10}\.\d{2}"}),
        (AmountForm.NUMBER, {"type": "number"}),
    )
}
"""`PagamentoPixRequestBody` of Inter's reference, `valor` as each of its two sources writes it."""


def query(status: str | None, **changes: Any) -> dict[str, Any]:
    transaction = {"valor": 45.1, "status": status, "codigoSolicitacao": CODE, "erros": [], **changes}
    return {"transacaoPix": transaction, "historico": [{"status": "CRIADO"}]}


async def payer_of(world: InterWorld) -> InterPayer:
    return await open_inter_payer(world.settings, world.clock)


async def send(tmp_path: Path, *answers: bytes, **changes: Any) -> tuple[InterWorld, Any]:
    """The payout, or the error, of one send."""
    async with inter_world(tmp_path, *answers, **changes) as world:
        payer = await payer_of(world)
        try:
            return world, await payer.send_pix(REQUEST)
        except ProviderError as exc:
            return world, exc
        finally:
            await payer.close()


async def ask(tmp_path: Path, reply: bytes) -> Any:
    async with inter_world(tmp_path, reply) as world:
        payer = await payer_of(world)
        try:
            return await payer.get_payout(CODE)
        except ProviderError as exc:
            return exc
        finally:
            await payer.close()


# --- What is sent -----------------------------------------------------------------------------------------------------


async def test_a_pix_is_sent_by_key_with_its_idempotency_key(tmp_path: Path) -> None:
    world, payout = await send(tmp_path, told(SENT), account="13525622")
    assert payout.payout_id == CODE
    (call,) = world.doors.calls
    assert (call.method, call.path) == ("POST", "/banking/v2/pix")
    assert call.headers["x-id-idempotente"] == REQUEST.idempotency_key
    assert call.headers["x-conta-corrente"] == "13525622"
    assert call.headers["authorization"] == "Bearer T1"
    assert call.headers["content-type"] == "application/json"
    assert call.json() == {
        "valor": "45.10",
        "destinatario": {"tipo": "CHAVE", "chave": "cliente@example.com"},
        "descricao": "Devolução totem 01",
    }
    form = world.doors.tokens[0].form()
    assert form["scope"] == ["pagamento-pix.write pagamento-pix.read"]
    assert form["client_secret"] == [SECRET]


async def test_the_amount_is_a_number_where_so_set(tmp_path: Path) -> None:
    world, _ = await send(tmp_path, told(SENT), payout=InterPayoutSettings(amount_form=AmountForm.NUMBER))
    assert world.doors.calls[0].body.startswith(b'{"valor": 45.10, ')
    assert "x-conta-corrente" not in world.doors.calls[0].headers


async def test_the_seeds_path_is_a_setting(tmp_path: Path) -> None:
    payout = InterPayoutSettings(path="/pix/v2/pix/payments", gap_s=0)
    async with inter_world(tmp_path, told(SENT), told(query("PAGO")), payout=payout) as world:
        payer = await payer_of(world)
        await payer.send_pix(REQUEST)
        await payer.get_payout(CODE)
        await payer.close()
    assert [call.path for call in world.doors.calls] == ["/pix/v2/pix/payments", f"/pix/v2/pix/payments/{CODE}"]


_KEYS = st.uuids().map(str) | st.text(max_size=40)
_REQUESTS = st.builds(
    PayoutRequest,
    idempotency_key=_KEYS,
    amount=st.builds(Money, st.integers(min_value=0, max_value=9_999_999_999), st.sampled_from(Currency)),
    pix_key=st.text(max_size=80) | st.just("cliente@example.com"),
    description=st.text(st.characters(), max_size=150),
)


@given(_REQUESTS, st.sampled_from(AmountForm))
def test_whatever_passes_the_local_check_obeys_inter(request: PayoutRequest, form: AmountForm) -> None:
    if payout_faults(request):
        return
    assert str(uuid.UUID(request.idempotency_key)) == request.idempotency_key
    body = payout_body(request, form)
    assert faults_of(json.loads(body), BODY_BY_FORM[form]) == []
    assert body == payout_body(request, form)
    exact = json.loads(body, parse_float=Decimal, parse_int=Decimal)["valor"]
    assert Decimal(exact) * 100 == request.amount.amount_cents > 0


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"idempotency_key": "a" * 32}, "x-id-idempotente"),
        ({"idempotency_key": str(uuid.UUID(int=0xABC)).upper()}, "x-id-idempotente"),
        ({"idempotency_key": REQUEST.idempotency_key + "\n"}, "x-id-idempotente"),
        ({"amount": Money(0)}, "valor"),
        ({"amount": Money(45, Currency.CVE)}, "valor"),
        ({"pix_key": ""}, "destinatario.chave"),
        ({"pix_key": "a" * 78}, "destinatario.chave"),
        ({"pix_key": "cliente@example.com "}, "destinatario.chave"),
        ({"pix_key": "a\x00b"}, "destinatario.chave"),
        ({"description": "x" * 141}, "descricao"),
        ({"description": "two\nlines"}, "descricao"),
        ({"description": "half \ud83d"}, "descricao"),
    ],
)
async def test_what_breaks_a_limit_is_not_sent(tmp_path: Path, change: dict[str, Any], fault: str) -> None:
    async with inter_world(tmp_path, told(SENT)) as world:
        payer = await payer_of(world)
        with pytest.raises(RequestRefused) as caught:
            await payer.send_pix(replace(REQUEST, **change))
        await payer.close()
    assert (caught.value.outcome, caught.value.kind) == (Outcome.NOT_SENT, "Local")
    assert [violation.split(":")[0] for violation in caught.value.violations] == [fault]
    assert (world.doors.calls, world.doors.tokens) == ([], [])


@pytest.mark.parametrize("payout_id", ["", "../saldo", "a/b", "a?b", "a" * 65, "código"])
async def test_an_id_that_is_none_is_not_asked_for(tmp_path: Path, payout_id: str) -> None:
    async with inter_world(tmp_path, told(query("PAGO"))) as world:
        payer = await payer_of(world)
        with pytest.raises(RequestRefused):
            await payer.get_payout(payout_id)
        await payer.close()
    assert world.doors.calls == []


# --- What is answered -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("APROVACAO", PayoutStatus.AWAITING_APPROVAL),
        ("AGENDADO", PayoutStatus.SCHEDULED),
        ("PROCESSADO", PayoutStatus.OTHER),
        ("NOVO", PayoutStatus.OTHER),
        (None, PayoutStatus.OTHER),
    ],
)
async def test_an_order_taken_is_never_done_yet(tmp_path: Path, kind: str | None, status: PayoutStatus) -> None:
    _, payout = await send(tmp_path, told({**SENT, "tipoRetorno": kind, "endToEndId": E2E, "novo": {}}))
    assert (payout.status, payout.payout_id, payout.end_to_end_id) == (status, CODE, None)


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        ("AGUARDANDO_APROVACAO", PayoutStatus.AWAITING_APPROVAL),
        ("AGENDADO", PayoutStatus.SCHEDULED),
        ("PAGO", PayoutStatus.DONE),
        ("PIX_PAGO", PayoutStatus.DONE),
        *[(refused, PayoutStatus.REFUSED) for refused in (
            "REPROVADO", "EXPIRADO", "CANCELADO", "CANCELADO_SEM_SALDO", "AGENDAMENTO_CANCELADO", "FALHA",
            "NAO_DEBITADO",
        )],
        *[(pending, PayoutStatus.OTHER) for pending in (
            "CRIADO", "APROVADO", "ENVIADO", "DEBITADO", "PARCIALMENTE_DEBITADO", "PARCIALMENTE_PAGO",
            "TRANSACAO_CRIADA", "TRANSACAO_APROVADA", "PIX_ENVIADO", "EM_PROCESSAMENTO", "", None,
        )],
    ],
)  # fmt: skip
async def test_every_status_of_inters(tmp_path: Path, status: str | None, meaning: PayoutStatus) -> None:
    payout = await ask(tmp_path, told(query(status)))
    assert (payout.status, payout.payout_id, payout.end_to_end_id) == (meaning, CODE, None)


@pytest.mark.parametrize(
    ("status", "end_to_end", "told_id"),
    [
        ("PAGO", E2E, E2E),
        ("PAGO", None, None),
        ("PAGO", "E1", None),
        ("ENVIADO", E2E, E2E),
        ("APROVADO", E2E, None),
        ("FALHA", E2E, None),
    ],
)
async def test_only_a_pix_that_left_has_an_end_to_end_id(
    tmp_path: Path, status: str, end_to_end: str | None, told_id: str | None
) -> None:
    payout = await ask(tmp_path, told(query(status, endToEnd=end_to_end, recebedor=None)))
    assert payout.end_to_end_id == told_id


@pytest.mark.parametrize(
    "body", [{}, {"tipoRetorno": "PROCESSADO"}, {**SENT, "codigoSolicitacao": "a/b"}, {**SENT, "codigoSolicitacao": 7}]
)
async def test_an_answer_without_a_code_is_unknown(tmp_path: Path, body: dict[str, Any]) -> None:
    world, error = await send(tmp_path, told(body))
    assert (type(error), error.outcome) == (OutcomeUnknown, Outcome.UNKNOWN)
    assert len(world.doors.calls) == 1


@pytest.mark.parametrize("body", [{}, [], {"transacaoPix": None}, query("PAGO", codigoSolicitacao="another")])
async def test_a_query_that_cannot_be_read_is_unknown(tmp_path: Path, body: object) -> None:
    assert type(await ask(tmp_path, told(body))) is OutcomeUnknown


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
