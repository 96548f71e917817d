"""A bank's acts of the world as the control channel serves them: typed arguments out of JSON, JSON back.

A moment (`at`) is RFC 3339 with its zone; amounts are whole cents.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from providers.sim.control import ControlHandler
from providers.sim.faults import many_from_json
from providers.sim.ledger import RefundScript, RefundState
from providers.sim.payer import PaidPix, Refused

if TYPE_CHECKING:
    from providers.sim.inter import InterBank
    from providers.sim.pix_bank import PixBank

Json = dict[str, Any]


def of_bank(bank: PixBank, prefix: str) -> dict[str, ControlHandler]:
    """What is done to every bank."""

    async def pay(body: Json) -> Json:
        paid = bank.pay(
            copia_e_cola=body.get("copia_e_cola"),
            txid=body.get("txid"),
            amount_cents=body.get("amount_cents"),
            late=flag(body, "late", default=False),
            at=moment(body, "at"),
        )
        return {"paid": isinstance(paid, PaidPix), **asdict(paid)}

    async def pay_twice(body: Json) -> Json:
        both = bank.pay_twice(body.get("copia_e_cola"), body.get("txid"), moment(body, "at"))
        if isinstance(both, Refused):
            return {"paid": False, **asdict(both)}
        return {"paid": True, "first": asdict(both[0]), "second": asdict(both[1])}

    async def pay_key(body: Json) -> Json:
        paid = bank.pay_key(body["amount_cents"], body.get("txid"), moment(body, "at"), body.get("key"))
        return {"paid": True, **asdict(paid)}

    async def set_faults(body: Json) -> Json:
        bank.set_faults(many_from_json(body["faults"]))
        return {}

    async def clear_faults(_: Json) -> Json:
        bank.clear_faults()
        return {}

    async def expire_tokens(_: Json) -> Json:
        bank.expire_tokens()
        return {}

    async def set_refunds(body: Json) -> Json:
        bank.set_refunds(RefundScript(RefundState(body["state"]), polls(body)))
        return {}

    async def settle_refunds(body: Json) -> Json:
        return {"settled": bank.settle_refunds(RefundState(body["state"]))}

    async def set_down(body: Json) -> Json:
        await bank.set_down(flag(body, "down"))
        return {}

    async def ledger(_: Json) -> Json:
        return bank.ledger()

    handlers = (pay, pay_twice, pay_key, set_faults, clear_faults, expire_tokens)
    more = (set_refunds, settle_refunds, set_down, ledger)
    return {f"{prefix}.{handler.__name__}": handler for handler in (*handlers, *more)}


def of_inter(bank: InterBank, prefix: str) -> dict[str, ControlHandler]:
    """What is done to Inter besides: money out of the account."""

    async def set_pix_out(body: Json) -> Json:
        bank.set_pix_out(body.get("answer", "PROCESSADO"), body.get("ends", "PAGO"), polls(body))
        return {}

    async def settle_pix_out(body: Json) -> Json:
        return {"settled": bank.settle_pix_out(body["status"], body.get("code"))}

    return {**of_bank(bank, prefix), f"{prefix}.set_pix_out": set_pix_out, f"{prefix}.settle_pix_out": settle_pix_out}


def flag(body: Json, name: str, *, default: bool | None = None) -> bool:
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be true or false")
    return value


def moment(body: Json, name: str) -> datetime | None:
    text = body.get(name)
    if text is None:
        return None
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{name} lacks its zone: {text}")
    return at


def polls(body: Json) -> int | None:
    """How many questions until it ends; absent: one; null: it never ends by itself."""
    value = body.get("polls", 1)
    if value is not None and (type(value) is not int or value < 0):
        raise ValueError(f"polls is a count or null: {value!r}")
    return value
