"""Every legal and every illegal pair of every machine, against arrows written down a second time by hand."""

from __future__ import annotations

import pytest

from totem.domain.errors import IllegalTransition, Trouble
from totem.domain.machine import (
    ATTEMPT_UNRESOLVED,
    SALE_AT_REST,
    STATES,
    TABLES,
    TICKET_OPEN,
    AttemptState,
    Machine,
    TicketState,
    apply,
    is_legal,
)

DESIGN_STATES = {
    "sale": "choosing open partly_paid paid delivering completed abandoned compensating compensated needs_attention",
    "attempt": "intended not_sent pending unknown approved declined cancelled expired",
    "settlement": "none_needed deciding confirming confirmed undoing undone",
    "compensation": "intended sent unknown done refused",
    "ticket": "queued sending printed unknown failed revoked",
    "attention": "open settled",
}
"""The states as the design lists them."""

ARROWS = {
    "sale": {
        "": "choosing",
        "choosing": "open abandoned",
        "open": "partly_paid paid abandoned compensating needs_attention",
        "partly_paid": "paid compensating needs_attention",
        "paid": "delivering compensating needs_attention",
        "delivering": "completed compensating needs_attention",
        "completed": "compensating needs_attention",
        "abandoned": "partly_paid paid compensating needs_attention",
        "compensating": "compensated completed needs_attention",
        "compensated": "compensating needs_attention",
        "needs_attention": "paid delivering completed abandoned compensating compensated",
    },
    "attempt": {
        "": "intended",
        "intended": "not_sent pending unknown approved declined cancelled expired",
        "pending": "unknown approved declined cancelled expired",
        "unknown": "not_sent pending approved declined cancelled expired",
        "not_sent": "approved",
        "declined": "approved",
        "cancelled": "approved",
        "expired": "cancelled approved",
        "approved": "",
    },
    "settlement": {
        "": "none_needed deciding",
        "none_needed": "",
        "deciding": "confirming undoing",
        "confirming": "confirmed",
        "confirmed": "",
        "undoing": "undone",
        "undone": "",
    },
    "compensation": {
        "": "intended",
        "intended": "sent unknown done refused",
        "sent": "unknown done refused",
        "unknown": "sent done refused",
        "done": "",
        "refused": "",
    },
    "ticket": {
        "": "queued",
        "queued": "sending failed revoked",
        "sending": "printed unknown failed",
        "unknown": "sending printed",
        "failed": "queued revoked",
        "printed": "",
        "revoked": "",
    },
    "attention": {"": "open", "open": "settled", "settled": ""},
}

PAIRS = [
    pytest.param(name, start, end, id=f"{name}:{start or 'unborn'}->{end}")
    for name, states in DESIGN_STATES.items()
    for start in ["", *states.split()]
    for end in states.split()
]


@pytest.mark.parametrize(("name", "start", "end"), PAIRS)
def test_every_pair(name: str, start: str, end: str) -> None:
    machine, current = Machine(name), start or None
    is_arrow = end in ARROWS[name][start].split()
    assert is_legal(machine, current, end) == is_arrow
    if is_arrow:
        assert apply(machine, current, end) == end
    else:
        with pytest.raises(IllegalTransition) as caught:
            apply(machine, current, end)
        assert caught.value.code == Trouble.ILLEGAL_STEP.value == "JRN-005"


@pytest.mark.parametrize("name", DESIGN_STATES)
def test_states_are_those_of_the_design(name: str) -> None:
    machine, states = Machine(name), set(DESIGN_STATES[name].split())
    assert {state.value for state in STATES[machine]} == states
    assert {str(start or "") for start in TABLES[machine]} == set(ARROWS[name]) == states | {""}
    assert {each.value for each in Machine} == set(DESIGN_STATES)


@pytest.mark.parametrize("name", DESIGN_STATES)
@pytest.mark.parametrize("foreign", ["", "nonsense", "OPEN", " open", "printed ", "None"])
def test_words_that_are_no_states(name: str, foreign: str) -> None:
    machine = Machine(name)
    for state in DESIGN_STATES[name].split():
        assert not is_legal(machine, foreign, state)
        assert not is_legal(machine, state, foreign)
    assert not is_legal(machine, None, foreign)


@pytest.mark.parametrize("name", DESIGN_STATES)
def test_every_state_can_be_reached(name: str) -> None:
    reached: set[str] = set()
    ahead = {""}
    while ahead:
        ahead = {end for start in ahead for end in ARROWS[name][start].split()} - reached
        reached |= ahead
    assert all(is_legal(Machine(name), None, state) for state in ARROWS[name][""].split())
    assert reached == {state.value for state in STATES[Machine(name)]}


def test_proven_money_leads_to_approved_from_every_state() -> None:
    for state in AttemptState:
        assert is_legal(Machine.ATTEMPT, state, "approved") == (state != "approved")


def test_nothing_unknown_is_final() -> None:
    for machine, states in STATES.items():
        if "unknown" in {state.value for state in states}:
            assert any(is_legal(machine, "unknown", state) for state in states)


def test_a_decision_is_never_reconsidered() -> None:
    confirm, undo = ("confirming", "confirmed"), ("undoing", "undone")
    for one in confirm:
        for other in undo:
            assert not is_legal(Machine.SETTLEMENT, one, other)
            assert not is_legal(Machine.SETTLEMENT, other, one)


def test_only_a_job_with_no_byte_sent_is_revoked() -> None:
    assert {state.value for state in TicketState if is_legal(Machine.TICKET, state, "revoked")} == {"queued", "failed"}


def test_named_groups() -> None:
    assert {state.value for state in SALE_AT_REST} == {"completed", "abandoned", "compensated"}
    assert {state.value for state in ATTEMPT_UNRESOLVED} == {"intended", "pending", "unknown"}
    assert {state.value for state in TICKET_OPEN} == set(TicketState) - {"printed", "revoked"}
