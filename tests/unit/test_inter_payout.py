"""Pix out through Inter: what is sent, byte by byte, and every answer's meaning. Unknown is not failed."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.pix.inter import InterPayoutSettings
from providers.pix.inter_models import AmountForm, payout_body, payout_faults
from tests.support.inter_payouts import CODE, E2E, REQUEST, SENT, ask, payer_of, query, send
from tests.support.inter_wire import SECRET, inter_world, told
from tests.support.json_schema import faults_of
from totem.domain.errors import (
    Outcome,
    OutcomeUnknown,
    RequestRefused,
)
from totem.domain.money import Currency, Money
from totem.domain.ports import PayoutRequest, PayoutStatus

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


async def test_the_path_of_the_owners_script_is_a_setting(tmp_path: Path) -> None:
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
