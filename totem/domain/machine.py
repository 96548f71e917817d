"""The linked state machines: one table each, and the one function that applies them.

Sale, Attempt, Settlement, Compensation and Ticket tell what became of money and goods; Attention is what a
technician is shown until it is settled. A state that is missing in a row of a table is refused, and `None`
stands for "not yet born".
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from totem.domain.errors import IllegalTransition


class Machine(StrEnum):
    """Which machine a state belongs to; its value is stored in the journal."""

    SALE = "sale"
    ATTEMPT = "attempt"
    SETTLEMENT = "settlement"
    COMPENSATION = "compensation"
    TICKET = "ticket"
    ATTENTION = "attention"


class SaleState(StrEnum):
    CHOOSING = "choosing"
    OPEN = "open"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"
    DELIVERING = "delivering"
    COMPLETED = "completed"
    ABANDONED = "abandoned"
    COMPENSATING = "compensating"
    COMPENSATED = "compensated"
    NEEDS_ATTENTION = "needs_attention"


class AttemptState(StrEnum):
    INTENDED = "intended"
    NOT_SENT = "not_sent"
    PENDING = "pending"
    UNKNOWN = "unknown"
    APPROVED = "approved"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class SettlementState(StrEnum):
    NONE_NEEDED = "none_needed"
    DECIDING = "deciding"
    CONFIRMING = "confirming"
    CONFIRMED = "confirmed"
    UNDOING = "undoing"
    UNDONE = "undone"


class CompensationState(StrEnum):
    INTENDED = "intended"
    SENT = "sent"
    UNKNOWN = "unknown"
    DONE = "done"
    REFUSED = "refused"


class TicketState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    PRINTED = "printed"
    UNKNOWN = "unknown"
    FAILED = "failed"
    REVOKED = "revoked"


class AttentionState(StrEnum):
    OPEN = "open"
    SETTLED = "settled"


STATES: Final[Mapping[Machine, type[StrEnum]]] = {
    Machine.SALE: SaleState,
    Machine.ATTEMPT: AttemptState,
    Machine.SETTLEMENT: SettlementState,
    Machine.COMPENSATION: CompensationState,
    Machine.TICKET: TicketState,
    Machine.ATTENTION: AttentionState,
}

Table = Mapping[str | None, frozenset[StrEnum]]

_S, _A, _X, _C, _T = SaleState, AttemptState, SettlementState, CompensationState, TicketState

SALE_TABLE: Final[Table] = {
    None: frozenset({_S.CHOOSING}),
    _S.CHOOSING: frozenset({_S.OPEN, _S.ABANDONED}),
    _S.OPEN: frozenset({_S.PARTLY_PAID, _S.PAID, _S.ABANDONED, _S.COMPENSATING, _S.NEEDS_ATTENTION}),
    _S.PARTLY_PAID: frozenset({_S.PAID, _S.COMPENSATING, _S.NEEDS_ATTENTION}),
    _S.PAID: frozenset({_S.DELIVERING, _S.COMPENSATING, _S.NEEDS_ATTENTION}),
    _S.DELIVERING: frozenset({_S.COMPLETED, _S.COMPENSATING, _S.NEEDS_ATTENTION}),
    # The customer holds the goods, and money may still go back: a second payment, an excess, a technician's refund.
    _S.COMPLETED: frozenset({_S.COMPENSATING, _S.NEEDS_ATTENTION}),
    # Late money reaches a sale that everybody had given up.
    _S.ABANDONED: frozenset({_S.PARTLY_PAID, _S.PAID, _S.COMPENSATING, _S.NEEDS_ATTENTION}),
    _S.COMPENSATING: frozenset({_S.COMPENSATED, _S.COMPLETED, _S.NEEDS_ATTENTION}),
    _S.COMPENSATED: frozenset({_S.COMPENSATING, _S.NEEDS_ATTENTION}),
    # Only with the provider's evidence or a typed reason; where it goes is what the evidence shows.
    _S.NEEDS_ATTENTION: frozenset(
        {_S.PAID, _S.DELIVERING, _S.COMPLETED, _S.ABANDONED, _S.COMPENSATING, _S.COMPENSATED}
    ),
}

ATTEMPT_TABLE: Final[Table] = {
    None: frozenset({_A.INTENDED}),
    _A.INTENDED: frozenset({_A.NOT_SENT, _A.PENDING, _A.UNKNOWN, _A.APPROVED, _A.DECLINED, _A.CANCELLED, _A.EXPIRED}),
    _A.PENDING: frozenset({_A.UNKNOWN, _A.APPROVED, _A.DECLINED, _A.CANCELLED, _A.EXPIRED}),
    # Unknown is asked about until it resolves, in whatever way the provider says.
    _A.UNKNOWN: frozenset({_A.NOT_SENT, _A.PENDING, _A.APPROVED, _A.DECLINED, _A.CANCELLED, _A.EXPIRED}),
    # Proven money leads to approved from every state: these looked final until the money came.
    _A.NOT_SENT: frozenset({_A.APPROVED}),
    _A.DECLINED: frozenset({_A.APPROVED}),
    _A.CANCELLED: frozenset({_A.APPROVED}),
    _A.EXPIRED: frozenset({_A.CANCELLED, _A.APPROVED}),
    _A.APPROVED: frozenset(),
}

SETTLEMENT_TABLE: Final[Table] = {
    None: frozenset({_X.NONE_NEEDED, _X.DECIDING}),
    _X.NONE_NEEDED: frozenset(),
    # The decision is journalled once and never reconsidered: no arrow leads from one branch to the other.
    _X.DECIDING: frozenset({_X.CONFIRMING, _X.UNDOING}),
    _X.CONFIRMING: frozenset({_X.CONFIRMED}),
    _X.UNDOING: frozenset({_X.UNDONE}),
    _X.CONFIRMED: frozenset(),
    _X.UNDONE: frozenset(),
}

COMPENSATION_TABLE: Final[Table] = {
    None: frozenset({_C.INTENDED}),
    _C.INTENDED: frozenset({_C.SENT, _C.UNKNOWN, _C.DONE, _C.REFUSED}),
    _C.SENT: frozenset({_C.UNKNOWN, _C.DONE, _C.REFUSED}),
    _C.UNKNOWN: frozenset({_C.SENT, _C.DONE, _C.REFUSED}),
    _C.DONE: frozenset(),
    _C.REFUSED: frozenset(),
}

TICKET_TABLE: Final[Table] = {
    None: frozenset({_T.QUEUED}),
    _T.QUEUED: frozenset({_T.SENDING, _T.FAILED, _T.REVOKED}),
    # `failed` from `sending` only where provably no byte of the job left; a job in sending or unknown is never revoked.
    _T.SENDING: frozenset({_T.PRINTED, _T.UNKNOWN, _T.FAILED}),
    _T.FAILED: frozenset({_T.QUEUED, _T.REVOKED}),
    # Sent again only by rule or choice, with the same number, marked as a second copy.
    _T.UNKNOWN: frozenset({_T.SENDING, _T.PRINTED}),
    _T.PRINTED: frozenset(),
    _T.REVOKED: frozenset(),
}

ATTENTION_TABLE: Final[Table] = {
    None: frozenset({AttentionState.OPEN}),
    AttentionState.OPEN: frozenset({AttentionState.SETTLED}),
    AttentionState.SETTLED: frozenset(),
}

TABLES: Final[Mapping[Machine, Table]] = {
    Machine.SALE: SALE_TABLE,
    Machine.ATTEMPT: ATTEMPT_TABLE,
    Machine.SETTLEMENT: SETTLEMENT_TABLE,
    Machine.COMPENSATION: COMPENSATION_TABLE,
    Machine.TICKET: TICKET_TABLE,
    Machine.ATTENTION: ATTENTION_TABLE,
}


def is_legal(machine: Machine, current: str | None, to: str) -> bool:
    """Whether the machine's table has the arrow; False too for a name that is no state of that machine."""
    states: frozenset[str] = frozenset(STATES[machine])
    if to not in states or (current is not None and current not in states):
        return False
    # A StrEnum equals its value, so the plain text that the journal stores finds its row.
    return to in TABLES[machine].get(current, frozenset())


def apply(machine: Machine, current: str | None, to: str) -> str:
    """The new state. Raises IllegalTransition (JRN-005) where the table has no such arrow."""
    if not is_legal(machine, current, to):
        raise IllegalTransition(f"{machine}: {current or 'nothing'} -> {to} is not in the table")
    return to


SALE_AT_REST: Final = frozenset({_S.COMPLETED, _S.ABANDONED, _S.COMPENSATED})
"""Sales in which nothing is left to do unless late money comes."""

ATTEMPT_UNRESOLVED: Final = frozenset({_A.INTENDED, _A.PENDING, _A.UNKNOWN})
"""Attempts of which the provider is still asked."""

TICKET_OPEN: Final = frozenset({_T.QUEUED, _T.SENDING, _T.FAILED, _T.UNKNOWN})
"""Tickets that are neither printed nor revoked."""
