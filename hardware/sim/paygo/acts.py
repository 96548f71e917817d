"""The world's acts on a simulated PayGo as a control channel serves them: typed arguments out of JSON, JSON back.

A wrong argument, or an act that nobody waits for, is a ValueError, KeyError or TypeError.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any, Final

from hardware.sim.card_ledger import TransactionState
from hardware.sim.paygo.exchange import AdminAct, AdminKind
from hardware.sim.paygo.faults import fault_of_json
from hardware.sim.paygo.simulator import SimulatedPaygo
from hardware.sim.pinpad import Stage

Json = dict[str, Any]
Handler = Callable[[Json], Awaitable[Json]]

_WAIT_LIMIT_S: Final = 30.0


def paygo_handlers(paygo: SimulatedPaygo, prefix: str = "paygo") -> dict[str, Handler]:
    """Every act by its name, as `paygo.present_card`. Hands wait up to `limit_s` until they are asked for."""
    named = {**_hands(paygo), **_troubles(paygo), **_views(paygo)}
    return {f"{prefix}.{name}": handler for name, handler in named.items()}


def _hands(paygo: SimulatedPaygo) -> dict[str, Handler]:
    def hand(stage: Stage, act: Callable[[Json], None]) -> Handler:
        async def handle(body: Json) -> Json:
            await _until(paygo, lambda: paygo.pinpad.stage is stage, body)
            act(body)
            return {}

        return handle

    async def cancel(body: Json) -> Json:
        await _until(paygo, lambda: paygo.pinpad.stage is not Stage.IDLE, body)
        paygo.pinpad.cancel()
        return {}

    async def auto(body: Json) -> Json:
        paygo.pinpad.auto = _flag(body, "auto")
        paygo.pinpad.auto_delay_s = float(body.get("delay_s", paygo.pinpad.auto_delay_s))
        return {}

    async def admin(body: Json) -> Json:
        paygo.next_admin(AdminAct(AdminKind(body["kind"]), str(body.get("control", ""))))
        return {}

    return {
        "present_card": hand(Stage.CARD, lambda _: paygo.pinpad.present_card()),
        "decline": hand(Stage.CARD, lambda body: paygo.pinpad.decline(str(body.get("message", "NEGADA PELO EMISSOR")))),
        "choose_network": hand(Stage.MENU, lambda _: paygo.pinpad.choose_network()),
        "cancel": cancel,
        "auto": auto,
        "admin": admin,
    }


def _troubles(paygo: SimulatedPaygo) -> dict[str, Handler]:
    async def script(body: Json) -> Json:
        paygo.script(fault_of_json(body))
        return {}

    async def clear_faults(_: Json) -> Json:
        paygo.clear_faults()
        return {}

    async def power_cut(_: Json) -> Json:
        paygo.power_cut()
        return {}

    async def set_down(body: Json) -> Json:
        await paygo.set_down(_flag(body, "down"))
        return {}

    async def plant_orphan(body: Json) -> Json:
        planted = await paygo.plant_orphan(int(body.get("amount_cents", 4200)))
        return {"transaction": planted.as_json()}

    async def plant_pending(body: Json) -> Json:
        return {"transaction": paygo.plant_pending(str(body["request"]), int(body["amount_cents"])).as_json()}

    async def settle_by_hand(body: Json) -> Json:
        return {"transaction": paygo.settle_by_hand(str(body["id"]), TransactionState(body["state"])).as_json()}

    handlers = (script, clear_faults, power_cut, set_down, plant_orphan, plant_pending, settle_by_hand)
    return {handler.__name__: handler for handler in handlers}


def _views(paygo: SimulatedPaygo) -> dict[str, Handler]:
    async def ledger(_: Json) -> Json:
        return {"transactions": [one.as_json() for one in paygo.transactions()]}

    async def state(_: Json) -> Json:
        return {
            "stage": paygo.pinpad.stage.value,
            "amount_cents": paygo.pinpad.amount_cents,
            "is_down": paygo.is_down,
            "requests": len(paygo.requests),
            "violations": [asdict(one) for one in paygo.violations],
        }

    async def await_settled(body: Json) -> Json:
        """Wait until no transaction is pending and `count` of them are there."""
        count = int(body.get("count", 0))

        def there() -> bool:
            known = paygo.transactions()
            return len(known) >= count and all(one.state is not TransactionState.PENDING for one in known)

        await _until(paygo, there, body)
        return await ledger(body)

    return {"ledger": ledger, "state": state, "await_settled": await_settled}


async def _until(paygo: SimulatedPaygo, holds: Callable[[], bool], body: Json) -> None:
    limit_s = min(float(body.get("limit_s", 10.0)), _WAIT_LIMIT_S)
    try:
        async with asyncio.timeout(limit_s):
            await paygo.until(holds)
    except TimeoutError:
        raise ValueError(f"not within {limit_s} s; the pinpad is at {paygo.pinpad.stage.value}") from None


def _flag(body: Json, name: str) -> bool:
    value = body[name]
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be true or false")
    return value
