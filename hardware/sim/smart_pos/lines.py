"""What the app says of a sale, a refund and itself, as JSON. Pure."""

from __future__ import annotations

from datetime import UTC

from hardware.sim.smart_pos.requests import Json
from hardware.sim.smart_pos.settings import SmartPosSimSettings
from hardware.sim.smart_pos.store import PosStatus, PosTransaction


def sale_line(sale: PosTransaction, settings: SmartPosSimSettings) -> Json:
    """`transaction`, with all that is known of it."""
    line: Json = {
        "transactionId": sale.id,
        "status": sale.status.value,
        "amount": sale.taken_cents if sale.status is PosStatus.APPROVED else sale.amount_cents,
        "currency": sale.currency,
        "kind": sale.kind,
        "installments": sale.installments,
    }
    if sale.error:
        line["error"] = sale.error
    if sale.status is PosStatus.DECLINED:
        line |= {"message": "Transação não autorizada", "code": "51"}
    if sale.status is PosStatus.APPROVED:
        line |= _approved(sale, settings)
    return line


def _approved(sale: PosTransaction, settings: SmartPosSimSettings) -> Json:
    told: Json = {
        "nsu": sale.nsu,
        "authorization": sale.authorization,
        "cardBrand": settings.brand,
        "cardLast4": settings.last4,
        "entryMode": "chip",
        "receipts": _receipts(sale, settings),
    }
    if sale.ended_at is not None:
        told["time"] = sale.ended_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return told


def _receipts(sale: PosTransaction, settings: SmartPosSimSettings) -> Json:
    amount = f"R$ {sale.taken_cents // 100},{sale.taken_cents % 100:02d}"
    way = "DEBITO" if sale.kind == "debit" else "CREDITO"
    parts = f" EM {sale.installments}X" if sale.installments > 1 else ""
    lines = [
        "REDE SIMULADA - SEM VALOR",
        f"{settings.brand} ************{settings.last4}",
        f"{way} {amount}{parts}",
        f"AUT {sale.authorization} NSU {sale.nsu}",
    ]
    return {"customer": ["VIA CLIENTE", *lines], "merchant": ["VIA ESTABELECIMENTO", *lines]}


def refund_line(refund: PosTransaction) -> Json:
    """`refund`."""
    line: Json = {
        "refundId": refund.id,
        "transactionId": refund.original,
        "status": refund.status.value,
        "amount": refund.amount_cents,
    }
    if refund.error:
        line["error"] = refund.error
    if refund.status is PosStatus.APPROVED:
        line |= {"nsu": refund.nsu, "authorization": refund.authorization}
    return line


def health_line(not_ready: str, busy_with: str, time: str) -> Json:
    reason = "busy" if busy_with else not_ready
    line: Json = {"ready": not reason, "busyWith": busy_with, "time": time}
    return {**line, "reason": reason, "detail": reason} if reason else line
