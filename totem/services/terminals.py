"""The card terminals of this kiosk in the owner's order, and what a customer may be offered on them."""

from __future__ import annotations

from collections.abc import Iterator

from totem.domain.cards import CardCapabilities, CardKind, CardOutcome, CardResult, CardTerminal, TerminalHealth
from totem.domain.errors import Trouble
from totem.domain.installments import plans
from totem.domain.money import Money
from totem.services.state import Installments, Method, Offer, PaymentChoice

_KINDS = {Method.CREDIT: CardKind.CREDIT, Method.DEBIT: CardKind.DEBIT, Method.CARD: CardKind.CARD}


def pix_offer(amount: Money) -> Offer:
    """Pix is paid at once."""
    return Offer(Method.PIX, (Installments(1, amount, amount),))


def card_offers(
    amount: Money, capabilities: tuple[CardCapabilities, ...], methods: tuple[Method, ...] = tuple(_KINDS)
) -> tuple[Offer, ...]:
    """Those methods as far as one of the terminals takes them, with the plans that one of them can make."""
    return tuple(
        Offer(method, _plans(amount, kind, able))
        for method in methods
        if (kind := _KINDS[method]) and (able := tuple(each for each in capabilities if kind in each.kinds))
    )


class Terminals:
    """Raises ValueError for two of one name."""

    def __init__(self, terminals: tuple[CardTerminal, ...] = (), methods: tuple[Method, ...] = tuple(_KINDS)) -> None:
        self._methods = methods
        self._terminals = {each.name: each for each in terminals}
        if len(self._terminals) != len(terminals):
            raise ValueError("each terminal needs a name of its own")
        self._seen: dict[str, TerminalHealth] = {}

    def __iter__(self) -> Iterator[CardTerminal]:
        return iter(self._terminals.values())

    def find(self, name: str) -> CardTerminal | None:
        """None for a terminal that the configuration no longer names."""
        return self._terminals.get(name)

    def saw(self, name: str, health: TerminalHealth) -> None:
        """Keep how the terminal is, for whoever looks at the whole kiosk."""
        self._seen[name] = health

    def heard(self, name: str, result: CardResult) -> None:
        """The same from the end of a sale: a declined card is an answer like any other."""
        silent = result.outcome in (CardOutcome.NOT_SENT, CardOutcome.UNKNOWN)
        detail = result.message or result.code
        self.saw(name, TerminalHealth(not silent, result.trouble, detail) if silent else TerminalHealth(ready=True))

    def seen(self, name: str) -> TerminalHealth | None:
        """As the terminal was last seen; None before."""
        return self._seen.get(name)

    def offers(self, amount: Money) -> tuple[Offer, ...]:
        """What the cards of this kiosk can pay."""
        return card_offers(amount, tuple(each.capabilities for each in self), self._methods)

    async def ready_for(self, choice: PaymentChoice) -> tuple[CardTerminal | None, TerminalHealth]:
        """The first terminal that can take that choice now, or None and why the last one asked could not."""
        health = TerminalHealth(ready=False, trouble=Trouble.TERMINAL_UNREACHABLE)
        for terminal in self._taking(_KINDS[choice.method]):
            if choice.installments > terminal.capabilities.most_installments:
                continue
            health = await terminal.health()
            self.saw(terminal.name, health)
            if health.ready:
                return terminal, health
        return None, health

    def _taking(self, kind: CardKind) -> Iterator[CardTerminal]:
        return (each for each in self if kind in each.capabilities.kinds)


def _plans(amount: Money, kind: CardKind, able: tuple[CardCapabilities, ...]) -> tuple[Installments, ...]:
    if kind is not CardKind.CREDIT:
        return (Installments(1, amount, amount),)
    most = max(each.most_installments for each in able)
    least_cents = min(each.least_installment_cents for each in able)
    return tuple(Installments(*plan) for plan in plans(amount, most, least_cents))


def kind_of(method: Method) -> CardKind:
    """Raises KeyError for Pix, which is no card."""
    return _KINDS[method]
