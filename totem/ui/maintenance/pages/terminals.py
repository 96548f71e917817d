"""The card terminals: whether they are ready, what they hold open, and their own menu on the kiosk's screen."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from totem.domain.cards import CardOutcome, CardResult, Prompt, PromptKind
from totem.services.maintenance.views import TerminalView
from totem.ui.maintenance.asking import Ask, Told
from totem.ui.maintenance.blocks import Block, Fact, Press, Tone
from totem.ui.maintenance.pages.page import Plain
from totem.ui.maintenance.say import Say

_TONES: Final = {
    CardOutcome.APPROVED: Tone.GOOD,
    CardOutcome.CANCELLED: Tone.WARN,
    CardOutcome.EXPIRED: Tone.WARN,
    CardOutcome.PENDING: Tone.WARN,
    CardOutcome.UNKNOWN: Tone.WARN,
}


class TerminalsPage(Plain):
    name = "terminals"
    refresh_s = 10.0
    seen: tuple[TerminalView, ...] | None = None
    menu_of: str = ""
    """Whose own menu is on the screen."""
    prompt: Prompt | None = None
    _menu: asyncio.Task[Any] | None = None

    async def load(self) -> None:
        if not self.menu_of:
            self.seen = await self._room.control.terminals.look()

    def blocks(self, say: Say) -> tuple[Block, ...]:
        if self.menu_of:
            return (_menu(self.menu_of, self.prompt, say),)
        if self.seen is None:
            return (Block(text=say("tech.terminal.asking"), busy=True),)
        if not self.seen:
            return (Block(title=say("tech.terminal.no_terminals"), text=say("tech.terminal.no_terminals_text")),)
        return tuple(_terminal(each, say) for each in self.seen)

    def press(self, act: str, argument: str) -> None:
        if act == "menu":
            self._ask_menu(argument)
        elif act == "settle":
            self._ask_settle(argument)
        elif act == "option":
            self._room.run(self._room.control.terminals.answer(self.menu_of, int(argument)))
        elif act == "cancel":
            self._room.run(self._room.control.terminals.cancel(self.menu_of))

    def leave(self) -> None:
        if self._menu is not None:
            self._menu.cancel()

    def _ask_menu(self, terminal: str) -> None:
        say = self._room.say

        async def work(answer: str, pin: str) -> None:
            del answer, pin
            self.menu_of, self.prompt = terminal, None
            self._menu = self._room.run(self._follow(terminal))

        self._room.ask(
            Ask(
                say("tech.terminal.menu_ask", terminal=say.provider(terminal)),
                work,
                say("tech.terminal.menu_text"),
                answers=(Press("go", say("tech.terminal.menu"), "terminal", "main"),),
            )
        )

    async def _follow(self, terminal: str) -> None:
        try:
            async for event in self._room.control.terminals.admin(terminal):
                if isinstance(event, CardResult):
                    self.menu_of = ""
                    self._room.tell(told_result(event, self._room.say))
                else:
                    self.prompt = event
                    self._room.changed()
        finally:
            self.menu_of = ""

    def _ask_settle(self, terminal: str) -> None:
        say = self._room.say

        async def work(answer: str, pin: str) -> Told:
            del answer, pin
            done = await self._room.control.terminals.settle(terminal)
            word = "settled" if done else "not_settled"
            now = self._room.say
            return Told(
                now(f"tech.terminal.{word}"), now(f"tech.terminal.{word}_text"), Tone.GOOD if done else Tone.WARN
            )

        self._room.ask(
            Ask(
                say("tech.terminal.settle_ask", terminal=say.provider(terminal)),
                work,
                say("tech.terminal.settle_text"),
                answers=(Press("go", say("tech.terminal.settle"), "tick", "main"),),
            )
        )


def _terminal(view: TerminalView, say: Say) -> Block:
    open_ones = view.held + view.unsettled
    facts = [
        Fact(say("tech.terminal.held"), str(view.held), Tone.WARN if view.held else Tone.NONE),
        Fact(say("tech.terminal.unsettled"), str(view.unsettled), Tone.WARN if view.unsettled else Tone.NONE),
    ]
    if view.clock_drift_s is not None:
        facts.append(Fact(say("tech.terminal.drift"), f"{view.clock_drift_s:+.0f} s"))
    if view.detail:
        facts.append(Fact(say("tech.terminal.detail"), view.detail))
    keys = []
    if view.has_admin:
        keys.append(Press(f"menu:{view.name}", say("tech.terminal.menu"), "list"))
    keys.append(Press(f"settle:{view.name}", say("tech.terminal.settle"), "tick", enabled=open_ones > 0))
    return Block(
        title=say.provider(view.name),
        tone=Tone.GOOD if view.ready and not open_ones else Tone.WARN if view.ready else Tone.BAD,
        state=say("tech.terminal.ready") if view.ready else say("tech.terminal.not_ready"),
        text=say.trouble(view.trouble, "technician") if view.trouble else "",
        remedy=say("tech.terminal.remedy_open") if open_ones else "",
        code=say("tech.code", code=view.trouble.value) if view.trouble else "",
        facts=tuple(facts),
        keys=tuple(keys),
    )


def _menu(terminal: str, prompt: Prompt | None, say: Say) -> Block:
    options = prompt.options if prompt is not None and prompt.kind is PromptKind.MENU else ()
    keys = tuple(Press(f"option:{place}", option) for place, option in enumerate(options))
    return Block(
        title=say("tech.terminal.menu_of", terminal=say.provider(terminal)),
        icon="terminal",
        text=prompt.text.strip() if prompt is not None and prompt.text.strip() else say("tech.terminal.menu_waits"),
        busy=not options,
        keys=(*keys, Press("cancel", say("tech.terminal.menu_end"), "cross")),
        wide=True,
    )


def told_result(result: CardResult, say: Say) -> Told:
    """The terminal's own words, and what they mean."""
    facts = [
        Fact(say("tech.terminal.says"), result.message.strip()) if result.message.strip() else None,
        Fact("NSU", result.nsu) if result.nsu else None,
        Fact(say("tech.sale.amount"), say.money(result.amount)) if result.amount is not None else None,
    ]
    return Told(
        say(f"tech.terminal.end_{result.outcome.value}"),
        say.trouble(result.trouble, "technician") if result.trouble else "",
        _TONES.get(result.outcome, Tone.BAD),
        result.trouble.value if result.trouble else "",
        tuple(fact for fact in facts if fact is not None),
    )
