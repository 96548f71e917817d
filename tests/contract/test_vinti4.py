"""vinti4's gateway before its simulated SISP on real TLS: pages, answers, the status query, refunds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from providers.sim import sisp_cards
from providers.sim.ca import CertificateSet
from providers.sim.sisp_faults import Kind
from providers.vinti4.answers import Status, judge
from providers.vinti4.gateway import open_vinti4
from providers.vinti4.references import references_of
from providers.vinti4.requests import Frame, Recharge, ServicePayment, Transaction
from tests.support.sisp_browser import Customer, reference_of
from tests.support.vinti4_rig import AMOUNT, FAST, SALE, Vinti4World, vinti4_world
from totem.domain.cards import CardEvent, CardGateway, CardOutcome, CardResult, KeyedCard, Prompt, PromptKind, WebPage
from totem.domain.errors import CardError, ConfigError, Trouble
from totem.domain.money import Money
from totem.services.clock import SystemClock

LATER = replace(SALE, attempt_id="6LOJA01B", number=4712)


@pytest.fixture
async def world(bank_certificates: CertificateSet) -> AsyncIterator[Vinti4World]:
    async with vinti4_world(bank_certificates) as made:
        yield made


async def sell(world: Vinti4World, sale: Any = SALE) -> tuple[CardResult, list[Prompt]]:
    async with asyncio.timeout(15):
        events: list[CardEvent] = [event async for event in world.terminal.start(sale)]
    result = events.pop()
    assert isinstance(result, CardResult)
    return result, [event for event in events if isinstance(event, Prompt)]


def kinds(prompts: list[Prompt]) -> list[PromptKind]:
    return [prompt.kind for prompt in prompts]


# --- the page ---------------------------------------------------------------------------------------------------------


async def test_a_purchase_goes_through_3ds_at_another_host_and_comes_back_signed(world: Vinti4World) -> None:
    result, prompts = await sell(world)
    assert kinds(prompts) == [PromptKind.CONNECTING, PromptKind.WEB_PAGE]
    assert world.terminal.visits[0].steps == ["card", "going", "otp", "going", "going"]
    assert (result.outcome, result.amount, result.last_digits) == (CardOutcome.APPROVED, AMOUNT, "4242")
    assert result.trace["known_by"] == "signed"
    assert (world.taken(), world.violations) == ([1500], [])


async def test_the_page_is_pinned_posted_from_memory_and_answers_to_an_unguessable_path(world: Vinti4World) -> None:
    pages = []
    for sale in (SALE, LATER):
        _, prompts = await sell(world, sale)
        page = prompts[-1].page
        assert page is not None
        assert page.url.startswith(world.settings.page_url)
        assert dict(page.form)["urlMerchantResponse"] == page.returns_to
        assert len(page.returns_to.rsplit("/", 1)[1]) == 40
        assert "form" not in repr(page)
        pages.append(page)
    assert pages[0].returns_to != pages[1].returns_to


async def test_the_gateway_is_one(world: Vinti4World) -> None:
    assert isinstance(world.gateway, CardGateway)
    card = KeyedCard(sisp_cards.APPROVED, 12, 2039, "123", "X")
    with pytest.raises(CardError):
        await world.gateway.supply(SALE.attempt_id, card)
    with pytest.raises(ValueError, match="wiped"):
        _ = card.number


async def test_a_refused_card_is_told_by_a_signed_error(world: Vinti4World) -> None:
    world.comes(pan=sisp_cards.REFUSED)
    result, _ = await sell(world)
    assert (result.outcome, result.code, result.message) == (CardOutcome.DECLINED, "51", "Saldo insuficiente")
    assert world.taken() == []


@pytest.mark.parametrize("wants", [True, False])
async def test_a_conversion_is_offered_and_what_was_agreed_is_on_the_receipt(world: Vinti4World, wants: bool) -> None:
    world.comes(pan=sisp_cards.FOREIGN, wants_dcc=wants)
    result, _ = await sell(world)
    assert "dcc" in world.terminal.visits[0].steps
    assert result.outcome is CardOutcome.APPROVED
    assert ("Cobrado no cartão: 14.02 EUR" in result.receipts.customer) is wants
    assert result.amount == AMOUNT


@pytest.mark.parametrize("where", ["card", "otp"])
async def test_cancelled_on_the_page_is_believed_once_the_status_says_so(world: Vinti4World, where: str) -> None:
    world.comes(cancels_at=where)
    result, prompts = await sell(world)
    assert kinds(prompts)[-1] is PromptKind.PROCESSING
    assert (result.outcome, result.trouble) == (CardOutcome.CANCELLED, Trouble.CARD_CANCELLED)
    assert [each["where"] for each in world.sisp.ledger()["requests"]].count("portal") >= 2


async def test_a_false_cancellation_does_not_hide_a_payment(world: Vinti4World) -> None:
    world.fault(Kind.ANSWER_LOST)
    events: list[CardEvent] = []
    async with asyncio.timeout(15):
        async for event in world.gateway.start(SALE):
            events.append(event)
            if isinstance(event, Prompt) and event.page is not None:
                assert (await world.browser.visit(event.page, Customer())).answer is None
                await world.gateway.returned(SALE.attempt_id, {"UserCancelled": "true"})
    result = events.pop()
    assert isinstance(result, CardResult)
    assert result.outcome is CardOutcome.APPROVED


async def test_the_kiosks_own_cancel_takes_the_page_away_before_it_asks(world: Vinti4World) -> None:
    world.comes(leaves_at="card", gives_up=True)
    result, prompts = await sell(world)
    assert kinds(prompts) == [PromptKind.CONNECTING, PromptKind.WEB_PAGE, PromptKind.PROCESSING]
    assert result.outcome is CardOutcome.CANCELLED


async def test_a_page_that_nobody_answers_ends_by_its_time(bank_certificates: CertificateSet) -> None:
    async with vinti4_world(bank_certificates, patience=replace(FAST, page_s=0.6)) as world:
        world.comes(leaves_at="otp")
        result, _ = await sell(world)
        assert (result.outcome, result.trouble) == (CardOutcome.EXPIRED, Trouble.CARD_TIMEOUT)


# --- answers that must change nothing ---------------------------------------------------------------------------------


async def test_a_forged_answer_pays_nothing_and_is_logged_without_its_data(
    world: Vinti4World, caplog: pytest.LogCaptureFixture
) -> None:
    world.fault(Kind.FORGED)
    await _ignored(world, caplog, "wrong fingerprint")
    answer = world.terminal.visits[0].answer
    assert answer is not None
    assert not [value for value in answer.values() if len(value) > 8 and value in caplog.text]


async def test_a_replayed_answer_pays_nothing(world: Vinti4World, caplog: pytest.LogCaptureFixture) -> None:
    assert (await sell(world, LATER))[0].outcome is CardOutcome.APPROVED
    world.terminal.visits.clear()
    world.fault(Kind.REPLAYED)
    await _ignored(world, caplog, "signed answer of another transaction")
    assert world.taken() == [1500], "the first, and it alone"


async def _ignored(world: Vinti4World, caplog: pytest.LogCaptureFixture, told: str) -> None:
    """The page's one answer is no answer: it goes, and the status says that nothing was paid."""
    caplog.set_level(logging.INFO)
    result, prompts = await sell(world)
    assert told in caplog.text
    assert kinds(prompts)[-1] is PromptKind.PROCESSING
    assert result.outcome is CardOutcome.CANCELLED


async def test_an_answer_that_no_page_waits_for_is_dropped(
    world: Vinti4World, caplog: pytest.LogCaptureFixture
) -> None:
    result, _ = await sell(world)
    answer = world.terminal.visits[0].answer
    assert answer is not None
    await world.gateway.returned(SALE.attempt_id, answer)
    assert "no page waits for" in caplog.text
    assert result.outcome is CardOutcome.APPROVED


async def test_a_letter_that_no_document_names_is_settled_by_the_status(world: Vinti4World) -> None:
    world.fault(Kind.RESPONSE_UNKNOWN)
    result, _ = await sell(world)
    assert (result.outcome, result.trace["known_by"]) == (CardOutcome.APPROVED, "status")


# --- the status query -------------------------------------------------------------------------------------------------


async def test_a_lost_answer_is_found_by_the_status_query_and_cannot_be_refunded(world: Vinti4World) -> None:
    world.fault(Kind.ANSWER_LOST)
    result, _ = await sell(world)
    assert (result.outcome, result.amount, result.trace["known_by"]) == (CardOutcome.APPROVED, AMOUNT, "status")
    needs = world.gateway.capabilities.refund_needs
    assert not needs & set(result.trace)
    refused = await world.gateway.refund(reference_of(SALE, result), "6LOJA01R", AMOUNT)
    assert (refused.outcome, refused.code) == (CardOutcome.DECLINED, "no signed answer")
    assert world.taken() == [1500]


@pytest.mark.parametrize("kind", [Kind.STATUS_FAILS, Kind.STATUS_DOWN, Kind.STATUS_SILENT])
async def test_a_query_that_fails_says_nothing_of_the_payment(world: Vinti4World, kind: Kind) -> None:
    world.comes(cancels_at="card")
    world.fault(kind, None)
    result, _ = await sell(world)
    assert (result.outcome, result.trouble) == (CardOutcome.UNKNOWN, Trouble.CARD_UNKNOWN)


@pytest.mark.parametrize("kind", [Kind.STATUS_DOWN, Kind.STATUS_SILENT])
async def test_a_question_that_gets_no_answer_is_a_card_error(world: Vinti4World, kind: Kind) -> None:
    world.fault(kind, None)
    with pytest.raises(CardError):
        await world.gateway.status(reference_of(SALE))


async def test_a_restarted_kiosk_asks_by_the_same_reference(world: Vinti4World) -> None:
    await sell(world)
    fresh = await open_vinti4(world.settings, SystemClock(), cast("Any", None))
    try:
        told = await fresh.status(reference_of(SALE))
        assert (told.outcome, told.amount) == (CardOutcome.APPROVED, AMOUNT)
        assert told.trace["merchant_ref"] == references_of("LOJA01", SALE.attempt_id).merchant_ref
    finally:
        await fresh.close()


async def test_not_paid_is_an_end_only_after_the_longest_life(bank_certificates: CertificateSet) -> None:
    async with vinti4_world(bank_certificates, patience=replace(FAST, life_s=600.0)) as world:
        young = reference_of(SALE, sent_at=datetime.now(UTC))
        assert (await world.gateway.status(young)).outcome is CardOutcome.PENDING
        old = replace(young, sent_at=young.sent_at - timedelta(hours=1) if young.sent_at else None)
        assert (await world.gateway.status(old)).outcome is CardOutcome.EXPIRED
        assert (await world.gateway.status(reference_of(SALE))).outcome is CardOutcome.PENDING


async def test_a_wrong_password_of_the_portal_is_told(bank_certificates: CertificateSet) -> None:
    async with vinti4_world(bank_certificates, portal_password="another") as world:
        health = await world.gateway.health()
        assert (health.ready, health.trouble) == (False, Trouble.BRIDGE_REFUSED)


async def test_a_certificate_that_nobody_trusts_is_told(bank_certificates: CertificateSet) -> None:
    async with vinti4_world(bank_certificates, ca=bank_certificates.foreign_ca) as world:
        health = await world.gateway.health()
        assert (health.ready, health.trouble) == (False, Trouble.BRIDGE_REFUSED)


# --- refunds ----------------------------------------------------------------------------------------------------------


async def test_a_part_and_then_the_rest_go_back_signed(world: Vinti4World) -> None:
    result, _ = await sell(world)
    reference = reference_of(SALE, result)
    for number, cents in (("1", 500), ("2", 1000)):
        part = Money(cents, AMOUNT.currency)
        told = await world.gateway.refund(reference, f"6LOJA01R{number}", part)
        assert (told.outcome, told.amount) == (CardOutcome.APPROVED, part)
        assert told.nsu
    assert (world.taken(), world.violations) == ([], [])


async def test_a_refused_refund_is_told_by_a_signed_error(world: Vinti4World) -> None:
    result, _ = await sell(world)
    world.fault(Kind.REFUND_REFUSED)
    told = await world.gateway.refund(reference_of(SALE, result), "6LOJA01R", AMOUNT)
    assert (told.outcome, told.trouble, told.code) == (CardOutcome.DECLINED, Trouble.CARD_REFUND_REFUSED, "57")
    assert world.taken() == [1500]


async def test_a_lost_answer_to_a_refund_is_asked_about_and_never_sent_again(world: Vinti4World) -> None:
    result, _ = await sell(world)
    reference = reference_of(SALE, result)
    world.fault(Kind.REFUND_LOST)
    with pytest.raises(CardError):
        await world.gateway.refund(reference, "6LOJA01R", AMOUNT)
    assert (await world.gateway.refund_status(reference, "6LOJA01R")).outcome is CardOutcome.APPROVED
    assert [each["code"] for each in world.books] == ["1", "4"]


async def test_a_refund_that_never_arrived_is_refused_only_after_its_longest_life(
    bank_certificates: CertificateSet,
) -> None:
    async with vinti4_world(bank_certificates, patience=replace(FAST, refund_life_s=0.5)) as world:
        result, _ = await sell(world)
        reference = reference_of(SALE, result)
        world.fault(Kind.REFUND_NOT_DONE)
        with pytest.raises(CardError):
            await world.gateway.refund(reference, "6LOJA01R", AMOUNT)
        assert (await world.gateway.refund_status(reference, "6LOJA01R")).outcome is CardOutcome.UNKNOWN
        await asyncio.sleep(0.6)
        told = await world.gateway.refund_status(reference, "6LOJA01R")
        assert (told.outcome, told.code) == (CardOutcome.DECLINED, "not carried out")


# --- settings ---------------------------------------------------------------------------------------------------------


async def test_every_faulty_setting_is_told_at_once(world: Vinti4World) -> None:
    wrong = replace(
        world.settings,
        pos_id="x",
        pos_auth_code="",
        portal_id="a:b",
        kiosk="TOOLONG",
        page_url="http://page.example/pay",
        status_url="https://portal.example/q?x=1",
        return_url="http://kiosk.example/back",
        payer=replace(world.settings.payer, email=""),
    )
    with pytest.raises(ConfigError) as refused:
        await open_vinti4(wrong, SystemClock(), cast("Any", None))
    keys = [fault.split(": ")[1] for fault in refused.value.faults]
    assert keys == ["pos_id", "pos_auth_code", "portal_id", "kiosk", "page_url", "status_url", "return_url", "billing"]


def test_no_secret_is_in_the_settings_repr() -> None:
    from providers.vinti4.payer import Payer
    from providers.vinti4.settings import Vinti4Settings

    told = repr(Vinti4Settings("90051", "s3gr3d0", "id", "p4ss", "LOJA01", Payer("a@b.cv")))
    assert not [secret for secret in ("s3gr3d0", "p4ss", "a@b.cv") if secret in told]


# --- bills and credit: typed requests that no screen offers -----------------------------------------------------------


@pytest.mark.parametrize("kind", [ServicePayment, Recharge])
async def test_bills_and_credit_are_paid_by_entity_and_reference(
    world: Vinti4World, kind: type[ServicePayment | Recharge]
) -> None:
    request = kind(AMOUNT, "00010", "000123456")
    references = references_of("LOJA01", "a bill")
    frame = Frame(world.settings.page_url, "https://kiosk.example/r/x", datetime.now(UTC))
    form = Transaction(world.settings.merchant, references, request).prepare(frame)
    visit = await world.browser.visit(WebPage(form.url, form.fields, frame.returns_to), Customer())
    assert visit.steps == ["card", "going"], "without 3DS"
    assert visit.answer is not None
    result = judge(visit.answer, world.settings.pos_auth_code, request.code)
    assert (result.status, result.answer.merchant_ref) == (Status.SUCCESS, references.merchant_ref)
    assert (result.answer.entity, result.answer.reference) == ("00010", "000123456")
    assert (world.taken(), world.violations) == ([1500], [])
