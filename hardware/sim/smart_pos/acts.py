"""The world's acts on a simulated Smart POS as a control channel serves them: typed arguments out of JSON, JSON back.

A wrong argument, or an act that nobody waits for, is a ValueError, KeyError or TypeError.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any, Final

from hardware.sim.pinpad import Stage
from hardware.sim.smart_pos.faults import fault_of_json
from hardware.sim.smart_pos.simulator import SimulatedSmartPos
from hardware.sim.smart_pos.store import PosStatus

Json = dict[str, Any]
Handler = Callable[[Json], Awaitable[Json]]

_WAIT_LIMIT_S: Final = 30.0


def smart_pos_handlers(pos: SimulatedSmartPos, prefix: str = "smartpos") -> dict[str, Handler]:
    """Every act by its name, as `smartpos.present_card`. Hands wait up to `limit_s` until they are asked for."""
    named = {**_hands(pos), **_troubles(pos), **_views(pos)}
    return {f"{prefix}.{name}": handler for name, handler in named.items()}


def _hands(pos: SimulatedSmartPos) -> dict[str, Handler]:
    def hand(act: Callable[[], None]) -> Handler:
        async def handle(body: Json) -> Json:
            await _until(pos, lambda: pos.pinpad.stage is Stage.CARD, body)
            act()
            return {}

        return handle

    async def auto(body: Json) -> Json:
        pos.pinpad.auto = _flag(body, "auto")
        pos.pinpad.auto_delay_s = float(body.get("delay_s", pos.pinpad.auto_delay_s))
        return {}

    return {
        "present_card": hand(pos.pinpad.present_card),
        "decline": hand(pos.pinpad.decline),
        "cancel": hand(pos.pinpad.cancel),
        "auto": auto,
    }


def _troubles(pos: SimulatedSmartPos) -> dict[str, Handler]:
    async def script(body: Json) -> Json:
        pos.script(fault_of_json(body))
        return {}

    async def clear_faults(_: Json) -> Json:
        pos.clear_faults()
        return {}

    async def cut_links(_: Json) -> Json:
        pos.cut_links()
        return {}

    async def power_cut(_: Json) -> Json:
        await pos.power_cut()
        return {}

    async def set_down(body: Json) -> Json:
        await pos.set_down(_flag(body, "down"))
        return {}

    async def resolve(body: Json) -> Json:
        pos.resolve(str(body["id"]), approved=_flag(body, "approved"))
        return {}

    async def set_clock_drift(body: Json) -> Json:
        pos.set_clock_drift(float(body["seconds"]))
        return {}

    async def set_not_ready(body: Json) -> Json:
        pos.set_not_ready(str(body["reason"]))
        return {}

    async def lose_store(_: Json) -> Json:
        pos.lose_store()
        return {}

    async def paper(body: Json) -> Json:
        pos.printer.set_paper(_flag(body, "present"), body.get("low", False) is True)
        return {}

    handlers = (script, clear_faults, cut_links, power_cut, set_down, resolve)
    more = (set_clock_drift, set_not_ready, lose_store, paper)
    return {handler.__name__: handler for handler in (*handlers, *more)}


def _views(pos: SimulatedSmartPos) -> dict[str, Handler]:
    async def ledger(_: Json) -> Json:
        return {"transactions": [one.as_json() for one in pos.transactions()]}

    async def state(_: Json) -> Json:
        return {
            "stage": pos.pinpad.stage.value,
            "amount_cents": pos.pinpad.amount_cents,
            "is_down": pos.is_down,
            "is_linked": pos.is_linked,
            "violations": [asdict(one) for one in pos.violations],
            "jobs": {job_id: status.value for job_id, status in pos.store.jobs.items()},
            "printer": pos.printer.snapshot(),
        }

    async def await_ended(body: Json) -> Json:
        """Wait until nothing is under way and `count` sales and refunds are there."""
        count = int(body.get("count", 0))

        def there() -> bool:
            known = pos.transactions()
            return len(known) >= count and all(one.status is not PosStatus.PROCESSING for one in known)

        await _until(pos, there, body)
        return await ledger(body)

    return {"ledger": ledger, "state": state, "await_ended": await_ended}


async def _until(pos: SimulatedSmartPos, holds: Callable[[], bool], body: Json) -> None:
    limit_s = min(float(body.get("limit_s", 10.0)), _WAIT_LIMIT_S)
    try:
        async with asyncio.timeout(limit_s):
            await pos.until(holds)
    except TimeoutError:
        raise ValueError(f"not within {limit_s} s; the reader is at {pos.pinpad.stage.value}") from None


def _flag(body: Json, name: str) -> bool:
    value = body[name]
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be true or false")
    return value
