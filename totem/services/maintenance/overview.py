"""The health board in the words of one language, for a technician's first look."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from totem.domain.machine import AttentionState, Machine
from totem.domain.ports import Clock, Journal
from totem.services.health import signs
from totem.services.health.board import HealthBoard
from totem.services.health.vocabulary import Level
from totem.services.health.words import HealthWords
from totem.services.maintenance.views import Light, Overview, Part
from totem.services.maintenance.visit import Visit

_LIGHTS: Final = {Level.GREEN: Light.GREEN, Level.YELLOW: Light.YELLOW, Level.RED: Light.RED}

LoadWords = Callable[[], Awaitable[HealthWords]]
"""Off the event loop, once."""


class Survey:
    """Everything that can be asked is asked anew each time; nothing of it moves money."""

    def __init__(self, visit: Visit, journal: Journal, board: HealthBoard, load_words: LoadWords, clock: Clock) -> None:
        self._visit = visit
        self._journal = journal
        self._board = board
        self._load_words = load_words
        self._clock = clock

    async def overview(self, language: str) -> Overview:
        self._visit.check()
        words = await self._load_words()
        await self._board.examine()
        attentions = await self._journal.find(Machine.ATTENTION, AttentionState.OPEN)
        parts = tuple(part_in_words(each, words, language) for each in self._board.parts)
        return Overview(parts, self._clock.now(), len(attentions))


def part_in_words(part: signs.Part, words: HealthWords, language: str) -> Part:
    """Its worst sign decides what to do; the others are told too."""
    worst = part.signs[0]
    return Part(
        part.area.value,
        words.area(language, part.area),
        words.name(language, part),
        _LIGHTS[part.level],
        "; ".join(words.told(language, sign) for sign in part.signs),
        words.remedy(language, worst),
        worst.code,
        part.since,
    )
