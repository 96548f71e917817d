"""Tickets on the POS's own printer."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.unit.smart_pos_rig import LIMITS, PosEnd, Rig, rig
from totem.domain.ports import Condition, Printer, PrintResult

DATA = b"\x1b@\x1bt\x10Ol\xe1\n"


def job(request: dict[str, Any], status: str) -> dict[str, Any]:
    return {"jobId": request["jobId"], "status": status}


def printer_of(at: Rig) -> Printer:
    printer = at.terminal.ticket_printer()
    assert printer is not None
    return printer


async def takes(end: PosEnd) -> dict[str, Any]:
    """Handshake, and a job that goes on."""
    await end.hands()
    request = await end.hear("print")
    end.say({"type": "answer", "id": request["id"], "job": job(request, "printing")})
    return request


async def states(end: PosEnd, *conditions: str) -> None:
    await end.answers("printer", printer={"conditions": list(conditions)})
    await end.stay()


async def test_a_ticket() -> None:
    async def script(end: PosEnd) -> None:
        request = await takes(end)
        assert base64.b64decode(request["data"]) == DATA
        assert (request["format"], request["jobId"][-5:]) == ("escpos", "-0042")
        end.say({"type": "printJob", "job": job(request, "done")})
        await states(end, "paper_low", "a_later_condition")

    async with rig(script, prints_tickets=True) as at:
        outcome = await printer_of(at).print(42, DATA)
        assert at.terminal.capabilities.prints_tickets
    assert outcome.result is PrintResult.PRINTED
    assert outcome.status.conditions == {Condition.PAPER_LOW, Condition.ERROR}


@pytest.mark.parametrize(
    ("status", "result"),
    [
        ("done", PrintResult.PRINTED),
        ("held", PrintResult.HELD),
        ("not_printed", PrintResult.NOT_SENT),
        ("unknown", PrintResult.UNKNOWN),
    ],
)
async def test_each_end(status: str, result: PrintResult) -> None:
    async def script(end: PosEnd) -> None:
        request = await takes(end)
        end.say({"type": "printJob", "job": job(request, status)})
        await states(end)

    async with rig(script, prints_tickets=True) as at:
        assert (await printer_of(at).print(1, DATA)).result is result


async def test_a_held_job_is_settled() -> None:
    async def script(end: PosEnd) -> None:
        request = await takes(end)
        end.say({"type": "printJob", "job": job(request, "held")})
        await end.answers("printer", printer={"conditions": ["paper_out"]})
        await end.answers("printStatus", job=job(request, "done"))
        await states(end)

    async with rig(script, prints_tickets=True) as at:
        printer = printer_of(at)
        held = await printer.print(7, DATA)
        assert (held.result, held.status.can_print) == (PrintResult.HELD, False)
        assert (await printer.settle(7)).result is PrintResult.PRINTED


async def test_a_job_never_taken_is_unknown_to_settle() -> None:
    async def script(end: PosEnd) -> None:
        await end.hands()
        await states(end)

    async with rig(script, prints_tickets=True) as at:
        assert (await printer_of(at).settle(7)).result is PrintResult.UNKNOWN


@pytest.mark.parametrize(
    ("status", "store", "result"),
    [
        ("done", "STORE-1", PrintResult.PRINTED),
        ("not_found", "STORE-1", PrintResult.NOT_SENT),
        ("not_found", "STORE-2", PrintResult.UNKNOWN),
    ],
)
async def test_a_link_lost_over_a_ticket_is_asked_about(status: str, store: str, result: PrintResult) -> None:
    async def lost(end: PosEnd) -> None:
        await end.hands()
        await end.hear("print")

    async def later(end: PosEnd) -> None:
        await end.hands(storeId=store)
        request = await end.hear("printStatus")
        end.say({"type": "answer", "id": request["id"], "job": job(request, status)})
        await states(end)

    async with rig(lost, later, prints_tickets=True) as at:
        assert (await printer_of(at).print(7, DATA)).result is result


async def test_a_pos_that_stays_away_leaves_the_ticket_unknown() -> None:
    async def gone(end: PosEnd) -> None:
        await end.hear()

    async def lost(end: PosEnd) -> None:
        await takes(end)

    async with rig(lost, gone, prints_tickets=True) as at:
        outcome = await printer_of(at).print(7, DATA)
    assert outcome.result is PrintResult.UNKNOWN
    assert outcome.status.conditions == {Condition.UNREACHABLE}


async def test_a_pos_without_printer() -> None:
    async def script(end: PosEnd) -> None:
        await end.hands(can=[])
        await end.stay()

    async with rig(script, prints_tickets=True) as at:
        printer = printer_of(at)
        assert (await printer.print(7, DATA)).result is PrintResult.NOT_SENT
        assert (await printer.status()).conditions == {Condition.OFFLINE}
        assert not at.terminal.capabilities.prints_tickets


async def test_refused_or_too_large_is_not_sent() -> None:
    async def script(end: PosEnd) -> None:
        await end.hands()
        await end.refuses("print", "store_failed")
        await end.stay()

    async with rig(script, prints_tickets=True) as at:
        printer = printer_of(at)
        assert (await printer.print(7, DATA)).result is PrintResult.NOT_SENT
        assert (await printer.print(8, bytes(300_000))).result is PrintResult.NOT_SENT
    assert sum(message["type"] == "print" for message in at.ends[0].heard) == 1


async def test_the_setting_is_off_by_default_and_ids_are_bounded() -> None:
    async def script(end: PosEnd) -> None:
        await end.hands()

    async with rig(script) as at:
        assert at.terminal.ticket_printer() is None
    async with rig(script, prints_tickets=True, port=1) as at:
        printer = printer_of(at)
        with pytest.raises(ValueError, match="0-9999"):
            await printer.print(10_000, DATA)
        assert (await printer.print(1, DATA)).result is PrintResult.NOT_SENT
        assert (await printer.status()).conditions == {Condition.UNREACHABLE}
        await printer.close()
    assert LIMITS.print_s == 1
