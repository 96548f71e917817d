"""A keyed card's way to Adiq: approved, declined, pending, lost; and what is left of the card at every end."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from providers.adiq.gateway import open_adiq
from providers.adiq.requests import Customer, DeviceInfo
from providers.adiq.settings import AdiqSettings, SavedCardSettings
from providers.sim import adiq_cards
from providers.sim.adiq import AdiqSimSettings, AnswerShape
from providers.sim.adiq_faults import AdiqFault, Kind, Operation
from providers.sim.adiq_ledger import Status
from providers.sim.adiq_office import TokenShape
from providers.sim.ca import CertificateSet, certificates
from tests.support.adiq_rig import HOLDER, SALE, World, adiq_of, card_of, reference_of
from tests.support.manual_clock import ManualClock
from totem.domain.cards import CardKind, CardOutcome, CardResult, CardSale, KeyedCard, Prompt, PromptKind
from totem.domain.errors import ConfigError, TerminalRefused, Trouble
from totem.domain.money import Money

UUID = "6FBF4568-7BC3-4C7C-8D1B-71F6B7FC8BAB"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> CertificateSet:
    return certificates(tmp_path_factory.mktemp("ca"))


@pytest.fixture
async def world(made: CertificateSet) -> AsyncIterator[World]:
    async with adiq_of(made) as world:
        yield world


def wiped(card: KeyedCard) -> bool:
    try:
        return not card.number
    except ValueError:
        return True


async def test_a_sale(world: World) -> None:
    result = await world.sell(replace(SALE, installments=3))
    assert [event.kind for event in world.events if isinstance(event, Prompt)] == [
        PromptKind.CONNECTING,
        PromptKind.KEY_CARD,
        PromptKind.PROCESSING,
    ]
    assert [event.can_cancel for event in world.events if isinstance(event, Prompt)] == [False, True, False]
    assert (result.outcome, result.amount, result.needs_confirmation) == (CardOutcome.APPROVED, SALE.amount, False)
    assert (result.brand, result.last_digits) == ("visa", "1111")
    (book,) = world.payments
    assert (book["order_number"], book["asked_cents"], book["installments"]) == (SALE.attempt_id, 15000, 3)
    assert (book["product_type"], book["capture_type"], book["status"]) == ("lojista", "ac", "CAPTURED")
    assert result.trace["payment_id"] == book["id"]
    assert wiped(world.typed.cards[0])


async def test_nothing_of_the_card_is_in_result_or_trace(world: World) -> None:
    result = await world.sell()
    told = repr(replace(result, trace={}, nsu=""))
    for secret in (adiq_cards.APPROVED, adiq_cards.APPROVED[:6], HOLDER, "2031"):
        assert secret not in told
    assert set(result.trace) == {"payment_id", "capture_type", "tid", "status"}


async def test_a_declined_card(world: World) -> None:
    result = await world.sell(number=adiq_cards.DECLINED)
    assert (result.outcome, result.trouble) == (CardOutcome.DECLINED, Trouble.CARD_DECLINED)
    assert world.taken() == []
    assert wiped(world.typed.cards[0])


async def test_a_card_that_adiq_does_not_take_is_a_decline_with_its_own_words(world: World) -> None:
    result = await world.sell(number=adiq_cards.NOT_TAKEN)
    assert (result.outcome, result.code, result.message) == (CardOutcome.DECLINED, "cardInfo", "O cartão está vencido.")
    assert world.payments == []


async def test_a_number_that_is_none_is_not_sent(world: World) -> None:
    result = await world.sell(number="4111111111111112")
    assert (result.outcome, result.code) == (CardOutcome.NOT_SENT, "number")
    assert world.asked("/v1/tokens/cards") == 0
    assert wiped(world.typed.cards[0])


@pytest.mark.parametrize(
    ("number", "outcome"),
    [(adiq_cards.PENDING, CardOutcome.APPROVED), (adiq_cards.PENDING_DECLINED, CardOutcome.DECLINED)],
)
async def test_a_pending_payment_is_asked_about_until_it_ends(
    made: CertificateSet, number: str, outcome: CardOutcome
) -> None:
    async with adiq_of(made, AdiqSimSettings(pending_s=0.1)) as world:
        assert (await world.sell(number=number)).outcome is outcome


async def test_a_payment_that_stays_pending_is_unknown_and_its_late_end_is_told(world: World) -> None:
    world.befall(Operation.CREATE, Kind.PENDING, delay_s=900)
    result = await world.sell()
    assert (result.outcome, result.trouble, result.code) == (CardOutcome.UNKNOWN, Trouble.CARD_UNKNOWN, "PENDING")
    reference = reference_of(CardResult(CardOutcome.UNKNOWN))
    assert (await world.gateway.status(reference)).outcome is CardOutcome.PENDING
    world.sim.resolve(Status.CAPTURED)
    assert (await world.gateway.status(reference)).outcome is CardOutcome.APPROVED


async def test_a_status_that_nobody_knows_is_no_end(made: CertificateSet) -> None:
    fault = AdiqFault(Operation.ANY, Kind.UNKNOWN_STATUS, count=None)
    async with adiq_of(made, faults=[fault]) as world:
        result = await world.sell()
    assert (result.outcome, result.code) == (CardOutcome.UNKNOWN, "IN_ORBIT")


async def test_authorised_alone_prints_nothing(world: World) -> None:
    """What was to be captured at once and is only authorised is still open."""
    world.befall(Operation.CREATE, Kind.AUTHORIZED_ONLY)
    result = await world.sell()
    assert (result.outcome, result.code) == (CardOutcome.UNKNOWN, "AUTHORIZED")


@pytest.mark.parametrize("shape", TokenShape)
@pytest.mark.parametrize("answers", AnswerShape)
async def test_both_shapes_of_token_and_payment(made: CertificateSet, shape: TokenShape, answers: AnswerShape) -> None:
    async with adiq_of(made, AdiqSimSettings(token_shape=shape, answer_shape=answers)) as world:
        result = await world.sell()
        assert (result.outcome, result.amount) == (CardOutcome.APPROVED, SALE.amount)
        refund = await world.gateway.refund(reference_of(result), "R1", SALE.amount)
        assert refund.outcome is CardOutcome.APPROVED


async def test_a_return_code_counts_only_where_the_owner_was_told_so(made: CertificateSet) -> None:
    nested = AdiqSimSettings(answer_shape=AnswerShape.NESTED)
    lost = AdiqFault(Operation.GET, Kind.STATUS, count=None)
    async with adiq_of(made, nested, faults=[lost], approved_codes=("0",)) as world:
        assert (await world.sell()).outcome is CardOutcome.APPROVED
    async with adiq_of(made, nested, faults=[lost]) as world:
        assert (await world.sell()).outcome is CardOutcome.UNKNOWN


async def test_one_token_serves_until_it_is_refused_and_then_once_more(world: World) -> None:
    await world.sell()
    assert world.sim.ledger()["tokens"] == 1
    world.sim.expire_tokens()
    assert (await world.sell(replace(SALE, attempt_id="B2"))).outcome is CardOutcome.APPROVED
    assert world.sim.ledger()["tokens"] == 2
    assert len(world.payments) == 2


async def test_a_refused_client_is_not_sent_and_tells_no_secret(
    made: CertificateSet, caplog: pytest.LogCaptureFixture
) -> None:
    async with adiq_of(made, client_secret="outro-segredo") as world:
        result = await world.sell()
        health = await world.gateway.health()
    assert (result.outcome, result.trouble) == (CardOutcome.NOT_SENT, Trouble.BRIDGE_REFUSED)
    assert (health.ready, health.trouble) == (False, Trouble.BRIDGE_REFUSED)
    assert world.payments == []
    both = base64.b64encode(f"{world.settings.client_id}:outro-segredo".encode()).decode()
    assert not [each for each in ("outro-segredo", both) if each in f"{caplog.text}{health}{result}{world.settings!r}"]


async def test_antifraud_goes_by_the_mail_that_the_owner_configured(made: CertificateSet) -> None:
    for email, outcome in (
        ("accept@test.com", CardOutcome.APPROVED),
        ("reject@test.com", CardOutcome.DECLINED),
        ("review@test.com", CardOutcome.UNKNOWN),
    ):
        customer = Customer(document_type="cpf", document_number="21434552837", email=email, zip_code="04612002")
        async with adiq_of(made, antifraud_code=UUID, customer=customer) as world:
            assert (await world.sell()).outcome is outcome, email


async def test_the_3ds_fields_are_passed_and_what_proves_it_is_not_kept(made: CertificateSet) -> None:
    device = DeviceInfo(color_depth=24, java_enabled="N", javascript_enabled=True, timezone_offset=180)
    more: dict[str, Any] = {"code_3ds": UUID, "url_3ds": "https://loja.example/3ds", "program_protocol": "2.0.2"}
    async with adiq_of(made, customer=Customer(email="a@b.c"), device=device, **more) as world:
        result = await world.sell()
        payment = await world.gateway._calls.get(result.trace["payment_id"])
    assert result.trace["eci"] == "05"
    assert payment.cavv
    assert payment.xid
    for secret in (payment.cavv, payment.xid):
        assert secret not in f"{result!r} {payment!r}"


async def test_a_saved_card_pays_without_typing_and_by_its_id_alone(world: World, made: CertificateSet) -> None:
    saved = await world.gateway.save_card(card_of())
    assert (saved.brand, saved.last4) == ("visa", "1111")
    kept = SavedCardSettings(saved.vault_id, saved.brand, saved.last4)
    gateway = await open_adiq(replace(world.settings, keyed_entry=False, saved_card=kept), ManualClock())
    try:
        events = [event async for event in gateway.start(SALE)]
    finally:
        await gateway.close()
    assert [event.kind for event in events if isinstance(event, Prompt)] == [
        PromptKind.CONNECTING,
        PromptKind.PROCESSING,
    ]
    result = events[-1]
    assert isinstance(result, CardResult)
    assert (result.outcome, result.brand, result.last_digits) == (CardOutcome.APPROVED, "visa", "1111")


async def test_a_card_that_the_vault_does_not_verify_is_not_saved(world: World) -> None:
    card = card_of(adiq_cards.DECLINED)
    with pytest.raises(TerminalRefused):
        await world.gateway.save_card(card)
    assert wiped(card)


# --- the card, at every other end -------------------------------------------------------------------------------------


async def stream_to(world: World, kind: PromptKind) -> Any:
    events = world.gateway.start(SALE)
    async for event in events:
        if isinstance(event, Prompt) and event.kind is kind:
            return events
    raise AssertionError(f"no {kind}")


async def test_a_cancelled_entry_is_cancelled_and_a_card_that_comes_later_is_wiped(world: World) -> None:
    events = await stream_to(world, PromptKind.KEY_CARD)
    await world.gateway.cancel(SALE.attempt_id)
    card = card_of()
    with pytest.raises(TerminalRefused):
        await world.gateway.supply(SALE.attempt_id, card)
    assert wiped(card)
    result = await anext(events)
    assert (result.outcome, result.trouble) == (CardOutcome.CANCELLED, Trouble.CARD_CANCELLED)
    assert world.sim.ledger()["requests"] == []


async def test_a_card_that_nobody_types_is_an_end_without_money(made: CertificateSet) -> None:
    async with adiq_of(made, clock=ManualClock()) as world:
        events = await stream_to(world, PromptKind.KEY_CARD)
        result = await anext(events)
    assert (result.outcome, result.trouble) == (CardOutcome.EXPIRED, Trouble.CARD_TIMEOUT)


async def test_a_stream_that_is_left_wipes_what_was_supplied(world: World) -> None:
    events = await stream_to(world, PromptKind.KEY_CARD)
    card = card_of()
    await world.gateway.supply(SALE.attempt_id, card)
    async with aclosing(cast("Any", events)):
        pass
    assert wiped(card)


async def test_closing_the_gateway_wipes_what_was_supplied(world: World) -> None:
    events = await stream_to(world, PromptKind.KEY_CARD)
    card = card_of()
    await world.gateway.supply(SALE.attempt_id, card)
    await world.gateway.close()
    assert wiped(card)
    await cast("Any", events).aclose()


async def test_a_second_card_and_one_for_another_attempt_are_wiped_at_once(world: World) -> None:
    events = await stream_to(world, PromptKind.KEY_CARD)
    other, first, second = card_of(), card_of(), card_of()
    with pytest.raises(TerminalRefused):
        await world.gateway.supply("ANOTHER", other)
    await world.gateway.supply(SALE.attempt_id, first)
    with pytest.raises(TerminalRefused):
        await world.gateway.supply(SALE.attempt_id, second)
    assert [wiped(other), wiped(first), wiped(second)] == [True, False, True]
    await cast("Any", events).aclose()


@pytest.mark.parametrize("operation", [Operation.TOKEN, Operation.TOKENISE, Operation.CREATE])
@pytest.mark.parametrize("kind", [Kind.RESET, Kind.ANSWER_LOST, Kind.HALF, Kind.HTML, Kind.STATUS])
async def test_whatever_fails_the_card_is_wiped_and_nobody_pays_twice(
    world: World, operation: Operation, kind: Kind, caplog: pytest.LogCaptureFixture
) -> None:
    world.befall(operation, kind)
    result = await world.sell()
    assert all(map(wiped, world.typed.cards))
    assert len(world.payments) <= 1
    if operation is not Operation.CREATE:
        assert (result.outcome, world.payments) == (CardOutcome.NOT_SENT, [])
    elif world.payments:
        assert result.outcome is CardOutcome.APPROVED
    else:
        assert result.outcome is CardOutcome.UNKNOWN
    for secret in (adiq_cards.APPROVED, HOLDER, world.settings.client_secret):
        assert secret not in caplog.text


# --- what it cannot do, and what it refuses ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sale",
    [
        replace(SALE, installments=13),
        replace(SALE, installments=0),
        replace(SALE, kind=CardKind.DEBIT),
        replace(SALE, kind=CardKind.CARD),
        replace(SALE, amount=Money(900), installments=3),
        replace(SALE, amount=Money(0)),
        replace(SALE, attempt_id="A/B"),
        replace(SALE, attempt_id=""),
    ],
)
async def test_what_it_does_not_take_is_not_sent(world: World, sale: CardSale) -> None:
    result = await world.sell(sale)
    assert (result.outcome, result.code) == (CardOutcome.NOT_SENT, "local")
    assert world.sim.ledger()["requests"] == []


async def test_debit_goes_where_the_owner_switched_it_on(made: CertificateSet) -> None:
    async with adiq_of(made, takes_debit=True) as world:
        assert (await world.sell(replace(SALE, kind=CardKind.DEBIT))).outcome is CardOutcome.APPROVED
        assert world.payments[0]["product_type"] == "debito"


async def test_menus_and_pages_are_none_of_its(world: World) -> None:
    with pytest.raises(TerminalRefused):
        await world.gateway.answer(SALE.attempt_id, 0)
    with pytest.raises(TerminalRefused):
        await world.gateway.returned(SALE.attempt_id, {})


async def test_every_fault_of_the_settings_at_once(tmp_path: Path) -> None:
    bad = AdiqSettings(
        "a:b",
        "",
        base_url="http://x",
        soft_descriptor="LAVA RÁPIDO DO JOÃO",
        most_installments=13,
        public_roots=False,
    )
    with pytest.raises(ConfigError) as caught:
        await open_adiq(bad, ManualClock())
    keys = [fault.split(": ")[1] for fault in caught.value.faults]
    wanted = ["base_url", "client_id", "client_secret", "keyed_entry", "soft_descriptor", "soft_descriptor"]
    assert keys == [*wanted, "most_installments", "ca"]
