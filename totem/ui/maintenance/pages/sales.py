"""The kiosk's sales: the latest, those of a day, or what a search finds; each opens its own page."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from totem.domain.machine import SaleState
from totem.services.maintenance.sale_views import SaleRow
from totem.ui.maintenance.asking import Typing
from totem.ui.maintenance.blocks import Block, Press, Row, Tone
from totem.ui.maintenance.pages.page import Plain
from totem.ui.maintenance.say import Say

STATES: Final = {
    SaleState.COMPLETED: Tone.GOOD,
    SaleState.COMPENSATED: Tone.NONE,
    SaleState.ABANDONED: Tone.NONE,
    SaleState.NEEDS_ATTENTION: Tone.BAD,
}
_DAYS: Final = ("all", "today", "yesterday")
MANY: Final = 50
"""The most that a search gives back."""


class SalesPage(Plain):
    name = "sales"
    text = ""
    day = "all"
    rows: tuple[SaleRow, ...] | None = None

    async def load(self) -> None:
        self.rows = await self._room.control.sales.search(self.text, self._day())

    def blocks(self, say: Say) -> tuple[Block, ...]:
        days = tuple(
            Press(f"day:{day}", say(f"tech.sales.{day}"), "calendar", "chosen" if day == self.day else "plain")
            for day in _DAYS
        )
        search = Block(
            title=say("tech.sales.search"),
            icon="search",
            field_key="type",
            typed=self.text,
            hint=say("tech.sales.search_hint"),
            keys=(*days, *((Press("clear", say("tech.sales.clear"), "cross"),) if self.text else ())),
            wide=True,
        )
        return (search, self._found(say))

    def press(self, act: str, argument: str) -> None:
        if act == "sale":
            self._room.open("sale", argument)
        elif act == "type":
            say = self._room.say
            hint = say("tech.sales.search_hint")
            self._room.type(Typing(say("tech.sales.search"), self._search, hint, self.text, digits=True))
        elif act == "day":
            self.day = argument
            self._again()
        elif act == "clear":
            self._search("")

    def _search(self, text: str) -> None:
        self.text = text
        self._again()

    def _again(self) -> None:
        self.rows = None
        self._room.run(self._look())

    async def _look(self) -> None:
        await self.load()
        self._room.changed()

    def _day(self) -> date | None:
        today = self._room.today()
        return {"today": today, "yesterday": today - timedelta(days=1)}.get(self.day)

    def _found(self, say: Say) -> Block:
        rows = self.rows
        if rows is None:
            return Block(text=say("tech.sales.asking"), busy=True, wide=True)
        if not rows:
            return Block(title=say("tech.sales.none"), icon="search", text=say("tech.sales.none_text"), wide=True)
        return Block(
            title=say.count("tech.sales.found", len(rows)),
            text=say("tech.sales.many", most=MANY) if len(rows) >= MANY else "",
            rows=tuple(_row(row, say) for row in rows),
            wide=True,
        )


def state_of(row: SaleRow, say: Say) -> str:
    """In a word. A sale whose whole price went back is told so, whatever became of its goods."""
    state = SaleState.COMPENSATED if row.state == SaleState.COMPLETED and row.went_back else row.state
    return say(f"tech.state.sale.{state}")


def tone_of(row: SaleRow) -> Tone:
    return Tone.BAD if row.attentions else STATES.get(SaleState(row.state), Tone.WARN)


def _row(row: SaleRow, say: Say) -> Row:
    number = (
        say("tech.printer.ticket", number=f"{row.number:03d}")
        if row.number is not None
        else say("tech.sales.no_ticket")
    )
    how = [say.moment(row.at), *((say.method(row.method),) if row.method else ())]
    waits = say.count("tech.sales.attention", row.attentions) if row.attentions else ""
    return Row(
        f"sale:{row.sale_id}",
        number,
        " · ".join([*how, row.reference]),
        say.money(row.amount),
        waits or state_of(row, say),
        tone_of(row),
    )
