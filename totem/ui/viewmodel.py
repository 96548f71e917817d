"""What the screens do: holds the customer's choices, follows the checkout, and shows both to QML.

QML calls the slots and reads three maps: `Ui` (values), `Words` (sentences of the present language) and `Theme`.
What is shown is computed by the pure functions of `presenter`, `navigator` and `theme`.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from totem.domain.catalogue import Basket, Catalogue
from totem.domain.money import Money, format_money
from totem.domain.ports import Clock
from totem.domain.texts import Texts
from totem.services.state import CheckoutControl, CheckoutState, Stage
from totem.ui.bridge import Board
from totem.ui.images import LiveImages, decode_picture, draw_code
from totem.ui.navigator import RESULTS, WITH_IDLE_WARNING, Overlay, Screen, Step, overlay_allowed
from totem.ui.presenter import Pictures, UiState, Values, present, present_time
from totem.ui.settings import UiSettings
from totem.ui.theme import Look, tokens

Spawn = Callable[[Coroutine[Any, Any, None], str], asyncio.Task[Any]]

TICK_S = 1.0
WARNING_S = 25.0
"""How long the "are you still there?" stays: at least 20 s (WCAG 2.2.1)."""
_SALE_IS_MADE = frozenset({Stage.PRINTING, Stage.HELD, Stage.COMPLETED})


class KioskModel(QObject):
    """The screens' memory and hands. Lives on the loop's thread; slots return at once."""

    screenChanged = Signal(str)

    def __init__(
        self,
        settings: UiSettings,
        catalogue: Catalogue,
        texts: Texts,
        checkout: CheckoutControl,
        clock: Clock,
        spawn: Spawn,
    ) -> None:
        super().__init__()
        self._settings, self._catalogue, self._texts = settings, catalogue, texts
        self._checkout, self._clock, self._spawn = checkout, clock, spawn
        self.live = LiveImages()
        self.board, self.words, self.theme = Board(self), Board(self), Board(self)
        self._size = (settings.width_px, settings.height_px)
        self._state = checkout.state
        self._ui = UiState(settings.default_language, Basket(currency=catalogue.currency))
        self._pictures = Pictures(services=self._service_pictures())
        self._since_s = clock.monotonic()
        self._touched_s = self._since_s
        self._awake = asyncio.Event()
        self._unsubscribe: Callable[[], None] | None = None
        self._ticker: asyncio.Task[Any] | None = None
        self._screen = ""
        self._look_shown: Look | None = None
        self._language_shown = ""
        self._refresh()

    # --- life -------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Follow the checkout and the clock. Call it on a running loop."""
        self._unsubscribe = self._checkout.subscribe(self._on_checkout)
        self._ticker = self._spawn(self._tick_on(), "ui.tick")
        self._on_checkout(self._checkout.state)

    def stop(self) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
        if self._ticker is not None:
            self._ticker.cancel()
            self._ticker = None

    @property
    def screen(self) -> str:
        return self._screen

    def resize(self, width_px: int, height_px: int) -> None:
        """The window's size in pixels: every size of the theme follows."""
        if width_px > 0 and height_px > 0 and self._size != (width_px, height_px):
            self._size = (width_px, height_px)
            self._refresh()

    def touch(self) -> bool:
        """Somebody touched the screen, anywhere. True: the touch only woke the kiosk, and must press nothing."""
        self._touched_s = self._clock.monotonic()
        if self._ui.overlay is Overlay.IDLE:
            self._change(overlay=Overlay.NONE)
            return True
        return False

    # --- what QML may call ------------------------------------------------------------------------------------------

    @Slot(int, str, result=str)
    def money(self, amount_cents: int, language: str) -> str:
        return format_money(Money(max(0, amount_cents), self._catalogue.currency), language)

    @Slot()
    @Slot(str)
    def begin(self, language: str = "") -> None:
        """Leave the first screen, in the language whose line was touched."""
        if self._ui.step is Step.ATTRACT and self._state.stage is Stage.IDLE:
            self._change(step=Step.SERVICES, language=language or self._settings.default_language)

    @Slot(str)
    def setLanguage(self, language: str) -> None:
        if language in self._settings.languages:
            self._change(language=language)

    @Slot()
    def toggleContrast(self) -> None:
        self._change(high_contrast=not self._ui.high_contrast)

    @Slot()
    def toggleText(self) -> None:
        self._change(large_text=not self._ui.large_text)

    @Slot()
    def toggleReach(self) -> None:
        self._change(low_reach=not self._ui.low_reach)

    @Slot(str, int)
    def addService(self, service_id: str, change: int) -> None:
        """Put `change` more (or less) of a service into the basket, within what the catalogue allows."""
        if self._ui.step is Step.SERVICES:
            service = self._catalogue.find(service_id)
            wanted = self._ui.basket.quantity_of(service_id) + change
            self._change(basket=self._ui.basket.with_quantity(service, wanted))

    @Slot()
    def next(self) -> None:
        if self._ui.step is Step.SERVICES and not self._ui.basket.is_empty:
            self._change(step=Step.METHOD)

    @Slot()
    def back(self) -> None:
        if self._ui.step is Step.METHOD:
            self._change(step=Step.SERVICES)
        elif self._ui.step is Step.SERVICES:
            self._go_home()

    @Slot(str)
    def choose(self, method: str) -> None:
        """Open the sale. A second touch before the checkout answered does nothing."""
        chosen = self._ui.step is Step.METHOD and self._state.stage is Stage.IDLE and not self._ui.basket.is_empty
        if chosen and method in self._settings.methods:
            self._change(step=Step.OPENING)
            self._spawn(self._open(method), "ui.open")

    @Slot()
    def askCancel(self) -> None:
        if self._state.can_cancel:
            self._change(overlay=Overlay.CANCEL)

    @Slot()
    def confirmCancel(self) -> None:
        if self._ui.overlay is Overlay.CANCEL:
            self._change(overlay=Overlay.NONE)
            self._spawn(self._checkout.cancel(), "ui.cancel")

    @Slot()
    def moreTime(self) -> None:
        if self._state.pix is not None and self._state.pix.can_extend:
            self._spawn(self._checkout.more_time(), "ui.more_time")

    @Slot()
    def done(self) -> None:
        """The customer has seen the result: home."""
        if self._screen in RESULTS:
            self._leave(Step.ATTRACT)

    @Slot()
    def retry(self) -> None:
        """From a trouble that cost nothing back to paying or choosing, with the basket as it was."""
        target = {"retry": Step.METHOD, "again": Step.SERVICES}.get(str(self.board.value("troubleRetry")))
        if self._screen == Screen.TROUBLE and target is not None:
            self._leave(Step.ATTRACT if self._ui.basket.is_empty else target)

    @Slot()
    def help(self) -> None:
        self._change(overlay=Overlay.HELP)

    @Slot()
    def closeOverlay(self) -> None:
        self._change(overlay=Overlay.NONE)

    # --- inside -----------------------------------------------------------------------------------------------------

    async def _open(self, method: str) -> None:
        await self._checkout.open(self._ui.basket, method, self._ui.language)
        if self._state.stage is Stage.IDLE and self._ui.step is Step.OPENING:
            self._change(step=Step.METHOD)

    def _leave(self, step: Step) -> None:
        if step is Step.ATTRACT:
            self._go_home()
        else:
            self._change(step=step)
        self._spawn(self._checkout.acknowledge(), "ui.acknowledge")

    def _go_home(self) -> None:
        """The next customer finds the kiosk as the first one did."""
        self._ui = UiState(self._settings.default_language, Basket(currency=self._catalogue.currency))
        self._refresh()

    def _on_checkout(self, state: CheckoutState) -> None:
        before, self._state = self._state, state
        if state.stage in _SALE_IS_MADE:
            # The sale has its own copy of the basket; what is chosen next is another sale.
            self._ui = replace(self._ui, step=Step.ATTRACT, basket=Basket(currency=self._catalogue.currency))
        elif state.stage is not Stage.IDLE and self._ui.step is Step.OPENING:
            self._ui = replace(self._ui, step=Step.METHOD)
        self._follow_pictures(before, state)
        if state.stage is Stage.IDLE and before.stage is not Stage.IDLE and self._ui.step is Step.ATTRACT:
            self._go_home()
        else:
            self._refresh()

    def _follow_pictures(self, before: CheckoutState, state: CheckoutState) -> None:
        code = state.pix.copia_e_cola if state.pix else ""
        if code and code != (before.pix.copia_e_cola if before.pix else ""):
            self._spawn(self._draw_code(code), "ui.draw_code")
        paper = state.ticket.picture if state.ticket else b""
        if paper and paper != (before.ticket.picture if before.ticket else b""):
            self._spawn(self._show_ticket(paper), "ui.show_ticket")
        if state.stage is Stage.IDLE:
            self.live.drop("code")
            self.live.drop("ticket")
            self._pictures = replace(self._pictures, code="", code_of="", ticket="")

    async def _draw_code(self, text: str) -> None:
        image, modules = await asyncio.to_thread(draw_code, text)
        if self._state.pix is not None and self._state.pix.copia_e_cola == text:
            address = self.live.put("code", image)
            self._pictures = replace(self._pictures, code=address, code_of=text, code_modules=modules)
            self._refresh()

    async def _show_ticket(self, data: bytes) -> None:
        image = await asyncio.to_thread(decode_picture, data)
        current = self._state.ticket is not None and self._state.ticket.picture == data
        if current and not image.isNull():
            ratio = image.height() / image.width()
            self._pictures = replace(self._pictures, ticket=self.live.put("ticket", image), ticket_ratio=ratio)
            self._refresh()

    async def _tick_on(self) -> None:
        """A second hand while somebody is there; asleep on a still screen."""
        while True:
            await self._awake.wait()
            await self._clock.sleep(TICK_S)
            self.tick()

    def tick(self) -> None:
        """Let time pass: the code's clock, the idle warning, the results that go home by themselves."""
        now = self._clock.monotonic()
        self.board.show(present_time(self._state.pix, now))
        if self._screen in WITH_IDLE_WARNING:
            self._warn_of_idleness(now - self._touched_s)
        elif self._screen in RESULTS and now - max(self._since_s, self._touched_s) >= self._settings.result_timeout_s:
            self.done()

    def _warn_of_idleness(self, idle_s: float) -> None:
        left_s = self._settings.idle_timeout_s + WARNING_S - idle_s
        if left_s <= 0:
            self._go_home()
        elif left_s <= WARNING_S:
            self._change(overlay=Overlay.IDLE, idle_seconds=math.ceil(left_s))

    def _change(self, **changes: Any) -> None:
        self._ui = replace(self._ui, **changes)
        self._refresh()

    def _refresh(self) -> None:
        """Compute everything anew and show what differs; the screen's name goes last."""
        values = self._present()
        screen = Screen(str(values["screen"]))
        if not overlay_allowed(self._ui.overlay, screen, self._state):
            self._ui = replace(self._ui, overlay=Overlay.NONE)
            values = self._present()
        self._dress()
        now = self._clock.monotonic()
        changed = screen.value != self._screen
        if changed:
            self._screen, self._since_s = screen.value, now
            self._touched_s = now
        values |= present_time(self._state.pix, now)
        self.board.show(values, last=("screen",))
        quiet = screen in {Screen.ATTRACT, Screen.OUT_OF_SERVICE}
        (self._awake.clear if quiet else self._awake.set)()
        if changed:
            self.screenChanged.emit(screen.value)

    def _dress(self) -> None:
        """Sizes, colours and sentences anew where size, look or language changed, which is seldom."""
        look, language = self._look(), self._ui.language
        if look != self._look_shown:
            self._look_shown = look
            self.theme.show(tokens(look))
        if language != self._language_shown:
            self._language_shown = language
            self.words.show(self._texts.catalogues[language])

    def _present(self) -> Values:
        return present(self._ui, self._state, self._pictures, self._catalogue, self._texts, self._settings)

    def _look(self) -> Look:
        return Look(
            *self._size,
            diagonal_inch=self._settings.diagonal_inch,
            brand_color=self._settings.brand_color,
            high_contrast=self._ui.high_contrast,
            large_text=self._ui.large_text,
            reduced_motion=self._settings.reduced_motion,
        )

    def _service_pictures(self) -> dict[str, str]:
        found = {service.id: self._picture(service.picture) for service in self._catalogue.services}
        return {service_id: file.resolve().as_uri() for service_id, file in found.items() if file is not None}

    def _picture(self, name: str) -> Path | None:
        folders = (self._settings.pictures, self._settings.assets / "images")
        candidates = [folder / name for folder in folders if folder is not None]
        return next((file for file in candidates if name and file.is_file()), None)
