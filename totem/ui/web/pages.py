"""The acquirer's page on the screen: from the prompt that brings it to the answer that it posts, one sale at a time."""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import shiboken6
from PySide6.QtCore import Property, QObject, QUrl, Signal, Slot

from totem.domain.cards import PromptKind, WebPage
from totem.domain.ports import Clock
from totem.services.state import CheckoutControl, CheckoutState, Stage
from totem.ui.sale_pictures import Spawn
from totem.ui.web import scripts
from totem.ui.web.catcher import Catcher
from totem.ui.web.exit import Exit
from totem.ui.web.gate import Gate
from totem.ui.web.settings import WebSettings

log = logging.getLogger(__name__)

_ENGINE = "totem.ui.web.engine"
_LEAVES_S = 0.15
"""A focus that goes from one field to the next is nowhere for a moment: the keyboard stays."""
_FIELDS = frozenset({"letters", "digits", "choice"})


class WebPages(QObject):
    """`web` in QML. Follows the checkout; a kiosk without settings for pages shows none, and imports nothing.

    The view reads `profile` and is there while it is not null; `run` asks it for a script in the isolated world.
    """

    profileChanged = Signal()
    stateChanged = Signal()
    run = Signal(str)

    def __init__(
        self,
        settings: WebSettings | None,
        checkout: CheckoutControl,
        clock: Clock,
        spawn: Spawn,
        language: Callable[[], str],
    ) -> None:
        super().__init__()
        self._settings = settings
        self._checkout, self._clock, self._spawn, self._language = checkout, clock, spawn, language
        self._exit = Exit()
        self._engine: Any = None
        self._loading = asyncio.Lock()
        self._page: WebPage | None = None
        self._gate: Gate | None = None
        self._catcher: Catcher | None = None
        self._interceptor: QObject | None = None
        self._retired: list[tuple[QObject, QObject | None]] = []
        self._profile: QObject | None = None
        self._tasks: list[asyncio.Task[Any]] = []
        self._leaving: asyncio.TimerHandle | None = None
        self._mark = ""
        self._posted = False
        self._field = self._trouble = self._host = ""
        self._choices: tuple[str, ...] = ()

    # --- life -------------------------------------------------------------------------------------------------------

    async def load(self) -> None:
        """Bring WebEngine in, in a thread; the first call counts. Called once the first screen is seen."""
        async with self._loading:
            if self._settings is None or self._engine is not None:
                return
            # A module that only kiosks with pages may import, so no name of it is known here.
            engine = await asyncio.to_thread(importlib.import_module, _ENGINE)
            engine.prepare(await self._exit.open())
            self._engine = engine

    def warm(self) -> None:
        """Start WebEngine's processes with an empty page, while nobody is there: the first page comes much sooner."""
        if self._engine is not None and self._page is None and self._profile is None:
            self._open(Gate("https://empty.invalid/", "https://answer.invalid/"), "")

    def follow(self, state: CheckoutState) -> None:
        """The checkout has news: show the page that its prompt brings, or take the old one away."""
        card = state.card if state.stage is Stage.CARD else None
        page = None
        if card is not None and card.prompt.kind is PromptKind.WEB_PAGE and not card.cancel_asked:
            page = card.prompt.page
        if page is self._page:
            return
        self._end()
        self._page = page
        if page is not None:
            self._tasks = [
                self._spawn(self._show(page), "web.show"),
                self._spawn(self._give_up_after(page.limit_s), "web.limit"),
            ]

    def close(self) -> None:
        """Take the page away and let nothing out any more; `dispose` follows once the window is gone."""
        self._end()
        self._exit.close()

    def dispose(self) -> None:
        """Delete the profiles whose view is gone: now, and before their interceptors. Qt crashes in another order."""
        retired, self._retired = self._retired, []
        for profile, _ in retired:
            shiboken6.delete(profile)

    async def _show(self, page: WebPage) -> None:
        # In a task of its own: a page that goes in the meantime must not leave half of WebEngine loaded.
        await asyncio.shield(self._spawn(self.load(), "web.load"))
        try:
            gate = self._new_gate(page)
        except ValueError:
            log.exception("this page cannot be shown")
            self._fail("page.failed")
            return
        self._catcher = catcher = Catcher(self._on_answer)
        await catcher.open()
        self._gate = gate
        self._exit.allow = gate.may_connect
        self._mark = secrets.token_urlsafe(16)
        self._open(gate, catcher.url)

    def _open(self, gate: Gate, catcher_url: str) -> None:
        self._interceptor = self._engine.Interceptor(gate, catcher_url)
        self._profile = self._engine.new_profile(self._interceptor, self._language(), self)
        self.profileChanged.emit()

    def _new_gate(self, page: WebPage) -> Gate:
        if self._settings is None:
            raise ValueError("this kiosk has no settings for pages")
        return Gate(page.url, page.returns_to, simulators=self._settings.simulators)

    async def _give_up_after(self, limit_s: float) -> None:
        """Its time is over: ask to cancel, and let the status query decide."""
        await self._clock.sleep(limit_s)
        log.info("the page's time is over")
        self._spawn(self._checkout.cancel(), "web.cancel")

    def _end(self) -> None:
        """The page goes, with its cookies, its cache and what was typed."""
        for task in self._tasks:
            task.cancel()
        self._tasks = []
        if self._catcher is not None:
            self._catcher.close()
        self._catcher = self._gate = self._page = None
        self._exit.allow = None
        self._exit.cut()
        self._posted = False
        self._mark = self._host = ""
        self._fail("")
        self._see("", ())
        profile, self._profile = self._profile, None
        if profile is not None:
            interceptor, self._interceptor = self._interceptor, None
            self._retired.append((profile, interceptor))
            self.profileChanged.emit()

    def _on_answer(self, fields: Mapping[str, str]) -> None:
        log.info("the page posted its answer")
        self._spawn(self._checkout.returned(fields), "web.returned")

    def _fail(self, trouble: str) -> None:
        if trouble != self._trouble:
            self._trouble = trouble
            self.stateChanged.emit()

    # --- what QML reads ---------------------------------------------------------------------------------------------

    def _read_profile(self) -> QObject | None:
        return self._profile

    profile = Property(QObject, _read_profile, notify=profileChanged)

    def _read_field(self) -> str:
        return self._field

    field = Property(str, _read_field, notify=stateChanged)
    """Which keyboard the focused field wants: `letters`, `digits`, `choice`, or none."""

    def _read_choices(self) -> list[dict[str, object]]:
        return [{"id": place, "text": text, "note": ""} for place, text in enumerate(self._choices)]

    choices = Property(list, _read_choices, notify=stateChanged)

    def _read_trouble(self) -> str:
        return self._trouble

    trouble = Property(str, _read_trouble, notify=stateChanged)
    """Key of the sentence that takes the page's place, "" while there is a page."""

    def _read_watcher(self) -> str:
        return scripts.watch_fields(self._mark)

    watcher = Property(str, _read_watcher, notify=profileChanged)
    """The script that says which field has the focus."""

    def _read_host(self) -> str:
        return self._host

    host = Property(str, _read_host, notify=stateChanged)
    """Whose page is shown, for the customer to see."""

    # --- what the view tells ----------------------------------------------------------------------------------------

    @Slot(QUrl, bool)
    def loaded(self, url: QUrl, ok: bool) -> None:
        """The blank page is there: post the form from it, once. A page that does not come is said."""
        if self._page is None:
            self._end()  # the empty page has done its work
            return
        if not self._posted and ok and url.toString() == "about:blank":
            self._posted = True
            self.run.emit(scripts.post_form(self._page.url, self._page.form))
        elif not ok:
            self._fail("page.failed")

    @Slot(QUrl, bool, result=bool)
    def mayNavigate(self, url: QUrl, with_form: bool) -> bool:
        address = url.toString(QUrl.ComponentFormattingOption.FullyEncoded)
        if self._catcher is not None and address == self._catcher.url:
            return True
        may = self._gate is not None and self._gate.may_navigate(address, with_form=with_form)
        if not may:
            log.warning("page refused to leave for %s", url.host() or url.scheme())
        return may

    @Slot("QVariant", result=bool)
    def vouchedFor(self, error: QObject) -> bool:
        trust = self._settings.trusts if self._settings is not None else None
        trusted = bool(self._engine.vouched_for(error, trust))
        if not trusted:
            log.warning("page's certificate refused")
        return trusted

    @Slot(str, result=str)
    def placeOf(self, name: str) -> str:
        """The script that tells where the page's thing of that id lies: `x y` of its middle, in the page's pixels."""
        return scripts.place_of(name)

    @Slot(str)
    def said(self, message: str) -> None:
        """A line on the console. The kiosk's own script says there which field has the focus; a page's own lines are
        dropped unseen: they may hold card data."""
        mark, told = self._mark, {}
        if not mark or not message.startswith(mark):
            return
        with suppress(ValueError):
            told = json.loads(message[len(mark) :])
        kind = str(told.get("kind", ""))
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
        if kind in _FIELDS:
            self._see(kind, tuple(str(each) for each in told.get("choices", ())))
        else:
            self._leaving = asyncio.get_running_loop().call_later(_LEAVES_S, self._see, "", ())

    @Slot(QUrl)
    def arrived(self, url: QUrl) -> None:
        if url.scheme() == "https" and url.host() != self._host:
            self._host = url.host()
            self.stateChanged.emit()

    @Slot()
    def viewGone(self) -> None:
        asyncio.get_running_loop().call_soon(self.dispose)

    @Slot()
    def crashed(self) -> None:
        log.warning("the page's process ended")
        self._fail("page.failed")

    @Slot()
    def hideKeyboard(self) -> None:
        self._see("", ())

    def _see(self, field: str, choices: tuple[str, ...]) -> None:
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
        self._field, self._choices = field, choices
        self.stateChanged.emit()
