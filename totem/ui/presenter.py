"""What the screens show, as plain values: pure functions of the customer's choices and of the checkout's state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from totem.domain.catalogue import Basket, Catalogue
from totem.domain.errors import Trouble
from totem.domain.money import Money, format_money
from totem.domain.texts import Texts
from totem.services.state import CheckoutState, Method, MoneyTold, Offer, PaymentChoice, Stage, TroubleOnScreen
from totem.ui.navigator import ENDED, HELPED, Overlay, Screen, Step, progress_of, screen_for
from totem.ui.paying import (
    Values,
    awaited,
    last_choice,
    present_again,
    present_card,
    present_methods,
    present_offers,
)
from totem.ui.settings import UiSettings
from totem.ui.two_cards import parts_of, present_split, split_key


@dataclass(frozen=True, slots=True)
class UiState:
    """Everything that the screens remember by themselves."""

    language: str
    basket: Basket
    step: Step = Step.ATTRACT
    method: Method | None = None
    """Whose instalments are asked."""
    part: Money | None = None
    """What the first of two cards pays; None for one."""
    choice: PaymentChoice | None = None
    """What the sale was asked to be paid by, last."""
    sent: bool = False
    """What was touched is on its way to the checkout: a second touch does nothing."""
    overlay: Overlay = Overlay.NONE
    high_contrast: bool = False
    large_text: bool = False
    low_reach: bool = False
    idle_seconds: int = 0
    """Whole seconds until the warning gives up."""


CHOOSING: Final = frozenset({Step.METHOD, Step.SPLIT, Step.INSTALLMENTS, Step.OPENING})
"""Steps in which the customer is about to say how to pay."""
_SALE_IS_MADE: Final = frozenset({Stage.PRINTING, Stage.HELD, Stage.TICKET_UNKNOWN, Stage.COMPLETED})


def followed(ui: UiState, before: CheckoutState, state: CheckoutState) -> UiState:
    """What the screens remember once the checkout says something new."""
    new_stage = state.stage is not before.stage
    if state.stage in _SALE_IS_MADE:
        # The sale has its own copy of the basket; what is chosen next is another sale.
        ui = replace(ui, step=Step.ATTRACT, basket=Basket(currency=ui.basket.currency))
    elif state.stage is not Stage.IDLE and new_stage and ui.step in CHOOSING:
        ui = replace(ui, step=Step.METHOD)
    if state.stage is Stage.CHOOSING_AGAIN and new_stage:
        # Another way pays all that is left; the same may try its part anew, unless it was paid.
        choice = ui.choice
        same = choice if choice is None or state.trouble is not None else replace(choice, part=None)
        ui = replace(ui, part=None, choice=same)
    if state.card != before.card and ui.overlay is Overlay.HELP:
        ui = replace(ui, overlay=Overlay.NONE)  # the terminal waits for its answer under it
    return replace(ui, sent=False)


@dataclass(frozen=True, slots=True)
class Pictures:
    """Addresses of the pictures drawn so far, "" for none."""

    code: str = ""
    code_of: str = ""
    """The copia e cola that `code` shows."""
    code_modules: int = 1
    ticket_code: str = ""
    """The ticket's own QR code, where it is shown instead of paper."""
    ticket_code_modules: int = 1
    ticket: str = ""
    ticket_ratio: float = 2.0
    """Height over width."""
    services: Mapping[str, str] = field(default_factory=dict)


_RETRY: Final = frozenset(
    {
        Trouble.BANK_UNREACHABLE,
        Trouble.RATE_LIMITED,
        Trouble.REFUSED,
        Trouble.BAD_CHARGE,
        Trouble.NOT_FOUND,
        Trouble.EXPIRED,
        Trouble.TERMINAL_UNREACHABLE,
        Trouble.CARD_DECLINED,
        Trouble.CARD_TIMEOUT,
        Trouble.CARD_PENDING,
        Trouble.TERMINAL_REFUSED,
    }
)
"""What a second try may mend, where nothing was charged."""

_ABANDONED: Final = frozenset({Trouble.CANCELLED, Trouble.CARD_CANCELLED})
"""The customer's own wish."""

_CALM: Final = _ABANDONED | {
    Trouble.EXPIRED,
    Trouble.RATE_LIMITED,
    Trouble.CARD_DECLINED,
    Trouble.CARD_TIMEOUT,
    Trouble.CARD_PENDING,
}
"""Nothing is broken: no red for these."""

_ICONS: Final[Mapping[Trouble, str]] = {
    Trouble.EXPIRED: "hourglass",
    Trouble.CANCELLED: "cross",
    Trouble.RATE_LIMITED: "pause",
    Trouble.BANK_UNREACHABLE: "bank",
    Trouble.CARD_CANCELLED: "cross",
    Trouble.CARD_TIMEOUT: "hourglass",
    Trouble.CARD_DECLINED: "refused",
}


def present(
    ui: UiState,
    state: CheckoutState,
    offers: tuple[Offer, ...],
    pictures: Pictures,
    *,
    catalogue: Catalogue,
    texts: Texts,
    settings: UiSettings,
) -> Values:
    """Every value that the screens bind to, but those that change with time alone (`paying.present_time`)."""
    drawn = state.pix is None or state.pix.copia_e_cola == pictures.code_of
    screen = screen_for(ui.step, state, code_drawn=drawn)
    return {
        **_frame(ui, screen, texts, settings),
        **_choice(ui, pictures, catalogue, texts),
        **_payment(ui, state, pictures),
        **_ways(ui, state, offers, texts, settings),
        **present_card(state.card, ui.language, texts),
        **present_again(state, last_choice(state, ui.choice), offers, ui.language, texts),
        **_ticket(state, pictures),
        **_trouble(ui, state.trouble, texts),
    }


def _frame(ui: UiState, screen: Screen, texts: Texts, settings: UiSettings) -> Values:
    seconds = "idle.seconds_one" if ui.idle_seconds == 1 else "idle.seconds_many"
    return {
        "screen": screen.value,
        "progress": progress_of(screen),
        "overlay": ui.overlay.value,
        "idleText": texts.get(ui.language, seconds, seconds=ui.idle_seconds),
        "language": ui.language,
        "languages": [
            {"id": code, "short": texts.get(code, "language.code"), "name": texts.get(code, "language.name"),
             "start": texts.get(code, "attract.start")}
            for code in settings.languages
        ],
        "lowReach": ui.low_reach,
        "simulated": settings.simulated or settings.training,
        "training": settings.training,
        "images": (settings.assets / "images").resolve().as_uri(),
        "businessName": settings.business_name,
        "logo": settings.logo.resolve().as_uri() if settings.logo else "",
        "helped": screen in HELPED,
        "typesCards": settings.types_cards,
        "showsPages": settings.web is not None,
    }  # fmt: skip


def _choice(ui: UiState, pictures: Pictures, catalogue: Catalogue, texts: Texts) -> Values:
    count = sum(line.quantity for line in ui.basket.lines)
    number = "services.count_one" if count == 1 else "services.count_many"
    return {
        # Apart from their words: a change of language must not build the cards anew.
        "services": [
            {"id": service.id, "picture": pictures.services.get(service.id, ""), "most": service.max_quantity}
            for service in catalogue.services
        ],
        "serviceWords": {
            service.id: {
                "name": service.name(ui.language),
                "description": service.description(ui.language),
                "price": format_money(service.price, ui.language),
                "add": texts.get(ui.language, "services.add", name=service.name(ui.language)),
                "remove": texts.get(ui.language, "services.remove", name=service.name(ui.language)),
            }
            for service in catalogue.services
        },
        "quantities": {line.service.id: line.quantity for line in ui.basket.lines},
        "lines": [
            {
                "name": line.service.name(ui.language),
                "quantity": line.quantity,
                "total": format_money(line.total, ui.language),
            }
            for line in ui.basket.lines
        ],
        "totalCents": ui.basket.total.amount_cents,
        "total": format_money(ui.basket.total, ui.language),
        "count": count,
        "countText": texts.get(ui.language, number, count=count),
    }


def _ways(ui: UiState, state: CheckoutState, offers: tuple[Offer, ...], texts: Texts, settings: UiSettings) -> Values:
    """What may be paid with, and whether by two cards: asked before the sale is open, once."""
    total = state.amount or ui.basket.total
    splitting = state.stage is Stage.IDLE and ui.part is None
    parts = parts_of(total, offers, allowed=settings.two_cards and splitting)
    values = present_offers(offers, ui.method, ui.language, texts)
    if parts:
        values["methods"] = [*present_methods(offers, ui.language, texts), split_key(ui.language, texts)]
    return {**values, **present_split(total, ui.part, parts, ui.language, texts)}


def _payment(ui: UiState, state: CheckoutState, pictures: Pictures) -> Values:
    pix = state.pix
    return {
        "amount": format_money(state.amount, ui.language) if state.amount else "",
        "receiver": pix.receiver_name if pix else "",
        "canExtend": pix.can_extend if pix else False,
        "slow": pix.slow if pix else False,
        "awaited": awaited(state, ui.choice),
        "sent": ui.sent,
        "canCancel": state.can_cancel,
        "code": pictures.code,
        "codeModules": pictures.code_modules,
    }


def _ticket(state: CheckoutState, pictures: Pictures) -> Values:
    ticket = state.ticket
    return {
        "ticketNumber": f"{ticket.number:03d}" if ticket else "",
        "ticketPicture": pictures.ticket if ticket else "",
        "ticketRatio": pictures.ticket_ratio,
        "secondCopy": ticket.second_copy if ticket else False,
        "ticketCode": pictures.ticket_code if ticket else "",
        "ticketCodeModules": pictures.ticket_code_modules,
        "ended": state.stage in ENDED,
    }


def _trouble(ui: UiState, told: TroubleOnScreen | None, texts: Texts) -> Values:
    if told is None:
        names = ("Code", "Title", "Text", "Action", "Money", "Told", "Message", "Reference", "Tone", "Icon", "Retry")
        return {f"trouble{name}": "" for name in names}

    def say(key: str, **values: object) -> str:
        return texts.get(ui.language, key, **values)

    key = f"error.{told.trouble.value}"
    reference = say("trouble.reference", reference=told.reference) if told.reference else ""
    return {
        "troubleCode": say("trouble.code", code=told.trouble.value),
        "troubleTitle": say(f"{key}.title"),
        "troubleText": say(f"{key}.customer"),
        "troubleAction": say(f"{key}.action"),
        "troubleMoney": say(f"money.{told.money.value}"),
        "troubleTold": told.money.value,
        "troubleMessage": told.message.strip(),
        "troubleReference": reference,
        "troubleTone": tone_of(told),
        "troubleIcon": icon_of(told),
        "troubleRetry": retry_of(told),
    }


def tone_of(told: TroubleOnScreen) -> str:
    """Which colour and icon a trouble has: `"wait"` where nothing is broken or something is still open."""
    if told.trouble in _CALM or told.money is not MoneyTold.NOT_CHARGED:
        return "wait"
    return "stopped"


def icon_of(told: TroubleOnScreen) -> str:
    """Its own shape for each kind of end: colour alone says nothing to many."""
    if told.trouble.value.startswith("PRN"):
        return "printer"
    if told.money is MoneyTold.WILL_BE_RETURNED:
        return "return"
    if told.trouble in _ICONS:
        return _ICONS[told.trouble]
    if told.money is MoneyTold.BEING_CHECKED:
        return "search"
    return "terminal" if told.trouble.value.startswith("TEF") else "stop"


def retry_of(told: TroubleOnScreen) -> str:
    """`"retry"` pays again, `"again"` chooses again, `""` where neither is safe or of use."""
    if told.money is not MoneyTold.NOT_CHARGED:
        return ""
    if told.trouble in _ABANDONED:
        return "again"
    return "retry" if told.trouble in _RETRY else ""
