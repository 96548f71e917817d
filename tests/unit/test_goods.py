"""The judge of paper must be silent on a right world, and name each way in which paper and journal disagree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from totem.bootstrap.evidence import Evidence, JournalEntry, JournalSubject, JournalView, PaperTicket
from totem.bootstrap.findings import Finding
from totem.bootstrap.goods import goods, is_second_copy

SALE = "LOJA01-261122-ABC123"
TICKET = f"{SALE}/ticket"
PIX = {"end_to_end_id": "E1", "amount_cents": 4500}
AGAIN = {"printer": "main", "second_copy": True, "copies": 1}
Row = tuple[str, str, Mapping[str, object]]


def evidence(state: str, *paper: PaperTicket, rows: tuple[Row, ...] = ()) -> Evidence:
    """One ticket in that state; `rows` are (kind, state, data) of what the journal tells of it besides."""
    subjects = (
        JournalSubject(SALE, "sale", SALE, "completed", {"amount_cents": 4500}),
        JournalSubject(TICKET, "ticket", SALE, state, {"number": 7, "day": "2026-11-22"}),
    )
    told: tuple[Row, ...] = (("pix.received", "", PIX), ("ticket", "sending", {"printer": "main"}), *rows)
    entries = tuple(
        JournalEntry(seq, kind, SALE, TICKET, reached, data) for seq, (kind, reached, data) in enumerate(told, 1)
    )
    return Evidence((), paper, JournalView(subjects, entries))


def slip(number: int = 1, *, mark: str = "", cut: bool = True, code: str = f"TOTEM1:{SALE}:7") -> PaperTicket:
    text = f"{mark}\nLAVA JATO\n007\nTOTAL R$\N{NO-BREAK SPACE}45,00\n"
    return PaperTicket(f"{number:04d}", text, (code,) if code else (), (), cut)


def with_subject(world: Evidence, machine: str, state: str, **data: object) -> Evidence:
    subject = JournalSubject(f"{TICKET}/{machine}", machine, SALE, state, data)
    return replace(world, journal=replace(world.journal, subjects=(*world.journal.subjects, subject)))


def named(world: Evidence, state: str = "open") -> Evidence:
    return with_subject(world, "attention", state, trouble="PRN-007", subject=TICKET)


def shown(world: Evidence) -> Evidence:
    subjects = tuple(
        replace(each, data={**each.data, "shown_on_screen": True}) if each.id == TICKET else each
        for each in world.journal.subjects
    )
    return replace(world, journal=replace(world.journal, subjects=subjects))


def refunded(world: Evidence, cents: int = 4500, state: str = "done") -> Evidence:
    return with_subject(world, "compensation", state, amount_cents=cents, reference="E1")


DOUBT: Row = ("ticket", "unknown", {})
COPY: Row = ("ticket", "sending", AGAIN)
TECHNICIANS: Row = ("ticket.reprinting", "", {"printer": "main"})
HALF = slip(9, cut=False, code="")

RIGHT = {
    "printed": evidence("printed", slip()),
    "unknown, and it is out": named(evidence("unknown", slip(), rows=(DOUBT,))),
    "unknown, and it is not": named(evidence("unknown", HALF, rows=(DOUBT,))),
    "unknown, and settled by a person": named(evidence("unknown", rows=(DOUBT,)), "settled"),
    "half of it, then a second copy": evidence("printed", HALF, slip(mark="2ª VIA"), rows=(DOUBT, COPY)),
    "it came out, and so did a second copy": evidence("printed", slip(), slip(2, mark="2nd COPY"), rows=(DOUBT, COPY)),
    "copied for a technician": evidence("printed", slip(), slip(2, mark="2ª COPIA"), rows=(TECHNICIANS,)),
    "shown on the screen": shown(evidence("printed")),
    "revoked": refunded(evidence("revoked")),
    "an excess went back": refunded(evidence("printed", slip()), 500),
    "refunded by a technician who knew": refunded(
        evidence("printed", slip(), rows=(("technician.refund", "", {}),)),
    ),
    "a notice without a code": evidence("printed", slip(), slip(2, code="")),
}

WRONG = {
    "nothing came out": (evidence("printed"), Finding.TICKET_NOT_ON_PAPER),
    "only half came out": (evidence("printed", slip(cut=False), rows=(DOUBT,)), Finding.TICKET_NOT_ON_PAPER),
    "printed twice": (evidence("printed", slip(), slip(2)), Finding.PAPER_TWICE),
    "printed twice, in doubt": (named(evidence("unknown", slip(), slip(2), rows=(DOUBT,))), Finding.PAPER_TWICE),
    "a copy that nobody began": (evidence("printed", slip(), slip(2, mark="2ª VIA")), Finding.PAPER_TWICE),
    "two copies for one": (
        evidence("printed", slip(), slip(2, mark="2ª VIA"), slip(3, mark="2ª VIA"), rows=(DOUBT, COPY)),
        Finding.PAPER_TWICE,
    ),
    "shown and printed": (shown(evidence("printed", slip())), Finding.PAPER_TWICE),
    "in doubt, and nobody is told": (evidence("unknown", slip(), rows=(DOUBT,)), Finding.TICKET_NOT_NAMED),
    "queued, and out": (evidence("queued", slip()), Finding.TICKET_WITHOUT_PAYMENT),
    "failed, and out": (evidence("failed", slip()), Finding.TICKET_WITHOUT_PAYMENT),
    "revoked, and out": (refunded(evidence("revoked", slip())), Finding.TICKET_WITHOUT_PAYMENT),
    "all went back, and out": (refunded(evidence("printed", slip())), Finding.GOODS_WITHOUT_MONEY),
    "all may have gone back": (refunded(evidence("printed", slip()), 4500, "unknown"), Finding.GOODS_WITHOUT_MONEY),
    "half a strip without a doubt": (evidence("printed", slip(), HALF), Finding.PAPER_NOT_CUT),
    "two halves for one doubt": (
        named(evidence("unknown", HALF, replace(HALF, id="0010"), rows=(DOUBT,))),
        Finding.PAPER_NOT_CUT,
    ),
    "a stranger": (evidence("printed", slip(), slip(2, code="TOTEM1:NOBODY:1")), Finding.PAPER_NOT_IN_JOURNAL),
    "another number": (
        evidence("printed", replace(slip(), text=slip().text.replace("007", "008"))),
        Finding.PAPER_BROKEN,
    ),
    "another price": (
        evidence("printed", replace(slip(), text=slip().text.replace("45,00", "4,50"))),
        Finding.AMOUNT_DIFFERS,
    ),
}


@pytest.mark.parametrize("world", RIGHT.values(), ids=RIGHT.keys())
def test_silent_on_a_right_world(world: Evidence) -> None:
    assert list(goods(world)) == []


@pytest.mark.parametrize(("world", "finding"), WRONG.values(), ids=WRONG.keys())
def test_names_what_is_wrong(world: Evidence, finding: Finding) -> None:
    assert finding in {fault.finding for fault in goods(world)}


def test_a_second_copy_is_known_in_each_language_of_a_ticket() -> None:
    assert all(is_second_copy(slip(mark=mark)) for mark in ("2ª VIA", "2nd COPY", "2ª COPIA"))
    assert not is_second_copy(slip())
