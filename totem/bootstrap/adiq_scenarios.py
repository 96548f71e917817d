"""Sales by a card that is typed on the screen: the plain one at Adiq, and each of its faults that the demo can play."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from providers.sim import adiq_cards
from totem.bootstrap.acts import (
    Act,
    KioskLimits,
    Look,
    Pay,
    ReadCode,
    Recorded,
    Scenario,
    ScriptedSale,
    Touch,
    TypeCard,
    Wait,
    World,
)
from totem.bootstrap.card_parts import AGAIN, BEGIN_CREDIT, GIVES_UP, PLUG, TO_THE_END, UNPLUG, undone, without_money
from totem.bootstrap.checker import ExpectedEnd
from totem.bootstrap.script_parts import DELIVERED, THANKED, TROUBLED

_EXPIRY: Final = "1231"
_CODE: Final = "123"
_PRE_AUTHORISED: Final = KioskLimits(patience_s=3.0, capture_after_ticket=True)
_SHORT: Final = KioskLimits(patience_s=3.0, read_timeout_s=1)
_LONG_S: Final = 30.0


def _typed(number: str = adiq_cards.APPROVED) -> tuple[Act, ...]:
    return (Wait(("key_card",)), TypeCard(number, _EXPIRY, _CODE))


def plain_adiq() -> Scenario:
    return Scenario(
        "plain",
        (
            "Venda comum com o cartão digitado na tela: aprovada e cobrada, com tíquete, tudo registrado.",
            "A plain sale with a card typed on the screen: approved and captured, with its ticket, all of it recorded.",
        ),
        (ScriptedSale((*BEGIN_CREDIT, *_typed(), *TO_THE_END), DELIVERED),),
        method="adiq",
    )


def _fails(operation: str, kind: str, **values: object) -> World:
    return World("adiq.set_faults", {"faults": [{"operation": operation, "kind": kind, **values}]})


def _adiq(
    name: str, told: tuple[str, str], acts: tuple[Act, ...], end: ExpectedEnd, limits: KioskLimits = _SHORT
) -> Scenario:
    return Scenario(name, told, (ScriptedSale(acts, end),), limits, method="adiq")


ADIQ: Final = (
    _adiq(
        "adiq_declined",
        (
            "A Adiq recusa o cartão: nada é cobrado, o cliente digita outro na mesma venda, e sai o tíquete.",
            "Adiq declines the card: nothing is charged, the customer types another in the same sale, with its ticket.",
        ),
        (
            *BEGIN_CREDIT,
            *_typed(adiq_cards.DECLINED),
            *AGAIN,
            Touch("key.method.credit"),
            Wait(("installments",)),
            Touch("key.plan.1"),
            *_typed(adiq_cards.MASTERCARD),
            *THANKED,
        ),
        replace(DELIVERED, earlier=frozenset({"declined"})),
    ),
    _adiq(
        "adiq_timeout",
        (
            "A Adiq cobra e não responde a tempo: a venda é achada pelo número do pedido, e sai o tíquete.",
            "Adiq charges and does not answer in time: the sale is found by its order number, with its ticket.",
        ),
        (_fails("create", "never", carried_out=True), *BEGIN_CREDIT, *_typed(), Wait(("thanks",), _LONG_S), Look()),
        DELIVERED,
    ),
    _adiq(
        "adiq_answer_lost",
        (
            "A conexão cai no lugar da resposta da Adiq: a venda é achada pelo número do pedido, e sai o tíquete.",
            "The connection breaks in place of Adiq's answer: the sale is found by its order number, with its ticket.",
        ),
        (_fails("create", "answer_lost"), *BEGIN_CREDIT, *_typed(), Wait(("thanks",), _LONG_S), Look()),
        DELIVERED,
    ),
    _adiq(
        "adiq_pending",
        (
            "A Adiq deixa o pagamento pendente, e só depois o confirma: o totem pergunta até saber, e sai o tíquete.",
            "Adiq leaves the payment pending and confirms it later: the kiosk asks until it knows, with its ticket.",
        ),
        (*BEGIN_CREDIT, *_typed(adiq_cards.PENDING), Wait(("thanks",), _LONG_S), Look()),
        replace(DELIVERED, attempt_was=frozenset({"pending"})),
    ),
    _adiq(
        "adiq_token_refused",
        (
            "A Adiq recusa as credenciais do totem: nada é cobrado, o cliente paga por Pix na mesma venda.",
            "Adiq refuses the kiosk's credentials: nothing is charged, the customer pays by Pix in the same sale.",
        ),
        (
            World("adiq.expire_tokens"),
            _fails("token", "status", code=401, count=None),
            *BEGIN_CREDIT,
            *AGAIN,
            Touch("key.method.pix"),
            Wait(("pix",)),
            ReadCode(),
            Pay(),
            *THANKED,
        ),
        replace(DELIVERED, bank="sicredi"),
    ),
    _adiq(
        "adiq_cancelled",
        (
            "O cliente desiste enquanto digita o cartão: nada sai do totem, e nada é cobrado.",
            "The customer gives up while typing the card: nothing leaves the kiosk, and nothing is charged.",
        ),
        (*BEGIN_CREDIT, Wait(("key_card",)), Touch("key.cancel"), *AGAIN, *GIVES_UP),
        without_money("cancelled"),
    ),
    _adiq(
        "adiq_print_fails",
        (
            "A Adiq cobra e a impressora cai antes do tíquete: o pagamento é cancelado, e o dinheiro volta.",
            "Adiq charges and the printer fails before the ticket: the payment is cancelled, and the money goes back.",
        ),
        (
            *BEGIN_CREDIT,
            Wait(("key_card",)),
            UNPLUG,
            *_typed(),
            *TROUBLED,
            Recorded("compensation", "done"),
            PLUG,
        ),
        replace(undone("PRN-005"), ticket=frozenset({"revoked"})),
    ),
    _adiq(
        "adiq_captured_after_ticket",
        (
            "A Adiq só reserva o valor: o tíquete sai, e então o pagamento é cobrado.",
            "Adiq only reserves the amount: the ticket comes, and then the payment is captured.",
        ),
        (*BEGIN_CREDIT, *_typed(), *THANKED, Recorded("settlement", "confirmed")),
        DELIVERED,
        _PRE_AUTHORISED,
    ),
    _adiq(
        "adiq_reserved_without_ticket",
        (
            "A Adiq só reserva o valor e a impressora cai antes do tíquete: a reserva é cancelada, e nada é cobrado.",
            "Adiq only reserves the amount and the printer fails before the ticket: cancelled, and nothing is charged.",
        ),
        (
            *BEGIN_CREDIT,
            Wait(("key_card",)),
            UNPLUG,
            *_typed(),
            *TROUBLED,
            Recorded("settlement", "undone"),
            PLUG,
        ),
        undone("PRN-005", ticket=frozenset({"revoked"})),
        _PRE_AUTHORISED,
    ),
)
