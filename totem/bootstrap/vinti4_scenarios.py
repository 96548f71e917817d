"""What can go wrong on SISP's page, as the demo plays it; judged from SISP's own ledger."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from providers.sim import sisp_cards
from totem.bootstrap.acts import (
    Act,
    FillPage,
    KioskLimits,
    Look,
    Recorded,
    Scenario,
    ScriptedSale,
    Touch,
    TouchPage,
    Wait,
    World,
)
from totem.bootstrap.card_parts import AGAIN, GIVES_UP, PLUG, TO_THE_END, UNPLUG, undone, without_money
from totem.bootstrap.checker import ExpectedEnd
from totem.bootstrap.page_scenarios import CONFIRMS, TO_PAGE, pays
from totem.bootstrap.script_parts import DELIVERED

_LONG_S: Final = 40.0
_THE_PAGE_GOES: Final[tuple[Act, ...]] = (Wait(("again",), _LONG_S), Look(), *GIVES_UP)
_TROUBLED: Final[tuple[Act, ...]] = (Wait(("trouble",), _LONG_S), Look())
_PAID_LATE: Final[tuple[Act, ...]] = (Wait(("thanks",), _LONG_S), Look())


def _fails(kind: str, **values: object) -> World:
    return World("vinti4.set_faults", {"faults": [{"kind": kind, **values}]})


def _pays(pan: str = sisp_cards.APPROVED) -> tuple[Act, ...]:
    return (*TO_PAGE, *pays(pan), *CONFIRMS)


def _vinti4(name: str, told: tuple[str, str], *sales: ScriptedSale) -> Scenario:
    return Scenario(name, told, sales, KioskLimits(patience_s=3.0), method="vinti4")


VINTI4: Final = (
    _vinti4(
        "vinti4_cancelled",
        (
            "O cliente cancela na página da SISP: o estado é consultado, e nada é cobrado.",
            "The customer cancels on SISP's page: the status is asked, and nothing is charged.",
        ),
        ScriptedSale((*TO_PAGE, TouchPage("cancel"), *_THE_PAGE_GOES), without_money("cancelled")),
    ),
    _vinti4(
        "vinti4_declined",
        (
            "O banco emissor recusa o cartão: nada é cobrado, o cliente tenta outro na mesma venda, e sai o tíquete.",
            "The issuer refuses the card: nothing is charged, another is tried in the same sale, and the ticket comes.",
        ),
        ScriptedSale(
            (
                *TO_PAGE,
                *pays(sisp_cards.REFUSED),
                *AGAIN,
                Touch("key.retry"),
                Wait(("page",), 30.0),
                *pays(sisp_cards.APPROVED),
                *CONFIRMS,
                *TO_THE_END,
            ),
            replace(DELIVERED, earlier=frozenset({"declined"})),
        ),
    ),
    _vinti4(
        "vinti4_forged",
        (
            "A página devolve um sucesso falso: a assinatura não confere, nada foi pago, e não sai tíquete.",
            "The page brings back a forged success: its signature is wrong, nothing was paid, and no ticket comes.",
        ),
        ScriptedSale((_fails("forged"), *_pays(), *_THE_PAGE_GOES), without_money("cancelled")),
    ),
    _vinti4(
        "vinti4_replayed",
        (
            "A página devolve a resposta assinada de uma venda anterior: ela é de outra venda, e não sai tíquete.",
            "The page brings back the signed answer of an earlier sale: it is another's, and no ticket comes.",
        ),
        ScriptedSale((*_pays(), *TO_THE_END), DELIVERED),
        ScriptedSale((_fails("replayed"), *_pays(), *_THE_PAGE_GOES), without_money("cancelled")),
    ),
    _vinti4(
        "vinti4_answer_lost",
        (
            "O pagamento é feito e a resposta da página se perde: a consulta do estado a encontra, e sai o tíquete.",
            "It is paid and the page's answer is lost: the status query finds it, and the ticket comes.",
        ),
        ScriptedSale((_fails("answer_lost"), *_pays(), *_PAID_LATE), DELIVERED),
    ),
    _vinti4(
        "vinti4_dcc",
        (
            "O cliente aceita pagar na moeda do cartão dele: a conversão sai no comprovante, e a loja recebe escudos.",
            "The customer agrees to pay in the card's own money: the receipt says so, and the shop gets escudos.",
        ),
        ScriptedSale(
            (*TO_PAGE, *pays(sisp_cards.FOREIGN), Look("page-dcc"), TouchPage("dcc-yes"), *CONFIRMS, *TO_THE_END),
            DELIVERED,
        ),
    ),
    _vinti4(
        "vinti4_print_fails",
        (
            "A SISP aprova e a impressora cai antes do tíquete: a venda é estornada.",
            "SISP approves and the printer fails before the ticket: the sale is refunded.",
        ),
        ScriptedSale(
            (
                *TO_PAGE,
                *pays(sisp_cards.APPROVED),
                FillPage("otp", sisp_cards.OTP),
                UNPLUG,
                TouchPage("confirm"),
                *_TROUBLED,
                Recorded("compensation", "done"),
                PLUG,
            ),
            replace(undone("PRN-005"), ticket=frozenset({"revoked"})),
        ),
    ),
    _vinti4(
        "vinti4_unsigned_print_fails",
        (
            "A resposta da página se perde e a impressora cai: sem assinatura não há estorno, e fica anotado.",
            "The page's answer is lost and the printer fails: unsigned, nothing goes back by itself, and it is named.",
        ),
        ScriptedSale(
            (
                _fails("answer_lost"),
                *TO_PAGE,
                *pays(sisp_cards.APPROVED),
                FillPage("otp", sisp_cards.OTP),
                UNPLUG,
                TouchPage("confirm"),
                *_TROUBLED,
                PLUG,
            ),
            ExpectedEnd(
                "trouble",
                trouble="PRN-005",
                sale=frozenset({"needs_attention"}),
                attempt=frozenset({"approved"}),
                ticket=frozenset({"failed"}),
                attentions=frozenset({"PRN-005"}),
            ),
        ),
    ),
)
