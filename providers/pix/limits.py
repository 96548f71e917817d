"""Bacen's field limits, checked before a byte is sent, and the bodies that obey them (Pix API 2.9.0, schemas)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from totem.domain.errors import RequestRefused
from totem.domain.money import Currency, Money
from totem.domain.ports import ChargeRequest

MAX_PIX_KEY: Final = 77
PAGE_SIZE: Final = 1000
_TXID: Final = re.compile(r"[a-zA-Z0-9]{26,35}")
_END_TO_END_ID: Final = re.compile(r"[a-zA-Z0-9]{32}")
_REFUND_ID: Final = re.compile(r"[a-zA-Z0-9]{1,35}")
_AMOUNT: Final = re.compile(r"[0-9]{1,10}\.[0-9]{2}")
_MAX_EXPIRY_S: Final = 2_147_483_647  # int32
_MAX_MESSAGE: Final = 140
_MAX_DETAILS: Final = 50
_MAX_DETAIL_NAME: Final = 50
_MAX_DETAIL_VALUE: Final = 200


def refuse_locally(faults: list[str], what: str) -> None:
    """Raise RequestRefused (status 0, kind `Local`) if there are faults: nothing was sent."""
    if faults:
        text = f"{what}: not sent, against Bacen's limits: {'; '.join(faults)}"
        raise RequestRefused(text, status=0, kind="Local", violations=tuple(faults))


def txid_faults(txid: str) -> list[str]:
    return [] if _TXID.fullmatch(txid) else ["txid: must be 26 to 35 letters and digits"]


def charge_faults(request: ChargeRequest) -> list[str]:
    """Every limit of `CobSolicitada` that the request breaks, as `property: reason`."""
    faults = [*txid_faults(request.txid), *amount_faults("valor.original", request.amount)]
    if not 0 < request.expires_in_s <= _MAX_EXPIRY_S:
        faults.append("calendario.expiracao: must be more than 0 seconds")
    if len(request.message) > _MAX_MESSAGE or not _is_unicode(request.message):
        faults.append(f"solicitacaoPagador: must be text of at most {_MAX_MESSAGE} characters")
    if len(request.details) > _MAX_DETAILS:
        faults.append(f"infoAdicionais: more than {_MAX_DETAILS}")
    for index, (name, value) in enumerate(request.details[:_MAX_DETAILS]):
        if not 0 < len(name) <= _MAX_DETAIL_NAME or not _is_unicode(name):
            faults.append(f"infoAdicionais[{index}].nome: must be text of 1 to {_MAX_DETAIL_NAME} characters")
        if not 0 < len(value) <= _MAX_DETAIL_VALUE or not _is_unicode(value):
            faults.append(f"infoAdicionais[{index}].valor: must be text of 1 to {_MAX_DETAIL_VALUE} characters")
    return faults


def refund_faults(end_to_end_id: str, refund_id: str) -> list[str]:
    faults = [] if _END_TO_END_ID.fullmatch(end_to_end_id) else ["e2eid: must be 32 letters and digits"]
    if not _REFUND_ID.fullmatch(refund_id):
        faults.append("id: must be 1 to 35 letters and digits")
    return faults


def amount_faults(field: str, amount: Money) -> list[str]:
    if amount.currency is not Currency.BRL:
        return [f"{field}: Pix is paid in reais"]
    if amount.amount_cents == 0:
        return [f"{field}: must not be zero"]
    return [] if _AMOUNT.fullmatch(amount.decimal_text) else [f"{field}: does not fit ten digits and two decimals"]


def _is_unicode(text: str) -> bool:
    """Half of a surrogate pair is a character to Python, and nothing that JSON's UTF-8 could carry."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def charge_body(request: ChargeRequest, pix_key: str) -> dict[str, object]:
    """The body of `PUT /cob/{txid}`, the same for the same request: that is what makes repeating it safe."""
    body: dict[str, object] = {
        "calendario": {"expiracao": request.expires_in_s},
        "valor": {"original": request.amount.decimal_text},
        "chave": pix_key,
    }
    if request.message:
        body["solicitacaoPagador"] = request.message
    if request.details:
        body["infoAdicionais"] = [{"nome": name, "valor": value} for name, value in request.details]
    return body


def window_query(since: datetime, until: datetime) -> dict[str, str]:
    """`inicio` and `fim` in whole seconds of UTC, rounded outwards: some banks refuse fractions."""
    if since.tzinfo is None or until.tzinfo is None:
        raise ValueError("a window of received Pix needs aware times")
    first = since.astimezone(UTC).replace(microsecond=0)
    last = until.astimezone(UTC)
    if last.microsecond:
        last = last.replace(microsecond=0) + timedelta(seconds=1)
    if until < since:
        refuse_locally(["fim: earlier than inicio"], "GET /pix")
    return {"inicio": _rfc3339(first), "fim": _rfc3339(last)}


def _rfc3339(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
