"""GoPag's acts of the world as the control channel serves them: typed arguments out of JSON, JSON back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from providers.sim.acts import flag
from providers.sim.control import ControlHandler
from providers.sim.gopag_faults import many_from_json
from providers.sim.gopag_ledger import Customer

if TYPE_CHECKING:
    from providers.sim.gopag import GopagSimulator

Json = dict[str, Any]


def of_gopag(simulator: GopagSimulator, prefix: str) -> dict[str, ControlHandler]:
    """What is done at the readers, and to the service itself."""

    def named(body: Json) -> tuple[str | None, str | None]:
        return body.get("id"), body.get("reference_id")

    async def present_card(body: Json) -> Json:
        entry_mode, brand = body.get("entry_mode", "chip"), body.get("brand", "Visa")
        return simulator.act(Customer.APPROVES, *named(body), entry_mode=entry_mode, brand=brand)

    async def decline(body: Json) -> Json:
        return simulator.act(Customer.DECLINES, *named(body))

    async def cancel(body: Json) -> Json:
        return simulator.act(Customer.CANCELS, *named(body))

    async def set_customer(body: Json) -> Json:
        simulator.set_customer(Customer(body["customer"]), float(body.get("after_s", 0.0)))
        return {}

    async def set_terminal(body: Json) -> Json:
        simulator.set_terminal(body["id"], flag(body, "active"))
        return {}

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

    acts = (present_card, decline, cancel, set_customer, set_terminal, set_faults, clear_faults, set_down, ledger)
    return {f"{prefix}.{each.__name__}": each for each in acts}
