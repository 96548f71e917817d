"""SISP's acts of the world as the control channel serves them. What a customer does, is done on the page itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from providers.sim.acts import flag
from providers.sim.control import ControlHandler
from providers.sim.sisp_faults import many_from_json

if TYPE_CHECKING:
    from providers.sim.sisp import SispSimulator

Json = dict[str, Any]


def of_sisp(simulator: SispSimulator, prefix: str) -> dict[str, ControlHandler]:
    async def set_faults(body: Json) -> Json:
        simulator.set_faults(many_from_json(body["faults"]))
        return {}

    async def clear_faults(_: Json) -> Json:
        simulator.clear_faults()
        return {}

    async def set_down(body: Json) -> Json:
        await simulator.set_down(flag(body, "down"))
        return {}

    async def ledger(_: Json) -> Json:
        return simulator.ledger()

    return {f"{prefix}.{each.__name__}": each for each in (set_faults, clear_faults, set_down, ledger)}
