"""The words between the print queue and those who use it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from totem.domain.errors import Trouble


class PrintNews(StrEnum):
    """What the workers tell the checkout."""

    HELD = "held"
    LEFT_HELD = "left_held"
    """Still in the printer when the customer's time was over: named, and waited for without the screen."""
    PRINTED = "printed"
    SHOWN = "shown"
    """No printer can print, and the owner sells on: show the ticket's code now. PRINTED follows at once."""
    UNKNOWN = "unknown"
    GIVEN_BACK = "given_back"
    """Not a byte was printed in the time that a customer waits: the money goes back, the ticket is revoked."""
    GIVEN_UP = "given_up"
    """The same, but the money cannot be given back by itself; the sale needs attention."""
    JOURNAL_FAILED = "journal_failed"


class WithoutPaper(StrEnum):
    """What a kiosk does while no printer can print."""

    REFUSE = "refuse"
    SCREEN = "screen"
    """It sells on, and shows the ticket's code."""


class ReprintAnswer(StrEnum):
    """Whether a ticket will be printed once more."""

    ACCEPTED = "accepted"
    NO_TICKET = "no_ticket"
    NOT_NOW = "not_now"
    """It is on its way to the paper, or was revoked."""
    MONEY_WENT_BACK = "money_went_back"
    TOO_LATE = "too_late"
    ASKED_BEFORE = "asked_before"


ReturnSale = Callable[[str, Trouble], Awaitable[bool]]
"""Give the sale's money back and revoke its ticket; False where that cannot be."""

OnPrintNews = Callable[[str, PrintNews, Trouble | None], Awaitable[None]]
"""(sale id, news, trouble)."""


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """Seconds. `patience_s`: for so long a paid ticket may begin to print (the design's rule 2: two minutes)."""

    patience_s: float = 120.0
    look_again_s: float = 1.0
    reprint_window_s: float = 60.0
    """For so long a customer may ask for a ticket of unknown fate once more."""
    without_paper: WithoutPaper = WithoutPaper.REFUSE
