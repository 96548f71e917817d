"""Which kiosks a run of the demo needs, one after another, and how each of their sales must end."""

from __future__ import annotations

from dataclasses import dataclass, replace

from totem.bootstrap.acts import Scenario, ScriptedSale
from totem.bootstrap.adiq_scenarios import plain_adiq
from totem.bootstrap.card_scenarios import plain_card
from totem.bootstrap.checker import ExpectedEnd
from totem.bootstrap.options import PROVIDERS
from totem.bootstrap.page_scenarios import plain_vinti4
from totem.bootstrap.scenarios import FAULTS, PLAIN


@dataclass(frozen=True, slots=True)
class Setup:
    """What the kiosk of one part of a run has, and what is played on it."""

    method: str
    banks: tuple[str, ...]
    scenario: Scenario

    def ends(self, times: int) -> tuple[ExpectedEnd, ...]:
        """How the sales must end, in the order in which they are played."""
        return tuple(replace(sale.end, bank=self._place(sale)) for sale in self.scenario.sales * times)

    def _place(self, sale: ScriptedSale) -> str:
        if sale.end.bank or self.method != "pix":
            return sale.end.bank or self.method
        return self.banks[1 if sale.at_second else 0]


def setups(fault: str | None, methods: tuple[str, ...], providers: tuple[str, ...]) -> tuple[Setup, ...]:
    """The kiosks of a run, one after another: each method that is named, Pix at each bank that is named.

    A fault belongs to a method of its own, whatever else is named.
    """
    if fault is not None:
        scenario = FAULTS[fault]
        return _at_banks(scenario, providers) if scenario.method == "pix" else (_at(scenario, scenario.method),)
    found: list[Setup] = []
    for method in methods:
        if method == "pix":
            found.extend(_at_banks(PLAIN, providers))
        else:
            found.append(_at(_plain_at(method), method))
    return tuple(found)


def _plain_at(terminal: str) -> Scenario:
    if terminal == "vinti4":
        return plain_vinti4()
    return plain_adiq() if terminal == "adiq" else plain_card(terminal)


def ends(setups: tuple[Setup, ...], times: int) -> tuple[ExpectedEnd, ...]:
    """Of the whole run: each kiosk's sales `times` times."""
    return tuple(end for setup in setups for end in setup.ends(times))


def _at(scenario: Scenario, terminal: str) -> Setup:
    return Setup(terminal, PROVIDERS[:1], scenario)


def _at_banks(scenario: Scenario, providers: tuple[str, ...]) -> tuple[Setup, ...]:
    """That bank first; another behind it only where two are wanted."""
    if not scenario.two_banks:
        return tuple(Setup("pix", (name,), scenario) for name in providers)
    return tuple(Setup("pix", (name, *(other for other in PROVIDERS if other != name)), scenario) for name in providers)
