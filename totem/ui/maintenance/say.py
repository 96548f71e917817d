"""Sentences of the technician's screens in the language that is spoken there, and moments, days and money in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from totem.domain.errors import Trouble
from totem.domain.money import Money, format_money
from totem.domain.texts import Texts


@dataclass(frozen=True, slots=True)
class Say:
    """`own` are maintenance's sentences (keys `tech.*`), `shared` those of the whole kiosk."""

    language: str
    own: Texts
    shared: Texts

    def __call__(self, key: str, **values: object) -> str:
        """Raises KeyError for a key that neither catalogue has."""
        texts = self.own if self.own.has(key) else self.shared
        return texts.get(self.language, key, **values)

    def or_else(self, key: str, otherwise: str) -> str:
        """For words that come from the journal or a device: those without a sentence are shown as they are."""
        return self(key) if self.own.has(key) or self.shared.has(key) else otherwise

    def count(self, key: str, number: int, **values: object) -> str:
        return self(f"{key}_one" if number == 1 else f"{key}_many", count=number, **values)

    def trouble(self, trouble: Trouble, part: str) -> str:
        return self(f"error.{trouble.value}.{part}")

    def money(self, amount: Money) -> str:
        return format_money(amount, self.language)

    def moment(self, at: datetime) -> str:
        """Day and time on the kiosk's own clock."""
        local = at.astimezone()
        return self("tech.format.moment", day=local.day, month=local.month, hour=local.hour, minute=local.minute)

    def time(self, at: datetime) -> str:
        return f"{at.astimezone():%H:%M:%S}"

    def day(self, day: date) -> str:
        return self("tech.format.day", day=day.day, month=day.month, year=day.year)

    def method(self, method: str) -> str:
        return self.or_else(f"method.{method}", method)

    def provider(self, provider: str) -> str:
        return self.or_else(f"tech.name.{provider}", provider)
