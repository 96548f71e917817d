"""Sales on the acquirer's page, in escudos: typed with the kiosk's own keyboard, through the issuer's 3DS step."""

from __future__ import annotations

from typing import Final

from providers.sim import sisp_cards
from totem.bootstrap.acts import Act, Choose, FillPage, Look, Scenario, ScriptedSale, Touch, TouchPage, Wait
from totem.bootstrap.card_parts import TO_THE_END
from totem.bootstrap.script_parts import DELIVERED

TO_PAGE: Final[tuple[Act, ...]] = (Choose(), Touch("key.method.card"), Wait(("page",), 30.0))


def pays(pan: str) -> tuple[Act, ...]:
    """The card's data on the page, as far as the key that sends them."""
    return (
        FillPage("card-number", pan),
        Look("page-card"),
        FillPage("card-expiry", "12/30"),
        FillPage("card-code", "123"),
        TouchPage("pay"),
    )


CONFIRMS: Final[tuple[Act, ...]] = (FillPage("otp", sisp_cards.OTP), Look("page-issuer"), TouchPage("confirm"))
"""The issuer's question, answered."""


def plain_vinti4() -> Scenario:
    return Scenario(
        "plain",
        (
            "Venda comum na página da SISP: cartão digitado na tela, confirmado no banco emissor, com tíquete.",
            "A plain sale on SISP's page: the card typed on the screen, confirmed at its issuer, with its ticket.",
        ),
        (ScriptedSale((*TO_PAGE, *pays(sisp_cards.APPROVED), *CONFIRMS, *TO_THE_END), DELIVERED),),
        method="vinti4",
    )
