"""The judge of the demo counts every centavo: it is silent on a right world of refunds and strays, and only there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.unit.test_checker import (
    BANK,
    E2E,
    END,
    KIOSK,
    PIX,
    PRICE,
    REFUND,
    SALE,
    findings,
    right,
    with_charge,
    with_note,
    with_row,
    with_step,
    with_subject,
    without_entry,
)
from totem.bootstrap.accounts import is_own
from totem.bootstrap.checker import ExpectedEnd, Returned, check
from totem.bootstrap.evidence import BankPayment, BankRefund, Evidence
from totem.bootstrap.findings import Finding

SECOND = replace(PIX, end_to_end_id="E00000208202611221200SECONDPIX00")
BACK = BankRefund(REFUND, PRICE, "DEVOLVIDO")
STRAY = BankPayment("E00000208202611221200STRAYPIX000", 100, None, (), BANK)
FOREIGN = BankPayment("E00000208202611221200OTHERPIX000", 100, "7LOJA01AABCDEFGHJKMNPQRSTVWXYZ12", (), BANK)
ORPHAN = BankPayment("E00000208202611221200ORPHANPIX00", 100, f"6{KIOSK}LOSTLOSTLOSTLOSTLOSTLOST1", (), BANK)


def returned() -> Evidence:
    """Paid twice: one ticket, and the second Pix went back."""
    evidence = with_charge(right(), payments=(PIX, replace(SECOND, refunds=(BACK,))))
    evidence = with_note(
        evidence, "pix.received", SALE, PIX.txid or "", end_to_end_id=SECOND.end_to_end_id, amount_cents=PRICE
    )
    attention = f"{SECOND.end_to_end_id}/PIX-014"
    evidence = with_row(evidence, "attention", attention, "open", "settled", trouble="PIX-014", evidence="DEVOLVIDO")
    return with_row(
        evidence,
        "compensation",
        REFUND,
        "intended",
        "unknown",
        "sent",
        "done",
        reference=SECOND.end_to_end_id,
        amount_cents=PRICE,
        provider=BANK,
        attention=attention,
    )


TWICE = replace(END, times_paid=2, returned=Returned.EXCESS, settled=frozenset({"PIX-014"}))


def with_refund(evidence: Evidence, **change: object) -> Evidence:
    refunds = (replace(BACK, **change),)  # type: ignore[arg-type]
    return with_charge(evidence, payments=(PIX, replace(SECOND, refunds=refunds)))


def without(evidence: Evidence, machine: str) -> Evidence:
    subjects = tuple(each for each in evidence.journal.subjects if each.machine != machine)
    entries = tuple(each for each in evidence.journal.entries if each.kind != machine)
    return replace(evidence, journal=replace(evidence.journal, subjects=subjects, entries=entries))


def test_a_second_payment_that_went_back_is_right() -> None:
    assert check(returned(), (TWICE,)) == ()


DOCTORED: dict[str, tuple[Callable[[Evidence], Evidence], Finding]] = {
    "the bank never gave it back": (
        lambda e: with_charge(e, payments=(PIX, SECOND)),
        Finding.REFUND_INVENTED,
    ),
    "the bank did not carry it out": (lambda e: with_refund(e, status="NAO_REALIZADO"), Finding.REFUND_INVENTED),
    "the bank still works on it": (lambda e: with_refund(e, status="EM_PROCESSAMENTO"), Finding.REFUND_DIFFERS),
    "a status that nobody knows": (lambda e: with_refund(e, status="OUTRO"), Finding.REFUND_DIFFERS),
    "a centavo less went back": (lambda e: with_refund(e, amount_cents=PRICE - 1), Finding.REFUND_DIFFERS),
    "a centavo more went back": (lambda e: with_refund(e, amount_cents=PRICE + 1), Finding.REFUNDED_TOO_MUCH),
    "under another id": (lambda e: with_refund(e, id="OTHER"), Finding.REFUND_UNKNOWN_TO_JOURNAL),
    "of the Pix that paid for the ticket": (
        lambda e: with_charge(e, payments=(replace(PIX, refunds=(BACK,)), SECOND)),
        Finding.REFUND_DIFFERS,
    ),
    "two for one": (
        lambda e: with_charge(e, payments=(PIX, replace(SECOND, refunds=(BACK, replace(BACK, id="TWO"))))),
        Finding.REFUNDED_TOO_MUCH,
    ),
    "two for one in the journal": (
        lambda e: with_row(
            e, "compensation", "TWO", "intended", reference=SECOND.end_to_end_id, amount_cents=1, provider=BANK
        ),
        Finding.REFUNDED_TOO_MUCH,
    ),
    "both went back, and the ticket is out": (
        lambda e: with_charge(
            e, payments=(replace(PIX, refunds=(replace(BACK, id="X"),)), replace(SECOND, refunds=(BACK,)))
        ),
        Finding.GOODS_WITHOUT_MONEY,
    ),
    "no compensation was written down": (lambda e: without(e, "compensation"), Finding.REFUND_UNKNOWN_TO_JOURNAL),
    "the attention is still open": (lambda e: with_subject(e, "attention", "open"), Finding.REFUND_NOT_NAMED),
    "the attention has no evidence": (lambda e: with_subject(e, "attention", evidence=""), Finding.REFUND_NOT_NAMED),
    "there is no attention": (lambda e: without(e, "attention"), Finding.REFUND_NOT_NAMED),
    "the compensation is not done": (lambda e: with_subject(e, "compensation", "sent"), Finding.UNRESOLVED),
    "of another amount in the journal": (
        lambda e: with_subject(e, "compensation", amount_cents=1),
        Finding.REFUND_DIFFERS,
    ),
    "at another bank in the journal": (
        lambda e: with_subject(e, "compensation", provider="inter"),
        Finding.REFUND_DIFFERS,
    ),
    "its first step left out": (lambda e: without_entry(e, "compensation", "intended"), Finding.ILLEGAL_STEP),
    "the sale says that all went back": (lambda e: with_subject(e, "sale", "compensated"), Finding.NOT_COMPENSATED),
}


@pytest.mark.parametrize("name", DOCTORED)
def test_a_doctored_refund_is_found_out(name: str) -> None:
    doctor, finding = DOCTORED[name]
    assert finding in findings(doctor(returned()), TWICE)


def test_a_sale_of_which_nothing_went_back_is_not_the_end_that_was_wanted() -> None:
    assert Finding.AMOUNT_DIFFERS in findings(returned(), replace(TWICE, returned=Returned.ALL))
    assert Finding.AMOUNT_DIFFERS in findings(returned(), replace(TWICE, returned=Returned.NOTHING))
    assert Finding.AMOUNT_DIFFERS in findings(returned(), replace(TWICE, times_paid=1))


def refused() -> Evidence:
    """Paid twice, and the bank will not give the second Pix back: both attentions stay open."""
    evidence = with_refund(with_subject(returned(), "compensation", "refused"), status="NAO_REALIZADO")
    steps = tuple(
        replace(each, state="refused") if (each.kind, each.state) == ("compensation", "done") else each
        for each in evidence.journal.entries
        if (each.kind, each.state) != ("attention", "settled")
    )
    evidence = replace(evidence, journal=replace(evidence.journal, entries=steps))
    evidence = with_subject(evidence, "attention", "open")
    return with_row(evidence, "attention", f"{REFUND}/PIX-016", "open", trouble="PIX-016", subject=REFUND)


def test_a_refused_refund_needs_both_names() -> None:
    end = replace(TWICE, returned=Returned.NOTHING, settled=frozenset(), attentions=frozenset({"PIX-014", "PIX-016"}))
    assert check(refused(), (end,)) == ()
    assert Finding.REFUND_NOT_NAMED in findings(with_subject(refused(), "attention", trouble="PIX-014"), end)
    settled = with_subject(refused(), "attention", "settled", evidence="said so")
    assert {Finding.REFUND_NOT_NAMED, Finding.PAID_WITHOUT_GOODS} <= findings(settled, end)


# --- what is nobody's sale --------------------------------------------------------------------------------------------


def with_stray(pix: BankPayment) -> Evidence:
    return replace(right(), strays=(pix,))


def named(evidence: Evidence, pix: BankPayment = STRAY) -> Evidence:
    story = f"stray/{pix.end_to_end_id}"
    evidence = with_note(evidence, "pix.unmatched", story, "", amount_cents=pix.amount_cents)
    return with_row(
        evidence,
        "attention",
        f"{pix.end_to_end_id}/PIX-015",
        "open",
        story=story,
        trouble="PIX-015",
        amount_cents=pix.amount_cents,
    )


def test_money_without_a_txid_is_named_once_and_stays() -> None:
    end = replace(END, unmatched=1)
    assert check(named(with_stray(STRAY)), (end,)) == ()
    assert findings(with_stray(STRAY), end) == {Finding.UNMATCHED_NOT_NAMED}
    assert Finding.UNMATCHED_NOT_NAMED in findings(named(named(with_stray(STRAY))), end)
    assert findings(named(with_stray(STRAY)), END) == {Finding.WRONG_WAY}
    moved = named(with_stray(replace(STRAY, refunds=(replace(BACK, amount_cents=100),))))
    assert Finding.UNMATCHED_MOVED in findings(moved, end)
    wrong_sum = named(with_stray(STRAY), replace(STRAY, amount_cents=99))
    assert Finding.UNMATCHED_NOT_NAMED in findings(wrong_sum, end)


def test_another_kiosks_money_leaves_no_trace() -> None:
    end = replace(END, foreign=1)
    assert check(with_stray(FOREIGN), (end,)) == ()
    assert findings(with_stray(FOREIGN), END) == {Finding.WRONG_WAY}
    assert Finding.FOREIGN_MOVED in findings(with_stray(replace(FOREIGN, refunds=(BACK,))), end)
    for value in (FOREIGN.end_to_end_id, FOREIGN.txid):
        assert Finding.FOREIGN_RECORDED in findings(
            with_note(with_stray(FOREIGN), "pix.unmatched", "", "", x=value), end
        )
    subject = with_note(with_stray(FOREIGN), "pix.received", "", FOREIGN.txid or "")
    assert Finding.FOREIGN_RECORDED in findings(subject, end)


def test_own_money_that_no_charge_knows_goes_back_or_is_named() -> None:
    assert is_own(with_stray(ORPHAN), ORPHAN)
    assert not is_own(with_stray(FOREIGN), FOREIGN)
    assert findings(with_stray(ORPHAN)) == {Finding.PAYMENT_NOT_RECORDED, Finding.PAID_WITHOUT_GOODS}
    story = f"stray/{ORPHAN.end_to_end_id}"
    attention = f"{ORPHAN.end_to_end_id}/PIX-013"
    evidence = with_note(
        with_stray(ORPHAN), "pix.received", story, "", end_to_end_id=ORPHAN.end_to_end_id, amount_cents=100
    )
    told = with_row(evidence, "attention", attention, "open", story=story, trouble="PIX-013")
    assert check(told, (END,)) == ()


# --- a sale that gave no ticket ---------------------------------------------------------------------------------------


def without_ticket() -> Evidence:
    """Paid, and all of it went back."""
    evidence = without(right(), "ticket")
    evidence = replace(evidence, paper=(), seen=(replace(evidence.seen[0], screens=("pix", "trouble")),))
    kept = tuple(each for each in evidence.journal.entries if (each.kind, each.state) not in _AFTER_PAID)
    evidence = replace(evidence, journal=replace(evidence.journal, entries=kept))
    evidence = with_charge(evidence, payments=(replace(PIX, refunds=(BACK,)),))
    evidence = with_step(evidence, "sale", "compensating", "compensated")
    attention = f"{E2E}/PIX-013"
    evidence = with_row(evidence, "attention", attention, "open", "settled", trouble="PIX-013", evidence="DEVOLVIDO")
    return with_row(
        evidence,
        "compensation",
        REFUND,
        "intended",
        "unknown",
        "done",
        reference=E2E,
        amount_cents=PRICE,
        provider=BANK,
        attention=attention,
    )


_AFTER_PAID = {("sale", "paid"), ("sale", "delivering"), ("sale", "completed")}
GONE = ExpectedEnd(
    "trouble",
    sale=frozenset({"compensated"}),
    attempt=frozenset({"approved"}),
    settled=frozenset({"PIX-013"}),
    returned=Returned.ALL,
)


def test_a_sale_that_went_back_whole_is_right() -> None:
    assert check(without_ticket(), (GONE,)) == ()


def test_a_centavo_that_stayed_is_found_out() -> None:
    refunds = (replace(BACK, amount_cents=PRICE - 1),)
    kept = with_charge(without_ticket(), payments=(replace(PIX, refunds=refunds),))
    assert {Finding.PAID_WITHOUT_GOODS, Finding.NOT_COMPENSATED, Finding.REFUND_DIFFERS} <= findings(kept, GONE)


def test_an_attention_of_the_sale_does_not_hide_a_refund_that_never_was() -> None:
    """The printer's own trouble stays open; it says nothing of the money."""
    missing = with_charge(without_ticket(), payments=(PIX,))
    missing = with_row(missing, "attention", f"{SALE}/ticket/PRN-001", "open", trouble="PRN-001")
    assert Finding.PAID_WITHOUT_GOODS in findings(missing, GONE)


def test_what_the_screen_said_of_the_money() -> None:
    says = replace(GONE, says=frozenset({"Seu dinheiro será devolvido.", "Your money will be returned."}))
    evidence = without_ticket()
    assert findings(evidence, says) == {Finding.WRONG_END}
    heard = replace(evidence, seen=(replace(evidence.seen[0], words=("PIX-013", "Your money will be returned.")),))
    assert check(heard, (says,)) == ()


def test_the_bank_was_asked_so_often() -> None:
    once = replace(END, calls=frozenset({("refund", 1)}))
    assert findings(right(), once) == {Finding.WRONG_WAY}
    assert check(replace(right(), answers=(("refund", "never"),)), (once,)) == ()
    twice = replace(right(), answers=(("refund", "never"), ("refund", "201")))
    assert findings(twice, once) == {Finding.WRONG_WAY}


def test_the_sale_must_be_at_the_bank_that_was_named() -> None:
    assert check(right(), (replace(END, bank=BANK),)) == ()
    assert findings(right(), replace(END, bank="inter")) == {Finding.WRONG_BANK}


def test_earlier_attempts_must_be_those_that_were_wanted() -> None:
    evidence = right()
    (attempt,) = evidence.journal.of("attempt")
    first = replace(attempt, id="FIRST", state="not_sent", data={"amount_cents": PRICE, "provider": "inter"})
    subjects = (first, *evidence.journal.subjects)
    evidence = with_note(evidence, "attempt", SALE, "FIRST")
    rows = tuple(
        replace(each, state="intended") if each.subject_id == "FIRST" else each for each in evidence.journal.entries
    )
    last = replace(rows[-1], seq=len(rows) + 1, state="not_sent")
    evidence = replace(evidence, journal=replace(evidence.journal, subjects=subjects, entries=(*rows, last)))
    assert check(evidence, (replace(END, earlier=frozenset({"not_sent"})),)) == ()
    assert findings(evidence) == {Finding.WRONG_END}
