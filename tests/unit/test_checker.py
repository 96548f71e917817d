"""The demo's judge must be silent on a right world, and name every way in which the three books can disagree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from totem.bootstrap.checker import ExpectedEnd, check
from totem.bootstrap.evidence import (
    BankCharge,
    BankPayment,
    Evidence,
    JournalEntry,
    JournalSubject,
    JournalView,
    PaperTicket,
    SeenSale,
)
from totem.bootstrap.findings import Finding

# A published BR Code (Bacen's dynamic form), with a right CRC.
CODE = (
    "00020101021226740014br.gov.bcb.pix2552payload.psp.com/3ec9d2f9-5f03-4e0e-820d-63a81e769e875204000053039865802BR"
    "5914THALES OGLIARI6015SAO MIGUEL DO O62070503***63042895"
)
TXID = "6LOJA01ABCDEFGHJKMNPQRSTVWXYZ123"
SALE = "LOJA01-261122-ABC123"
E2E = "E00000208202611221200ABCDEFGHIJK"
PRICE = 104500
BANK = "sicredi"
KIOSK = "LOJA01"
REFUND = "6LOJA01R0000000000000000000000R1"
PIX = BankPayment(E2E, PRICE, TXID, (), BANK)
END = ExpectedEnd(
    "thanks", sale=frozenset({"completed"}), attempt=frozenset({"approved"}), ticket=frozenset({"printed"})
)


def subjects() -> tuple[JournalSubject, ...]:
    line = {"service": "wash", "name": "Lavagem", "quantity": 1, "price_cents": PRICE}
    sale = {"amount_cents": PRICE, "currency": "BRL", "lines": [line]}
    attempt = {"amount_cents": PRICE, "copia_e_cola": CODE, "end_to_end_id": E2E, "provider": BANK}
    return (
        JournalSubject(SALE, "sale", SALE, "completed", sale),
        JournalSubject(TXID, "attempt", SALE, "approved", attempt),
        JournalSubject(f"{SALE}/ticket", "ticket", SALE, "printed", {"number": 7, "day": "2026-11-22"}),
    )


def entries() -> tuple[JournalEntry, ...]:
    steps = [
        ("sale", SALE, "choosing", {}),
        ("sale", SALE, "open", {}),
        ("attempt", TXID, "intended", {}),
        ("attempt", TXID, "pending", {}),
        ("pix.received", TXID, "", {"end_to_end_id": E2E, "amount_cents": PRICE}),
        ("attempt", TXID, "approved", {}),
        ("sale", SALE, "paid", {}),
        ("ticket", f"{SALE}/ticket", "queued", {}),
        ("ticket", f"{SALE}/ticket", "sending", {}),
        ("sale", SALE, "delivering", {}),
        ("ticket", f"{SALE}/ticket", "printed", {}),
        ("sale", SALE, "completed", {}),
    ]
    return tuple(
        JournalEntry(seq, kind, SALE, subject, state, data) for seq, (kind, subject, state, data) in enumerate(steps, 1)
    )


def paper() -> PaperTicket:
    text = "SIMULAÇÃO\nSenha\n007\n1 x Lavagem  R$\N{NO-BREAK SPACE}1.045,00\nTotal R$\N{NO-BREAK SPACE}1.045,00\n"
    return PaperTicket("0001", text, (f"TOTEM1:{SALE}:7",))


def right() -> Evidence:
    charge = BankCharge(TXID, PRICE, "CONCLUIDA", CODE, (PIX,), BANK)
    seen = SeenSale(CODE, ("attract", "services", "method", "pix", "printing", "thanks"))
    return Evidence((charge,), (paper(),), JournalView(subjects(), entries()), (seen,), kiosk_id=KIOSK)


def with_row(
    evidence: Evidence, machine: str, subject_id: str, /, *states: str, story: str = SALE, **data: object
) -> Evidence:
    """A subject more, that went through those states, the last of which it has."""
    journal = evidence.journal
    first = len(journal.entries) + 1
    rows = tuple(
        JournalEntry(first + step, machine, story, subject_id, state, data) for step, state in enumerate(states)
    )
    subject = JournalSubject(subject_id, machine, story, states[-1], data)
    return replace(evidence, journal=JournalView((*journal.subjects, subject), (*journal.entries, *rows)))


def with_note(evidence: Evidence, kind: str, story: str, subject_id: str, /, **data: object) -> Evidence:
    journal = evidence.journal
    note = JournalEntry(len(journal.entries) + 1, kind, story, subject_id, "", data)
    return replace(evidence, journal=replace(journal, entries=(*journal.entries, note)))


def with_step(evidence: Evidence, machine: str, *states: str) -> Evidence:
    """The only subject of that machine goes on through those states."""
    (subject,) = evidence.journal.of(machine)
    for state in states:
        note = JournalEntry(len(evidence.journal.entries) + 1, machine, SALE, subject.id, state, {})
        journal = replace(evidence.journal, entries=(*evidence.journal.entries, note))
        evidence = replace(evidence, journal=journal)
    return with_subject(evidence, machine, states[-1])


def with_subject(evidence: Evidence, machine: str, state: str | None = None, /, **data: object) -> Evidence:
    changed = tuple(
        replace(each, state=state or each.state, data={**each.data, **data}) if each.machine == machine else each
        for each in evidence.journal.subjects
    )
    return replace(evidence, journal=replace(evidence.journal, subjects=changed))


def with_charge(evidence: Evidence, **change: object) -> Evidence:
    return replace(evidence, charges=(replace(evidence.charges[0], **change),))  # type: ignore[arg-type]


def with_paper(evidence: Evidence, **change: object) -> Evidence:
    return replace(evidence, paper=(replace(evidence.paper[0], **change),))  # type: ignore[arg-type]


def without_entry(evidence: Evidence, kind: str, state: str = "") -> Evidence:
    kept = tuple(each for each in evidence.journal.entries if (each.kind, each.state) != (kind, state))
    return replace(evidence, journal=replace(evidence.journal, entries=kept))


def findings(evidence: Evidence, end: ExpectedEnd = END) -> set[Finding]:
    return {fault.finding for fault in check(evidence, (end,))}


def test_a_right_world_has_no_fault() -> None:
    assert check(right(), (END,)) == ()


DOCTORED: dict[str, tuple[Callable[[Evidence], Evidence], Finding]] = {
    "the bank forgot the payment": (lambda e: with_charge(e, payments=()), Finding.APPROVED_WITHOUT_PAYMENT),
    "a centavo less at the bank": (
        lambda e: with_charge(e, payments=(replace(PIX, amount_cents=PRICE - 1),)),
        Finding.AMOUNT_DIFFERS,
    ),
    "a centavo more in the charge": (lambda e: with_charge(e, amount_cents=PRICE + 1), Finding.AMOUNT_DIFFERS),
    "another payment at the bank": (
        lambda e: with_charge(e, payments=(PIX, replace(PIX, end_to_end_id="E2"))),
        Finding.PAYMENT_NOT_RECORDED,
    ),
    "another endToEndId at the bank": (
        lambda e: with_charge(e, payments=(replace(PIX, end_to_end_id="E2"),)),
        Finding.PAYMENT_INVENTED,
    ),
    "a charge nobody wrote down": (
        lambda e: replace(e, charges=(*e.charges, BankCharge("OTHER", 1, "ATIVA", "x"))),
        Finding.CHARGE_UNKNOWN_TO_JOURNAL,
    ),
    "a paid charge nobody wrote down": (
        lambda e: replace(e, charges=(*e.charges, BankCharge("OTHER", 1, "CONCLUIDA", "x", (BankPayment("E2", 1),)))),
        Finding.PAID_UNKNOWN_TO_JOURNAL,
    ),
    "the charge at another bank": (lambda e: with_charge(e, bank="inter"), Finding.WRONG_BANK),
    "another code at the bank": (lambda e: with_charge(e, copia_e_cola=CODE + "x"), Finding.CODE_DIFFERS),
    "the attempt still waits": (lambda e: with_subject(e, "attempt", "pending"), Finding.PAID_NOT_APPROVED),
    "the attempt is a centavo short": (
        lambda e: with_subject(e, "attempt", amount_cents=PRICE - 1),
        Finding.AMOUNT_DIFFERS,
    ),
    "the sale is a centavo short": (lambda e: with_subject(e, "sale", amount_cents=PRICE - 1), Finding.AMOUNT_DIFFERS),
    "the attempt kept another code": (lambda e: with_subject(e, "attempt", copia_e_cola="x"), Finding.CODE_DIFFERS),
    "the attempt names another Pix": (
        lambda e: with_subject(e, "attempt", end_to_end_id="E2"),
        Finding.PAYMENT_INVENTED,
    ),
    "the ticket failed": (lambda e: with_subject(e, "ticket", "failed"), Finding.PAID_WITHOUT_GOODS),
    "the ticket has another number": (lambda e: with_subject(e, "ticket", number=8), Finding.TICKET_NOT_ON_PAPER),
    "no paper came out": (lambda e: replace(e, paper=()), Finding.TICKET_NOT_ON_PAPER),
    "the paper came out twice": (lambda e: replace(e, paper=(paper(), paper())), Finding.PAPER_TWICE),
    "paper of no sale": (
        lambda e: replace(e, paper=(*e.paper, replace(paper(), id="0002", codes=("TOTEM1:X:9",)))),
        Finding.PAPER_NOT_IN_JOURNAL,
    ),
    "paper not cut": (lambda e: with_paper(e, is_cut=False), Finding.PAPER_NOT_CUT),
    "paper with rubbish": (lambda e: with_paper(e, faults=("offset 3: 1b 00",)), Finding.PAPER_BROKEN),
    "paper without its number": (lambda e: with_paper(e, text="1.045,00"), Finding.PAPER_BROKEN),
    "paper with another amount": (lambda e: with_paper(e, text="007 R$ 1.045,01"), Finding.AMOUNT_DIFFERS),
    "a sale that says it was never paid": (lambda e: with_subject(e, "sale", "open"), Finding.WRONG_END),
    "a received Pix not noted": (lambda e: without_entry(e, "pix.received"), Finding.PAYMENT_NOT_RECORDED),
    "a step left out": (lambda e: without_entry(e, "attempt", "intended"), Finding.ILLEGAL_STEP),
    "the last step left out": (lambda e: without_entry(e, "sale", "completed"), Finding.ILLEGAL_STEP),
    "a broken code on the screen": (
        lambda e: replace(e, seen=(replace(e.seen[0], code=CODE[:-1] + "6"),)),
        Finding.CODE_BROKEN,
    ),
    "a code that no phone could read": (
        lambda e: replace(e, seen=(replace(e.seen[0], code=""),)),
        Finding.CODE_UNREAD,
    ),
    "another end on the screen": (
        lambda e: replace(e, seen=(replace(e.seen[0], screens=("pix", "trouble")),)),
        Finding.WRONG_END,
    ),
    "a trouble on the screen": (
        lambda e: replace(e, seen=(replace(e.seen[0], trouble="PRN-001"),)),
        Finding.WRONG_END,
    ),
    "a sale too many on the screen": (lambda e: replace(e, seen=(*e.seen, e.seen[0])), Finding.SALES_COUNT),
}


@pytest.mark.parametrize("name", DOCTORED)
def test_a_doctored_world_is_found_out(name: str) -> None:
    doctor, finding = DOCTORED[name]
    assert finding in findings(doctor(right()))


def test_two_approved_attempts_of_one_sale() -> None:
    evidence = right()
    second = replace(evidence.journal.subjects[1], id="SECOND")
    doctored = replace(evidence, journal=replace(evidence.journal, subjects=(*evidence.journal.subjects, second)))
    assert Finding.APPROVED_TWICE in findings(doctored)


def test_two_tickets_with_one_number() -> None:
    evidence = right()
    second = replace(evidence.journal.subjects[2], id="SECOND", sale_id="OTHER")
    doctored = replace(evidence, journal=replace(evidence.journal, subjects=(*evidence.journal.subjects, second)))
    assert {Finding.NUMBER_TWICE, Finding.TICKET_WITHOUT_PAYMENT} <= findings(doctored)


def test_a_sale_that_had_not_to_open() -> None:
    assert Finding.SALES_COUNT in findings(right(), replace(END, opens=False))


def test_a_sale_that_had_to_end_otherwise() -> None:
    end = replace(END, sale=frozenset({"abandoned"}), is_paid=False)
    assert {Finding.WRONG_END, Finding.AMOUNT_DIFFERS} <= findings(right(), end)


def test_an_attention_that_nobody_opened() -> None:
    assert findings(right(), replace(END, attentions=frozenset({"PIX-012"}))) == {Finding.WRONG_END}


def test_paid_without_ticket_is_right_only_with_an_open_attention() -> None:
    failed = with_subject(right(), "ticket", "failed")
    failed = replace(failed, paper=())
    named = JournalSubject(f"{SALE}/ticket/PRN-001", "attention", SALE, "open", {"trouble": "PRN-001"})
    told = replace(failed, journal=replace(failed.journal, subjects=(*failed.journal.subjects, named)))
    assert Finding.PAID_WITHOUT_GOODS in findings(failed)
    assert Finding.PAID_WITHOUT_GOODS not in findings(told)


def test_money_of_another_amount_needs_an_open_attention() -> None:
    long = with_charge(right(), payments=(replace(PIX, amount_cents=PRICE + 500),))
    assert Finding.PAID_WITHOUT_GOODS in findings(long)
    named = with_row(long, "attention", f"{E2E}/PIX-012", "open", trouble="PIX-012")
    assert Finding.PAID_WITHOUT_GOODS not in findings(named)


def test_a_ticket_keeps_its_price() -> None:
    short = with_charge(right(), payments=(replace(PIX, amount_cents=PRICE - 500),))
    assert Finding.GOODS_WITHOUT_MONEY in findings(short)


def test_an_attempt_that_nobody_resolved() -> None:
    evidence = with_subject(with_charge(right(), payments=()), "attempt", "unknown")
    assert Finding.UNRESOLVED in findings(evidence)
    assert Finding.UNRESOLVED not in findings(evidence, replace(END, may_stay_unresolved=True))


def test_what_must_have_happened_on_the_way() -> None:
    way = replace(
        END,
        attempt_was=frozenset({"pending"}),
        noted=frozenset({"pix.received"}),
        answers=frozenset({("get_charge", "503")}),
    )
    heard = replace(right(), answers=(("create_charge", "201"), ("get_charge", "503")))
    assert check(heard, (way,)) == ()
    assert findings(right(), way) == {Finding.WRONG_WAY}
    assert findings(heard, replace(way, attempt_was=frozenset({"unknown"}))) == {Finding.WRONG_WAY}
    assert findings(heard, replace(way, noted=frozenset({"cancel.requested"}))) == {Finding.WRONG_WAY}
