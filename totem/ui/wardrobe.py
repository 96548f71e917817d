"""What every screen wears: sizes, colours and sentences, made anew where size, look or language changed."""

from __future__ import annotations

from totem.domain.texts import Texts
from totem.ui.bridge import Board
from totem.ui.presenter import UiState
from totem.ui.settings import UiSettings
from totem.ui.theme import Look, tokens


class Wardrobe:
    """Keeps the boards `Theme` and `Words`."""

    def __init__(self, settings: UiSettings, texts: Texts, theme: Board, words: Board) -> None:
        self._settings = settings
        self._texts = texts
        self._theme, self._words = theme, words
        self._look: Look | None = None
        self._language = ""

    def dress(self, ui: UiState, size: tuple[int, int]) -> None:
        """`size` in pixels. Does nothing where all is as it was, which is nearly always."""
        look = self._look_of(ui, size)
        if look != self._look:
            self._look = look
            self._theme.show(tokens(look))
        if ui.language != self._language:
            self._language = ui.language
            self._words.show(self._texts.words(ui.language))

    def _look_of(self, ui: UiState, size: tuple[int, int]) -> Look:
        return Look(
            *size,
            diagonal_inch=self._settings.diagonal_inch,
            brand_color=self._settings.brand_color,
            high_contrast=ui.high_contrast,
            large_text=ui.large_text,
            reduced_motion=self._settings.reduced_motion,
        )
