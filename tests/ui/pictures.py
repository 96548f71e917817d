"""Fixed states of every screen, and a kiosk window that is driven to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw

from tests.support.fake_checkout import in_parts, offer
from totem.domain.cards import Prompt, PromptKind
from totem.domain.catalogue import Catalogue, Service
from totem.domain.errors import Trouble
from totem.domain.money import Currency, Money
from totem.domain.texts import CUSTOMER_LANGUAGES
from totem.services.state import (
    CardOnScreen,
    CheckoutState,
    Method,
    MoneyTold,
    PixOnScreen,
    Stage,
    TicketOnScreen,
    TroubleOnScreen,
)
from totem.ui.viewmodel import KioskModel

CODE = (
    "00020101021226830014br.gov.bcb.pix2561pix-h.exemplo.com.br/qr/v2/cobv/0f1e2d3c4b5a69788796a5b4c3d2e1f0"
    "5204000053039865802BR5925LAVA RAPIDO SOL E MAR LTD6009SAO PAULO62070503***6304A1B2"
)
RECEIVER = "LAVA RAPIDO SOL E MAR LTDA"
TICKET_CODE = "TOTEM1:KIOSK01:20261122:042:7F3A9C21D4E85B60"
AMOUNT = Money(12000)
UNEVEN = Money(10000)
METHODS = ((Method.PIX, 1), (Method.CREDIT, 12), (Method.DEBIT, 1))
ONLINE = ((Method.CARD, 1),)
LONG = "TRANSACAO NEGADA PELO EMISSOR: LIGUE PARA A CENTRAL DO CARTAO NUMERO 0800 1234567"
OPTIONS = ("VISA CREDITO", "VISA DEBITO", "ELO CREDITO A VISTA", "ELO CREDITO PARCELADO PELO ESTABELECIMENTO")


def catalogue() -> Catalogue:
    """Six services as a car wash has them, the longest names and descriptions included."""
    rows = (
        ("lavagem-simples", 4500, 3, ("Lavagem simples", "Basic wash", "Lavado simple", "Lavage simple"),
         ("Por fora, com xampu neutro e secagem", "Outside, with mild shampoo, hand dried",
          "Por fuera, con champú neutro y secado", "Extérieur, shampooing doux et séchage")),
        ("lavagem-completa", 7000, 3, ("Lavagem completa", "Full wash", "Lavado completo", "Lavage complet"),
         ("Por fora e por dentro, vidros e painel", "Inside and out, windows and dashboard",
          "Por fuera y por dentro, cristales y tablero", "Intérieur et extérieur, vitres et tableau de bord")),
        ("lavagem-com-cera", 9500, 3, ("Lavagem com cera", "Wash and wax", "Lavado con cera", "Lavage et cire"),
         ("A completa, com cera de carnaúba", "The full wash, with carnauba wax", "El completo, con cera de carnauba",
          "Le complet, avec cire de carnauba")),
        ("aspiracao", 2500, 3, ("Aspiração", "Vacuum", "Aspirado", "Aspiration"),
         ("Bancos, tapetes e porta-malas", "Seats, mats and trunk", "Asientos, alfombras y maletero",
          "Sièges, tapis et coffre")),
        ("higienizacao", 18000, 1, ("Higienização", "Deep clean", "Limpieza profunda", "Nettoyage en profondeur"),
         ("Bancos e teto por extração, ar-condicionado", "Seats and roof by extraction, air conditioning",
          "Asientos y techo por extracción, aire acondicionado",
          "Sièges et plafond par extraction, climatisation")),
        ("pneus", 1500, 2, ("Pneus", "Tyres", "Neumáticos", "Pneus"),
         ("Limpeza, brilho e calibragem dos quatro", "All four cleaned, shined and inflated",
          "Limpieza, brillo y presión de los cuatro", "Nettoyage, brillant et pression des quatre")),
    )  # fmt: skip
    return Catalogue(
        tuple(
            Service(
                id=name,
                names=dict(zip(CUSTOMER_LANGUAGES, names, strict=True)),
                price=Money(cents),
                descriptions=dict(zip(CUSTOMER_LANGUAGES, about, strict=True)),
                picture=f"{name}.svg",
                max_quantity=most,
            )
            for name, cents, most, names, about in rows
        )
    )


def ticket_png() -> bytes:
    """A ticket's picture of the usual shape: 576 dots wide, nearly twice as long."""
    image = Image.new("L", (576, 940), 255)
    draw = ImageDraw.Draw(image)
    draw.rectangle((40, 30, 536, 90), fill=0)
    for number, y in enumerate(range(130, 520, 44)):
        draw.rectangle((40, y, 220 + 40 * (number % 4), y + 16), fill=0)
        draw.rectangle((440, y, 536, y + 16), fill=0)
    draw.rectangle((178, 560, 398, 780), outline=0, width=12)
    draw.rectangle((120, 830, 456, 850), fill=0)
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@dataclass(frozen=True)
class Shot:
    """One screen to look at: what the checkout says, and what the customer did before."""

    name: str
    screen: str
    state: CheckoutState = field(default_factory=CheckoutState)
    act: Callable[[KioskModel], None] | None = None
    offered: tuple[tuple[Method, int], ...] = ((Method.PIX, 1),)


def _choose(model: KioskModel) -> None:
    model.begin()
    model.addService("lavagem-completa", 1)
    model.addService("aspiracao", 2)


def _to_method(model: KioskModel) -> None:
    _choose(model)
    model.next()


def _ask_for_help(model: KioskModel) -> None:
    _choose(model)
    model.help()


def _to_split(model: KioskModel) -> None:
    _to_method(model)
    model.choose("split")


def _to_first_card(model: KioskModel) -> None:
    _to_split(model)
    model.chooseSplit(6000)


def _to_plans(model: KioskModel) -> None:
    _to_method(model)
    model.choose("credit")


def _to_credit(model: KioskModel) -> None:
    _to_plans(model)
    model.chooseInstallments(3)


def card_state(
    stage: Stage,
    kind: PromptKind,
    text: str = "",
    *,
    parts: int = 3,
    amount: Money = AMOUNT,
    options: tuple[str, ...] = (),
    asked: bool = False,
    method: Method = Method.CREDIT,
) -> CheckoutState:
    """A sale at the card machine; credit in so many parts."""
    prompt = Prompt(kind, text, options=options)
    card = CardOnScreen(method, in_parts(amount, parts), prompt, 0.0, cancel_asked=asked)
    return CheckoutState(stage, "s1", amount, card=card, can_cancel=kind is PromptKind.PRESENT_CARD and not asked)


def _to_page(model: KioskModel) -> None:
    _to_method(model)
    model.choose("card")


def again_state(now_s: float, trouble: Trouble | None, text: str = "", most: int = 12) -> CheckoutState:
    """The last try moved no money, and there is more to choose; without a trouble it paid a part."""
    told = None if trouble is None else TroubleOnScreen(trouble, MoneyTold.NOT_CHARGED, "K7Q-2M4", text)
    offers = (offer(Method.PIX, AMOUNT), offer(Method.CREDIT, AMOUNT, most), offer(Method.DEBIT, AMOUNT))
    return CheckoutState(
        Stage.CHOOSING_AGAIN, "s1", AMOUNT, trouble=told, offers=offers, choose_until_s=now_s + 42
    )  # fmt: skip


def card_shots(now_s: float) -> tuple[Shot, ...]:
    """The card machine's screens, in the order of a sale, and what may go wrong."""
    kinds = PromptKind
    many = tuple(f"{number} PARCELAS SEM JUROS" for number in range(2, 19))

    def card(kind: PromptKind, text: str = "", **changes: Any) -> CheckoutState:
        return card_state(Stage.CARD, kind, text, **changes)

    def menu(*options: str) -> CheckoutState:
        return card(kinds.MENU, "SELECIONE A OPCAO:", options=options)

    return (
        Shot("card-connecting", "card", card(kinds.CONNECTING)),
        Shot("card-present", "card", card(kinds.PRESENT_CARD, "APROXIME, INSIRA OU\nPASSE O CARTAO")),
        Shot("card-uneven", "card", card(kinds.PRESENT_CARD, amount=UNEVEN)),
        Shot("card-cancelling", "card", card(kinds.PRESENT_CARD, "APROXIME, INSIRA OU PASSE O CARTAO", asked=True)),
        Shot("card-pin", "card", card(kinds.PIN, "SOLICITE A SENHA DO CLIENTE")),
        Shot("card-processing", "card", card(kinds.PROCESSING, "PROCESSANDO...")),
        Shot("card-remove", "card", card(kinds.REMOVE_CARD, "RETIRE O CARTAO")),
        Shot("card-message", "card", card(kinds.MESSAGE, LONG)),
        Shot("card-menu", "card", menu(*OPTIONS)),
        Shot("card-menu-many", "card", menu(*many)),
        Shot("checking-card", "checking", card_state(Stage.CHECKING, kinds.PROCESSING)),
        Shot("cancelling-card", "cancelling", card_state(Stage.CANCELLING, kinds.PRESENT_CARD)),
        Shot("again-declined", "again", again_state(now_s, Trouble.CARD_DECLINED, LONG), _to_credit, METHODS),
        Shot("again-cancelled", "again", again_state(now_s, Trouble.CARD_CANCELLED, most=1), _to_credit, METHODS),
        Shot("again-rest", "again", again_state(now_s, None), _to_credit, METHODS),
        Shot("again-timeout", "again", again_state(now_s, Trouble.CARD_TIMEOUT, "TEMPO ESGOTADO"), _to_credit, METHODS),
        Shot("again-unreachable", "again", again_state(now_s, Trouble.TERMINAL_UNREACHABLE), _to_credit, METHODS),
    )


def _type(*fields: str, last: str = "") -> Callable[[KioskModel], None]:
    """Type that many whole fields and go on, then the last piece, and let what was typed last be hidden."""

    def act(model: KioskModel) -> None:
        for text in fields:
            for character in text:
                model.pad.press(character)
            model.pad.next()
        for character in last:
            model.pad.press(character)

    return act


def key_card_shots() -> tuple[Shot, ...]:
    """A card typed by hand, field by field; the numbers are published test numbers."""
    asked = replace(card_state(Stage.CARD, PromptKind.KEY_CARD), can_cancel=True)
    acts = {
        "empty": _type(),
        "number": _type(last="4111111"),
        "wrong": _type("4111111111111112"),
        "expired": _type("5555555555554444", "0120"),
        "code": _type("378282246310005", "1230", last="12"),
        "name": _type("6362970000457013", "1230", "123", last="MARIA DA SILVA"),
        "sent": _type("4111111111111111", "1230", "123", "MARIA DA SILVA"),
        "help": lambda model: model.help(),
    }
    return tuple(Shot(f"key-card-{name}", "key_card", asked, act) for name, act in acts.items())


def page_shots(now_s: float) -> tuple[Shot, ...]:
    """Around the acquirer's page; the page itself is looked at where WebEngine is (`test_web_pictures`)."""
    escudos = Money(1500, Currency.CVE)

    def online(kind: PromptKind, stage: Stage = Stage.CARD, *, asked: bool = False) -> CheckoutState:
        return card_state(stage, kind, parts=1, amount=escudos, asked=asked, method=Method.CARD)

    def again(trouble: Trouble) -> CheckoutState:
        told = again_state(now_s, trouble)
        return replace(told, amount=escudos, offers=(offer(Method.CARD, escudos),))

    page = replace(online(PromptKind.WEB_PAGE), can_cancel=True)
    return (
        Shot("page", "page", page),
        Shot("page-cancel", "page", page, lambda model: model.askCancel()),
        Shot("page-connecting", "card", online(PromptKind.CONNECTING)),
        Shot("page-processing", "card", online(PromptKind.PROCESSING)),
        Shot("page-cancelling", "card", online(PromptKind.WEB_PAGE, asked=True)),
        Shot("page-preparing", "preparing", online(PromptKind.CONNECTING, Stage.PREPARING)),
        Shot("page-checking", "checking", online(PromptKind.PROCESSING, Stage.CHECKING)),
        Shot("page-ending", "cancelling", online(PromptKind.PROCESSING, Stage.CANCELLING)),
        Shot("page-declined", "again", again(Trouble.CARD_DECLINED), _to_page, ONLINE),
        Shot("page-timeout", "again", again(Trouble.CARD_TIMEOUT), _to_page, ONLINE),
    )


def shots(now_s: float) -> tuple[Shot, ...]:
    """Every screen, and every trouble that looks different, as seen at `now_s` of the clock."""
    amount = AMOUNT
    pix = PixOnScreen(CODE, RECEIVER, shown_at_s=now_s - 80, ends_at_s=now_s + 220, can_extend=True)
    paying = CheckoutState(Stage.AWAITING_PAYMENT, "s1", amount, pix=pix, can_cancel=True)
    ticket = TicketOnScreen(42, ticket_png())
    paperless = TicketOnScreen(42, code=TICKET_CODE, paperless=True)
    unknown = CheckoutState(
        Stage.TICKET_UNKNOWN, "s1", amount, ticket=ticket,
        trouble=TroubleOnScreen(Trouble.PRINT_UNKNOWN, MoneyTold.SAFE, "K7Q-2M4"),
    )  # fmt: skip

    def told(trouble: Trouble, money: MoneyTold) -> CheckoutState:
        return CheckoutState(Stage.STOPPED, "s1", amount, trouble=TroubleOnScreen(trouble, money, "K7Q-2M4"))

    return (
        Shot("attract", "attract"),
        Shot("services-empty", "services", act=lambda model: model.begin()),
        Shot("services", "services", act=_choose),
        Shot("method", "method", act=_to_method),
        Shot("method-cards", "method", act=_to_method, offered=METHODS),
        Shot("method-none", "method", act=_to_method, offered=()),
        Shot("split", "split", act=_to_split, offered=METHODS),
        Shot("method-first-card", "method", act=_to_first_card, offered=METHODS),
        Shot("installments", "installments", act=_to_plans, offered=METHODS),
        Shot("preparing", "preparing", CheckoutState(Stage.PREPARING, "s1", amount)),
        Shot("preparing-card", "preparing", card_state(Stage.PREPARING, PromptKind.CONNECTING)),
        Shot("pix", "pix", paying),
        Shot("pix-slow", "pix", replace(paying, pix=replace(pix, slow=True, ends_at_s=now_s + 41))),
        Shot("cancel-question", "pix", paying, lambda model: model.askCancel()),
        Shot("cancelling", "cancelling", CheckoutState(Stage.CANCELLING, "s1", amount, pix=pix)),
        Shot("checking", "checking", CheckoutState(Stage.CHECKING, "s1", amount, pix=pix)),
        *card_shots(now_s),
        *page_shots(now_s),
        *key_card_shots(),
        Shot("printing", "printing", CheckoutState(Stage.PRINTING, "s1", amount, ticket=ticket)),
        Shot("held", "held", CheckoutState(
            Stage.HELD, "s1", amount, ticket=ticket,
            trouble=TroubleOnScreen(Trouble.PAPER_OUT, MoneyTold.SAFE, "K7Q-2M4"))),
        Shot("thanks", "thanks", CheckoutState(Stage.COMPLETED, "s1", amount, ticket=ticket)),
        Shot("ticket-unknown", "ticket_unknown", replace(unknown, ticket=replace(ticket, reprint_until_s=now_s + 60))),
        Shot("ticket-unknown-late", "ticket_unknown", unknown),
        Shot("paperless", "paperless", CheckoutState(Stage.COMPLETED, "s1", amount, ticket=paperless)),
        Shot("trouble-bank", "trouble", told(Trouble.BANK_UNREACHABLE, MoneyTold.NOT_CHARGED), _to_method),
        Shot("trouble-expired", "trouble", told(Trouble.EXPIRED, MoneyTold.NOT_CHARGED), _to_method),
        Shot("trouble-cancelled", "trouble", told(Trouble.CANCELLED, MoneyTold.NOT_CHARGED), _to_method),
        Shot("trouble-amount", "trouble", told(Trouble.AMOUNT_DIFFERS, MoneyTold.BEING_CHECKED)),
        Shot("trouble-refund", "trouble", told(Trouble.NOT_PRINTABLE, MoneyTold.WILL_BE_RETURNED)),
        Shot("trouble-print", "trouble", told(Trouble.PRINT_UNKNOWN, MoneyTold.SAFE)),
        Shot("trouble-paper", "trouble", told(Trouble.PAPER_OUT, MoneyTold.NOT_CHARGED)),
        Shot("trouble-undo", "trouble", told(Trouble.CARD_UNDO_WAITING, MoneyTold.WILL_BE_RETURNED)),
        Shot("trouble-said", "trouble", CheckoutState(
            Stage.STOPPED, "s1", amount,
            trouble=TroubleOnScreen(Trouble.CARD_NOT_UNDONE, MoneyTold.WILL_BE_RETURNED, "K7Q-2M4", LONG))),
        Shot("trouble-terminal", "trouble", told(Trouble.TERMINAL_UNREACHABLE, MoneyTold.NOT_CHARGED), _to_method),
        Shot("out-of-service", "out_of_service", CheckoutState(
            Stage.OUT_OF_SERVICE, trouble=TroubleOnScreen(Trouble.DISK_FULL, MoneyTold.NOT_CHARGED))),
        Shot("help", "services", act=_ask_for_help),
        Shot("idle", "services", act=_choose),
    )  # fmt: skip


VARIANTS: Mapping[str, Callable[[KioskModel], None]] = {
    "plain": lambda model: None,
    "contrast": lambda model: model.toggleContrast(),
    "large": lambda model: model.toggleText(),
    "low": lambda model: model.toggleReach(),
}
