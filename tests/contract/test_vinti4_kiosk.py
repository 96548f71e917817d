"""vinti4 at a kiosk in escudos: from the basket over the page to ticket, refund or a named entry, by both ledgers."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from providers.sim import sisp_cards
from providers.sim.ca import CertificateSet
from providers.sim.sisp import SispSimulator
from providers.sim.sisp_faults import Kind
from providers.vinti4.gateway import open_vinti4
from providers.vinti4.references import references_of
from providers.vinti4.settings import Vinti4Patience
from tests.support.sisp_browser import BrowsedGateway, Browser
from tests.support.vinti4_rig import Vinti4World, settings_of
from tests.support.world import World, wait_for_state
from totem.domain.catalogue import Basket, Service
from totem.domain.errors import Trouble
from totem.domain.machine import AttemptState, CompensationState, Machine, SaleState, TicketState
from totem.domain.money import Currency, Money
from totem.domain.ports import PrintResult
from totem.services.state import Method, MoneyTold, PaymentChoice, Stage

PRICE = Money(1500, Currency.CVE)
BASKET = Basket(currency=Currency.CVE).with_quantity(Service("wash", {"pt": "Lavagem", "fr": "Lavage"}, PRICE), 1)
PATIENCE = Vinti4Patience(life_s=120.0)
"""On a clock that runs a hundred times as fast."""


@asynccontextmanager
async def kiosk(folder: Path, made: CertificateSet) -> AsyncIterator[tuple[World, Vinti4World]]:
    sisp = SispSimulator(made, rng=random.Random(3))
    await sisp.start()
    world = World(folder)
    world.banks = []
    settings = settings_of(sisp, made, patience=PATIENCE)
    browser = Browser(made.ca)
    gateway = await open_vinti4(settings, world.clock, random.Random(4))
    terminal = BrowsedGateway(gateway, browser)
    world.terminals = [terminal]
    try:
        yield world, Vinti4World(sisp, settings, terminal, browser)
    finally:
        await terminal.close()
        await sisp.stop()


async def buy(world: World, language: str = "pt") -> str:
    await world.engine.checkout.open(BASKET, PaymentChoice(Method.CARD), language)
    async with asyncio.timeout(10):
        await world.until(lambda: world.state.stage in _ENDS)
    return world.state.sale_id


_ENDS = (Stage.COMPLETED, Stage.STOPPED, Stage.CHOOSING_AGAIN, Stage.HELD)


async def states(world: World, sale_id: str) -> dict[str, str]:
    return await world.states_of(sale_id)


async def test_a_sale_over_the_page_ends_in_a_ticket(tmp_path: Path, bank_certificates: CertificateSet) -> None:
    async with kiosk(tmp_path, bank_certificates) as (world, vinti4), world.running():
        sale_id = await buy(world, "fr")
        assert world.state.stage is Stage.COMPLETED
        told = await states(world, sale_id)
        assert (told["sale"], told["attempt"]) == (SaleState.COMPLETED, AttemptState.APPROVED)
        (attempt,) = await world.journal.find(Machine.ATTEMPT, AttemptState.APPROVED)
        (book,) = vinti4.books
        assert book["merchant_ref"] == references_of("LOJA01", attempt.id).merchant_ref
        assert (book["amount_cents"], book["state"], attempt.number("received_cents")) == (1500, "approved", 1500)
        assert "Paiement par carte" in vinti4.terminal.visits[0].texts[0], "the page speaks the customer's language"
        assert (vinti4.violations, await world.attentions()) == ([], [])


async def test_nothing_of_card_or_merchant_is_in_the_journals_bytes(
    tmp_path: Path, bank_certificates: CertificateSet, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="providers")
    caplog.set_level("DEBUG", logger="totem")
    async with kiosk(tmp_path, bank_certificates) as (world, vinti4):
        async with world.running():
            for kind in (None, Kind.FORGED, Kind.DECLINED):
                if kind is not None:
                    vinti4.fault(kind)
                await buy(world)
                await (world.engine.checkout.cancel() if kind else world.engine.checkout.acknowledge())
                await world.stage(Stage.IDLE)
        secrets = (vinti4.settings.pos_auth_code, vinti4.settings.portal_password, sisp_cards.APPROVED, "12/39")
        stored = await asyncio.to_thread(_bytes_in, tmp_path)
        assert not [secret for secret in secrets if secret.encode() in stored or secret in caplog.text]


def _bytes_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


async def test_a_cancelled_page_lets_the_customer_try_again(tmp_path: Path, bank_certificates: CertificateSet) -> None:
    async with kiosk(tmp_path, bank_certificates) as (world, vinti4), world.running():
        vinti4.comes(cancels_at="otp")
        sale_id = await buy(world)
        assert world.state.stage is Stage.CHOOSING_AGAIN
        vinti4.comes()
        await world.engine.checkout.pay_again(PaymentChoice(Method.CARD))
        done = await world.stage(Stage.COMPLETED)
        assert done.sale_id == sale_id
        assert vinti4.taken() == [1500]
        assert [each["state"] for each in vinti4.books] == ["cancelled", "approved"]


@pytest.mark.parametrize("kind", [Kind.FORGED, Kind.REPLAYED])
async def test_a_false_answer_gives_no_ticket(tmp_path: Path, bank_certificates: CertificateSet, kind: Kind) -> None:
    async with kiosk(tmp_path, bank_certificates) as (world, vinti4), world.running():
        await buy(world)
        await world.engine.checkout.acknowledge()
        vinti4.fault(kind)
        sale_id = await buy(world)
        assert world.state.stage is Stage.CHOOSING_AGAIN
        told = await states(world, sale_id)
        assert (told["attempt"], "ticket" in told) == (AttemptState.CANCELLED, False)
        assert vinti4.taken() == [1500], "the first sale's, and no more"


async def test_a_lost_answer_still_gives_the_ticket(tmp_path: Path, bank_certificates: CertificateSet) -> None:
    async with kiosk(tmp_path, bank_certificates) as (world, vinti4), world.running():
        vinti4.fault(Kind.ANSWER_LOST)
        sale_id = await buy(world)
        assert world.state.stage is Stage.COMPLETED
        assert (await states(world, sale_id))["ticket"] == TicketState.PRINTED
        assert vinti4.taken() == [1500]


async def test_known_by_the_status_alone_and_undelivered_goes_to_attention(
    tmp_path: Path, bank_certificates: CertificateSet
) -> None:
    async with kiosk(tmp_path, bank_certificates) as (world, vinti4), world.running(patience_s=1.0):
        vinti4.fault(Kind.ANSWER_LOST)
        world.printer.results = [PrintResult.NOT_SENT] * 50
        sale_id = await buy(world)
        async with asyncio.timeout(10):
            await world.until(lambda: world.state.stage is Stage.STOPPED)
        told = await states(world, sale_id)
        assert told["sale"] == SaleState.NEEDS_ATTENTION
        assert world.state.trouble is not None
        assert world.state.trouble.money is MoneyTold.SAFE, "nothing is promised that nobody can do"
        assert await world.attentions()
        assert await world.journal.find(Machine.COMPENSATION, *CompensationState) == ()
        assert vinti4.taken() == [1500]


async def test_signed_and_undelivered_goes_back_by_itself(tmp_path: Path, bank_certificates: CertificateSet) -> None:
    async with kiosk(tmp_path, bank_certificates) as (world, vinti4), world.running(patience_s=1.0):
        world.printer.results = [PrintResult.NOT_SENT] * 50
        sale_id = await buy(world)
        async with asyncio.timeout(10):
            await world.until(lambda: world.state.stage is Stage.STOPPED)
            await world.engine.refunds.wait_quiet()
        assert (await states(world, sale_id))["sale"] == SaleState.COMPENSATED
        assert (vinti4.taken(), vinti4.violations) == ([], [])


async def test_another_amount_goes_back(tmp_path: Path, bank_certificates: CertificateSet) -> None:
    async with kiosk(tmp_path, bank_certificates) as (world, vinti4), world.running():
        vinti4.fault(Kind.AMOUNT_DIFFERS)
        sale_id = await buy(world)
        assert world.state.stage is Stage.STOPPED
        async with asyncio.timeout(10):
            await world.engine.refunds.wait_quiet()
        told = await states(world, sale_id)
        assert (told["sale"], told["compensation"]) == (SaleState.COMPENSATED, CompensationState.DONE)
        assert vinti4.taken() == []


async def test_unknown_is_named_and_found_once_the_portal_answers(
    tmp_path: Path, bank_certificates: CertificateSet
) -> None:
    async with kiosk(tmp_path, bank_certificates) as (world, vinti4), world.running():
        vinti4.fault(Kind.STATUS_FAILS, None)
        vinti4.comes(cancels_at="card")
        sale_id = await buy(world)
        assert world.state.trouble is not None
        assert (world.state.stage, world.state.trouble.money) == (Stage.STOPPED, MoneyTold.BEING_CHECKED)
        assert await world.attentions() == [Trouble.CARD_UNKNOWN]
        vinti4.sisp.clear_faults()
        async with asyncio.timeout(10):
            await world.engine.settlements.wait_quiet()
        assert (await states(world, sale_id))["attempt"] == AttemptState.EXPIRED
        assert await world.attentions() == []


async def test_money_that_comes_after_a_cancelled_page_is_found_and_named(
    tmp_path: Path, bank_certificates: CertificateSet
) -> None:
    async with kiosk(tmp_path, bank_certificates) as (world, vinti4), world.running():
        vinti4.comes(leaves_at="otp", gives_up=True)
        sale_id = await buy(world)
        assert (await states(world, sale_id))["attempt"] == AttemptState.CANCELLED
        (book,) = vinti4.sisp._books.transactions.values()
        vinti4.sisp._books.approve(book)  # its authorisation was under way when the page was taken away
        await wait_for_state(world, sale_id, SaleState.NEEDS_ATTENTION)
        assert (await states(world, sale_id))["attempt"] == AttemptState.APPROVED
        assert await world.attentions() == [Trouble.CARD_NOT_UNDONE]
        assert "ticket" not in await states(world, sale_id), "nobody stands there for it any more"


async def test_money_that_comes_while_the_kiosk_is_started_anew_is_found_and_named(
    tmp_path: Path, bank_certificates: CertificateSet
) -> None:
    async with kiosk(tmp_path, bank_certificates) as (world, vinti4):
        async with world.running():
            vinti4.comes(leaves_at="otp", gives_up=True)
            sale_id = await buy(world)
            assert (await states(world, sale_id))["attempt"] == AttemptState.CANCELLED
        (book,) = vinti4.sisp._books.transactions.values()
        vinti4.sisp._books.approve(book)
        world.terminals = [await open_vinti4(vinti4.settings, world.clock, random.Random(5))]
        async with world.running():
            await wait_for_state(world, sale_id, SaleState.NEEDS_ATTENTION)
            assert await world.attentions() == [Trouble.CARD_NOT_UNDONE]


async def test_a_refund_by_a_technician_is_signed_and_done_once(
    tmp_path: Path, bank_certificates: CertificateSet
) -> None:
    async with kiosk(tmp_path, bank_certificates) as (world, vinti4), world.running():
        sale_id = await buy(world)
        for wanted in (True, False):
            told = await world.engine.returns.return_sale(sale_id, Trouble.REFUND_ASKED, delivered=True)
            assert told is wanted
        async with asyncio.timeout(10):
            await world.engine.refunds.wait_quiet()
        assert [(each["code"], each["state"]) for each in vinti4.books] == [("1", "approved"), ("4", "approved")]
        assert vinti4.taken() == []
