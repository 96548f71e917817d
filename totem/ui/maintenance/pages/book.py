"""Every page by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from totem.ui.maintenance.pages.attentions import AttentionsPage
from totem.ui.maintenance.pages.closing import ClosingPage
from totem.ui.maintenance.pages.configuration import ConfigurationPage
from totem.ui.maintenance.pages.journal import JournalPage
from totem.ui.maintenance.pages.machine import MachinePage
from totem.ui.maintenance.pages.overview import OverviewPage
from totem.ui.maintenance.pages.page import Page, Room
from totem.ui.maintenance.pages.printer import PrinterPage
from totem.ui.maintenance.pages.providers import ProvidersPage
from totem.ui.maintenance.pages.sale import SalePage
from totem.ui.maintenance.pages.sales import SalesPage
from totem.ui.maintenance.pages.terminals import TerminalsPage

NAV: Final = (
    ("overview", "board"),
    ("attentions", "hand"),
    ("sales", "list"),
    ("closing", "sum"),
    ("printer", "printer"),
    ("terminals", "terminal"),
    ("providers", "bank"),
    ("configuration", "gear"),
    ("journal", "book"),
    ("machine", "chip"),
)
"""The pages that are always one touch away, each with its icon."""

_WITHOUT_ARGUMENT: Final[Mapping[str, Callable[[Room], Page]]] = {
    "overview": OverviewPage,
    "attentions": AttentionsPage,
    "sales": SalesPage,
    "closing": ClosingPage,
    "printer": PrinterPage,
    "terminals": TerminalsPage,
    "providers": ProvidersPage,
    "configuration": ConfigurationPage,
    "journal": JournalPage,
    "machine": MachinePage,
}


def page_of(name: str, room: Room, argument: str = "") -> Page | None:
    """A new page; None for a name that is none."""
    if name == "sale":
        return SalePage(room, argument)
    made = _WITHOUT_ARGUMENT.get(name)
    return made(room) if made is not None else None
