"""What the money of one charge is good for: a ticket, a way back, or both. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from totem.domain.errors import Trouble


class LatePolicy(StrEnum):
    """`late_payment` of the configuration: what becomes of money for a sale that was given up."""

    HONOUR_WHILE_SHOWN = "honour_while_shown"
    REFUND = "refund"
    HONOUR = "honour"
    """A ticket to claim from an attendant; it is never printed into an empty room."""


class Claim(StrEnum):
    """What the customer of a sale may still get for its money."""

    PRINT = "print"
    KEEP = "keep"
    """A ticket that waits to be claimed."""
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Paid:
    """One Pix of the charge; `fresh` where the journal does not have it yet."""

    end_to_end_id: str
    amount_cents: int
    fresh: bool


@dataclass(frozen=True, slots=True)
class Return:
    """So many cents of that Pix go back, because of that."""

    end_to_end_id: str
    amount_cents: int
    trouble: Trouble


@dataclass(frozen=True, slots=True)
class Allocation:
    claim: Claim
    returns: tuple[Return, ...]


def claim_of(*, given_up: bool, shown: bool, policy: LatePolicy) -> Claim:
    """Whether a sale still waiting for its money may be delivered.

    `given_up`: cancelled, expired or abandoned before. `shown`: somebody stands before its screen, or so little time
    has passed that the customer may be taken to.
    """
    if shown and not (given_up and policy is LatePolicy.REFUND):
        return Claim.PRINT
    return Claim.KEEP if policy is LatePolicy.HONOUR else Claim.NOTHING


def allocate(asked_cents: int, payments: tuple[Paid, ...], claim: Claim, *, already_paid: bool) -> Allocation:
    """Divide the money of one charge (the design's rule 6).

    `already_paid`: the sale has its money, by this charge or by another: whatever comes now goes back. Too little goes
    back whole; of too much, the excess.
    """
    fresh = tuple(each for each in payments if each.fresh)
    if already_paid:
        return Allocation(Claim.NOTHING, _all(fresh, Trouble.PAID_TWICE))
    received_cents = sum(each.amount_cents for each in payments)
    if claim is Claim.NOTHING:
        return Allocation(claim, _all(fresh, Trouble.LATE_MONEY))
    if received_cents < asked_cents:
        return Allocation(Claim.NOTHING, _all(fresh, Trouble.AMOUNT_DIFFERS))
    return Allocation(claim, _excess(payments, received_cents - asked_cents))


def _all(payments: tuple[Paid, ...], trouble: Trouble) -> tuple[Return, ...]:
    return tuple(Return(each.end_to_end_id, each.amount_cents, trouble) for each in payments)


def _excess(payments: tuple[Paid, ...], excess_cents: int) -> tuple[Return, ...]:
    """The last Pix goes back first: the earlier ones paid for the goods."""
    returns: list[Return] = []
    for each in reversed(payments):
        back_cents = min(each.amount_cents, excess_cents)
        if back_cents:
            whole = back_cents == each.amount_cents
            trouble = Trouble.PAID_TWICE if whole else Trouble.AMOUNT_DIFFERS
            returns.append(Return(each.end_to_end_id, back_cents, trouble))
            excess_cents -= back_cents
    return tuple(returns)
