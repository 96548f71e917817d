"""A part in a person's words: what it is, how it is, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from totem.domain.texts import Texts
from totem.services.health.signs import Area, Part, Sign
from totem.services.health.vocabulary import Level


@dataclass(frozen=True, slots=True)
class HealthWords:
    """Over the catalogues of `assets/i18n/health`, which are loaded when somebody looks, not at the first screen.

    Every sentence begins in lower case, as it stands in a table; `capital` is for where it stands alone.
    """

    texts: Texts

    def area(self, language: str, area: Area) -> str:
        return self.texts.get(language, f"area.{area.value}")

    def name(self, language: str, part: Part) -> str:
        """A bank or terminal by the name that people know, all else by its own."""
        key = f"name.{part.name or 'none'}"
        return self.texts.get(language, key) if self.texts.has(key) else part.name

    def told(self, language: str, sign: Sign) -> str:
        return self.texts.get(language, f"sign.{sign.word.value}.told", **sign.values)

    def remedy(self, language: str, sign: Sign) -> str:
        """ "" where nothing need be done."""
        if sign.level is Level.GREEN:
            return ""
        key = f"sign.{sign.word.value}.remedy"
        special = f"{key}_{sign.variant}"
        return self.texts.get(language, special if self.texts.has(special) else key, **sign.values)

    def bits(self, language: str, sign: Sign) -> tuple[str, ...]:
        """The printer's status bits that are set, in words."""
        return tuple(self.texts.get(language, f"bit.{bit}") for bit in sign.bits)


def capital(sentence: str) -> str:
    """The same with its first letter large."""
    return sentence[:1].upper() + sentence[1:]
