"""Every fault that the demo can play, what happens in it, and how each of its sales must end."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from totem.bootstrap.acts import (
    Befall,
    Blow,
    Choose,
    JumpClock,
    KioskLimits,
    Look,
    Pay,
    Recorded,
    Scenario,
    ScriptedSale,
    Touch,
    Wait,
    World,
)
from totem.bootstrap.adiq_scenarios import ADIQ
from totem.bootstrap.card_scenarios import CARDS
from totem.bootstrap.checker import ExpectedEnd, Returned
from totem.bootstrap.money_scenarios import MONEY
from totem.bootstrap.printer_scenarios import PRINTER
from totem.bootstrap.script_parts import (
    BEGIN,
    CANCEL,
    DELIVERED,
    REMOVED,
    THANKED,
    TICKET_IS_OUT_S,
    TO_CODE,
    TROUBLED,
    UNKNOWN,
    bank_fails,
    compensated,
    delivered_after,
    not_opened,
    without_money,
)
from totem.bootstrap.vinti4_scenarios import VINTI4

PLAIN: Final = Scenario(
    "plain",
    (
        "Venda comum: paga, com tíquete, tudo registrado.",
        "A plain sale: paid, with its ticket, all of it recorded.",
    ),
    (
        ScriptedSale(
            (
                *TO_CODE,
                Pay(),
                Wait(("printing", "thanks")),
                Look(still_s=0),
                Wait(("thanks",)),
                Look(still_s=TICKET_IS_OUT_S),
            ),
            DELIVERED,
        ),
    ),
)

_BANK: Final = (
    Scenario(
        "bank_down",
        (
            "O banco não atende: nenhuma cobrança é feita, a tela diz PIX-001 e que o cliente não foi cobrado.",
            "The bank is down: no charge is made, the screen says PIX-001 and that nobody was charged.",
        ),
        (
            ScriptedSale(
                (World("bank.set_down", {"down": True}), *BEGIN, *TROUBLED), without_money("PIX-001", "not_sent")
            ),
        ),
    ),
    Scenario(
        "bank_silent",
        (
            "O banco cala ao criar a cobrança: ela fica em dúvida, é encontrada, paga, e sai o tíquete.",
            "The bank falls silent while the charge is made: it is unknown, then found, paid, with its ticket.",
        ),
        (
            ScriptedSale(
                (bank_fails("create_charge", "never_after"), *TO_CODE, Pay(), *THANKED),
                delivered_after(("create_charge", "never"), attempt_was=UNKNOWN),
            ),
        ),
        KioskLimits(read_timeout_s=1),
    ),
    Scenario(
        "token_expired",
        (
            "O banco deixa de aceitar o token no meio da venda: ele é renovado, e sai o tíquete.",
            "The bank stops accepting the token in mid-sale: it is renewed, and the ticket comes.",
        ),
        (
            ScriptedSale(
                (*TO_CODE, World("bank.expire_tokens"), Pay(), *THANKED),
                delivered_after(("get_charge", "401")),
            ),
        ),
    ),
    Scenario(
        "rate_limited",
        (
            "O banco pede calma (429): o totem espera o tempo pedido, e sai o tíquete.",
            "The bank asks for patience (429): the kiosk waits as told, and the ticket comes.",
        ),
        (
            ScriptedSale(
                (
                    *TO_CODE,
                    bank_fails("get_charge", "status", 2, code=429, problem="LimiteExcedido", retry_after_s=1),
                    Pay(),
                    *THANKED,
                ),
                delivered_after(("get_charge", "429")),
            ),
        ),
    ),
    Scenario(
        "server_errors",
        (
            "O banco erra (5xx) enquanto o totem pergunta: ele pergunta de novo, e sai o tíquete.",
            "The bank fails (5xx) while it is asked: it is asked again, and the ticket comes.",
        ),
        (
            ScriptedSale(
                (*TO_CODE, bank_fails("get_charge", "status", 3, code=503), Pay(), *THANKED),
                delivered_after(("get_charge", "503")),
            ),
        ),
    ),
    Scenario(
        "html_error",
        (
            "O banco responde com uma página HTML: a cobrança fica em dúvida, é encontrada, e sai o tíquete.",
            "The bank answers with a page of HTML: the charge is unknown, then found, and the ticket comes.",
        ),
        (
            ScriptedSale(
                (
                    bank_fails("create_charge", "html"),
                    *TO_CODE,
                    bank_fails("get_charge", "html"),
                    Pay(),
                    *THANKED,
                ),
                delivered_after(("create_charge", "502"), ("get_charge", "502"), attempt_was=UNKNOWN),
            ),
        ),
    ),
    Scenario(
        "wrong_certificate",
        (
            "O certificado do totem não é aceito: nenhuma cobrança é feita, e a tela diz PIX-002, o certificado.",
            "The kiosk's certificate is refused: no charge is made, and the screen says PIX-002, the certificate.",
        ),
        (ScriptedSale((*BEGIN, *TROUBLED), without_money("PIX-002", "not_sent")),),
        KioskLimits(wrong_certificate=True),
    ),
)

_CUSTOMER: Final = (
    Scenario(
        "charge_expires",
        (
            "Ninguém paga no prazo: a cobrança é retirada do banco, e a tela diz PIX-010 e que nada foi cobrado.",
            "Nobody pays in time: the charge is removed at the bank, the screen says PIX-010, nobody was charged.",
        ),
        (ScriptedSale((*TO_CODE, *TROUBLED), without_money("PIX-010", "expired", answers=REMOVED)),),
        KioskLimits(charge_life_s=6, screen_s=2.0),
    ),
    Scenario(
        "customer_cancels",
        (
            "O cliente cancela: a cobrança é retirada do banco antes que a tela diga que nada foi cobrado.",
            "The customer cancels: the charge is removed at the bank before the screen says that nobody was charged.",
        ),
        (
            ScriptedSale(
                (*TO_CODE, Touch("key.cancel"), Look("cancel"), Touch("key.cancel.yes"), *TROUBLED),
                without_money("PIX-011", "cancelled", CANCEL, REMOVED),
            ),
        ),
    ),
    Scenario(
        "cancel_race",
        (
            "O cliente cancela e o pagamento chega antes: o pagamento vale, e sai o tíquete.",
            "The customer cancels and the payment comes first: it is honoured, with its ticket.",
        ),
        (
            ScriptedSale(
                (
                    *TO_CODE,
                    bank_fails("cancel_charge", "pay_at", when="before"),
                    Touch("key.cancel"),
                    Touch("key.cancel.yes"),
                    *THANKED,
                ),
                delivered_after(noted=CANCEL),
            ),
        ),
    ),
    Scenario(
        "amount_differs",
        (
            (
                "O cliente paga outro valor. A menos: não sai tíquete, a tela diz PIX-012, e tudo é devolvido. "
                "A mais: sai o tíquete, e o troco é devolvido."
            ),
            (
                "The customer pays another amount. Less: no ticket, the screen says PIX-012, all of it goes back. "
                "More: the ticket comes, and the excess goes back."
            ),
        ),
        (
            ScriptedSale(
                (*TO_CODE, Pay(difference_cents=-100), *TROUBLED, Recorded("sale", "compensated")),
                replace(compensated("PIX-012"), difference_cents=-100),
            ),
            ScriptedSale(
                (*TO_CODE, Pay(difference_cents=500), *THANKED, Recorded("compensation", "done")),
                replace(DELIVERED, settled=frozenset({"PIX-012"}), difference_cents=500, returned=Returned.EXCESS),
            ),
        ),
    ),
)

_KIOSK: Final = (
    Scenario(
        "paper_out",
        (
            (
                "O papel acaba no meio do tíquete de uma venda paga: ela espera, é anotada, e o tíquete sai com "
                "o papel novo; sem papel antes de começar, nenhuma venda abre."
            ),
            (
                "The paper ends within the ticket of a paid sale: it is held and named, and the ticket comes with new "
                "paper; with no paper beforehand no sale opens."
            ),
        ),
        (
            ScriptedSale(
                (
                    World("printer.paper_ends_after", {"lines": 6}),
                    *TO_CODE,
                    Pay(),
                    Wait(("held",)),
                    Look(),
                    World("printer.paper", {"present": True}),
                    *THANKED,
                ),
                ExpectedEnd(
                    "thanks",
                    sale=frozenset({"completed"}),
                    attempt=frozenset({"approved"}),
                    ticket=frozenset({"printed"}),
                    settled=frozenset({"PRN-001"}),
                ),
            ),
            ScriptedSale(
                (World("printer.paper", {"present": False}), *BEGIN, *TROUBLED),
                not_opened("PRN-001"),
            ),
        ),
    ),
    Scenario(
        "disk_full",
        (
            (
                "O disco enche antes: nenhuma venda abre (JRN-003). Enche enquanto o pagamento é gravado: o totem "
                "sai de serviço, e ao voltar com espaço confere com o banco e imprime o tíquete."
            ),
            (
                "The disk is full beforehand: no sale opens (JRN-003). It fills while the payment is recorded: the "
                "kiosk goes out of service, and once restarted with room it asks the bank and prints the ticket."
            ),
        ),
        (
            ScriptedSale(
                (
                    Choose(),
                    Befall(Blow.DISK_FULL),
                    Touch("key.method.pix"),
                    *TROUBLED,
                    Befall(Blow.DISK_FREE),
                ),
                not_opened("JRN-003"),
            ),
            ScriptedSale(
                (
                    *TO_CODE,
                    Befall(Blow.DISK_FULL),
                    Pay(),
                    Wait(("out_of_service",)),
                    Look(),
                    Befall(Blow.DISK_FREE),
                    Befall(Blow.RESTART),
                    World("printer.await_tickets", {"count": 1}),
                ),
                ExpectedEnd(
                    "out_of_service",
                    trouble="JRN-003",
                    sale=frozenset({"completed"}),
                    attempt=frozenset({"approved"}),
                    ticket=frozenset({"printed"}),
                ),
            ),
        ),
    ),
    Scenario(
        "clock_jumps",
        (
            "O relógio do totem salta horas, adiante e para trás, durante a cobrança: a venda segue, com tíquete.",
            "The kiosk's clock jumps by hours, ahead and back, during the charge: the sale goes on, with its ticket.",
        ),
        (
            ScriptedSale((*TO_CODE, JumpClock(5), Pay(), *THANKED), DELIVERED),
            ScriptedSale((*TO_CODE, JumpClock(-9), Pay(), *THANKED), DELIVERED),
        ),
    ),
)

_ALL: Final = (*_BANK, *_CUSTOMER, *_KIOSK, *PRINTER, *MONEY, *CARDS, *ADIQ, *VINTI4)
FAULTS: Final = {scenario.name: scenario for scenario in _ALL}


def list_faults() -> tuple[tuple[str, str], ...]:
    """Each fault's name with how its sale must end, in Portuguese: the rows of `--list-faults`."""
    return tuple((name, scenario.how_it_ends[0]) for name, scenario in FAULTS.items())
