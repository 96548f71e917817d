"""What the screens do: holds the customer's choices, follows the checkout, and shows both to QML.

QML calls the slots and reads three maps: `Ui` (values), `Words` (sentences of the present language) and `Theme`.
What is shown is computed by the pure functions of `presenter`, `navigator` and `theme`.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from totem.domain.catalogue import Basket, Catalogue
from totem.domain.money import Money, format_money
from totem.domain.ports import Clock
from totem.domain.texts import Texts
from totem.services.state import CheckoutControl, CheckoutState, Offer, PaymentChoice, Stage
from totem.ui.bridge import Board
from totem.ui.card_pad import CardPad
from totem.ui.navigator import ENDED, RESULTS, Overlay, Screen, Step, idles, overlay_allowed
from totem.ui.paying import Values, can_reprint, last_choice, plan_of, present_time
from totem.ui.presenter import CHOOSING, UiState, followed, present
from totem.ui.sale_pictures import SalePictures, Spawn, service_pictures
from totem.ui.settings import UiSettings
from totem.ui.two_cards import SPLIT, by_card, parts_of
from totem.ui.wardrobe import Wardrobe

TICK_S = 1.0
WARNING_S = 25.0
"""How long the "are you still there?" stays: at least 20 s (WCAG 2.2.1)."""


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
        self._pictures = SalePictures(service_pictures(catalogue, settings), spawn, self._refresh)
        self.live = self._pictures.live
        self.board, self.words, self.theme = Board(self), Board(self), Board(self)
        self._size = (settings.width_px, settings.height_px)
        self.pad = CardPad(clock, spawn, checkout.supply, self)
        self._state = checkout.state
        self._ui = UiState(settings.default_language, Basket(currency=catalogue.currency))
        self._since_s = self._touched_s = clock.monotonic()
        self._awake = asyncio.Event()
        self._unsubscribe: Callable[[], None] | None = None
        self._ticker: asyncio.Task[Any] | None = None
        self._screen, self._held = "", False
        self._wardrobe = Wardrobe(settings, texts, self.theme, self.words)
        self._refresh()

    # --- life -------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Follow the checkout and the clock. Call it on a running loop."""
        self._unsubscribe = self._checkout.subscribe(self._on_checkout)
        self._ticker = self._spawn(self._tick_on(), "ui.tick")
        self._on_checkout(self._checkout.state)

    def stop(self) -> None:
        self.pad.wipe()
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

    def hold(self, *, held: bool) -> None:
        """No sale is begun while a technician is there; the screen is cleared before and after."""
        self._held = held
        self.done()
        self._go_home()

    # --- what QML may call ------------------------------------------------------------------------------------------

    @Slot(int, str, result=str)
    def money(self, amount_cents: int, language: str) -> str:
        return format_money(Money(max(0, amount_cents), self._catalogue.currency), language)

    @Slot()
    @Slot(str)
    def begin(self, language: str = "") -> None:
        """Leave the first screen, in the language whose line was touched."""
        if self._ui.step is Step.ATTRACT and self._state.stage is Stage.IDLE and not self._held:
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
        if self._ui.step in {Step.INSTALLMENTS, Step.SPLIT}:
            self._change(step=Step.METHOD)
        elif self._ui.part is not None:
            self._change(step=Step.SPLIT, part=None)
        elif self._ui.step is Step.METHOD:
            self._change(step=Step.SERVICES)
        elif self._ui.step is Step.SERVICES:
            self._go_home()

    @Slot(str)
    def choose(self, method: str) -> None:
        """A way to pay was touched: pay by it, or ask in how many parts. A second touch does nothing."""
        if method == SPLIT and self._screen == Screen.METHOD and self._parts():
            self._change(step=Step.SPLIT)
        offer = next((each for each in self._offers() if each.method.value == method), None)
        if offer is None or self._screen not in {Screen.METHOD, Screen.AGAIN}:
            return
        if len(offer.installments) > 1:
            self._change(step=Step.INSTALLMENTS, method=offer.method)
        else:
            self._pay(PaymentChoice(offer.method, part=self._ui.part))

    @Slot(int)
    def chooseSplit(self, first_cents: int) -> None:
        """How much goes on the first card; which one is asked next."""
        part = next((first for first, _ in self._parts() if first.amount_cents == first_cents), None)
        if self._screen == Screen.SPLIT and part is not None:
            self._change(step=Step.METHOD, part=part)

    @Slot(int)
    def chooseInstallments(self, number: int) -> None:
        if self._screen == Screen.INSTALLMENTS and self._ui.method is not None:
            self._pay(PaymentChoice(self._ui.method, number, self._ui.part))

    @Slot(int)
    def answer(self, option: int) -> None:
        """Choose from the terminal's menu; once, until it shows something new."""
        card = self._state.card
        shown = self._screen == Screen.CARD and card is not None and 0 <= option < len(card.prompt.options)
        if shown and not self._ui.sent:
            self._ask(self._checkout.choose(option), "ui.answer")

    @Slot()
    def cancelCard(self) -> None:
        """Ask the terminal to let go. Without a second question: the sale stays open, and can be tried anew."""
        card = self._state.card
        shown = self._screen in {Screen.CARD, Screen.KEY_CARD, Screen.PAGE}
        if shown and self._state.can_cancel and card is not None and not card.cancel_asked:
            self.pad.wipe()
            self._spawn(self._checkout.cancel(), "ui.cancel")

    @Slot()
    def giveUp(self) -> None:
        if self._screen == Screen.AGAIN and not self._ui.sent:
            self._ask(self._checkout.cancel(), "ui.cancel")

    @Slot()
    def reprint(self) -> None:
        """The ticket did not come out: once more, marked."""
        if can_reprint(self._state, self._clock.monotonic()) and not self._ui.sent:
            self._ask(self._checkout.reprint(), "ui.reprint")

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
        """The customer has seen the result (or has the ticket that nobody knew of): home."""
        if self._screen in {*RESULTS, Screen.TICKET_UNKNOWN} and self._state.stage in ENDED:
            self._leave(Step.ATTRACT)

    @Slot()
    def retry(self) -> None:
        """Try the same anew; or from a trouble that cost nothing back to paying or choosing, with the same basket."""
        if self._screen == Screen.AGAIN:
            choice = last_choice(self._state, self._ui.choice)
            if choice is not None:
                self._pay(choice)
            return
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

    def _offers(self) -> tuple[Offer, ...]:
        """What may be paid with now, where the customer is about to choose it."""
        if self._state.stage is Stage.CHOOSING_AGAIN:
            return self._state.offers
        choosing = self._state.stage is Stage.IDLE and self._ui.step in CHOOSING
        if not choosing:
            return ()
        part = self._ui.part
        return self._checkout.offers(self._ui.basket.total) if part is None else by_card(self._checkout.offers(part))

    def _parts(self) -> tuple[tuple[Money, Money], ...]:
        """The ways to divide what is chosen over two cards."""
        allowed = self._settings.two_cards and self._state.stage is Stage.IDLE
        return parts_of(self._ui.basket.total, self._offers(), allowed=allowed)

    def _pay(self, choice: PaymentChoice) -> None:
        """By one way that is on offer: a sale of the basket, or the open one anew."""
        again = self._state.stage is Stage.CHOOSING_AGAIN
        if plan_of(self._offers(), choice) is None or self._ui.step is Step.OPENING:
            return
        self._change(step=Step.OPENING, choice=choice)
        if again:
            self._spawn(self._opened(self._checkout.pay_again(choice)), "ui.pay_again")
        else:
            opening = self._checkout.open(self._ui.basket, choice, self._ui.language)
            self._spawn(self._opened(opening), "ui.open")

    async def _opened(self, opening: Awaitable[None]) -> None:
        await opening
        if self._ui.step is Step.OPENING:
            self._change(step=Step.METHOD)

    def _ask(self, asking: Coroutine[Any, Any, None], name: str) -> None:
        """Once: until the checkout has said something new."""
        self._change(sent=True)
        self._spawn(asking, name)

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
        self.pad.follow(state)
        new_stage = state.stage is not before.stage
        self._ui = followed(self._ui, before, state)
        self._pictures.follow(state)
        if state.stage is Stage.IDLE and new_stage and self._ui.step is Step.ATTRACT:
            self._go_home()
        else:
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
        self.board.show(self._present_time(now))
        if self._screen == Screen.METHOD:
            self._refresh()  # what is on offer may have come or gone
        if idles(Screen(self._screen), self._state):
            self._warn_of_idleness(now - self._touched_s)
        elif self._screen in RESULTS and now >= self._result_ends_s():
            self.done()

    def _result_ends_s(self) -> float:
        """A code is photographed at leisure."""
        paperless = self._screen == Screen.PAPERLESS
        long_s = self._settings.paperless_timeout_s if paperless else self._settings.result_timeout_s
        return max(self._since_s, self._touched_s) + long_s

    def _warn_of_idleness(self, idle_s: float) -> None:
        web = self._settings.web
        on_page = self._screen == Screen.PAGE and web is not None  # a bank's application may take its time
        patience_s = web.idle_s if on_page and web is not None else self._settings.idle_timeout_s
        left_s = patience_s + WARNING_S - idle_s
        if left_s <= 0 and self._state.stage is Stage.IDLE:
            self._go_home()
        elif left_s <= 0:
            self.pad.wipe()
            self._change(overlay=Overlay.NONE)
            self.cancelCard()
        elif left_s <= WARNING_S:
            self._change(overlay=Overlay.IDLE, idle_seconds=math.ceil(left_s))

    def _change(self, **changes: Any) -> None:
        self._ui = replace(self._ui, **changes)
        self._refresh()

    def _refresh(self) -> None:
        """Compute everything anew and show what differs; the screen's name goes last."""
        values = self._present()
        gone = {Step.INSTALLMENTS: "plans", Step.SPLIT: "splits"}.get(self._ui.step, "screen")
        if not values[gone]:
            self._ui = replace(self._ui, step=Step.METHOD)  # it is no longer on offer
            values = self._present()
        screen = Screen(str(values["screen"]))
        if not overlay_allowed(self._ui.overlay, screen, self._state):
            self._ui = replace(self._ui, overlay=Overlay.NONE)
            values = self._present()
        self._wardrobe.dress(self._ui, self._size)
        now = self._clock.monotonic()
        changed = screen.value != self._screen
        if changed:
            self._screen, self._since_s, self._touched_s = screen.value, now, now
        values |= self._present_time(now)
        self.board.show(values, last=("screen",))
        quiet = screen in {Screen.ATTRACT, Screen.OUT_OF_SERVICE}
        (self._awake.clear if quiet else self._awake.set)()
        if changed:
            self.screenChanged.emit(screen.value)

    def _present(self) -> Values:
        return present(
            self._ui,
            self._state,
            self._offers(),
            self._pictures.shown,
            catalogue=self._catalogue,
            texts=self._texts,
            settings=self._settings,
        )

    def _present_time(self, now_s: float) -> Values:
        return present_time(self._state, self._ui.language, self._texts, now_s)
