"""What the shell may order, by name. Each act gets one visit's desks and gives back what the shell tells."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Final

from totem.bootstrap.control.wire import BadLineError, Request
from totem.domain.money import Money
from totem.domain.records import JsonValue
from totem.services.maintenance.control import MaintenanceRefused, Reason
from totem.services.maintenance.office import Desks
from totem.services.maintenance.sale_views import AttentionView, SaleRow

Act = Callable[[Desks, Request], Awaitable[Mapping[str, JsonValue]]]


async def refund(desks: Desks, request: Request) -> Mapping[str, JsonValue]:
    sale_id = await find_sale(desks, request.text("sale"))
    end = await desks.sales.refund(sale_id, request.text("reason"), request.pin, pix_key=request.text("pix_out"))
    ways: list[JsonValue] = [
        {"id": each.id, "way": each.way.value, **_money(each.amount), "state": each.state} for each in end.ways
    ]
    return {"sale": sale_id, "complete": end.complete, "ways": ways}


async def reprint(desks: Desks, request: Request) -> Mapping[str, JsonValue]:
    sale_id = await find_sale(desks, request.text("sale"))
    result = await desks.sales.reprint(sale_id)
    return {"sale": sale_id, "result": result.value}


async def capture(desks: Desks, request: Request) -> Mapping[str, JsonValue]:
    sale_id = await find_sale(desks, request.text("sale"))
    told = await desks.captures.capture(sale_id, request.text("reason"))
    cards: list[JsonValue] = [
        {"provider": each.provider, **_money(each.amount), "state": each.state, "done": each.is_done} for each in told
    ]
    return {"sale": sale_id, "cards": cards}


async def attentions(desks: Desks, _: Request) -> Mapping[str, JsonValue]:
    rows: list[JsonValue] = [_attention(each) for each in await desks.sales.attentions()]
    return {"attentions": rows}


async def settle(desks: Desks, request: Request) -> Mapping[str, JsonValue]:
    return _attention(await desks.sales.settle(request.text("attention"), request.text("reason")))


async def out_of_service(desks: Desks, request: Request) -> Mapping[str, JsonValue]:
    await desks.machine.set_out_of_service(request.flag("out"))
    return {"out": request.flag("out")}


async def closing_print(desks: Desks, request: Request) -> Mapping[str, JsonValue]:
    end = await desks.closing.print(_day(request), request.text("language") or "pt")
    return {"result": end.result.value, "trouble": end.trouble.value if end.trouble is not None else ""}


async def closing_picture(desks: Desks, request: Request) -> Mapping[str, JsonValue]:
    picture = await desks.closing.picture(_day(request), request.text("language") or "pt")
    return {"png": base64.b64encode(picture).decode("ascii")}


ACTS: Final[Mapping[str, Act]] = {
    "refund": refund,
    "reprint": reprint,
    "capture": capture,
    "attentions": attentions,
    "settle": settle,
    "out_of_service": out_of_service,
    "closing_print": closing_print,
    "closing_picture": closing_picture,
}


async def find_sale(desks: Desks, wanted: str) -> str:
    """The id of the one sale that is meant: a whole id, a reference, or a ticket's number (today's, if there is one).

    Raises MaintenanceRefused (NOT_FOUND).
    """
    rows = await desks.sales.search(wanted)
    for chosen in (
        [row for row in rows if row.sale_id == wanted],
        [row for row in rows if row.reference == wanted.upper()],
        [row for row in rows if str(row.number) == wanted.lstrip("0") and _is_today(row)],
        list(rows),
    ):
        if len(chosen) == 1:
            return chosen[0].sale_id
    raise MaintenanceRefused(Reason.NOT_FOUND, _which(wanted, rows))


def _which(wanted: str, rows: Sequence[SaleRow]) -> str:
    if not rows:
        return f"nenhuma venda com {wanted} no diário"
    ids = ", ".join(row.sale_id for row in rows[:5])
    return f"{len(rows)} vendas com {wanted}; escreva o número inteiro da venda: {ids}"


def _is_today(row: SaleRow) -> bool:
    return row.at.astimezone().date() == datetime.now().astimezone().date()


def _attention(view: AttentionView) -> dict[str, JsonValue]:
    return {
        "id": view.id,
        "sale": view.sale_id,
        "trouble": view.trouble.value,
        "since": view.since.isoformat(),
        "settled": view.settled,
        "evidence": view.evidence,
        "can_ask": view.can_ask,
        **(_money(view.amount) if view.amount is not None else {}),
    }


def _money(amount: Money) -> dict[str, JsonValue]:
    return {"amount_cents": amount.amount_cents, "currency": amount.currency.name}


def _day(request: Request) -> date | None:
    text = request.text("day")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise BadLineError(f"{text} is no day") from error
