"""The technician's visit: the door with its PIN, the open page, and at most one thing over it. No Qt.

The kiosk's own control decides who is in and for how long; here is only what is seen of it.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import date
from typing import Any

from totem.domain.errors import TotemError
from totem.domain.ports import Clock
from totem.services.maintenance.control import MaintenanceControl, MaintenanceRefused, Reason
from totem.services.maintenance.views import MaintenanceState
from totem.ui.maintenance.asking import Ask, Told, Typing, told_of
from totem.ui.maintenance.blocks import Block, Values, in_columns, keys_of, plain
from totem.ui.maintenance.door import PinPad
from totem.ui.maintenance.over import Over
from totem.ui.maintenance.pages.book import NAV, page_of
from totem.ui.maintenance.pages.overview import OverviewPage
from totem.ui.maintenance.pages.page import Page
from totem.ui.maintenance.say import Say
from totem.ui.maintenance.settings import MaintenanceSettings

Spawn = Callable[[Coroutine[Any, Any, None], str], asyncio.Task[Any]]

WARNING_S = 25.0
"""How long before it locks the mode warns: at least 20 s (WCAG 2.2.1)."""


class Visit:
    """From the gesture to the end: `changed` is called at everything new, `left` once, when it is over."""

    def __init__(
        self,
        control: MaintenanceControl,
        settings: MaintenanceSettings,
        say: Say,
        clock: Clock,
        spawn: Spawn,
        changed: Callable[[], None],
        left: Callable[[], None],
    ) -> None:
        self.control, self.say = control, say
        self._settings, self._clock, self._spawn = settings, clock, spawn
        self._tell_changed, self._left = changed, left
        self._pad = PinPad.laid_out(scrambled=settings.scrambled)
        self._page: Page | None = None
        self._trouble: Told | None = None
        self.loading: asyncio.Task[Any] | None = None
        """What the open page asks the kiosk, or asked last."""
        self._loaded_s = 0.0
        self._over = Over()
        self._touched_s = clock.monotonic()
        self._is_over = False
        self._unsubscribe = control.subscribe(self._on_state)

    # --- what the screen asks ---------------------------------------------------------------------------------------

    @property
    def screen(self) -> str:
        """`pin`, or the open page's name."""
        return self._page.name if self._page is not None else "pin"

    @property
    def over(self) -> str:
        return "warning" if self.is_warning else self._over.name

    @property
    def is_warning(self) -> bool:
        left = self.left_s
        return left is not None and left <= WARNING_S

    @property
    def left_s(self) -> int | None:
        """Whole seconds until it locks by itself; None while nobody is in."""
        state = self.control.state
        if self._page is None or not state.is_unlocked:
            return None
        ends_at_s = min(state.ends_at_s, self._touched_s + self._settings.timeout_s)
        return max(0, math.ceil(ends_at_s - self._clock.monotonic()))

    def present(self, columns: int) -> Values:
        """Everything that is seen, as plain values."""
        say, now_s = self.say, self._clock.monotonic()
        over = self._over
        pad = over.pad if over.pad is not None else self._pad
        left_s = self.left_s or 0
        blocks = self.blocks()
        return {
            "over": self.over,
            "page": self.screen,
            "title": say(f"tech.nav.{self._nav}") if self._page is not None else say("tech.title"),
            "nav": [{"id": name, "icon": icon, "text": say(f"tech.nav.{name}")} for name, icon in NAV],
            "navAt": self._nav,
            "inside": self._page is not None,
            "left": f"{left_s // 60}:{left_s % 60:02d}",
            "leftText": say.count("tech.warning.seconds", left_s),
            "outOfService": self.control.state.out_of_service,
            "wide": [plain(block) for block in blocks if block.wide],
            "columns": in_columns(blocks, columns),
            **pad.present(say, now_s, has_pin=self.control.has_pin),
            **over.present(say),
        }

    @property
    def _nav(self) -> str:
        """The nav's place of the open page."""
        name = self.screen
        return "sales" if name == "sale" else name

    def blocks(self) -> tuple[Block, ...]:
        """Of the open page."""
        if self._page is None:
            return ()
        if self._trouble is not None:
            told = self._trouble
            code = self.say("tech.code", code=told.code) if told.code else ""
            trouble = Block(title=told.title, tone=told.tone, text=told.text, code=code, wide=True)
            return (trouble, *self._page.blocks(self.say))
        return self._page.blocks(self.say)

    # --- what a finger does -----------------------------------------------------------------------------------------

    def touch(self) -> bool:
        """Somebody touched the screen. True: it answered the warning only, and must press nothing."""
        warned = self.is_warning
        self._touched_s = self._clock.monotonic()
        if self.control.state.is_unlocked:
            self.control.touched()
        if warned:
            self.changed()
        return warned

    def digit(self, digit: str) -> None:
        self._open_pad.digit(digit, self._clock.monotonic())
        self.changed()

    def erase(self) -> None:
        self._open_pad.erase()
        self.changed()

    def enter(self) -> None:
        """Try the PIN: at the door, or for the act that asks for it again."""
        pad, over = self._open_pad, self._over
        pin = pad.take(self._clock.monotonic())
        if pin is None:
            return
        if over.pad is not None and over.ask is not None:
            self._do(over.ask, over.answer, pin)
        else:
            self._spawn(self._unlock(pin), "maintenance.unlock")
        self.changed()

    def press(self, key: str) -> None:
        """A key of the open page, where it is there and nothing lies over it."""
        if self._page is not None and not self.over and key in keys_of(self.blocks()):
            act, _, argument = key.partition(":")
            self._page.press(act, argument)

    def open(self, name: str, argument: str = "") -> None:
        """Another page, or the same anew."""
        page = page_of(name, self, argument) if self._page is not None else None
        if page is None or self._page is None:
            return
        self._page.leave()
        self._go(page)

    def answer(self, answer: str) -> None:
        """A way on that the question offers."""
        ask = self._over.ask
        if self.over != "ask" or ask is None or answer not in {each.id for each in ask.answers}:
            return
        if ask.needs_pin:
            self._over.answer = answer
            self._over.pad = PinPad.laid_out(scrambled=self._settings.scrambled)
            self.changed()
        else:
            self._do(ask, answer, "")

    def dismiss(self) -> None:
        """Away with what lies over the page, without doing it; not while it is being done."""
        if not self._over.busy:
            self._over = Over()
            self.changed()

    def write(self, text: str) -> None:
        """A key of the keyboard, or a whole suggestion."""
        typing = self._over.typing
        if typing is not None and len(self._over.typed) + len(text) <= typing.most:
            self._over.typed += text
            self.changed()

    def suggest(self, key: str) -> None:
        """One of the whole answers, as `Over.present` numbers them."""
        suggestions = self._over.typing.suggestions if self._over.typing is not None else ()
        for place, text in enumerate(suggestions):
            if key == f"suggest:{place}":
                self._over.typed = text
                self.changed()

    def unwrite(self) -> None:
        self._over.typed = self._over.typed[:-1]
        self.changed()

    def written(self) -> None:
        """What was typed is what was meant."""
        typing, text = self._over.typing, self._over.typed.strip()
        if typing is not None and len(text) >= typing.least:
            self._over = Over()
            typing.done(text)
            self.changed()

    def speak(self, language: str) -> None:
        if language in self.say.own.catalogues:
            self.say = Say(language, self.say.own, self.say.shared)
            if self._page is not None:
                # What was told in words is told anew in these.
                self._load()
            self.changed()

    def leave(self) -> None:
        """Lock, and back to the customers. What was begun goes on behind."""
        if self._is_over:
            return
        self._is_over = True
        self._unsubscribe()
        if self._page is not None:
            self._page.leave()
        if self.loading is not None:
            self.loading.cancel()
        self._spawn(self.control.lock(), "maintenance.lock")
        self._left()

    def tick(self) -> None:
        """Let time pass: the countdowns, the door that nobody goes through, the page that is asked again."""
        now_s = self._clock.monotonic()
        if self._page is None and not self._pad.checking and now_s - self._touched_s >= self._settings.pin_timeout_s:
            self.leave()
            return
        if self.left_s == 0:
            self.leave()
            return
        page = self._page
        due = page is not None and page.refresh_s and now_s - self._loaded_s >= page.refresh_s
        if due and not self.over and (self.loading is None or self.loading.done()):
            self._load()
        self.changed()

    # --- what a page asks (`pages.page.Room`) -----------------------------------------------------------------------

    def today(self) -> date:
        return self._clock.now().astimezone().date()

    def ask(self, ask: Ask) -> None:
        self._over = Over(ask=ask)
        self.changed()

    def tell(self, told: Told) -> None:
        self._over = Over(told=told)
        self.changed()

    def type(self, typing: Typing) -> None:
        self._over = Over(typing=typing, typed=typing.text)
        self.changed()

    def changed(self) -> None:
        if not self._is_over:
            self._tell_changed()

    def run(self, work: Coroutine[Any, Any, None], busy: str = "") -> asyncio.Task[Any]:
        if busy:
            self._over = Over(busy=busy)
        task = self._spawn(self._run(work, self._over), "maintenance.run")
        self.changed()
        return task

    # --- inside -----------------------------------------------------------------------------------------------------

    @property
    def _open_pad(self) -> PinPad:
        return self._over.pad if self._over.pad is not None else self._pad

    def _on_state(self, state: MaintenanceState) -> None:
        if self._page is not None and not state.is_unlocked:
            self.leave()
        else:
            self.changed()

    async def _unlock(self, pin: str) -> None:
        answer = await self.control.unlock(pin)
        self._pad.answered(answer, self._clock.monotonic())
        if answer.is_right and not self._is_over:
            self._go(OverviewPage(self))
        self.changed()

    def _go(self, page: Page) -> None:
        self._page, self._trouble, self._over = page, None, Over()
        self._load()
        self.changed()

    def _load(self) -> None:
        if self.loading is not None:
            self.loading.cancel()
        if self._page is not None:
            self._loaded_s = self._clock.monotonic()
            self.loading = self._spawn(self._ask_page(self._page), "maintenance.load")

    async def _ask_page(self, page: Page) -> None:
        with suppress(asyncio.CancelledError):
            try:
                await page.load()
                self._trouble = None
            except TotemError as error:
                self._failed(error)
            self.changed()

    def _failed(self, error: TotemError) -> None:
        self._trouble = told_of(error, self.say)

    def _do(self, ask: Ask, answer: str, pin: str) -> None:
        busy = Over(ask=ask, answer=answer, pad=self._over.pad, busy=ask.busy or self.say("tech.busy"))
        self._over = busy
        self._spawn(self._carry_out(ask, answer, pin, busy), "maintenance.act")
        self.changed()

    async def _carry_out(self, ask: Ask, answer: str, pin: str, busy: Over) -> None:
        try:
            told = await ask.work(answer, pin)
        except MaintenanceRefused as refused:
            if refused.reason is Reason.PIN and busy.pad is not None:
                self._asked_again(refused, busy)
                return
            told = told_of(refused, self.say)
        except TotemError as error:
            told = told_of(error, self.say)
        if self._over is busy:
            self._over = Over(told=told)
        self._load()
        self.changed()

    def _asked_again(self, refused: MaintenanceRefused, busy: Over) -> None:
        """The PIN was not right: the pad stays, with what is left of the tries."""
        if busy.pad is not None and refused.pin is not None:
            busy.pad.answered(refused.pin, self._clock.monotonic())
        busy.busy = ""
        self.changed()

    async def _run(self, work: Coroutine[Any, Any, None], busy: Over) -> None:
        try:
            await work
        except TotemError as error:
            self.tell(told_of(error, self.say))
        if self._over is busy and busy.busy:
            self._over = Over()
        self.changed()
