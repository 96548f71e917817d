"""Sizes, colours and sentences of the screens, computed anew only where size, look or language changed."""

from __future__ import annotations

from PySide6.QtCore import QObject

from totem.domain.texts import Texts
from totem.ui.bridge import Board
from totem.ui.presenter import UiState
from totem.ui.settings import UiSettings
from totem.ui.theme import Look, tokens


class Dress:
    """Keeps the maps `Words` and `Theme` that QML reads."""

    def __init__(self, settings: UiSettings, texts: Texts, parent: QObject) -> None:
        self.words, self.theme = Board(parent), Board(parent)
        self._settings, self._texts = settings, texts
        self._size = (settings.width_px, settings.height_px)
        self._look_shown: Look | None = None
        self._language_shown = ""

    def resize(self, width_px: int, height_px: int) -> bool:
        """The window's size in pixels; whether it is another one than before."""
        size = (width_px, height_px)
        if min(size) <= 0 or size == self._size:
            return False
        self._size = size
        return True

    def show(self, ui: UiState) -> None:
        look = self._look(ui)
        if look != self._look_shown:
            self._look_shown = look
            self.theme.show(tokens(look))
        if ui.language != self._language_shown:
            self._language_shown = ui.language
            self.words.show(self._texts.catalogues[ui.language])

    def _look(self, ui: UiState) -> Look:
        return Look(
            *self._size,
            diagonal_inch=self._settings.diagonal_inch,
            brand_color=self._settings.brand_color,
            high_contrast=ui.high_contrast,
            large_text=ui.large_text,
            reduced_motion=self._settings.reduced_motion,
        )
