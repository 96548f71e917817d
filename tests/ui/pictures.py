"""Fixed states of every screen, and a kiosk window that is driven to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from io import BytesIO

from PIL import Image, ImageDraw

from totem.domain.catalogue import Catalogue, Service
from totem.domain.errors import Trouble
from totem.domain.money import Money
from totem.services.state import CheckoutState, MoneyTold, PixOnScreen, Stage, TicketOnScreen, TroubleOnScreen
from totem.ui.viewmodel import KioskModel

CODE = (
    "00020101021226830014br.gov.bcb.pix2561pix-h.exemplo.com.br/qr/v2/cobv/0f1e2d3c4b5a69788796a5b4c3d2e1f0"
    "5204000053039865802BR5925LAVA RAPIDO SOL E MAR LTD6009SAO PAULO62070503***6304A1B2"
)
RECEIVER = "LAVA RAPIDO SOL E MAR LTDA"


def catalogue() -> Catalogue:
    """Six services as a car wash has them, the longest names and descriptions included."""
    rows = (
        ("lavagem-simples", 4500, 3, ("Lavagem simples", "Basic wash", "Lavado simple"),
         ("Por fora, com xampu neutro e secagem", "Outside, with mild shampoo, hand dried",
          "Por fuera, con champú neutro y secado")),
        ("lavagem-completa", 7000, 3, ("Lavagem completa", "Full wash", "Lavado completo"),
         ("Por fora e por dentro, vidros e painel", "Inside and out, windows and dashboard",
          "Por fuera y por dentro, cristales y tablero")),
        ("lavagem-com-cera", 9500, 3, ("Lavagem com cera", "Wash and wax", "Lavado con cera"),
         ("A completa, com cera de carnaúba", "The full wash, with carnauba wax", "El completo, con cera de carnauba")),
        ("aspiracao", 2500, 3, ("Aspiração", "Vacuum", "Aspirado"),
         ("Bancos, tapetes e porta-malas", "Seats, mats and trunk", "Asientos, alfombras y maletero")),
        ("higienizacao", 18000, 1, ("Higienização", "Deep clean", "Limpieza profunda"),
         ("Bancos e teto por extração, ar-condicionado", "Seats and roof by extraction, air conditioning",
          "Asientos y techo por extracción, aire acondicionado")),
        ("pneus", 1500, 2, ("Pneus", "Tyres", "Neumáticos"),
         ("Limpeza, brilho e calibragem dos quatro", "All four cleaned, shined and inflated",
          "Limpieza, brillo y presión de los cuatro")),
    )  # fmt: skip
    languages = ("pt", "en", "es")
    return Catalogue(
        tuple(
            Service(
                id=name,
                names=dict(zip(languages, names, strict=True)),
                price=Money(cents),
                descriptions=dict(zip(languages, about, strict=True)),
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


def shots(now_s: float) -> tuple[Shot, ...]:
    """Every screen, and every trouble that looks different, as seen at `now_s` of the clock."""
    amount = Money(12000)
    pix = PixOnScreen(CODE, RECEIVER, shown_at_s=now_s - 80, ends_at_s=now_s + 220, can_extend=True)
    paying = CheckoutState(Stage.AWAITING_PAYMENT, "s1", amount, pix=pix, can_cancel=True)
    ticket = TicketOnScreen(42, ticket_png())

    def told(trouble: Trouble, money: MoneyTold) -> CheckoutState:
        return CheckoutState(Stage.STOPPED, "s1", amount, trouble=TroubleOnScreen(trouble, money, "K7Q-2M4"))

    return (
        Shot("attract", "attract"),
        Shot("services-empty", "services", act=lambda model: model.begin()),
        Shot("services", "services", act=_choose),
        Shot("method", "method", act=_to_method),
        Shot("preparing", "preparing", CheckoutState(Stage.PREPARING, "s1", amount)),
        Shot("pix", "pix", paying),
        Shot("pix-slow", "pix", replace(paying, pix=replace(pix, slow=True, ends_at_s=now_s + 41))),
        Shot("cancel-question", "pix", paying, lambda model: model.askCancel()),
        Shot("cancelling", "cancelling", CheckoutState(Stage.CANCELLING, "s1", amount, pix=pix)),
        Shot("checking", "checking", CheckoutState(Stage.CHECKING, "s1", amount, pix=pix)),
        Shot("printing", "printing", CheckoutState(Stage.PRINTING, "s1", amount, ticket=ticket)),
        Shot("held", "held", CheckoutState(
            Stage.HELD, "s1", amount, ticket=ticket,
            trouble=TroubleOnScreen(Trouble.PAPER_OUT, MoneyTold.SAFE, "K7Q-2M4"))),
        Shot("thanks", "thanks", CheckoutState(Stage.COMPLETED, "s1", amount, ticket=ticket)),
        Shot("trouble-bank", "trouble", told(Trouble.BANK_UNREACHABLE, MoneyTold.NOT_CHARGED), _to_method),
        Shot("trouble-expired", "trouble", told(Trouble.EXPIRED, MoneyTold.NOT_CHARGED), _to_method),
        Shot("trouble-cancelled", "trouble", told(Trouble.CANCELLED, MoneyTold.NOT_CHARGED), _to_method),
        Shot("trouble-amount", "trouble", told(Trouble.AMOUNT_DIFFERS, MoneyTold.BEING_CHECKED)),
        Shot("trouble-refund", "trouble", told(Trouble.NOT_PRINTABLE, MoneyTold.WILL_BE_RETURNED)),
        Shot("trouble-print", "trouble", told(Trouble.PRINT_UNKNOWN, MoneyTold.SAFE)),
        Shot("trouble-paper", "trouble", told(Trouble.PAPER_OUT, MoneyTold.NOT_CHARGED)),
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
