"""A day's closing: by method, provider and service; on the screen, on paper, on a stick."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

from totem.services.receipts.reports import DayReport, ReportRow
from totem.ui.maintenance.asking import Ask, Told
from totem.ui.maintenance.blocks import Block, Fact, Press, Table, Tone
from totem.ui.maintenance.pages.page import Plain
from totem.ui.maintenance.pages.printer import told_print
from totem.ui.maintenance.pages.sticks import ask_stick, told_export
from totem.ui.maintenance.say import Say


class ClosingPage(Plain):
    name = "closing"
    back = 0
    """So many days before today."""
    report: DayReport | None = None

    async def load(self) -> None:
        self.report = await self._room.control.closing.report(self._day, self._room.say.language)

    @property
    def _day(self) -> date:
        return self._room.today() - timedelta(days=self.back)

    def blocks(self, say: Say) -> tuple[Block, ...]:
        report = self.report
        if report is None:
            return (Block(text=say("tech.closing.asking"), busy=True, keys=self._days(say), wide=True),)
        shown = [self._head(report, say)]
        for name, rows, words in (
            ("method", report.by_method, say.method),
            ("provider", report.by_provider, say.provider),
            ("service", report.by_service, str),
        ):
            if rows:
                shown.append(_table(say(f"tech.closing.{name}"), rows, words, say, with_total=name != "service"))
        return tuple(shown)

    def press(self, act: str, argument: str) -> None:
        del argument
        if act in {"earlier", "later"}:
            self.back = max(0, self.back + (1 if act == "earlier" else -1))
            self.report = None
            self._room.run(self._look())
        elif act == "print":
            self._ask_print()
        elif act == "export":
            self._room.run(self._ask_stick(), self._room.say("tech.usb.looking"))

    async def _look(self) -> None:
        await self.load()
        self._room.changed()

    def _days(self, say: Say) -> tuple[Press, ...]:
        return (
            Press("earlier", say("tech.closing.earlier"), "back"),
            Press("later", say("tech.closing.later"), "next", enabled=self.back > 0),
        )

    def _head(self, report: DayReport, say: Say) -> Block:
        none = say("tech.none")
        numbers = (
            f"{report.first_number:03d} - {report.last_number:03d}"
            if report.first_number is not None and report.last_number is not None
            else none
        )
        refunded = f"{report.refunds} · {say.money(report.refunded)}" if report.refunded is not None else none
        return Block(
            title=say("tech.closing.title", day=say.day(report.day)),
            icon="calendar",
            since=say("tech.closing.made", time=say.time(report.made_at)),
            facts=(
                Fact(say("tech.closing.sales"), str(report.sales)),
                Fact(say("tech.closing.total"), say.money(report.total)),
                Fact(say("tech.closing.refunded"), refunded),
                Fact(say("tech.closing.numbers"), numbers),
                Fact(say("tech.closing.void"), ", ".join(f"{each:03d}" for each in report.void_numbers) or none),
                Fact(
                    say("tech.closing.attentions"),
                    str(report.open_attentions),
                    Tone.WARN if report.open_attentions else Tone.NONE,
                ),
            ),
            keys=(
                *self._days(say),
                Press("print", say("tech.closing.print"), "printer"),
                Press("export", say("tech.closing.export"), "usb"),
            ),
        )

    def _ask_print(self) -> None:
        say, day = self._room.say, self._day

        async def work(answer: str, pin: str) -> Told:
            del answer, pin
            return told_print(await self._room.control.closing.print(day, self._room.say.language), self._room.say)

        self._room.ask(
            Ask(
                say("tech.closing.print_ask", day=say.day(day)),
                work,
                say("tech.closing.print_text"),
                answers=(Press("go", say("tech.closing.print"), "printer", "main"),),
                busy=say("tech.printer.busy"),
            )
        )

    async def _ask_stick(self) -> None:
        day = self._day

        async def work(answer: str, pin: str) -> Told:
            del pin
            return told_export(await self._room.control.closing.export(Path(answer), day), self._room.say)

        say = self._room.say
        title = say("tech.closing.export_ask", day=say.day(day))
        await ask_stick(self._room, title, say("tech.closing.export_text"), work)


def _table(title: str, rows: Sequence[ReportRow], words: Callable[[str], str], say: Say, *, with_total: bool) -> Block:
    head = (say("tech.closing.what"), say("tech.closing.count"), say("tech.closing.amount"))
    made = tuple((words(row.label), str(row.count), say.money(row.amount)) for row in rows)
    total: tuple[str, ...] = ()
    if with_total:
        amounts = [row.amount for row in rows]
        whole = sum(amounts[1:], start=amounts[0])
        total = (say("tech.closing.total"), str(sum(row.count for row in rows)), say.money(whole))
    return Block(title=title, table=Table(head, made, total))
