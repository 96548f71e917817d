"""The words of health in Portuguese, which the shell and the manual speak."""

from __future__ import annotations

from typing import Final

import assets
from totem.services.health.words import HealthWords
from totem.services.texts import load_texts

PORTUGUESE: Final = "pt"


def words_of_health() -> HealthWords:
    """Blocking, some milliseconds."""
    return HealthWords(load_texts(assets.path("i18n/health"), (PORTUGUESE,)))
