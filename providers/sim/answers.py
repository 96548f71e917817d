"""Faults that change what an answer says. Pure: one JSON body and one effect in, the changed body out."""

from __future__ import annotations

import copy
from typing import Any

from providers.sim import faults
from providers.sim.bacen_rules import decimal_text
from totem.domain import brcode

Json = dict[str, Any]


def bend(body: Json, effects: tuple[faults.Effect, ...]) -> Json:
    """The body as all effects leave it; those that do not concern answers change nothing."""
    bent = copy.deepcopy(body)
    for effect in effects:
        bent = _bend_once(bent, effect)
    return bent


def _bend_once(body: Json, effect: faults.Effect) -> Json:
    match effect:
        case faults.Duplicate():
            _change(body, "pix", lambda pix: [one for one in pix for _ in range(2)])
        case faults.OutOfOrder():
            _change(body, "pix", lambda pix: pix[::-1])
        case faults.Stale():
            _forget_money(body)
        case faults.WrongCodeAmount(amount_cents):
            for name in ("pixCopiaECola", "qrcode"):
                _change(body, name, lambda text: _with_amount(text, amount_cents))
        case faults.BadCrc():
            for name in ("pixCopiaECola", "qrcode"):
                _change(body, name, _with_bad_crc)
        case faults.WrongValue(amount_cents):
            _change(body, "valor", lambda value: {**value, "original": decimal_text(amount_cents)})
        case faults.MissingCopiaECola():
            body.pop("pixCopiaECola", None)
            body.pop("location", None)
        case faults.OtherStatus(status):
            _change(body, "status", lambda _: status)
        case faults.Loose():
            return _loosen(body)
        case _:
            pass
    return body


def _change(body: Json, name: str, change: Any) -> None:
    if name in body:
        body[name] = change(body[name])


def _forget_money(body: Json) -> None:
    if "parametros" in body:
        body["pix"] = []
        paging = {"quantidadeDePaginas": 1, "quantidadeTotalDeItens": 0}
        body["parametros"]["paginacao"].update(paging)
        return
    body.pop("pix", None)
    _change(body, "status", lambda status: "ATIVA" if status == "CONCLUIDA" else status)


def _with_amount(text: str, amount_cents: int) -> str:
    code = brcode.decode(text)
    return brcode.encode_dynamic(code.url or "", code.merchant_name, code.merchant_city, amount_cents, code.txid)


def _with_bad_crc(text: str) -> str:
    return f"{text[:-4]}{brcode.crc16(text[:-4].encode('ascii')) ^ 0x0001:04X}"


def _loosen(body: Json) -> Json:
    """Numbers as strings, a null and a field of tomorrow at the top: what several banks were seen to answer."""
    loose = {name: _as_text(value) for name, value in body.items()}
    return {**loose, "devedor": body.get("devedor"), "novoCampo": {"lista": [1, None, "x"]}}


def _as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _as_text(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    return str(value) if type(value) is int else value
