"""Money as whole minor units of one currency, and how each language writes it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

MAX_AMOUNT_CENTS: Final = 99_999_999_99
"""Largest amount that Bacen's `valor.original` (`\\d{1,10}\\.\\d{2}`) can carry with room to spare."""

_MARKS: Final = {"pt": (".", ","), "es": (".", ","), "en": (",", "."), "fr": ("\N{NARROW NO-BREAK SPACE}", ",")}
"""Thousands and decimal marks of each language."""


class Currency(Enum):
    """A currency with its ISO 4217 numeric code, exponent and the symbol that a customer knows."""

    BRL = ("986", 2, "R$")
    CVE = ("132", 0, "CVE")

    def __init__(self, numeric: str, exponent: int, symbol: str) -> None:
        self.numeric = numeric
        self.exponent = exponent
        self.symbol = symbol


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """`amount_cents` minor units of `currency` (centavos for BRL, whole escudos for CVE); never negative."""

    amount_cents: int
    currency: Currency = Currency.BRL

    def __post_init__(self) -> None:
        if type(self.amount_cents) is not int:
            raise TypeError(f"amount must be an int of minor units, not {type(self.amount_cents).__name__}")
        if not 0 <= self.amount_cents <= MAX_AMOUNT_CENTS:
            raise ValueError(f"amount out of range: {self.amount_cents}")

    def __add__(self, other: Money) -> Money:
        self._same_currency(other)
        return Money(self.amount_cents + other.amount_cents, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same_currency(other)
        return Money(self.amount_cents - other.amount_cents, self.currency)

    def __mul__(self, times: int) -> Money:
        if type(times) is not int:
            raise TypeError("money is multiplied by whole numbers only")
        return Money(self.amount_cents * times, self.currency)

    def _same_currency(self, other: Money) -> None:
        if self.currency is not other.currency:
            raise ValueError(f"cannot mix {self.currency.name} and {other.currency.name}")

    @property
    def decimal_text(self) -> str:
        """The amount as the wire writes it: a point before the minor units (`"45.00"`), no thousands mark."""
        return _plain(self.amount_cents, self.currency.exponent, "", ".")

    @classmethod
    def from_decimal_text(cls, text: str, currency: Currency = Currency.BRL) -> Money:
        """Parse `"45.00"` without passing through a float.

        Raises ValueError unless the decimals are exactly those of the currency.
        """
        whole, point, minor = text.partition(".")
        exponent = currency.exponent
        shaped = whole.isascii() and whole.isdigit() and len(minor) == exponent and bool(point) == bool(exponent)
        if not shaped or (minor and not (minor.isascii() and minor.isdigit())):
            raise ValueError(f"not an amount of {currency.name}: {text!r}")
        return cls(int(whole + minor), currency)


def total(amounts: list[Money], currency: Currency = Currency.BRL) -> Money:
    """Sum of the amounts; zero of `currency` for none."""
    result = Money(0, currency)
    for amount in amounts:
        result = result + amount
    return result


def format_money(money: Money, language: str = "pt") -> str:
    """The amount as a person reads it: `R$ 1.045,00` in Portuguese, `R$ 1,045.00` in English.

    Escudos are written as each reader knows them: `1.500$00` at home, `1,500 CVE` and `1 500 CVE` for visitors, to whom
    the sign between would say dollars. The space is a no-break space, so that no screen breaks a line inside an amount.
    """
    thousands, decimal = _MARKS.get(language, _MARKS["pt"])
    number = _plain(money.amount_cents, money.currency.exponent, thousands, decimal)
    space = "\N{NO-BREAK SPACE}"
    if money.currency is Currency.CVE:
        return f"{number}$00" if language == "pt" else f"{number}{space}{money.currency.symbol}"
    return f"{money.currency.symbol}{space}{number}"


def _plain(amount_cents: int, exponent: int, thousands: str, decimal: str) -> str:
    whole, minor = divmod(amount_cents, 10**exponent)
    text = f"{whole:,}".replace(",", thousands)
    return f"{text}{decimal}{minor:0{exponent}d}" if exponent else text
