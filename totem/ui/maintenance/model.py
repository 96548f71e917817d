"""What the technician's screens read and call: three maps, as for the customer's, and one slot a touch."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from totem.domain.ports import Clock
from totem.domain.texts import Texts
from totem.services.maintenance.control import MaintenanceControl
from totem.ui.bridge import Board
from totem.ui.maintenance.say import Say
from totem.ui.maintenance.visit import Spawn, Visit
from totem.ui.settings import UiSettings
from totem.ui.theme import Look, tokens


class MaintenanceModel(QObject):
    """One technician's visit, shown to QML. Made at the gesture; `left` says that it is over."""

    pageChanged = Signal()
    screenChanged = Signal(str)
    left = Signal()

    def __init__(
        self,
        control: MaintenanceControl,
        settings: UiSettings,
        texts: tuple[Texts, Texts],
        size: tuple[int, int],
        clock: Clock,
        spawn: Spawn,
    ) -> None:
        """`texts`: maintenance's own sentences, and those of the whole kiosk."""
        super().__init__()
        self._settings, self._size = settings, size
        self.board, self.words, self.theme = Board(self), Board(self), Board(self)
        own, shared = texts
        language = settings.maintenance.language
        # A kiosk may greet its customers in a language that no technician's sentence has.
        say = Say(language if language in own.catalogues else "pt", own, shared)
        self._language = ""
        self._screen = ""
        self._look: Look | None = None
        self.visit = Visit(control, settings.maintenance, say, clock, spawn, self.refresh, self.left.emit)
        self.refresh()

    @property
    def screen(self) -> str:
        """`maintenance.pin`, or `maintenance.` and the open page's name."""
        return f"maintenance.{self.visit.screen}"

    def resize(self, width_px: int, height_px: int) -> None:
        self._size = (width_px, height_px)
        self.refresh()

    def refresh(self) -> None:
        """Show what differs, now."""
        self._dress()
        columns = 2 if self._size[0] > self._size[1] else 1
        self.board.show(
            {**self.visit.present(columns), **self._languages()}, last=("wide", "columns", "over", "inside")
        )
        if self.screen != self._screen:
            self._screen = self.screen
            self.pageChanged.emit()
            self.screenChanged.emit(self._screen)

    def _languages(self) -> dict[str, object]:
        say = self.visit.say
        return {
            "language": say.language,
            "languages": [
                {"id": code, "short": say.shared.get(code, "language.code"), "name": say.own.get(code, "tech.language")}
                for code in say.own.catalogues
            ],
        }

    def _dress(self) -> None:
        settings = self._settings
        look = Look(
            *self._size,
            diagonal_inch=settings.diagonal_inch,
            brand_color=settings.brand_color,
            reduced_motion=settings.reduced_motion,
            dark=True,
        )
        if look != self._look:
            self._look = look
            self.theme.show(tokens(look))
        say = self.visit.say
        if say.language != self._language:
            self._language = say.language
            # The keyboard is the customers' own, and says its keys in their catalogue's words.
            keys = {
                key: text for key, text in say.shared.catalogues[say.language].items() if key.startswith("keyboard.")
            }
            self.words.show({**keys, **say.own.catalogues[say.language]})

    # --- what QML may call ------------------------------------------------------------------------------------------

    @Slot(str)
    def digit(self, digit: str) -> None:
        self.visit.digit(digit)

    @Slot()
    def erase(self) -> None:
        self.visit.erase()

    @Slot()
    def enter(self) -> None:
        self.visit.enter()

    @Slot(str)
    def open(self, page: str) -> None:
        if not self.visit.over:
            self.visit.open(page)

    @Slot(str)
    def press(self, key: str) -> None:
        self.visit.press(key)

    @Slot(str)
    def answer(self, answer: str) -> None:
        self.visit.answer(answer)

    @Slot()
    def dismiss(self) -> None:
        self.visit.dismiss()

    @Slot(str)
    def write(self, text: str) -> None:
        self.visit.write(text)

    @Slot(str)
    def suggest(self, key: str) -> None:
        self.visit.suggest(key)

    @Slot()
    def unwrite(self) -> None:
        self.visit.unwrite()

    @Slot()
    def written(self) -> None:
        self.visit.written()

    @Slot(str)
    def speak(self, language: str) -> None:
        self.visit.speak(language)

    @Slot()
    def leave(self) -> None:
        self.visit.leave()
