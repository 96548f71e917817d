"""The printers: what their status bits say, paper to try them with, and the tickets that wait for paper."""

from __future__ import annotations

from typing import Final

from totem.domain.ports import Condition, PrintResult
from totem.services.maintenance.sale_views import ReprintResult
from totem.services.maintenance.views import PrintAct, PrintEnd, PrinterView, WaitingTicket
from totem.ui.maintenance.asking import Ask, Told
from totem.ui.maintenance.blocks import Block, Fact, Press, Row, Tone
from totem.ui.maintenance.pages.page import Plain, Room
from totem.ui.maintenance.say import Say

_ACTS: Final = ((PrintAct.TEST_PAGE, "ticket"), (PrintAct.FEED, "feed"), (PrintAct.CUT, "cut"))
_CAUSES: Final = (
    Condition.COVER_OPEN,
    Condition.PAPER_OUT,
    Condition.CUTTER_ERROR,
    Condition.HEAD_HOT,
    Condition.FAULT,
    Condition.ERROR,
    Condition.FEEDING,
    Condition.OFFLINE,
    Condition.NO_REPLY,
    Condition.UNREACHABLE,
    Condition.PAPER_LOW,
)
"""What to mend first."""
_TONES: Final = {
    PrintResult.PRINTED: Tone.GOOD,
    PrintResult.NOT_SENT: Tone.BAD,
    PrintResult.HELD: Tone.WARN,
    PrintResult.UNKNOWN: Tone.WARN,
}
_REPRINTED: Final = {
    ReprintResult.PRINTED: Tone.GOOD,
    ReprintResult.WAITING: Tone.WARN,
    ReprintResult.UNKNOWN: Tone.WARN,
}


class PrinterPage(Plain):
    name = "printer"
    refresh_s = 3.0
    seen: tuple[PrinterView, ...] | None = None
    waiting: tuple[WaitingTicket, ...] = ()

    async def load(self) -> None:
        desk = self._room.control.printers
        seen = await desk.look()
        self.waiting = await desk.waiting()
        self.seen = seen

    def blocks(self, say: Say) -> tuple[Block, ...]:
        if self.seen is None:
            return (Block(text=say("tech.printer.asking"), busy=True),)
        return (*(_printer(each, say) for each in self.seen), _queue(self.waiting, say))

    def press(self, act: str, argument: str) -> None:
        if act == "reprint":
            ask_reprint(self._room, argument, next(each.number for each in self.waiting if each.sale_id == argument))
        else:
            self._ask(PrintAct(act), argument)

    def _ask(self, act: PrintAct, printer: str) -> None:
        say = self._room.say

        async def work(answer: str, pin: str) -> Told:
            del answer, pin
            return told_print(await self._room.control.printers.act(printer, act), self._room.say)

        self._room.ask(
            Ask(
                say(f"tech.printer.{act.value}_ask"),
                work,
                say(f"tech.printer.{act.value}_text"),
                (Fact(say("tech.printer.printer"), printer),),
                (Press("go", say(f"tech.printer.{act.value}"), kind="main"),),
                busy=say("tech.printer.busy"),
            )
        )


def _printer(view: PrinterView, say: Say) -> Block:
    status = view.status
    low = Condition.PAPER_LOW in status.conditions
    tone = Tone.BAD if view.trouble else Tone.WARN if low else Tone.GOOD
    conditions = [say(f"tech.condition.{each.value}") for each in sorted(status.conditions)]
    role = say("tech.printer.spare") if view.is_spare else say("tech.printer.main")
    return Block(
        title=view.name,
        tone=tone,
        state=say("tech.printer.cannot")
        if view.trouble
        else say("tech.printer.low")
        if low
        else say("tech.printer.can"),
        text=say.trouble(view.trouble, "technician") if view.trouble else "",
        remedy=_remedy(view, say),
        code=say("tech.code", code=view.trouble.value) if view.trouble else "",
        facts=(
            Fact(say("tech.printer.role"), role),
            Fact(say("tech.printer.says"), ", ".join(conditions) or say("tech.printer.ready")),
            Fact(say("tech.printer.bits"), bits(status.raw) or say("tech.none")),
            Fact(say("tech.printer.state"), say("tech.printer.is_busy") if view.busy else say("tech.printer.is_free")),
        ),
        keys=tuple(
            Press(f"{act.value}:{view.name}", say(f"tech.printer.{act.value}"), icon, enabled=not view.busy)
            for act, icon in _ACTS
        ),
    )


def _remedy(view: PrinterView, say: Say) -> str:
    """Of the cause: a printer without paper, or open, is offline as well."""
    return next((say(f"tech.remedy.{each.value}") for each in _CAUSES if each in view.status.conditions), "")


def bits(raw: bytes) -> str:
    """The status bytes, a nibble apart, as the printer's manual numbers them."""
    return "  ".join(f"{byte >> 4:04b} {byte & 15:04b}" for byte in raw)


def _queue(waiting: tuple[WaitingTicket, ...], say: Say) -> Block:
    return Block(
        title=say("tech.printer.queue"),
        icon="ticket",
        text="" if waiting else say("tech.printer.queue_empty"),
        rows=tuple(
            Row(
                f"reprint:{each.sale_id}",
                say("tech.printer.ticket", number=f"{each.number:03d}"),
                say("tech.printer.waits", moment=say.moment(each.since), reference=each.reference),
                state=say("tech.printer.to_claim") if each.to_claim else say.or_else(
                    f"tech.state.ticket.{each.state}", each.state
                ),
                tone=Tone.WARN,
                icon="printer",
            )
            for each in waiting
        ),
    )  # fmt: skip


def told_print(end: PrintEnd, say: Say) -> Told:
    text = say.trouble(end.trouble, "technician") if end.trouble else say(f"tech.print.{end.result.value}_text")
    return Told(
        say(f"tech.print.{end.result.value}"), text, _TONES[end.result], end.trouble.value if end.trouble else ""
    )


def ask_reprint(room: Room, sale_id: str, number: int | None) -> None:
    """The same number once more, marked as a second copy."""
    say = room.say

    async def work(answer: str, pin: str) -> Told:
        del answer, pin
        result = await room.control.sales.reprint(sale_id)
        tone = _REPRINTED.get(result, Tone.BAD)
        return Told(room.say(f"tech.reprint.{result.value}"), room.say(f"tech.reprint.{result.value}_text"), tone)

    room.ask(
        Ask(
            say("tech.reprint.ask", number="---" if number is None else f"{number:03d}"),
            work,
            say("tech.reprint.text"),
            answers=(Press("go", say("tech.reprint.go"), "printer", "main"),),
            busy=say("tech.printer.busy"),
        )
    )
