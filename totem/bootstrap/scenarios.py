"""Every fault that the demo can play, what happens in it, and how each of its sales must end."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from totem.bootstrap.acts import (
    Act,
    Befall,
    Blow,
    Choose,
    JumpClock,
    KioskLimits,
    Look,
    Pay,
    ReadCode,
    Scenario,
    ScriptedSale,
    Touch,
    Wait,
    World,
)
from totem.bootstrap.checker import ExpectedEnd

# --- how a sale can end -----------------------------------------------------------------------------------------------

_UNKNOWN: Final = frozenset({"unknown"})
_CANCEL: Final = frozenset({"cancel.requested"})
_REMOVED: Final = frozenset({("cancel_charge", "200")})

_DELIVERED: Final = ExpectedEnd(
    "thanks", sale=frozenset({"completed"}), attempt=frozenset({"approved"}), ticket=frozenset({"printed"})
)


def _not_opened(trouble: str) -> ExpectedEnd:
    return ExpectedEnd("trouble", opens=False, trouble=trouble)


def _without_money(
    trouble: str,
    attempt: str,
    noted: frozenset[str] = frozenset(),
    answers: frozenset[tuple[str, str]] = frozenset(),
) -> ExpectedEnd:
    return ExpectedEnd(
        "trouble",
        trouble=trouble,
        sale=frozenset({"abandoned"}),
        attempt=frozenset({attempt}),
        is_paid=False,
        noted=noted,
        answers=answers,
    )


def _delivered_after(
    *answers: tuple[str, str], attempt_was: frozenset[str] = frozenset(), noted: frozenset[str] = frozenset()
) -> ExpectedEnd:
    """With its ticket, though the bank answered so."""
    return replace(_DELIVERED, answers=frozenset(answers), attempt_was=attempt_was, noted=noted)


# --- what happens -----------------------------------------------------------------------------------------------------

_BEGIN: Final[tuple[Act, ...]] = (Choose(), Touch("key.method.pix"))
_TO_CODE: Final[tuple[Act, ...]] = (*_BEGIN, Wait(("pix",)), ReadCode())
_TICKET_IS_OUT_S: Final = 0.9
"""Longer than the pause between the tick and the ticket on the last screen."""
_THANKED: Final[tuple[Act, ...]] = (Wait(("thanks",)), Look())
_TROUBLED: Final[tuple[Act, ...]] = (Wait(("trouble",)), Look())


def _bank_fails(operation: str, kind: str, times: int = 1, **values: object) -> World:
    """The bank's next `times` answers to that operation go wrong in that way; it takes the place of earlier faults."""
    fault = {"operation": operation, "effect": {"kind": kind, **values}, "count": times}
    return World("bank.set_faults", {"faults": [fault]})


PLAIN: Final = Scenario(
    "plain",
    (
        "Venda comum: paga, com tíquete, tudo registrado.",
        "A plain sale: paid, with its ticket, all of it recorded.",
    ),
    (
        ScriptedSale(
            (
                *_TO_CODE,
                Pay(),
                Wait(("printing", "thanks")),
                Look(still_s=0),
                Wait(("thanks",)),
                Look(still_s=_TICKET_IS_OUT_S),
            ),
            _DELIVERED,
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
                (World("bank.set_down", {"down": True}), *_BEGIN, *_TROUBLED), _without_money("PIX-001", "not_sent")
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
                (_bank_fails("create_charge", "never_after"), *_TO_CODE, Pay(), *_THANKED),
                _delivered_after(("create_charge", "never"), attempt_was=_UNKNOWN),
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
                (*_TO_CODE, World("bank.expire_tokens"), Pay(), *_THANKED),
                _delivered_after(("get_charge", "401")),
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
                    *_TO_CODE,
                    _bank_fails("get_charge", "status", 2, code=429, problem="LimiteExcedido", retry_after_s=1),
                    Pay(),
                    *_THANKED,
                ),
                _delivered_after(("get_charge", "429")),
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
                (*_TO_CODE, _bank_fails("get_charge", "status", 3, code=503), Pay(), *_THANKED),
                _delivered_after(("get_charge", "503")),
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
                    _bank_fails("create_charge", "html"),
                    *_TO_CODE,
                    _bank_fails("get_charge", "html"),
                    Pay(),
                    *_THANKED,
                ),
                _delivered_after(("create_charge", "502"), ("get_charge", "502"), attempt_was=_UNKNOWN),
            ),
        ),
    ),
    Scenario(
        "wrong_certificate",
        (
            "O certificado do totem não é aceito: nenhuma cobrança é feita, e a tela diz PIX-002, o certificado.",
            "The kiosk's certificate is refused: no charge is made, and the screen says PIX-002, the certificate.",
        ),
        (ScriptedSale((*_BEGIN, *_TROUBLED), _without_money("PIX-002", "not_sent")),),
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
        (ScriptedSale((*_TO_CODE, *_TROUBLED), _without_money("PIX-010", "expired", answers=_REMOVED)),),
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
                (*_TO_CODE, Touch("key.cancel"), Look("cancel"), Touch("key.cancel.yes"), *_TROUBLED),
                _without_money("PIX-011", "cancelled", _CANCEL, _REMOVED),
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
                    *_TO_CODE,
                    _bank_fails("cancel_charge", "pay_at", when="before"),
                    Touch("key.cancel"),
                    Touch("key.cancel.yes"),
                    *_THANKED,
                ),
                _delivered_after(noted=_CANCEL),
            ),
        ),
    ),
    Scenario(
        "amount_differs",
        (
            "O cliente paga outro valor: não sai tíquete, e o caso fica anotado para o atendente (PIX-012).",
            "The customer pays another amount: no ticket, and a named entry for the attendant (PIX-012).",
        ),
        (
            ScriptedSale(
                (*_TO_CODE, Pay(difference_cents=-100), *_TROUBLED),
                ExpectedEnd(
                    "trouble",
                    trouble="PIX-012",
                    sale=frozenset({"needs_attention"}),
                    attempt=frozenset({"approved"}),
                    attentions=frozenset({"PIX-012"}),
                    difference_cents=-100,
                ),
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
                    *_TO_CODE,
                    Pay(),
                    Wait(("held",)),
                    Look(),
                    World("printer.paper", {"present": True}),
                    *_THANKED,
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
                (World("printer.paper", {"present": False}), *_BEGIN, *_TROUBLED),
                _not_opened("PRN-001"),
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
                    *_TROUBLED,
                    Befall(Blow.DISK_FREE),
                ),
                _not_opened("JRN-003"),
            ),
            ScriptedSale(
                (
                    *_TO_CODE,
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
            ScriptedSale((*_TO_CODE, JumpClock(5), Pay(), *_THANKED), _DELIVERED),
            ScriptedSale((*_TO_CODE, JumpClock(-9), Pay(), *_THANKED), _DELIVERED),
        ),
    ),
)

FAULTS: Final = {scenario.name: scenario for scenario in (*_BANK, *_CUSTOMER, *_KIOSK)}


def list_faults() -> tuple[tuple[str, str], ...]:
    """Each fault's name with how its sale must end, in Portuguese: the rows of `--list-faults`."""
    return tuple((name, scenario.how_it_ends[0]) for name, scenario in FAULTS.items())
