"""Sales by card: the plain one at each terminal, and every fault of a terminal that the demo can play."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from totem.bootstrap.acts import (
    Act,
    Befall,
    Blow,
    KioskLimits,
    Look,
    Pay,
    ReadCode,
    Recorded,
    Scenario,
    ScriptedSale,
    Touch,
    Wait,
    World,
)
from totem.bootstrap.card_parts import (
    AGAIN,
    AT_TERMINAL,
    BEGIN_CREDIT,
    GIVES_UP,
    PLUG,
    TO_THE_END,
    UNPLUG,
    undone,
    without_money,
)
from totem.bootstrap.checker import ExpectedEnd, Returned
from totem.bootstrap.script_parts import DELIVERED, THANKED, TROUBLED


def plain_card(terminal: str) -> Scenario:
    """A card sale at that terminal, in two payments."""
    return Scenario(
        "plain",
        (
            "Venda comum no cartão: aprovada, com tíquete e comprovante, confirmada, tudo registrado.",
            "A plain card sale: approved, with ticket and receipt, confirmed, all of it recorded.",
        ),
        (ScriptedSale((*BEGIN_CREDIT, *AT_TERMINAL, *TO_THE_END), DELIVERED),),
        method=terminal,
    )


def _script(terminal: str, fault: str, **values: object) -> World:
    return World(f"{terminal}.script", {"name": fault, **values})


def _paygo(name: str, told: tuple[str, str], acts: tuple[Act, ...], end: ExpectedEnd, **more: object) -> Scenario:
    return Scenario(name, told, (ScriptedSale(acts, end),), method="tef", **more)  # type: ignore[arg-type]


_TEF: Final = (
    _paygo(
        "tef_denied",
        (
            "O cartão é negado: nada é cobrado, o cliente tenta outro cartão, e sai o tíquete.",
            "The card is denied: nothing is charged, the customer tries another, and the ticket comes.",
        ),
        (_script("tef", "denied"), *BEGIN_CREDIT, *AGAIN, Touch("key.method.debit"), *THANKED),
        replace(DELIVERED, earlier=frozenset({"declined"})),
    ),
    _paygo(
        "tef_no_answer",
        (
            "O PayGo não responde ao pedido (sem .sts): ele é retirado sem ter sido lido, e nada é cobrado.",
            "PayGo does not answer (no .sts): the request is withdrawn unread, and nothing is charged.",
        ),
        (_script("tef", "no_sts_left", on="CRT"), *BEGIN_CREDIT, Wait(("again",), 30.0), Look(), *GIVES_UP),
        without_money("not_sent"),
        limits=KioskLimits(tef_folder=True),
    ),
    _paygo(
        "tef_vanishes",
        (
            "O PayGo some depois de aceitar o pedido: ninguém sabe do dinheiro; fica anotado, e não se cobra de novo.",
            "PayGo vanishes after it took the request: nobody knows of the money; it is named, and not charged again.",
        ),
        (_script("tef", "vanish_after_sts"), *BEGIN_CREDIT, *TROUBLED),
        ExpectedEnd(
            "trouble",
            trouble="TEF-005",
            sale=frozenset({"open"}),
            attempt=frozenset({"unknown"}),
            attentions=frozenset({"TEF-005"}),
            is_paid=False,
            may_stay_unresolved=True,
        ),
        limits=KioskLimits(terminal_silence_s=3.0),
    ),
    _paygo(
        "tef_pending_known",
        (
            "O PayGo tem pendente uma venda já confirmada aqui: a confirmação é repetida, e a venda nova é tentada.",
            "PayGo holds a sale that was confirmed here: it is confirmed again, and the new sale is tried anew.",
        ),
        (
            _script("tef", "cnf_lost"),
            *BEGIN_CREDIT,
            *THANKED,
        ),
        DELIVERED,
    ),
    _paygo(
        "tef_pending_unknown",
        (
            "O PayGo tem pendente uma venda que ninguém aqui conhece: ela é desfeita e anotada, e a venda segue.",
            "PayGo holds a sale that nobody here knows: it is undone and named, and the sale goes on.",
        ),
        (
            World("tef.plant_orphan"),
            *BEGIN_CREDIT,
            *AGAIN,
            Touch("key.method.debit"),
            *THANKED,
        ),
        replace(DELIVERED, earlier=frozenset({"declined"})),
    ),
    _paygo(
        "tef_power_loss",
        (
            "Falta luz depois da aprovação, antes do tíquete: ao religar, a venda é desfeita no cartão.",
            "The power fails after the approval, before the ticket: at the next start the card is undone.",
        ),
        (
            *BEGIN_CREDIT,
            Wait(("card",)),
            UNPLUG,
            Recorded("attempt", "approved"),
            Recorded("attention", "open"),
            Befall(Blow.OFF),
            PLUG,
            Befall(Blow.ON),
            Recorded("settlement", "undone"),
        ),
        ExpectedEnd(
            "attract",
            sale=frozenset({"compensated"}),
            attempt=frozenset({"approved"}),
            ticket=frozenset({"revoked"}),
            settled=frozenset({"TEF-018", "PRN-005"}),
            returned=Returned.ALL,
        ),
        limits=KioskLimits(close_s=0.0),
    ),
    _paygo(
        "tef_amount_differs",
        (
            "O PayGo aprova outro valor: a venda é desfeita, sem tíquete.",
            "PayGo approves another amount: the sale is undone, without a ticket.",
        ),
        (_script("tef", "amount_differs"), *BEGIN_CREDIT, *TROUBLED, Recorded("settlement", "undone")),
        undone("TEF-006", difference_cents=100),
    ),
    _paygo(
        "print_fails_after_approval",
        (
            "O cartão é aprovado e a impressora cai antes do tíquete: a venda é desfeita, e nada é cobrado.",
            "The card is approved and the printer fails before the ticket: the card is undone, nobody is charged.",
        ),
        (*BEGIN_CREDIT, Wait(("card",)), UNPLUG, *TROUBLED, Recorded("settlement", "undone"), PLUG),
        undone("PRN-005", ticket=frozenset({"revoked"})),
        limits=KioskLimits(patience_s=3.0),
    ),
)


_SHORT: Final = KioskLimits(patience_s=3.0)


def _at(terminal: str, name: str, told: tuple[str, str], acts: tuple[Act, ...], end: ExpectedEnd) -> Scenario:
    return Scenario(name, told, (ScriptedSale(acts, end),), _SHORT, method=terminal)


_SMART_POS: Final = (
    _at(
        "smartpos",
        "smartpos_declined",
        (
            "A Smart POS recusa o cartão: nada é cobrado, o cliente paga por Pix na mesma venda, e sai o tíquete.",
            "The Smart POS declines: nothing is charged, the customer pays by Pix in the same sale, with its ticket.",
        ),
        (
            _script("smartpos", "declined"),
            *BEGIN_CREDIT,
            *AGAIN,
            Touch("key.method.pix"),
            Wait(("pix",)),
            ReadCode(),
            Pay(),
            *THANKED,
        ),
        replace(DELIVERED, earlier=frozenset({"declined"}), bank="sicredi"),
    ),
    _at(
        "smartpos",
        "smartpos_cancelled",
        (
            "O cliente cancela na tela: a máquina confirma o cancelamento, e nada é cobrado.",
            "The customer cancels on the screen: the machine confirms it, and nothing is charged.",
        ),
        (
            World("smartpos.auto", {"auto": False}),
            *BEGIN_CREDIT,
            Wait(("card",)),
            Touch("key.cancel"),
            *AGAIN,
            *GIVES_UP,
            World("smartpos.auto", {"auto": True}),
        ),
        without_money("cancelled"),
    ),
    _at(
        "smartpos",
        "smartpos_link_lost",
        (
            "O cabo da Smart POS cai depois da aprovação: ao voltar, o totem pergunta, e sai o tíquete.",
            "The link to the Smart POS breaks after the approval: once back, the kiosk asks, and the ticket comes.",
        ),
        (_script("smartpos", "link_lost_after_approval"), *BEGIN_CREDIT, Wait(("thanks",), 30.0), Look()),
        DELIVERED,
    ),
    _at(
        "smartpos",
        "smartpos_answer_lost",
        (
            "A resposta da Smart POS se perde: a venda é perguntada, nunca repetida, e sai o tíquete.",
            "The Smart POS's answer is lost: the sale is asked about, never repeated, and the ticket comes.",
        ),
        (_script("smartpos", "answer_lost"), *BEGIN_CREDIT, Wait(("thanks",), 30.0), Look()),
        DELIVERED,
    ),
    _at(
        "smartpos",
        "smartpos_amount_differs",
        (
            "A Smart POS aprova outro valor: a venda é estornada, sem tíquete.",
            "The Smart POS approves another amount: the sale is refunded, without a ticket.",
        ),
        (
            _script("smartpos", "amount_differs"),
            *BEGIN_CREDIT,
            *TROUBLED,
            Recorded("compensation", "done"),
        ),
        undone("TEF-006", difference_cents=100),
    ),
)


def _gopag_fails(operation: str, kind: str, **values: object) -> World:
    return World("gopag.set_faults", {"faults": [{"operation": operation, "kind": kind, **values}]})


_GOPAG: Final = (
    _at(
        "gopag",
        "gopag_declined",
        (
            "O leitor GoPag recusa o cartão: nada é cobrado, o cliente tenta de novo, e sai o tíquete.",
            "The GoPag reader declines: nothing is charged, the customer tries again, and the ticket comes.",
        ),
        (_gopag_fails("create", "declined"), *BEGIN_CREDIT, *AGAIN, Touch("key.method.debit"), *THANKED),
        replace(DELIVERED, earlier=frozenset({"declined"})),
    ),
    _at(
        "gopag",
        "gopag_answer_lost",
        (
            "A resposta da GoPag à criação se perde: a venda é achada pela referência, e sai o tíquete.",
            "GoPag's answer to the creation is lost: the sale is found by its reference, and the ticket comes.",
        ),
        (_gopag_fails("create", "answer_lost"), *BEGIN_CREDIT, Wait(("thanks",), 30.0), Look()),
        DELIVERED,
    ),
    _at(
        "gopag",
        "gopag_print_fails",
        (
            "A GoPag aprova e a impressora cai antes do tíquete: a venda é estornada.",
            "GoPag approves and the printer fails before the ticket: the sale is voided.",
        ),
        (*BEGIN_CREDIT, Wait(("card",)), UNPLUG, *TROUBLED, Recorded("compensation", "done"), PLUG),
        replace(undone("PRN-005"), ticket=frozenset({"revoked"})),
    ),
)

CARDS: Final = (*_TEF, *_SMART_POS, *_GOPAG)
