"""Money or goods that wait for a person's decision: settled by the provider's evidence, or by a typed reason."""

from __future__ import annotations

from typing import Final

from totem.services.maintenance.sale_views import AttentionView, Evidence, Finding
from totem.ui.maintenance.asking import Ask, Told, Typing
from totem.ui.maintenance.blocks import Block, Fact, Press, Tone
from totem.ui.maintenance.pages.page import Plain, Room
from totem.ui.maintenance.say import Say

LEAST_REASON: Final = 4
_TONES: Final = {Finding.SETTLES: Tone.GOOD, Finding.CONTRADICTS: Tone.BAD, Finding.UNDECIDED: Tone.WARN}


class AttentionsPage(Plain):
    name = "attentions"
    refresh_s = 15.0
    seen: tuple[AttentionView, ...] | None = None

    async def load(self) -> None:
        self.seen = await self._room.control.sales.attentions()

    def blocks(self, say: Say) -> tuple[Block, ...]:
        if self.seen is None:
            return (Block(text=say("tech.attention.asking"), busy=True),)
        if not self.seen:
            return (
                Block(
                    title=say("tech.attention.none"), tone=Tone.GOOD, text=say("tech.attention.none_text"), wide=True
                ),
            )
        return tuple(attention_block(each, say, with_sale=True) for each in self.seen)

    def press(self, act: str, argument: str) -> None:
        if act == "sale":
            self._room.open("sale", argument)
        else:
            press_attention(self._room, act, next(each for each in self.seen or () if each.id == argument))


def attention_block(view: AttentionView, say: Say, *, with_sale: bool) -> Block:
    facts = [Fact(say("tech.sale.reference"), view.reference)] if view.reference else []
    if view.amount is not None:
        facts.append(Fact(say("tech.sale.amount"), say.money(view.amount)))
    if view.subject:
        facts.append(Fact(say("tech.attention.subject"), view.subject))
    if view.settled:
        facts.append(Fact(say("tech.attention.evidence"), view.evidence))
    keys = []
    if view.can_ask and not view.settled:
        keys.append(Press(f"evidence:{view.id}", say("tech.attention.ask"), "search"))
    if not view.settled:
        keys.append(Press(f"reason:{view.id}", say("tech.attention.reason"), "keyboard"))
    if with_sale and view.sale_id:
        keys.append(Press(f"sale:{view.sale_id}", say("tech.attention.sale"), "list"))
    return Block(
        title=say.trouble(view.trouble, "title"),
        tone=Tone.GOOD if view.settled else Tone.WARN,
        state=say("tech.attention.settled") if view.settled else say("tech.attention.open"),
        since=say("tech.attention.since", moment=say.moment(view.since)),
        text=say.trouble(view.trouble, "technician"),
        code=say("tech.code", code=view.trouble.value),
        facts=tuple(facts),
        keys=tuple(keys),
    )


def press_attention(room: Room, act: str, view: AttentionView) -> None:
    """The keys of `attention_block`."""
    if act == "evidence":
        room.run(_ask_evidence(room, view), room.say("tech.attention.asking_provider"))
    elif act == "reason":
        room.type(
            Typing(
                room.say("tech.attention.reason_title"),
                lambda text: _ask_reason(room, view, text),
                room.say("tech.attention.reason_hint"),
                least=LEAST_REASON,
                most=200,
                suggestions=tuple(room.say(f"tech.attention.reason_{number}") for number in (1, 2, 3)),
            )
        )


async def _ask_evidence(room: Room, view: AttentionView) -> None:
    found = await room.control.sales.evidence(view.id)
    say = room.say
    facts = (Fact(say("tech.attention.told"), found.told),) if found.told else ()
    if found.finding is not Finding.SETTLES:
        room.tell(_told_evidence(found, facts, say))
        return

    async def work(answer: str, pin: str) -> Told:
        del answer, pin
        return _told_settled(await room.control.sales.settle(view.id), room.say)

    room.ask(
        Ask(
            say("tech.attention.settles"),
            work,
            say("tech.attention.settles_text"),
            (*_what(view, say), *facts),
            (Press("go", say("tech.attention.settle"), "tick", "main"),),
            busy=say("tech.attention.asking_provider"),
        )
    )


def _told_evidence(found: Evidence, facts: tuple[Fact, ...], say: Say) -> Told:
    word = found.finding.value
    code = found.trouble.value if found.trouble else ""
    return Told(say(f"tech.attention.{word}"), say(f"tech.attention.{word}_text"), _TONES[found.finding], code, facts)


def _ask_reason(room: Room, view: AttentionView, reason: str) -> None:
    say = room.say

    async def work(answer: str, pin: str) -> Told:
        del answer, pin
        return _told_settled(await room.control.sales.settle(view.id, reason), room.say)

    room.ask(
        Ask(
            say("tech.attention.settle_ask"),
            work,
            say("tech.attention.settle_text"),
            (*_what(view, say), Fact(say("tech.sale.reason"), reason)),
            (Press("go", say("tech.attention.settle"), "tick", "main"),),
            busy=say("tech.attention.asking_provider"),
        )
    )


def _what(view: AttentionView, say: Say) -> tuple[Fact, ...]:
    facts = [Fact(say("tech.attention.about"), say.trouble(view.trouble, "title"))]
    if view.amount is not None:
        facts.append(Fact(say("tech.sale.amount"), say.money(view.amount)))
    return tuple(facts)


def _told_settled(view: AttentionView, say: Say) -> Told:
    facts = (Fact(say("tech.attention.evidence"), view.evidence),) if view.evidence else ()
    return Told(say("tech.attention.settled_now"), say("tech.attention.settled_text"), facts=facts)
