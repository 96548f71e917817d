"""What hands can do to a simulated printer, and what came out of it, under the names of the control channel."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Mapping
from typing import Any, Final

from hardware.sim.core import PrinterCore
from providers.sim.control import ControlHandler

Json = dict[str, Any]

_WAIT_LIMIT_S: Final = 30.0

AT_BYTE: Final[Mapping[str, Callable[[PrinterCore], None]]] = {
    "power_cut": lambda printer: printer.power_cut(),
    "unplug": lambda printer: printer.unplug(unplugged=True),
    "stall": lambda printer: printer.stall(stalled=True),
    "paper": lambda printer: printer.set_paper(present=False),
    "cover": lambda printer: printer.open_cover(is_open=True),
    "cutter": lambda printer: printer.cutter_error(failed=True),
    "hot": lambda printer: printer.overheat(hot=True),
    "offline": lambda printer: printer.go_offline(offline=True),
}
"""What may happen in the middle of a job."""


def printer_handlers(printer: PrinterCore, whose: str = "printer") -> dict[str, ControlHandler]:
    """Acts of that printer, each named `whose` and a dot before its own name."""

    def act(do: Callable[[Json], object]) -> ControlHandler:
        async def handle(body: Json) -> Json:
            do(body)
            return {}

        return handle

    handlers = {
        "paper": act(lambda body: printer.set_paper(_flag(body, "present"), body.get("low", False) is True)),
        "paper_ends_after": act(lambda body: printer.paper_ends_after(int(body["lines"]))),
        "cover": act(lambda body: printer.open_cover(_flag(body, "open"))),
        "cutter": act(lambda body: printer.cutter_error(_flag(body, "failed"))),
        "hot": act(lambda body: printer.overheat(_flag(body, "hot"))),
        "offline": act(lambda body: printer.go_offline(_flag(body, "offline"))),
        "feed": act(lambda body: printer.press_feed(_flag(body, "pressed"))),
        "error": act(lambda body: printer.fail(_flag(body, "failed"))),
        "unplug": act(lambda body: printer.unplug(_flag(body, "unplugged"))),
        "stall": act(lambda body: printer.stall(_flag(body, "stalled"))),
        "mute": act(lambda body: printer.mute(_flag(body, "muted"))),
        "garble": act(lambda body: printer.garble(int(body["replies"]))),
        "power": act(lambda body: printer.power(_flag(body, "on"))),
        "power_cut": act(lambda _: printer.power_cut()),
        "at_byte": act(lambda body: _at_byte(printer, int(body["bytes"]), str(body["act"]))),
        "speed": act(lambda body: _set_speed(printer, float(body["dots_per_s"]))),
        "mend": act(lambda _: mend(printer)),
        "state": _state_of(printer),
        "tickets": _tickets_of(printer),
        "await_tickets": _await_tickets(printer),
    }
    return {f"{whose}.{name}": handler for name, handler in handlers.items()}


def mend(printer: PrinterCore) -> None:
    """All is in order again: paper, cover, cutter, cable, power, and nothing is to happen any more."""
    printer.at_byte(1 << 60, lambda: None)
    printer.garble(0)
    printer.fail(failed=False)
    printer.mute(muted=not printer.settings.answers)
    printer.cutter_error(failed=False)
    printer.overheat(hot=False)
    printer.go_offline(offline=False)
    printer.press_feed(pressed=False)
    printer.open_cover(is_open=False)
    printer.set_paper(present=True)
    printer.unplug(unplugged=False)
    printer.stall(stalled=False)


def _flag(body: Json, name: str) -> bool:
    value = body[name]
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be true or false")
    return value


def _at_byte(printer: PrinterCore, count: int, act: str) -> None:
    """In the middle of the next job; refused for an act that cannot be done there."""
    if act not in AT_BYTE:
        raise ValueError(f"act must be one of {', '.join(sorted(AT_BYTE))}")
    printer.at_byte(count, lambda: AT_BYTE[act](printer))


def _set_speed(printer: PrinterCore, dots_per_s: float) -> None:
    """0 prints at once, as the fastest run of a demo wants it."""
    printer.mechanism.dots_per_s = max(0.0, dots_per_s)


def _state_of(printer: PrinterCore) -> ControlHandler:
    async def handle(_: Json) -> Json:
        return printer.snapshot()

    return handle


def _tickets_of(printer: PrinterCore) -> ControlHandler:
    async def handle(body: Json) -> Json:
        """Strips of paper from the `first` on, each with its bytes (base64) and whether it was cut."""
        first = int(body.get("first", 0))
        strips = [ticket for ticket in printer.tickets() if ticket.index >= first]
        return {
            "tickets": [
                {
                    "index": ticket.index,
                    "is_cut": ticket.complete,
                    "data": base64.b64encode(ticket.data).decode("ascii"),
                }
                for ticket in strips
            ]
        }

    return handle


def _await_tickets(printer: PrinterCore) -> ControlHandler:
    async def handle(body: Json) -> Json:
        """Wait until `count` strips with a code on them were cut; refused when they are not in `limit_s` seconds."""
        count, limit_s = int(body["count"]), min(float(body.get("limit_s", 10.0)), _WAIT_LIMIT_S)

        def there() -> bool:
            return sum(ticket.complete and bool(ticket.qr_payloads) for ticket in printer.tickets()) >= count

        try:
            async with asyncio.timeout(limit_s):
                await printer.until(there)
        except TimeoutError:
            raise ValueError(f"{count} tickets did not come out in {limit_s} s") from None
        return {}

    return handle
