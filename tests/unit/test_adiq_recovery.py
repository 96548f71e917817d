"""After an uncertain call: Adiq's payments found again, settled once, given back once; and what absence proves."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.adiq.calls import days_of
from providers.adiq.requests import CaptureType
from providers.adiq.settings import AdiqPatience
from providers.sim.adiq import AnswerShape
from providers.sim.adiq_faults import AdiqFault, Kind, Operation
from providers.sim.ca import CertificateSet, certificates
from tests.support.adiq_rig import FAST, SALE, World, adiq_of, reference_of
from totem.domain.cards import CardOutcome, CardReference, CardResult
from totem.domain.errors import CardError, Outcome, TerminalRefused, TerminalSilent, TerminalUnreachable, Trouble
from totem.domain.money import Money

NOTHING_STORED = CardResult(CardOutcome.UNKNOWN)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> CertificateSet:
    return certificates(tmp_path_factory.mktemp("ca"))


@pytest.fixture
async def world(made: CertificateSet) -> AsyncIterator[World]:
    async with adiq_of(made) as world:
        yield world


@pytest.fixture
async def held(made: CertificateSet) -> AsyncIterator[World]:
    """One that pre-authorises."""
    async with adiq_of(made, capture=CaptureType.AFTER_TICKET) as world:
        yield world


LOST = [
    AdiqFault(Operation.CREATE, Kind.ANSWER_LOST),
    AdiqFault(Operation.CREATE, Kind.HALF),
    AdiqFault(Operation.CREATE, Kind.NEVER, carried_out=True),
    AdiqFault(Operation.CREATE, Kind.STATUS, code=500, carried_out=True),
    AdiqFault(Operation.CREATE, Kind.STATUS, code=409, carried_out=True),
    AdiqFault(Operation.CREATE, Kind.HTML, code=502, carried_out=True),
    AdiqFault(Operation.CREATE, Kind.HTML, code=403, carried_out=True),
]


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: f"{fault.kind}-{fault.code}")
async def test_a_lost_answer_is_found_by_its_order_number_and_charged_once(world: World, fault: AdiqFault) -> None:
    world.sim.set_faults([fault])
    result = await world.sell()
    assert (result.outcome, result.amount) == (CardOutcome.APPROVED, SALE.amount)
    assert world.taken() == [SALE.amount.amount_cents]
    assert world.asked("/v2/payments") == 1


@pytest.mark.parametrize("code", [429, 401, 400])
async def test_a_typed_refusal_is_not_sent_and_not_looked_for(world: World, code: int) -> None:
    world.befall(Operation.CREATE, Kind.STATUS, code=code, count=2)
    result = await world.sell()
    assert result.outcome is CardOutcome.NOT_SENT
    assert world.taken() == []
    assert not [each for each in world.sim.ledger()["requests"] if SALE.attempt_id in each["path"]]


async def test_what_an_index_hides_is_unknown_until_it_shows(world: World) -> None:
    world.sim.set_faults(
        [AdiqFault(Operation.CREATE, Kind.ANSWER_LOST), AdiqFault(Operation.FIND, Kind.HIDDEN, count=None)]
    )
    result = await world.sell()
    assert (result.outcome, result.trouble) == (CardOutcome.UNKNOWN, Trouble.CARD_UNKNOWN)
    reference = reference_of(NOTHING_STORED)
    assert (await world.gateway.status(reference)).outcome is CardOutcome.UNKNOWN
    world.sim.clear_faults()
    found = await world.gateway.status(reference)
    assert (found.outcome, found.amount) == (CardOutcome.APPROVED, SALE.amount)


async def test_absence_counts_only_after_the_longest_life_and_two_empty_answers(made: CertificateSet) -> None:
    async with adiq_of(made, patience=replace(FAST, absence_s=1500.0)) as world:
        now = datetime.now(UTC)
        young = reference_of(NOTHING_STORED, sent_at=now - timedelta(seconds=1400))
        assert (await world.gateway.status(young)).outcome is CardOutcome.UNKNOWN
        asked = len(world.sim.ledger()["requests"])
        old = reference_of(NOTHING_STORED, sent_at=now - timedelta(seconds=1600))
        absent = await world.gateway.status(old)
        assert (absent.outcome, absent.code) == (CardOutcome.NOT_SENT, "absent twice")
        rounds = [each for each in world.sim.ledger()["requests"][asked:] if SALE.attempt_id in each["path"]]
        assert len(rounds) == 2 * len({each["path"] for each in rounds})
        never_stored = replace(old, sent_at=None)
        with pytest.raises(CardError) as caught:
            await world.gateway.status(never_stored)
        assert caught.value.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(("kind", "code"), [(Kind.HTML, 404), (Kind.STATUS, 503), (Kind.RESET, 0)])
async def test_a_failed_question_is_no_absence(made: CertificateSet, kind: Kind, code: int) -> None:
    fault = AdiqFault(Operation.FIND, kind, first=2, count=None, code=code or 503)
    async with adiq_of(made, patience=replace(FAST, absence_s=0.0), faults=[fault]) as world:
        old = reference_of(NOTHING_STORED, sent_at=datetime.now(UTC) - timedelta(hours=2))
        with pytest.raises(CardError):
            await world.gateway.status(old)


async def test_a_payment_made_around_midnight_is_found_on_either_day(made: CertificateSet) -> None:
    """23:59:50 in Brasília; the payment is filed on the next day there, and that is the same day in UTC."""
    at = datetime(2026, 11, 23, 2, 59, 50, tzinfo=UTC)
    moments = [at, at + timedelta(seconds=20)]
    for moment in moments:
        async with adiq_of(made, now=lambda moment=moment: moment) as world:  # type: ignore[misc]
            await world.sell()
            found = await world.gateway.status(reference_of(NOTHING_STORED, sent_at=at))
            assert found.outcome is CardOutcome.APPROVED, moment


def test_the_days_of_an_attempt_hold_both_sides_of_midnight() -> None:
    life = timedelta(minutes=15)
    noon = datetime(2026, 11, 22, 15, tzinfo=UTC)
    assert days_of(noon, life) == (date(2026, 11, 22),)
    before_midnight = datetime(2026, 11, 23, 2, 50, tzinfo=UTC)
    assert days_of(before_midnight, life) == (date(2026, 11, 22), date(2026, 11, 23))


@given(st.integers(1_767_225_600, 1_798_761_600), st.integers(0, 1500))
def test_whenever_it_was_carried_out_its_day_is_asked_for(second: int, after_s: int) -> None:
    sent_at = datetime.fromtimestamp(second, UTC)
    carried_out = sent_at + timedelta(seconds=after_s)
    days = days_of(sent_at, timedelta(seconds=AdiqPatience().absence_s))
    assert (carried_out - timedelta(hours=3)).date() in days
    assert carried_out.date() in days
    assert len(days) <= 3


# --- pre-authorised ---------------------------------------------------------------------------------------------------


async def sold(world: World) -> CardReference:
    result = await world.sell()
    assert (result.outcome, result.needs_confirmation) == (CardOutcome.APPROVED, True)
    assert world.payments[0]["status"] == "AUTHORIZED"
    return reference_of(result)


async def test_the_ticket_captures_once(held: World) -> None:
    reference = await sold(held)
    assert held.gateway.capabilities.confirms
    for _ in range(2):
        await held.gateway.confirm(reference)
    assert (held.payments[0]["status"], held.payments[0]["captures"]) == ("CAPTURED", 1)
    assert held.sim.ledger()["violations"] == []


async def test_no_ticket_cancels_once(held: World) -> None:
    reference = await sold(held)
    for _ in range(2):
        await held.gateway.undo(reference)
    assert (held.payments[0]["status"], held.payments[0]["cancelled_cents"]) == ("CANCELLED", 15000)
    assert held.sim.ledger()["violations"] == []
    with pytest.raises(TerminalRefused):
        await held.gateway.confirm(reference)


@pytest.mark.parametrize("kind", [Kind.ANSWER_LOST, Kind.HALF, Kind.RESET])
@pytest.mark.parametrize("operation", [Operation.CAPTURE, Operation.CANCEL])
async def test_a_lost_settlement_is_read_before_it_is_sent_again(held: World, operation: Operation, kind: Kind) -> None:
    reference = await sold(held)
    settle = held.gateway.confirm if operation is Operation.CAPTURE else held.gateway.undo
    held.befall(operation, kind)
    with pytest.raises(CardError) as caught:
        await settle(reference)
    assert caught.value.outcome is Outcome.UNKNOWN
    await settle(reference)
    assert held.sim.ledger()["violations"] == []
    assert held.taken() == ([15000] if operation is Operation.CAPTURE else [])


async def test_a_settlement_finds_its_payment_without_an_id(held: World) -> None:
    reference = replace(await sold(held), trace={})
    await held.gateway.confirm(reference)
    assert held.payments[0]["status"] == "CAPTURED"


async def test_what_adiq_does_not_say_is_not_acknowledged(held: World) -> None:
    reference = await sold(held)
    held.befall(Operation.ANY, Kind.UNKNOWN_STATUS, count=None)
    for settle in (held.gateway.confirm, held.gateway.undo):
        with pytest.raises(TerminalSilent):
            await settle(reference)


async def test_what_was_captured_meanwhile_is_undone_by_giving_it_back(held: World) -> None:
    reference = await sold(held)
    await held.gateway.confirm(reference)
    await held.gateway.undo(reference)
    assert held.taken() == []


async def test_a_found_pre_authorisation_needs_confirmation_whatever_the_setting_is_now(held: World) -> None:
    await sold(held)
    held.gateway._payments._settings = replace(held.settings, capture=CaptureType.AUTOMATIC)
    found = await held.gateway.status(reference_of(NOTHING_STORED))
    assert (found.outcome, found.needs_confirmation) == (CardOutcome.APPROVED, True)


# --- giving back ------------------------------------------------------------------------------------------------------


async def test_a_settled_payment_goes_back_too(world: World) -> None:
    reference = reference_of(await world.sell())
    world.sim.approve()
    assert (await world.gateway.status(reference)).outcome is CardOutcome.APPROVED
    assert (await world.gateway.refund(reference, "R1", SALE.amount)).outcome is CardOutcome.APPROVED
    assert world.payments[0]["status"] == "REFUNDED"


async def test_parts_go_back_and_never_more_than_there_was(world: World) -> None:
    reference = reference_of(await world.sell())
    for refund_id in ("R1", "R2"):
        part = await world.gateway.refund(reference, refund_id, Money(5000))
        assert part.outcome is CardOutcome.APPROVED
    assert world.taken() == [5000]
    too_much = await world.gateway.refund(reference, "R3", Money(9000))
    assert (too_much.outcome, too_much.trouble) == (CardOutcome.DECLINED, Trouble.CARD_REFUND_REFUSED)
    assert world.taken() == [5000]


async def test_a_lost_cancellation_is_unknown_and_told_by_the_payment(world: World) -> None:
    reference = reference_of(await world.sell())
    world.befall(Operation.CANCEL, Kind.ANSWER_LOST)
    assert (await world.gateway.refund(reference, "R1", SALE.amount)).outcome is CardOutcome.UNKNOWN
    assert (await world.gateway.refund_status(reference, "R1")).outcome is CardOutcome.APPROVED
    again = await world.gateway.refund(reference, "R1", SALE.amount)
    assert again.outcome is CardOutcome.APPROVED
    assert world.payments[0]["cancelled_cents"] == 15000
    assert world.asked("/cancel") == 1


async def test_a_lost_part_stays_unknown(world: World) -> None:
    """Adiq tells nothing of parts: somebody looks, and nothing is cancelled twice."""
    reference = reference_of(await world.sell())
    world.befall(Operation.CANCEL, Kind.ANSWER_LOST)
    assert (await world.gateway.refund(reference, "R1", Money(5000))).outcome is CardOutcome.UNKNOWN
    assert (await world.gateway.refund_status(reference, "R1")).outcome is CardOutcome.UNKNOWN


async def test_a_cancellation_whose_reading_fails_is_never_called_unsent(made: CertificateSet) -> None:
    async with adiq_of(made) as world:
        reference = reference_of(await world.sell())
        # Its answer brings no status, and the question for it fails.
        world.sim.set_faults([AdiqFault(Operation.GET, Kind.STATUS, first=2, code=429)])
        world.sim.settings = replace(world.sim.settings, answer_shape=AnswerShape.NESTED)
        result = await world.gateway.refund(reference, "R1", Money(5000))
        assert result.outcome is CardOutcome.UNKNOWN
        assert world.taken() == [10000]


async def test_nothing_is_cancelled_that_could_not_be_read(world: World) -> None:
    reference = reference_of(await world.sell())
    world.befall(Operation.GET, Kind.STATUS)
    with pytest.raises(TerminalUnreachable):
        await world.gateway.refund(reference, "R1", SALE.amount)
    assert world.taken() == [15000]


async def test_what_took_nothing_gives_nothing_back(world: World) -> None:
    world.befall(Operation.CREATE, Kind.DECLINED)
    reference = reference_of(await world.sell())
    assert (await world.gateway.refund(reference, "R1", SALE.amount)).outcome is CardOutcome.DECLINED


async def test_the_money_that_somebody_else_gave_back_is_for_somebody_to_look_at(world: World) -> None:
    result = await world.sell()
    await world.gateway.refund(reference_of(result), "R1", SALE.amount)
    found = await world.gateway.status(reference_of(NOTHING_STORED))
    assert (found.outcome, found.trouble) == (CardOutcome.UNKNOWN, Trouble.CARD_UNKNOWN)
    assert json.loads(json.dumps(dict(found.trace)))["status"] == "REFUNDED"
