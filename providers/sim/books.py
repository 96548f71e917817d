"""A bank's books as JSON, for the control channel and for checkers."""

from __future__ import annotations

from typing import Any

from providers.sim.ledger import ChargeRecord, PixRecord, rfc3339

Json = dict[str, Any]


def charge_json(charge: ChargeRecord) -> Json:
    return {
        "txid": charge.txid,
        "status": charge.status.value,
        "amount_cents": charge.order.amount_cents,
        "key": charge.order.key,
        "created_at": rfc3339(charge.created_at),
        "expires_in_s": charge.order.expires_in_s,
        "revision": charge.revision,
        "location": charge.location,
        "copia_e_cola": charge.copia_e_cola,
        "pix": [pix.end_to_end_id for pix in charge.pix],
    }


def pix_json(pix: PixRecord) -> Json:
    refunds = [
        {"id": refund.refund_id, "amount_cents": refund.amount_cents, "status": refund.state.value}
        for refund in pix.refunds.values()
    ]
    return {
        "end_to_end_id": pix.end_to_end_id,
        "txid": pix.txid,
        "amount_cents": pix.amount_cents,
        "at": rfc3339(pix.at),
        "refunds": refunds,
    }
