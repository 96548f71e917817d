"""What the kiosk sells, and the basket that a customer fills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from totem.domain.money import Currency, Money, total


@dataclass(frozen=True, slots=True)
class Service:
    """One thing for sale.

    `names` and `descriptions` map a language ("pt", "en", "es") to text; "pt" is always there.
    `picture` is the name of an image among the assets or beside the catalogue, "" for none.
    """

    id: str
    names: Mapping[str, str]
    price: Money
    descriptions: Mapping[str, str] = field(default_factory=dict)
    picture: str = ""
    max_quantity: int = 9

    def name(self, language: str) -> str:
        return self.names.get(language) or self.names["pt"]

    def description(self, language: str) -> str:
        return self.descriptions.get(language) or self.descriptions.get("pt", "")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every service, in the order in which the screen shows them."""

    services: tuple[Service, ...]
    currency: Currency = Currency.BRL

    def __post_init__(self) -> None:
        ids = [service.id for service in self.services]
        if len(set(ids)) != len(ids):
            raise ValueError("two services share one id")
        if any(service.price.currency is not self.currency for service in self.services):
            raise ValueError(f"every price must be in {self.currency.name}")

    def find(self, service_id: str) -> Service:
        """Raises KeyError when the catalogue has no such service."""
        for service in self.services:
            if service.id == service_id:
                return service
        raise KeyError(service_id)


@dataclass(frozen=True, slots=True)
class Line:
    """A service and how many of it, with the price of that moment."""

    service: Service
    quantity: int

    @property
    def total(self) -> Money:
        return self.service.price * self.quantity


@dataclass(frozen=True, slots=True)
class Basket:
    """What the customer chose. Immutable: each change makes a new basket."""

    lines: tuple[Line, ...] = ()
    currency: Currency = Currency.BRL

    @property
    def total(self) -> Money:
        return total([line.total for line in self.lines], self.currency)

    @property
    def is_empty(self) -> bool:
        return not self.lines

    def quantity_of(self, service_id: str) -> int:
        return next((line.quantity for line in self.lines if line.service.id == service_id), 0)

    def with_quantity(self, service: Service, quantity: int) -> Basket:
        """The basket with `quantity` of the service, held between 0 and its `max_quantity`; 0 removes the line."""
        wanted = max(0, min(quantity, service.max_quantity))
        lines = tuple(
            Line(service, wanted) if line.service.id == service.id else line
            for line in self.lines
            if line.service.id != service.id or wanted
        )
        if wanted and self.quantity_of(service.id) == 0:
            lines = (*lines, Line(service, wanted))
        return Basket(lines, self.currency)
