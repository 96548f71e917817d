"""Which screen is shown: a pure function of where the customer is and of what the checkout says."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from totem.domain.cards import PromptKind
from totem.services.state import CardOnScreen, CheckoutState, Stage


class Step(StrEnum):
    """Where the customer stands while the checkout is idle."""

    ATTRACT = "attract"
    SERVICES = "services"
    METHOD = "method"
    SPLIT = "split"
    """Two cards: how much on the first."""
    INSTALLMENTS = "installments"
    """A method was touched that may be paid in parts."""
    OPENING = "opening"
    """The choice is made; the checkout has not answered yet."""


class Screen(StrEnum):
    """Every screen by the name under which tests and the demo wait for it."""

    ATTRACT = "attract"
    SERVICES = "services"
    METHOD = "method"
    SPLIT = "split"
    INSTALLMENTS = "installments"
    PREPARING = "preparing"
    PIX = "pix"
    CARD = "card"
    PAGE = "page"
    """The acquirer's page, inside the kiosk."""
    KEY_CARD = "key_card"
    """The customer types a card's data on the kiosk's own keys."""
    AGAIN = "again"
    CANCELLING = "cancelling"
    CHECKING = "checking"
    PRINTING = "printing"
    HELD = "held"
    TICKET_UNKNOWN = "ticket_unknown"
    THANKS = "thanks"
    PAPERLESS = "paperless"
    """Thanks, where the ticket is a code on the screen instead of paper."""
    TROUBLE = "trouble"
    OUT_OF_SERVICE = "out_of_service"


class Overlay(StrEnum):
    """What may lie over a screen; at most one."""

    NONE = ""
    HELP = "help"
    CANCEL = "cancel"
    IDLE = "idle"


_OF_STEP: Final[Mapping[Step, Screen]] = {
    Step.ATTRACT: Screen.ATTRACT,
    Step.SERVICES: Screen.SERVICES,
    Step.METHOD: Screen.METHOD,
    Step.SPLIT: Screen.SPLIT,
    Step.INSTALLMENTS: Screen.INSTALLMENTS,
    Step.OPENING: Screen.PREPARING,
}

_OF_STAGE: Final[Mapping[Stage, Screen]] = {
    Stage.PREPARING: Screen.PREPARING,
    Stage.AWAITING_PAYMENT: Screen.PIX,
    Stage.CARD: Screen.CARD,
    Stage.CHOOSING_AGAIN: Screen.AGAIN,
    Stage.CANCELLING: Screen.CANCELLING,
    Stage.CHECKING: Screen.CHECKING,
    Stage.PRINTING: Screen.PRINTING,
    Stage.HELD: Screen.HELD,
    Stage.TICKET_UNKNOWN: Screen.TICKET_UNKNOWN,
    Stage.COMPLETED: Screen.THANKS,
    Stage.STOPPED: Screen.TROUBLE,
    Stage.OUT_OF_SERVICE: Screen.OUT_OF_SERVICE,
}

_OF_PROMPT: Final[Mapping[PromptKind, Screen]] = {
    PromptKind.KEY_CARD: Screen.KEY_CARD,
    PromptKind.WEB_PAGE: Screen.PAGE,
}
"""What a gateway asks on a screen of its own; everything else is told on the terminal's."""

_AGAIN: Final[Mapping[Step, Screen]] = {Step.INSTALLMENTS: Screen.INSTALLMENTS, Step.OPENING: Screen.PREPARING}
"""In a sale that is tried anew the customer's own step counts too, but the question is another one."""

WITH_IDLE_WARNING: Final = frozenset(
    {Screen.SERVICES, Screen.METHOD, Screen.SPLIT, Screen.INSTALLMENTS, Screen.KEY_CARD, Screen.PAGE}
)
"""Screens that wait for the customer alone: left alone too long, they ask, and then go home (or end the attempt)."""

RESULTS: Final = frozenset({Screen.THANKS, Screen.PAPERLESS, Screen.TROUBLE})
"""Screens that end a sale and go home by themselves, so that the next customer never sees them.

Not TICKET_UNKNOWN: leaving it says "I have my ticket", which nobody may say for the customer.
"""

MAINTAINABLE: Final = frozenset({Screen.ATTRACT, Screen.OUT_OF_SERVICE, Screen.TROUBLE})
"""Screens on which the technician's hidden gesture may begin."""

HELPED: Final = frozenset(
    {
        Screen.SERVICES,
        Screen.METHOD,
        Screen.SPLIT,
        Screen.INSTALLMENTS,
        Screen.PREPARING,
        Screen.PIX,
        Screen.CARD,
        Screen.KEY_CARD,
        Screen.AGAIN,
    }
)
"""Screens on which "how it works" can be asked."""

ENDED: Final = frozenset({Stage.COMPLETED, Stage.TICKET_UNKNOWN, Stage.STOPPED})
"""Stages that the customer may leave by `acknowledge`."""

_PAYING: Final = frozenset(
    {
        Screen.METHOD,
        Screen.SPLIT,
        Screen.INSTALLMENTS,
        Screen.PREPARING,
        Screen.PIX,
        Screen.CARD,
        Screen.PAGE,
        Screen.KEY_CARD,
        Screen.AGAIN,
        Screen.CANCELLING,
        Screen.CHECKING,
        Screen.TROUBLE,
    }
)
_WITH_TICKET: Final = frozenset({Screen.PRINTING, Screen.HELD, Screen.TICKET_UNKNOWN, Screen.THANKS, Screen.PAPERLESS})


def screen_for(step: Step, state: CheckoutState, *, code_drawn: bool = True) -> Screen:
    """The checkout's word goes first; while it is idle the customer's own step counts.

    `code_drawn`: whether the picture of the Pix code is there; until then the screen before it stays.
    """
    stage = state.stage
    if stage is Stage.IDLE:
        return _OF_STEP[step]
    if stage is Stage.CHOOSING_AGAIN:
        return _AGAIN.get(step, Screen.AGAIN)
    if stage is Stage.AWAITING_PAYMENT and (state.pix is None or not code_drawn):
        return Screen.PREPARING
    if stage is Stage.CARD:
        return _at_terminal(state.card)
    if stage in {Stage.PRINTING, Stage.COMPLETED} and state.ticket is not None and state.ticket.paperless:
        return Screen.PAPERLESS
    return _OF_STAGE[stage]


def _at_terminal(card: CardOnScreen | None) -> Screen:
    if card is None:
        return Screen.PREPARING
    return Screen.CARD if card.cancel_asked else _OF_PROMPT.get(card.prompt.kind, Screen.CARD)


def progress_of(screen: Screen) -> int:
    """Which of the three named steps is the present one (1 choice, 2 payment, 3 ticket), 0 for none."""
    if screen is Screen.SERVICES:
        return 1
    if screen in _PAYING:
        return 2
    return 3 if screen in _WITH_TICKET else 0


def overlay_allowed(overlay: Overlay, screen: Screen, state: CheckoutState) -> bool:
    """Whether an overlay may stay when the screen under it changed. A question that lost its object goes."""
    if overlay is Overlay.CANCEL:
        return screen in {Screen.PIX, Screen.PAGE} and state.can_cancel
    if overlay is Overlay.IDLE:
        return idles(screen, state)
    if overlay is Overlay.HELP:
        return screen in HELPED
    return True


def idles(screen: Screen, state: CheckoutState) -> bool:
    """Whether the kiosk waits for the customer alone, and for nothing else."""
    return screen in WITH_IDLE_WARNING and (state.stage is Stage.IDLE or screen in {Screen.KEY_CARD, Screen.PAGE})
