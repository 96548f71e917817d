"""Paying by card as the screens' memory sees it: what is asked of the checkout, once, and what time changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

import assets
from tests.support.fake_checkout import in_parts, offer
from tests.ui.pictures import METHODS, TICKET_CODE, again_state, card_state
from tests.ui.test_viewmodel import AMOUNT, Kiosk
from totem.domain.cards import PromptKind
from totem.domain.errors import Trouble
from totem.domain.money import Money
from totem.runtime import Runtime
from totem.services.state import CheckoutState, Method, PaymentChoice, Stage, TicketOnScreen
from totem.services.texts import load_texts
from totem.ui.paying import plan_text, present_offers

pytestmark = pytest.mark.qt

TEXTS = load_texts(assets.path("i18n"))
CREDIT_3 = PaymentChoice(Method.CREDIT, 3)


@pytest.fixture
async def kiosk(runtime: Runtime) -> AsyncIterator[Kiosk]:
    made = Kiosk(runtime)
    made.checkout.offered = METHODS
    yield made
    made.model.stop()


def at_method(kiosk: Kiosk) -> None:
    kiosk.choose()
    kiosk.model.next()


async def test_a_method_in_one_part_opens_at_once(kiosk: Kiosk) -> None:
    at_method(kiosk)
    kiosk.model.choose("debit")
    await kiosk.until("screen", "method")
    assert kiosk.checkout.calls == [("open", PaymentChoice(Method.DEBIT), "pt")]


async def test_credit_asks_in_how_many_parts(kiosk: Kiosk) -> None:
    at_method(kiosk)
    kiosk.model.choose("credit")
    assert kiosk.get("screen") == "installments"
    plans = kiosk.get("plans")
    assert isinstance(plans, list)
    assert [plan["id"] for plan in plans] == list(range(1, 13))
    assert plans[2] == {"id": 3, "text": "3x de R$\xa040,00", "note": ""}
    kiosk.model.back()
    assert kiosk.get("screen") == "method"
    kiosk.model.choose("credit")
    kiosk.model.chooseInstallments(13)
    assert kiosk.get("screen") == "installments"
    kiosk.model.chooseInstallments(3)
    kiosk.model.chooseInstallments(3)
    assert (kiosk.get("screen"), kiosk.get("awaited")) == ("preparing", "_card")
    await kiosk.until("screen", "method")
    assert kiosk.checkout.calls == [("open", CREDIT_3, "pt")]


def test_a_method_that_goes_takes_its_plans_with_it(kiosk: Kiosk) -> None:
    at_method(kiosk)
    kiosk.model.choose("credit")
    kiosk.checkout.offered = ((Method.PIX, 1),)
    kiosk.model.toggleContrast()
    assert kiosk.get("screen") == "method"
    assert [method["id"] for method in kiosk.get("methods")] == ["pix"]  # type: ignore[attr-defined]


def test_what_is_on_offer_is_asked_again_while_the_customer_thinks(kiosk: Kiosk) -> None:
    kiosk.checkout.offered = ()
    at_method(kiosk)
    assert kiosk.get("methods") == []
    kiosk.checkout.offered = METHODS
    kiosk.pass_time(1)
    assert [method["id"] for method in kiosk.get("methods")] == ["pix", "credit", "debit"]  # type: ignore[attr-defined]


def test_an_idle_customer_is_asked_over_the_plans_too(kiosk: Kiosk) -> None:
    at_method(kiosk)
    kiosk.model.choose("credit")
    kiosk.pass_time(60)
    assert kiosk.get("overlay") == "idle"
    kiosk.pass_time(25)
    assert kiosk.get("screen") == "attract"


async def pay_in_three(kiosk: Kiosk) -> None:
    """Credit in three parts, and the terminal's word on it is awaited."""
    at_method(kiosk)
    kiosk.model.choose("credit")
    kiosk.model.chooseInstallments(3)
    await kiosk.until("screen", "method")
    kiosk.checkout.calls.clear()


@pytest.mark.parametrize(("language", "line"), [
    ("pt", "Crédito em 3x: 1ª de R$\xa033,34 e 2x de R$\xa033,33"),
    ("en", "Credit, 3 payments: first R$\xa033.34, then 2 × R$\xa033.33"),
    ("es", "Crédito en 3 cuotas: la 1.ª de R$\xa033,34 y 2 de R$\xa033,33"),
])  # fmt: skip
def test_an_uneven_plan_says_so(language: str, line: str) -> None:
    uneven = in_parts(Money(10000), 3)
    assert plan_text(Method.CREDIT, uneven, language, TEXTS) == line
    assert plan_text(Method.DEBIT, in_parts(Money(10000), 1), "pt", TEXTS) == "Débito"
    assert plan_text(Method.CREDIT, in_parts(Money(10000), 1), "pt", TEXTS) == "Crédito à vista"
    shown = present_offers((offer(Method.CREDIT, Money(10000), 3),), Method.CREDIT, "pt", TEXTS)["plans"]
    assert shown == [
        {"id": 1, "text": "À vista", "note": "R$\xa0100,00"},
        {"id": 2, "text": "2x de R$\xa050,00", "note": ""},
        {"id": 3, "text": "3x de R$\xa033,33", "note": "1ª de R$\xa033,34"},
    ]


def test_the_terminals_own_words_are_shown_as_they_are(kiosk: Kiosk) -> None:
    kiosk.checkout.publish(card_state(Stage.CARD, PromptKind.PRESENT_CARD, "APROXIME, INSIRA OU\nPASSE O CARTAO\n"))
    assert (kiosk.get("screen"), kiosk.get("cardKind")) == ("card", "present_card")
    assert kiosk.get("cardText") == "APROXIME, INSIRA OU\nPASSE O CARTAO"
    assert kiosk.get("cardTitle") == "Aproxime, insira ou passe o cartão"
    assert (kiosk.get("amount"), kiosk.get("cardPlan")) == ("R$\xa0120,00", "Crédito em 3x de R$\xa040,00")


async def test_the_menu_is_answered_once(kiosk: Kiosk) -> None:
    kiosk.model.answer(0)
    kiosk.checkout.publish(card_state(Stage.CARD, PromptKind.MENU, "ESCOLHA", options=("A", "B")))
    kiosk.model.answer(2)
    kiosk.model.answer(1)
    kiosk.model.answer(0)
    await kiosk.until("sent", True)
    assert kiosk.checkout.calls == [("choose", 1)]
    kiosk.checkout.publish(card_state(Stage.CARD, PromptKind.MENU, "E AGORA", options=("C", "D")))
    kiosk.model.answer(0)
    await kiosk.until("sent", True)
    assert kiosk.checkout.calls == [("choose", 1), ("choose", 0)]


async def test_cancelling_is_asked_while_it_can_be(kiosk: Kiosk) -> None:
    kiosk.checkout.publish(card_state(Stage.CARD, PromptKind.PROCESSING))
    kiosk.model.cancelCard()
    kiosk.checkout.publish(card_state(Stage.CARD, PromptKind.PRESENT_CARD))
    kiosk.model.cancelCard()
    kiosk.checkout.publish(card_state(Stage.CARD, PromptKind.PRESENT_CARD, asked=True))
    kiosk.model.cancelCard()
    await kiosk.until("cancelAsked", True)
    assert kiosk.checkout.calls == [("cancel",)]


def test_help_gives_way_to_the_terminal(kiosk: Kiosk) -> None:
    kiosk.checkout.publish(card_state(Stage.CARD, PromptKind.PRESENT_CARD))
    kiosk.model.help()
    assert kiosk.get("overlay") == "help"
    kiosk.checkout.publish(card_state(Stage.CARD, PromptKind.PIN))
    assert kiosk.get("overlay") == ""


async def test_the_same_is_tried_again_once(kiosk: Kiosk) -> None:
    await pay_in_three(kiosk)
    kiosk.checkout.publish(again_state(kiosk.clock.monotonic(), Trouble.CARD_DECLINED, "NEGADA"))
    assert (kiosk.get("screen"), kiosk.get("againSame")) == ("again", True)
    assert (kiosk.get("troubleCode"), kiosk.get("troubleMessage")) == ("Código TEF-002", "NEGADA")
    assert kiosk.get("chooseText") == "A venda se encerra em 42 segundos"
    kiosk.model.retry()
    kiosk.model.retry()
    assert kiosk.get("screen") == "preparing"
    await kiosk.until("screen", "again")
    assert kiosk.checkout.calls == [("pay_again", CREDIT_3)]


async def test_another_way_or_other_parts(kiosk: Kiosk) -> None:
    await pay_in_three(kiosk)
    kiosk.checkout.publish(again_state(kiosk.clock.monotonic(), Trouble.CARD_DECLINED))
    others = kiosk.get("againOthers")
    assert isinstance(others, list)
    assert [(way["id"], way["name"]) for way in others] == [
        ("pix", "Pix"), ("credit", "Outras parcelas"), ("debit", "Débito"),
    ]  # fmt: skip
    kiosk.model.choose("credit")
    assert kiosk.get("screen") == "installments"
    kiosk.model.back()
    assert kiosk.get("screen") == "again"
    kiosk.model.choose("credit")
    kiosk.model.chooseInstallments(1)
    await kiosk.until("screen", "again")
    kiosk.model.choose("pix")
    assert (kiosk.get("screen"), kiosk.get("awaited")) == ("preparing", "")
    kiosk.checkout.publish(CheckoutState(Stage.PREPARING, "s1", AMOUNT))
    await kiosk.until("screen", "preparing")
    assert kiosk.get("awaited") == ""
    assert kiosk.checkout.calls == [
        ("pay_again", PaymentChoice(Method.CREDIT)),
        ("pay_again", PaymentChoice(Method.PIX)),
    ]


async def test_what_is_no_longer_on_offer_cannot_be_tried(kiosk: Kiosk) -> None:
    await pay_in_three(kiosk)
    state = again_state(kiosk.clock.monotonic(), Trouble.TERMINAL_UNREACHABLE)
    kiosk.checkout.publish(replace(state, offers=(offer(Method.PIX, AMOUNT),)))
    assert kiosk.get("againSame") is False
    kiosk.model.retry()
    kiosk.model.choose("credit")
    assert kiosk.get("screen") == "again"
    kiosk.model.giveUp()
    kiosk.model.giveUp()
    await kiosk.until("sent", True)
    assert kiosk.checkout.calls == [("cancel",)]


def test_time_to_choose_runs(kiosk: Kiosk) -> None:
    kiosk.checkout.publish(again_state(kiosk.clock.monotonic(), Trouble.CARD_TIMEOUT))
    kiosk.pass_time(41)
    assert kiosk.get("chooseText") == "A venda se encerra em 1 segundo"
    kiosk.pass_time(600)
    assert (kiosk.get("screen"), kiosk.get("overlay")) == ("again", "")  # the checkout alone ends the sale


async def test_a_ticket_that_nobody_saw_is_printed_once_more(kiosk: Kiosk) -> None:
    ticket = TicketOnScreen(42, reprint_until_s=kiosk.clock.monotonic() + 60)
    unknown = CheckoutState(Stage.TICKET_UNKNOWN, "s1", AMOUNT, ticket=ticket)
    kiosk.checkout.publish(unknown)
    assert (kiosk.get("screen"), kiosk.get("canReprint"), kiosk.get("ticketNumber")) == ("ticket_unknown", True, "042")
    kiosk.model.reprint()
    kiosk.model.reprint()
    await kiosk.until("sent", True)
    assert kiosk.checkout.calls == [("reprint",)]
    kiosk.checkout.publish(replace(unknown, stage=Stage.PRINTING, ticket=replace(ticket, second_copy=True)))
    assert kiosk.get("screen") == "printing"


async def test_nobody_says_for_the_customer_that_the_ticket_came(kiosk: Kiosk) -> None:
    ticket = TicketOnScreen(42, reprint_until_s=kiosk.clock.monotonic() + 60)
    kiosk.checkout.publish(CheckoutState(Stage.TICKET_UNKNOWN, "s1", AMOUNT, ticket=ticket))
    kiosk.pass_time(60)
    assert (kiosk.get("screen"), kiosk.get("canReprint")) == ("ticket_unknown", False)
    kiosk.model.reprint()
    kiosk.pass_time(600)
    await kiosk.until("screen", "ticket_unknown")
    assert kiosk.checkout.calls == []
    kiosk.model.done()
    await kiosk.until("screen", "attract")
    assert kiosk.checkout.calls == [("acknowledge",)]


def test_what_is_left_after_a_part_is_said(kiosk: Kiosk) -> None:
    kiosk.checkout.publish(again_state(kiosk.clock.monotonic(), None))
    assert (kiosk.get("screen"), kiosk.get("troubleTitle")) == ("again", "")
    assert kiosk.get("againTitle") == "Falta pagar R$\xa0120,00"


async def test_a_ticket_without_paper_stays_to_be_photographed(kiosk: Kiosk) -> None:
    ticket = TicketOnScreen(42, code=TICKET_CODE, paperless=True)
    kiosk.checkout.publish(CheckoutState(Stage.PRINTING, "s1", AMOUNT, ticket=ticket))
    kiosk.model.done()
    assert (kiosk.get("screen"), kiosk.get("ended")) == ("paperless", False)
    kiosk.checkout.publish(CheckoutState(Stage.COMPLETED, "s1", AMOUNT, ticket=ticket))
    kiosk.pass_time(59)
    await kiosk.until("screen", "paperless")
    assert str(kiosk.get("ticketCode")).startswith("image://live/ticketcode/")
    kiosk.pass_time(1)
    await kiosk.until("screen", "attract")
    assert kiosk.get("ticketCode") == ""


@pytest.mark.parametrize("stage", [Stage.PREPARING, Stage.CANCELLING, Stage.CHECKING])
async def test_whose_answer_is_awaited(kiosk: Kiosk, stage: Stage) -> None:
    kiosk.checkout.publish(card_state(stage, PromptKind.PROCESSING))
    assert kiosk.get("awaited") == "_card"
    kiosk.checkout.publish(kiosk.pix(stage=stage))
    await kiosk.until("awaited", "")
    kiosk.checkout.publish(card_state(stage, PromptKind.PROCESSING, parts=1, method=Method.CARD))
    assert kiosk.get("awaited") == "_online"


async def test_nothing_is_asked_of_an_idle_checkout(kiosk: Kiosk) -> None:
    for ask in (kiosk.model.cancelCard, kiosk.model.giveUp, kiosk.model.reprint, kiosk.model.retry):
        ask()
    kiosk.model.chooseInstallments(1)
    kiosk.model.answer(0)
    await asyncio.sleep(0)
    assert kiosk.checkout.calls == []
