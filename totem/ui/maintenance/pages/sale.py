"""One sale from its journal: what happened when, and what can still be done for its customer."""

from __future__ import annotations

from typing import Final

from totem.domain.machine import CompensationState, Machine, SettlementState
from totem.domain.money import Money
from totem.services.maintenance.sale_views import MoneyBack, RefundEnd, SaleStory, StoryLine, WayBack
from totem.ui.maintenance.asking import Ask, Told, Typing
from totem.ui.maintenance.blocks import Block, Fact, Line, Press, Tone, sentence
from totem.ui.maintenance.pages.attentions import LEAST_REASON, attention_block, press_attention
from totem.ui.maintenance.pages.page import Plain, Room
from totem.ui.maintenance.pages.printer import ask_reprint
from totem.ui.maintenance.pages.sales import state_of, tone_of
from totem.ui.maintenance.say import Say

_BACK: Final = frozenset({CompensationState.DONE.value, SettlementState.UNDONE.value})


class SalePage(Plain):
    name = "sale"
    story: SaleStory | None = None

    def __init__(self, room: Room, sale_id: str) -> None:
        super().__init__(room)
        self._sale_id = sale_id

    async def load(self) -> None:
        self.story = await self._room.control.sales.story(self._sale_id)

    def blocks(self, say: Say) -> tuple[Block, ...]:
        story = self.story
        if story is None:
            return (Block(text=say("tech.sale.asking"), busy=True, keys=(_back(say),)),)
        return (
            _head(story, say),
            *(attention_block(each, say, with_sale=False) for each in story.attentions),
            Block(title=say("tech.sale.timeline"), icon="book", lines=tuple(_line(each, say) for each in story.lines)),
        )

    def press(self, act: str, argument: str) -> None:
        story = self.story
        if act == "back":
            self._room.open("sales")
        elif story is None:
            return
        elif act == "reprint":
            ask_reprint(self._room, self._sale_id, story.row.number)
        elif act == "refund":
            self._type_reason(story, "")
        elif act == "payout":
            self._type_key(story)
        else:
            press_attention(self._room, act, next(each for each in story.attentions if each.id == argument))

    def _type_key(self, story: SaleStory) -> None:
        say = self._room.say
        self._room.type(
            Typing(
                say("tech.refund.key_title"),
                lambda key: self._type_reason(story, key),
                say("tech.refund.key_hint"),
                least=8,
                most=77,
            )
        )

    def _type_reason(self, story: SaleStory, pix_key: str) -> None:
        say = self._room.say
        self._room.type(
            Typing(
                say("tech.refund.reason_title"),
                lambda reason: self._ask_refund(story, reason, pix_key),
                say("tech.refund.reason_hint"),
                least=LEAST_REASON,
                most=200,
                suggestions=tuple(say(f"tech.refund.reason_{number}") for number in (1, 2, 3)),
            )
        )

    def _ask_refund(self, story: SaleStory, reason: str, pix_key: str) -> None:
        amount = story.refundable
        if amount is None:
            return
        say = self._room.say

        async def work(answer: str, pin: str) -> Told:
            del answer
            end = await self._room.control.sales.refund(self._sale_id, reason, pin, pix_key=pix_key)
            return told_refund(end, amount, self._room.say)

        facts = [
            Fact(say("tech.sale.amount"), say.money(amount), Tone.WARN),
            Fact(say("tech.sale.ticket"), _number(story, say)),
            Fact(say("tech.sale.how"), _how(story, say)),
        ]
        if pix_key:
            facts.append(Fact(say("tech.refund.to"), pix_key))
        facts.append(Fact(say("tech.sale.reason"), reason))
        self._room.ask(
            Ask(
                say("tech.refund.ask", amount=say.money(amount)),
                work,
                say("tech.refund.pix_out_text") if pix_key else say("tech.refund.text"),
                tuple(facts),
                (Press("go", say("tech.refund.go", amount=say.money(amount)), "return", "stop"),),
                needs_pin=True,
                busy=say("tech.refund.busy"),
            )
        )


def _back(say: Say) -> Press:
    return Press("back", say("tech.sale.back"), "back")


def _number(story: SaleStory, say: Say) -> str:
    return f"{story.row.number:03d}" if story.row.number is not None else say("tech.none")


def _how(story: SaleStory, say: Say) -> str:
    row = story.row
    return " · ".join(part for part in (say.method(row.method), say.provider(row.provider)) if part)


def _head(story: SaleStory, say: Say) -> Block:
    row, left = story.row, story.refundable
    facts = [
        Fact(say("tech.sale.amount"), say.money(row.amount)),
        Fact(say("tech.sale.when"), say.moment(row.at)),
        Fact(say("tech.sale.how"), _how(story, say) or say("tech.none")),
        Fact(say("tech.sale.reference"), row.reference),
        Fact(say("tech.sale.id"), row.sale_id),
        Fact(say("tech.sale.left"), say.money(left) if left is not None else say("tech.sale.nothing_left")),
    ]
    if row.returned is not None:
        facts.append(Fact(say("tech.sale.returned"), say.money(row.returned)))
    keys = [
        _back(say),
        Press("reprint", say("tech.reprint.go"), "printer", enabled=story.can_reprint),
    ]
    if left is not None:
        keys.append(Press("refund", say("tech.refund.go", amount=say.money(left)), "return", "stop"))
    if story.can_pay_out:
        keys.append(Press("payout", say("tech.refund.pix_out"), "pix"))
    return Block(
        title=say("tech.printer.ticket", number=_number(story, say))
        if row.number is not None
        else say("tech.sales.no_ticket"),
        tone=tone_of(row),
        state=sentence(state_of(row, say)),
        facts=tuple(facts),
        keys=tuple(keys),
    )


def _line(line: StoryLine, say: Say) -> Line:
    kind = say.or_else(f"tech.kind.{line.kind}", line.kind)
    state = say.or_else(f"tech.state.{line.kind}.{line.state}", line.state)
    details = "  ".join(f"{name}={value}" for name, value in line.details.items())
    return Line(say.time(line.at), f"{kind}: {state}" if state else kind, details)


def told_refund(end: RefundEnd, amount: Money, say: Say) -> Told:
    """All of it is back, or the kiosk follows on: never told as failed while nobody knows."""
    facts = tuple(_money_back(each, say) for each in end.ways)
    if end.complete:
        return Told(say("tech.refund.done", amount=say.money(amount)), say("tech.refund.done_text"), facts=facts)
    return Told(say("tech.refund.goes_on"), say("tech.refund.goes_on_text"), Tone.WARN, facts=facts)


def _money_back(way: MoneyBack, say: Say) -> Fact:
    machine = Machine.SETTLEMENT if way.way is WayBack.UNDO else Machine.COMPENSATION
    state = say.or_else(f"tech.state.{machine.value}.{way.state}", way.state)
    tone = Tone.GOOD if way.state in _BACK else Tone.WARN
    return Fact(say(f"tech.way.{way.way.value}"), f"{say.money(way.amount)} · {state}", tone)
