"""Adiq's acts of the world as the control channel serves them: typed arguments out of JSON, JSON back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from providers.sim.acts import flag
from providers.sim.adiq_faults import many_from_json
from providers.sim.adiq_ledger import Status
from providers.sim.control import ControlHandler

if TYPE_CHECKING:
    from providers.sim.adiq import AdiqSimulator

Json = dict[str, Any]


def of_adiq(simulator: AdiqSimulator, prefix: str) -> dict[str, ControlHandler]:
    async def resolve(body: Json) -> Json:
        return simulator.resolve(Status(body["status"]), body.get("order_number"))

    async def approve(_: Json) -> Json:
        return {"approved": simulator.approve()}

    async def set_faults(body: Json) -> Json:
        simulator.set_faults(many_from_json(body["faults"]))
        return {}

    async def clear_faults(_: Json) -> Json:
        simulator.clear_faults()
        return {}

    async def expire_tokens(_: Json) -> Json:
        simulator.expire_tokens()
        return {}

    async def set_down(body: Json) -> Json:
        await simulator.set_down(flag(body, "down"))
        return {}

    async def ledger(_: Json) -> Json:
        return simulator.ledger()

    acts = (resolve, approve, set_faults, clear_faults, expire_tokens, set_down, ledger)
    return {f"{prefix}.{each.__name__}": each for each in acts}
