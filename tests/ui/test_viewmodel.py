"""What the screens remember, what they ask of the checkout, and what time does to them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

import assets
from tests.support.fake_checkout import FakeCheckout
from tests.ui.pictures import CODE, RECEIVER, catalogue, ticket_png
from tests.ui.studio import StillClock
from totem.domain.errors import Trouble
from totem.domain.money import Money
from totem.runtime import Runtime
from totem.services.state import (
    CheckoutState,
    Method,
    MoneyTold,
    PaymentChoice,
    PixOnScreen,
    Stage,
    TicketOnScreen,
    TroubleOnScreen,
)
from totem.services.texts import load_texts
from totem.ui.paying import present_time
from totem.ui.presenter import icon_of, retry_of, tone_of
from totem.ui.settings import UiSettings
from totem.ui.viewmodel import WARNING_S, KioskModel

pytestmark = pytest.mark.qt

AMOUNT = Money(12000)
UNDER_WAY = {
    "ui.open",
    "ui.pay_again",
    "ui.answer",
    "ui.draw_code",
    "ui.show_ticket",
    "ui.acknowledge",
    "ui.cancel",
    "ui.more_time",
    "ui.reprint",
}


class Kiosk:
    """The model with everything around it in hand."""

    def __init__(self, runtime: Runtime, *, two_cards: bool = False) -> None:
        self.checkout, self.clock = FakeCheckout(), StillClock()
        settings = UiSettings(idle_timeout_s=60.0, result_timeout_s=20.0, two_cards=two_cards)
        texts = load_texts(assets.path("i18n"))
        self.model = KioskModel(settings, catalogue(), texts, self.checkout, self.clock, runtime.spawn)
        self.model.start()

    def get(self, name: str) -> object:
        return self.model.board.value(name)

    def pass_time(self, seconds: int) -> None:
        for _ in range(seconds):
            self.clock.advance(1.0)
            self.model.tick()

    async def until(self, name: str, value: object) -> None:
        """Wait for all that the model has under way, and expect that value then."""
        async with asyncio.timeout(10):
            while under_way := [task for task in asyncio.all_tasks() if task.get_name() in UNDER_WAY]:
                await asyncio.gather(*under_way)
        assert self.get(name) == value

    def choose(self) -> None:
        self.model.begin()
        self.model.addService("lavagem-completa", 1)
        self.model.addService("aspiracao", 2)

    def pix(self, **changes: object) -> CheckoutState:
        now = self.clock.monotonic()
        pix = PixOnScreen(CODE, RECEIVER, now, now + 300.0, can_extend=True)
        state = CheckoutState(Stage.AWAITING_PAYMENT, "s1", AMOUNT, pix=pix, can_cancel=True)
        return replace(state, **changes)  # type: ignore[arg-type]


@pytest.fixture
async def kiosk(runtime: Runtime) -> AsyncIterator[Kiosk]:
    made = Kiosk(runtime)
    yield made
    made.model.stop()
    assert made.checkout.listeners == 0


def test_the_first_screen_waits_for_anybody(kiosk: Kiosk) -> None:
    assert kiosk.get("screen") == "attract"
    kiosk.pass_time(3600)
    assert kiosk.get("screen") == "attract"


def test_a_line_of_a_language_begins_in_it(kiosk: Kiosk) -> None:
    kiosk.model.begin("en")
    assert (kiosk.get("screen"), kiosk.get("language")) == ("services", "en")
    assert kiosk.model.words.value("frame.next") == "Continue"


def test_a_language_that_is_not_offered_changes_nothing(kiosk: Kiosk) -> None:
    kiosk.model.setLanguage("fr")
    assert kiosk.get("language") == "pt"


def test_choosing_counts_and_sums(kiosk: Kiosk) -> None:
    kiosk.choose()
    assert kiosk.get("quantities") == {"lavagem-completa": 1, "aspiracao": 2}
    assert (kiosk.get("totalCents"), kiosk.get("total")) == (12000, "R$\xa0120,00")
    assert (kiosk.get("count"), kiosk.get("countText")) == (3, "3 itens")
    kiosk.model.addService("aspiracao", -2)
    assert kiosk.get("quantities") == {"lavagem-completa": 1}
    assert kiosk.get("countText") == "1 item"


def test_no_more_than_the_catalogue_allows(kiosk: Kiosk) -> None:
    kiosk.model.begin()
    for _ in range(5):
        kiosk.model.addService("pneus", 1)
    assert kiosk.get("quantities") == {"pneus": 2}
    kiosk.model.addService("pneus", -9)
    assert kiosk.get("quantities") == {}


def test_an_empty_basket_goes_nowhere(kiosk: Kiosk) -> None:
    kiosk.model.begin()
    kiosk.model.next()
    assert kiosk.get("screen") == "services"
    kiosk.model.choose("pix")
    assert kiosk.checkout.calls == []


def test_back_keeps_the_basket(kiosk: Kiosk) -> None:
    kiosk.choose()
    kiosk.model.next()
    assert kiosk.get("screen") == "method"
    kiosk.model.back()
    assert (kiosk.get("screen"), kiosk.get("count")) == ("services", 3)
    kiosk.model.back()
    assert (kiosk.get("screen"), kiosk.get("count")) == ("attract", 0)


async def test_a_double_touch_opens_one_sale(kiosk: Kiosk) -> None:
    kiosk.choose()
    kiosk.model.next()
    kiosk.model.choose("pix")
    kiosk.model.choose("pix")
    assert kiosk.get("screen") == "preparing"
    await kiosk.until("screen", "method")  # the fake checkout opened nothing: back to the question
    assert kiosk.checkout.calls == [("open", PaymentChoice(Method.PIX), "pt")]
    assert kiosk.checkout.opened[0].total == AMOUNT


async def test_a_method_that_is_not_offered_opens_nothing(kiosk: Kiosk) -> None:
    kiosk.choose()
    kiosk.model.next()
    kiosk.model.choose("card")
    kiosk.model.choose("credit")
    await asyncio.sleep(0)
    assert kiosk.checkout.calls == []


async def test_the_code_is_shown_once_it_is_drawn(kiosk: Kiosk) -> None:
    kiosk.checkout.publish(kiosk.pix())
    assert kiosk.get("screen") == "preparing"
    await kiosk.until("screen", "pix")
    assert kiosk.get("amount") == "R$\xa0120,00"
    assert kiosk.get("receiver") == RECEIVER
    assert str(kiosk.get("code")).startswith("image://live/code/")


async def test_nothing_of_a_sale_is_left_for_the_next_customer(kiosk: Kiosk) -> None:
    kiosk.choose()
    kiosk.model.setLanguage("en")
    kiosk.model.toggleContrast()
    kiosk.checkout.publish(kiosk.pix())
    await kiosk.until("screen", "pix")
    ticket = TicketOnScreen(42, ticket_png())
    kiosk.checkout.publish(CheckoutState(Stage.COMPLETED, "s1", AMOUNT, ticket=ticket))
    await kiosk.until("ticketRatio", 940 / 576)
    assert (kiosk.get("screen"), kiosk.get("ticketNumber"), kiosk.get("language")) == ("thanks", "042", "en")
    kiosk.model.done()
    await kiosk.until("screen", "attract")
    assert [kiosk.get(name) for name in ("code", "ticketPicture", "ticketNumber", "amount")] == ["", "", "", ""]
    assert (kiosk.get("language"), kiosk.get("count")) == ("pt", 0)
    assert kiosk.model.theme.value("highContrast") is False
    assert kiosk.checkout.calls[-1] == ("acknowledge",)


async def test_the_result_goes_home_by_itself(kiosk: Kiosk) -> None:
    kiosk.checkout.publish(CheckoutState(Stage.COMPLETED, "s1", AMOUNT, ticket=TicketOnScreen(1)))
    kiosk.pass_time(19)
    assert kiosk.get("screen") == "thanks"
    kiosk.pass_time(1)
    await kiosk.until("screen", "attract")
    assert kiosk.checkout.calls == [("acknowledge",)]


def test_an_idle_customer_is_asked_and_then_let_go(kiosk: Kiosk) -> None:
    kiosk.choose()
    kiosk.pass_time(59)
    assert kiosk.get("overlay") == ""
    kiosk.pass_time(1)
    assert kiosk.get("overlay") == "idle"
    kiosk.pass_time(24)
    assert (kiosk.get("overlay"), kiosk.get("idleText")) == ("idle", "Recomeça em 1 segundo")
    kiosk.pass_time(1)
    assert (kiosk.get("screen"), kiosk.get("overlay"), kiosk.get("count")) == ("attract", "", 0)


def test_one_touch_answers_the_warning_and_presses_nothing(kiosk: Kiosk) -> None:
    kiosk.choose()
    for _ in range(10):
        assert kiosk.model.touch() is False
        kiosk.pass_time(70)
        assert kiosk.get("overlay") == "idle"
        assert kiosk.model.touch() is True
        assert kiosk.get("overlay") == ""
    assert (kiosk.get("screen"), kiosk.get("count")) == ("services", 3)


async def test_paying_is_never_idle(kiosk: Kiosk) -> None:
    kiosk.checkout.publish(kiosk.pix())
    await kiosk.until("screen", "pix")
    kiosk.pass_time(1000)
    assert (kiosk.get("screen"), kiosk.get("overlay")) == ("pix", "")
    assert (kiosk.get("timeFraction"), kiosk.get("timeLeft")) == (0.0, "0:00")


async def test_cancelling_is_asked_twice(kiosk: Kiosk) -> None:
    kiosk.checkout.publish(kiosk.pix())
    await kiosk.until("screen", "pix")
    kiosk.model.confirmCancel()
    kiosk.model.askCancel()
    assert kiosk.get("overlay") == "cancel"
    kiosk.model.closeOverlay()
    kiosk.model.askCancel()
    kiosk.model.confirmCancel()
    await asyncio.sleep(0)
    assert kiosk.checkout.calls == [("cancel",)]


async def test_the_payment_wins_over_the_question(kiosk: Kiosk) -> None:
    kiosk.checkout.publish(kiosk.pix())
    await kiosk.until("screen", "pix")
    kiosk.model.askCancel()
    kiosk.checkout.publish(CheckoutState(Stage.PRINTING, "s1", AMOUNT, ticket=TicketOnScreen(7)))
    assert (kiosk.get("screen"), kiosk.get("overlay")) == ("printing", "")


async def test_more_time_only_where_there_is_some(kiosk: Kiosk) -> None:
    kiosk.checkout.publish(kiosk.pix())
    await kiosk.until("screen", "pix")
    kiosk.model.moreTime()
    await asyncio.sleep(0)
    assert kiosk.checkout.calls == [("more_time",)]
    state = kiosk.pix()
    assert state.pix is not None
    kiosk.checkout.publish(replace(state, pix=replace(state.pix, can_extend=False)))
    kiosk.model.moreTime()
    await asyncio.sleep(0)
    assert kiosk.checkout.calls == [("more_time",)]


@pytest.mark.parametrize(
    ("trouble", "screen"), [(Trouble.EXPIRED, "method"), (Trouble.CANCELLED, "services"), (Trouble.PAPER_OUT, None)]
)
async def test_after_a_trouble_that_cost_nothing(kiosk: Kiosk, trouble: Trouble, screen: str | None) -> None:
    kiosk.choose()
    kiosk.model.next()
    kiosk.checkout.publish(
        CheckoutState(Stage.STOPPED, "s1", AMOUNT, trouble=TroubleOnScreen(trouble, MoneyTold.NOT_CHARGED, "ABC"))
    )
    assert kiosk.get("screen") == "trouble"
    kiosk.model.retry()
    if screen is None:
        assert kiosk.get("screen") == "trouble"
        kiosk.model.done()
    await kiosk.until("screen", screen or "attract")
    assert kiosk.get("count") == (3 if screen else 0)
    assert kiosk.checkout.calls == [("acknowledge",)]


def test_trouble_is_told_in_words_and_code(kiosk: Kiosk) -> None:
    told = TroubleOnScreen(Trouble.AMOUNT_DIFFERS, MoneyTold.BEING_CHECKED, "K7Q")
    kiosk.checkout.publish(CheckoutState(Stage.STOPPED, trouble=told))
    assert kiosk.get("troubleCode") == "Código PIX-012"
    assert kiosk.get("troubleReference") == "Referência K7Q"
    assert kiosk.get("troubleMoney") == "Estamos conferindo seu pagamento. Nada se perde."
    assert kiosk.get("troubleRetry") == ""
    kiosk.model.setLanguage("en")
    assert kiosk.get("troubleTitle") == "The amount paid is different"


@pytest.mark.parametrize("trouble", list(Trouble))
@pytest.mark.parametrize("money", list(MoneyTold))
def test_nobody_is_asked_to_pay_again_while_money_is_out(trouble: Trouble, money: MoneyTold) -> None:
    told = TroubleOnScreen(trouble, money)
    assert assets.path(f"icons/{icon_of(told)}.svg").is_file()
    assert tone_of(told) in {"wait", "stopped"}
    if money is not MoneyTold.NOT_CHARGED:
        assert retry_of(told) == ""
        assert tone_of(told) == "wait"


def test_time_left_is_rounded_for_the_customer() -> None:
    texts = load_texts(assets.path("i18n"))
    pix = PixOnScreen("x", "y", shown_at_s=100.0, ends_at_s=400.0)

    def shown(pix: PixOnScreen | None, now_s: float) -> tuple[object, ...]:
        values = present_time(CheckoutState(Stage.AWAITING_PAYMENT, pix=pix), "pt", texts, now_s)
        return tuple(values[name] for name in ("timeFraction", "timeLeft", "timeShort"))

    assert shown(pix, 100.0) == (1.0, "5:00", False)
    assert shown(pix, 340.5) == (59.5 / 300, "1:00", True)
    assert shown(pix, 500.0)[1] == "0:00"
    assert shown(None, 0.0)[0] == 0.0


def test_the_warning_stays_as_long_as_people_need() -> None:
    assert WARNING_S >= 20.0  # WCAG 2.2.1


def test_out_of_service_closes_the_shop_and_opens_it_again(kiosk: Kiosk) -> None:
    kiosk.choose()
    trouble = TroubleOnScreen(Trouble.DISK_FULL, MoneyTold.NOT_CHARGED)
    kiosk.checkout.publish(CheckoutState(Stage.OUT_OF_SERVICE, trouble=trouble))
    assert kiosk.get("screen") == "out_of_service"
    kiosk.model.begin()
    assert kiosk.get("screen") == "out_of_service"
    kiosk.checkout.publish(CheckoutState())
    assert kiosk.get("screen") == "services"


def test_pictures_come_from_the_owner_first(kiosk: Kiosk) -> None:
    services = kiosk.get("services")
    assert isinstance(services, list)
    assert all(service["picture"].endswith(f"/images/{service['id']}.svg") for service in services)
