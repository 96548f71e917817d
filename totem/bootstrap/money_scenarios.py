"""Faults in which money comes late, twice, to the wrong place or not back: what happens, and how it must end."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from totem.bootstrap.acts import (
    Act,
    Befall,
    Blow,
    JumpClock,
    KioskLimits,
    Look,
    Pay,
    Recorded,
    Scenario,
    ScriptedSale,
    Wait,
    World,
)
from totem.bootstrap.checker import Returned
from totem.bootstrap.script_parts import (
    CANCEL,
    CANCELS,
    DELIVERED,
    GOES_AWAY,
    THANKED,
    TO_CODE,
    TROUBLED,
    bank_fails,
    compensated,
    without_money,
)

_SWEEP_S: Final = 1.0
_GOES_BACK: Final = Recorded("sale", "compensated")
_OTHER_KIOSK: Final = "6LAVA020123456789ABCDEFGHJKMNPQR"
"""A txid as another kiosk of the same account makes it."""
_NEAR_PREFIX: Final = "5LAVA01123456789ABCDEFGHJKMNPQRS"
"""Of the kiosk whose id is LAVA0: the same letters, and not ours."""


_ONE_TOO_MANY: Final = replace(DELIVERED, settled=frozenset({"PIX-014"}), times_paid=2, returned=Returned.EXCESS)


def _both_faults(*faults: World) -> World:
    """Several faults of one bank in force at once."""
    found: list[object] = []
    for each in faults:
        listed = each.values["faults"]
        found += listed if isinstance(listed, list) else []
    return World("bank.set_faults", {"faults": found})


_FAILOVER: Final = Scenario(
    "first_bank_down",
    (
        (
            "O primeiro banco não atende, ou cala com a cobrança feita: o segundo faz a sua, sai o tíquete, "
            "e a que ninguém viu é retirada."
        ),
        (
            "The first bank is down, or falls silent over a charge: the second makes one, the ticket comes, and the "
            "one that nobody saw is removed."
        ),
    ),
    (
        ScriptedSale(
            (World("bank.set_down", {"down": True}), *TO_CODE, Pay(), *THANKED),
            replace(DELIVERED, earlier=frozenset({"not_sent"})),
            at_second=True,
        ),
        ScriptedSale(
            (
                _both_faults(
                    bank_fails("create_charge", "reset_after", 9),
                    bank_fails("get_charge", "status", 9, code=503),
                ),
                *TO_CODE,
                Pay(),
                *THANKED,
                World("bank.clear_faults"),
                Recorded("attempt", "cancelled"),
            ),
            replace(DELIVERED, earlier=frozenset({"cancelled"}), answers=frozenset({("create_charge", "reset")})),
            at_second=True,
        ),
    ),
    KioskLimits(make_s=1.5),
    two_banks=True,
)

_LATE: Final = (
    Scenario(
        "paid_late",
        (
            "O pagamento chega quando o prazo acabou e o cliente já foi embora: é devolvido inteiro (PIX-013).",
            "The payment comes when time was over and the customer has left: all of it goes back (PIX-013).",
        ),
        (
            ScriptedSale(
                (*TO_CODE, *TROUBLED, *GOES_AWAY, Pay(late=True), _GOES_BACK),
                replace(compensated("PIX-010", "PIX-013"), attempt_was=frozenset({"expired"})),
            ),
        ),
        KioskLimits(charge_life_s=60, screen_s=2.0, sweep_s=_SWEEP_S),
    ),
    Scenario(
        "paid_after_cancel",
        (
            (
                "O pagamento chega depois do cancelamento: com o cliente ainda diante da tela vale, e sai o tíquete; "
                "com o totem já livre é devolvido (PIX-013)."
            ),
            (
                "The payment comes after the cancellation: honoured, with its ticket, while the customer still stands "
                "there; given back once the kiosk is free again (PIX-013)."
            ),
        ),
        (
            ScriptedSale(
                (*TO_CODE, *CANCELS, *TROUBLED, Pay(late=True), *THANKED),
                replace(DELIVERED, trouble="PIX-011", noted=CANCEL, attempt_was=frozenset({"cancelled"})),
            ),
            ScriptedSale(
                (*TO_CODE, *CANCELS, *TROUBLED, *GOES_AWAY, Pay(late=True), _GOES_BACK),
                replace(compensated("PIX-011", "PIX-013"), noted=CANCEL, attempt_was=frozenset({"cancelled"})),
            ),
        ),
        KioskLimits(sweep_s=_SWEEP_S),
    ),
    Scenario(
        "paid_twice",
        (
            (
                "Dois celulares pagam a mesma cobrança, juntos ou um depois do tíquete: sai um tíquete, e o segundo "
                "pagamento é devolvido (PIX-014)."
            ),
            (
                "Two phones pay one charge, together or one after the ticket: one ticket comes, and the second payment "
                "goes back (PIX-014)."
            ),
        ),
        (
            ScriptedSale(
                (*TO_CODE, Pay(twice=True), *THANKED, Recorded("compensation", "done")),
                _ONE_TOO_MANY,
            ),
            ScriptedSale((*TO_CODE, Pay(), *THANKED, Pay(late=True), Recorded("compensation", "done")), _ONE_TOO_MANY),
        ),
        KioskLimits(sweep_s=_SWEEP_S),
    ),
    Scenario(
        "paid_without_txid",
        (
            (
                "Alguém paga direto na chave, sem txid: a venda não vale, o Pix é anotado uma só vez (PIX-015) e nunca "
                "é mexido, nem depois de reiniciar."
            ),
            (
                "Somebody pays straight to the key, without a txid: no sale takes it, it is named once (PIX-015) and "
                "never moved, not after a restart either."
            ),
        ),
        (
            ScriptedSale(
                (
                    *TO_CODE,
                    World("bank.pay_key", {"amount_cents": 4500}),
                    Recorded("attention", "open"),
                    Recorded("pix.swept", count=3),
                    *CANCELS,
                    *TROUBLED,
                    *GOES_AWAY,
                    Befall(Blow.RESTART),
                    Recorded("pix.swept"),
                ),
                replace(without_money("PIX-011", "cancelled", CANCEL), unmatched=1),
            ),
        ),
        KioskLimits(sweep_s=_SWEEP_S),
    ),
)

_UNDERPAID: Final[tuple[Act, ...]] = (Pay(difference_cents=-100), *TROUBLED)

_REFUND: Final = (
    Scenario(
        "refund_timeout",
        (
            "A resposta da devolução se perde: o totem pergunta antes de repetir, e o dinheiro volta uma só vez.",
            "The answer to a refund is lost: the kiosk asks before it repeats, and the money goes back just once.",
        ),
        (
            ScriptedSale(
                (*TO_CODE, bank_fails("refund", "never_after"), *_UNDERPAID, _GOES_BACK),
                replace(
                    compensated("PIX-012"),
                    difference_cents=-100,
                    answers=frozenset({("refund", "never")}),
                    calls=frozenset({("refund", 1)}),
                ),
            ),
        ),
        KioskLimits(read_timeout_s=1),
    ),
    Scenario(
        "refund_refused",
        (
            "O banco não faz a devolução (NAO_REALIZADO): a venda fica anotada para o atendente (PIX-012 e PIX-016).",
            "The bank does not carry out the refund (NAO_REALIZADO): the sale is named for the attendant (PIX-016).",
        ),
        (
            ScriptedSale(
                (
                    *TO_CODE,
                    World("bank.set_refunds", {"state": "NAO_REALIZADO"}),
                    *_UNDERPAID,
                    Recorded("sale", "needs_attention"),
                ),
                replace(
                    compensated("PIX-012"),
                    sale=frozenset({"needs_attention"}),
                    attentions=frozenset({"PIX-012", "PIX-016"}),
                    settled=frozenset(),
                    difference_cents=-100,
                    returned=Returned.NOTHING,
                    calls=frozenset({("refund", 1)}),
                ),
            ),
        ),
    ),
)

_DAY_OFF: Final[tuple[Act, ...]] = (
    Befall(Blow.OFF),
    Pay(late=True),
    JumpClock(24),
    Befall(Blow.ON),
    Wait(("attract",)),
    _GOES_BACK,
    # The bank's day did not pass: for the next customer both clocks agree again.
    JumpClock(-24),
)

_ELSEWHERE: Final = (
    Scenario(
        "sweep_sees_other_kiosk",
        (
            (
                "Na mesma conta chegam Pix de outros totens e um do próprio dono: os dos outros são ignorados, o do "
                "dono só é anotado (PIX-015), e a venda segue."
            ),
            (
                "Pix of other kiosks and one of the owner come into the same account: the others' are ignored, the "
                "owner's is only named (PIX-015), and the sale goes on."
            ),
        ),
        (
            ScriptedSale(
                (
                    World("bank.pay_key", {"amount_cents": 4500, "txid": _OTHER_KIOSK}),
                    World("bank.pay_key", {"amount_cents": 4500, "txid": _NEAR_PREFIX}),
                    World("bank.pay_key", {"amount_cents": 100_000}),
                    *TO_CODE,
                    Recorded("attention", "open"),
                    Pay(),
                    *THANKED,
                    Recorded("pix.swept", count=3),
                ),
                replace(DELIVERED, unmatched=1, foreign=2),
            ),
        ),
        KioskLimits(sweep_s=_SWEEP_S),
    ),
    Scenario(
        "kiosk_off_for_a_day",
        (
            (
                "Falta luz com o código na tela, ou depois de uma venda que expirou; o cliente paga, e o totem volta "
                "um dia depois: cada Pix é encontrado e devolvido (PIX-013)."
            ),
            (
                "The power fails with the code on the screen, or after a sale that expired; the customer pays, and the "
                "kiosk comes back a day later: each Pix is found and given back (PIX-013)."
            ),
        ),
        (
            ScriptedSale(
                (*TO_CODE, *TROUBLED, *GOES_AWAY, *_DAY_OFF),
                replace(compensated("PIX-010", "PIX-013"), attempt_was=frozenset({"expired"})),
            ),
            ScriptedSale((*TO_CODE, *_DAY_OFF), replace(compensated("", "PIX-013"), screen="pix")),
        ),
        KioskLimits(screen_s=4.0, sweep_s=_SWEEP_S, close_s=0.0),
    ),
    Scenario(
        "paper_never_comes",
        (
            (
                "O papel acaba com a venda paga e ninguém o troca a tempo: o tíquete é anulado, a tela diz PRN-001, e "
                "o dinheiro é devolvido."
            ),
            (
                "The paper ends once the sale is paid and nobody brings new paper in time: the ticket is revoked, the "
                "screen says PRN-001, and the money goes back."
            ),
        ),
        (
            ScriptedSale(
                (
                    *TO_CODE,
                    World("printer.paper", {"present": False}),
                    Pay(),
                    Wait(("held",)),
                    Look(),
                    *TROUBLED,
                    _GOES_BACK,
                ),
                replace(compensated("PRN-001"), ticket=frozenset({"revoked"})),
            ),
        ),
        KioskLimits(patience_s=3.0),
    ),
)

MONEY: Final = (_FAILOVER, *_LATE, *_REFUND, *_ELSEWHERE)
