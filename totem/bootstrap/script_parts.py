"""What the demo's scripts are made of: ways in which a sale can end, and things that happen in many of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from totem.bootstrap.acts import Act, Choose, Look, ReadCode, Touch, Wait, World
from totem.bootstrap.checker import ExpectedEnd, Returned

# --- how a sale can end -----------------------------------------------------------------------------------------------

UNKNOWN: Final = frozenset({"unknown"})
CANCEL: Final = frozenset({"cancel.requested"})
REMOVED: Final = frozenset({("cancel_charge", "200")})

DELIVERED: Final = ExpectedEnd(
    "thanks", sale=frozenset({"completed"}), attempt=frozenset({"approved"}), ticket=frozenset({"printed"})
)


RETURNED_SAID: Final = frozenset(
    {"Seu dinheiro será devolvido.", "Your money will be returned.", "Su dinero será devuelto."}
)
"""What the screen says of money that goes back, in each language."""


def compensated(trouble: str, reason: str = "") -> ExpectedEnd:
    """All of it went back. `trouble` is what the screen told, `reason` why it went back, where that is another."""
    return ExpectedEnd(
        "trouble",
        trouble=trouble,
        says=frozenset() if reason else RETURNED_SAID,
        sale=frozenset({"compensated"}),
        attempt=frozenset({"approved"}),
        settled=frozenset({reason or trouble}),
        returned=Returned.ALL,
    )


def not_opened(trouble: str) -> ExpectedEnd:
    return ExpectedEnd("trouble", opens=False, trouble=trouble)


def without_money(
    trouble: str,
    attempt: str,
    noted: frozenset[str] = frozenset(),
    answers: frozenset[tuple[str, str]] = frozenset(),
) -> ExpectedEnd:
    return ExpectedEnd(
        "trouble",
        trouble=trouble,
        sale=frozenset({"abandoned"}),
        attempt=frozenset({attempt}),
        is_paid=False,
        noted=noted,
        answers=answers,
    )


def delivered_after(
    *answers: tuple[str, str], attempt_was: frozenset[str] = frozenset(), noted: frozenset[str] = frozenset()
) -> ExpectedEnd:
    """With its ticket, though the bank answered so."""
    return replace(DELIVERED, answers=frozenset(answers), attempt_was=attempt_was, noted=noted)


# --- what happens -----------------------------------------------------------------------------------------------------

BEGIN: Final[tuple[Act, ...]] = (Choose(), Touch("key.method.pix"))
TO_CODE: Final[tuple[Act, ...]] = (*BEGIN, Wait(("pix",)), ReadCode())
TICKET_IS_OUT_S: Final = 0.9
"""Longer than the pause between the tick and the ticket on the last screen."""
THANKED: Final[tuple[Act, ...]] = (Wait(("thanks",)), Look())
TROUBLED: Final[tuple[Act, ...]] = (Wait(("trouble",)), Look())


def bank_fails(operation: str, kind: str, times: int = 1, **values: object) -> World:
    """The bank's next `times` answers to that operation go wrong in that way; it takes the place of earlier faults."""
    fault = {"operation": operation, "effect": {"kind": kind, **values}, "count": times}
    return World("bank.set_faults", {"faults": [fault]})


CANCELS: Final[tuple[Act, ...]] = (Touch("key.cancel"), Touch("key.cancel.yes"))
GOES_AWAY: Final[tuple[Act, ...]] = (Touch("key.done"), Wait(("attract",)))
