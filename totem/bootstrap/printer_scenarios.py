"""Faults of the printer: what befalls it in mid-job or beforehand, and how each sale must end."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from totem.bootstrap.acts import Act, KioskLimits, Look, Pay, Recorded, Scenario, ScriptedSale, Touch, Wait, World
from totem.bootstrap.checker import ExpectedEnd
from totem.bootstrap.script_parts import BEGIN, DELIVERED, THANKED, TO_CODE, TROUBLED, not_opened

_IN_MID_JOB: Final = 250
"""Bytes of a ticket, which has more than twice as many."""
_SILENCE_LIMIT_S: Final = 30.0
"""A printer that says nothing is waited for much longer than one that says why."""

_HELD: Final[tuple[Act, ...]] = (Wait(("held",)), Look())
_IN_DOUBT: Final[tuple[Act, ...]] = (Wait(("ticket_unknown",), limit_s=_SILENCE_LIMIT_S), Look())
_ONCE_MORE: Final[tuple[Act, ...]] = (Touch("key.ticket.reprint"),)
_HAS_IT: Final[tuple[Act, ...]] = (Touch("key.ticket.yes"), Wait(("attract",)))


def _at_byte(act: str) -> World:
    """That happens while the next ticket is on its way to the printer."""
    return World("printer.at_byte", {"bytes": _IN_MID_JOB, "act": act})


def _waited_for(trouble: str) -> ExpectedEnd:
    """The ticket came after all, and what held it was named and settled."""
    return replace(DELIVERED, settled=frozenset({trouble}))


_COPIED: Final = replace(
    DELIVERED,
    trouble="PRN-007",
    settled=frozenset({"PRN-007"}),
    ticket_was=frozenset({"unknown"}),
    noted=frozenset({"ticket.reprint_asked", "ticket.reprinted"}),
)
"""Of unknown fate, and printed once more by the customer's choice, marked."""

_DOUBTED: Final = ExpectedEnd(
    "ticket_unknown",
    trouble="PRN-007",
    sale=frozenset({"needs_attention"}),
    attempt=frozenset({"approved"}),
    ticket=frozenset({"unknown"}),
    attentions=frozenset({"PRN-007"}),
)
"""Nobody knows, and a technician is shown."""


def _held_and_refused(
    name: str, told: tuple[str, str], begin: World, mend: World, mid_job: str, trouble: str
) -> Scenario:
    """In mid-job it holds the ticket, which comes once it is mended; beforehand no sale opens."""
    return Scenario(
        name,
        told,
        (
            ScriptedSale((_at_byte(mid_job), *TO_CODE, Pay(), *_HELD, mend, *THANKED), _waited_for(trouble)),
            ScriptedSale((begin, *BEGIN, *TROUBLED), not_opened(trouble)),
        ),
    )


_HOLDS: Final = (
    _held_and_refused(
        "cover_open",
        (
            (
                "A tampa é aberta no meio do tíquete de uma venda paga: ela espera, é anotada (PRN-002), e o tíquete "
                "sai quando a fecham; com a tampa aberta antes, nenhuma venda abre."
            ),
            (
                "The cover is opened within the ticket of a paid sale: it is held and named (PRN-002), and the ticket "
                "comes once it is closed; with the cover open beforehand no sale opens."
            ),
        ),
        World("printer.cover", {"open": True}),
        World("printer.cover", {"open": False}),
        "cover",
        "PRN-002",
    ),
    _held_and_refused(
        "cutter_error",
        (
            (
                "A guilhotina trava no meio do tíquete: a venda espera, é anotada (PRN-003), e o tíquete sai quando a "
                "soltam; travada antes, nenhuma venda abre."
            ),
            (
                "The cutter jams within the ticket: the sale is held and named (PRN-003), and the ticket comes once it "
                "is freed; with it jammed beforehand no sale opens."
            ),
        ),
        World("printer.cutter", {"failed": True}),
        World("printer.cutter", {"failed": False}),
        "cutter",
        "PRN-003",
    ),
    _held_and_refused(
        "printer_hot",
        (
            (
                "A cabeça da impressora esquenta no meio do tíquete: a venda espera, é anotada (PRN-010), e o tíquete "
                "sai quando ela esfria; quente antes, nenhuma venda abre."
            ),
            (
                "The print head runs hot within the ticket: the sale is held and named (PRN-010), and the ticket comes "
                "once it has cooled; with it hot beforehand no sale opens."
            ),
        ),
        World("printer.hot", {"hot": True}),
        World("printer.hot", {"hot": False}),
        "hot",
        "PRN-010",
    ),
    _held_and_refused(
        "printer_offline",
        (
            (
                "Alguém põe a impressora fora de linha no meio do tíquete: a venda espera, é anotada (PRN-009), e o "
                "tíquete sai quando ela volta; fora de linha antes, nenhuma venda abre."
            ),
            (
                "Somebody takes the printer off line within the ticket: the sale is held and named (PRN-009), and the "
                "ticket comes once it is back; with it off line beforehand no sale opens."
            ),
        ),
        World("printer.offline", {"offline": True}),
        World("printer.offline", {"offline": False}),
        "offline",
        "PRN-009",
    ),
)

_PAPER_LOW: Final = Scenario(
    "paper_low",
    (
        "O papel está no fim: o totem vende como sempre, e o técnico é avisado uma vez por dia.",
        "The end of the paper is near: the kiosk sells as ever, and the technician is warned once a day.",
    ),
    (
        ScriptedSale(
            (World("printer.paper", {"present": True, "low": True}), *TO_CODE, Pay(), *THANKED),
            replace(DELIVERED, noted=frozenset({"printer.paper_low"})),
        ),
        ScriptedSale((World("printer.paper", {"present": True, "low": True}), *TO_CODE, Pay(), *THANKED), DELIVERED),
    ),
)

_UNPLUGGED: Final = Scenario(
    "printer_unplugged",
    (
        (
            "O cabo da impressora solta: antes do tíquete a venda espera (PRN-005), e ele sai com o cabo de volta; no "
            "meio ninguém sabe (PRN-007), e o cliente o pede de novo, marcado 2ª via; antes da venda, nenhuma abre."
        ),
        (
            "The printer's cable comes off: before the ticket the sale is held (PRN-005) until it is back; "
            "within it nobody knows (PRN-007), and the customer has it again, marked; beforehand no sale opens."
        ),
    ),
    (
        ScriptedSale(
            (
                *TO_CODE,
                World("printer.unplug", {"unplugged": True}),
                Pay(),
                *_HELD,
                World("printer.unplug", {"unplugged": False}),
                *THANKED,
            ),
            _waited_for("PRN-005"),
        ),
        ScriptedSale(
            (
                _at_byte("unplug"),
                *TO_CODE,
                Pay(),
                *_IN_DOUBT,
                World("printer.unplug", {"unplugged": False}),
                *_ONCE_MORE,
                *THANKED,
            ),
            _COPIED,
        ),
        ScriptedSale((World("printer.unplug", {"unplugged": True}), *BEGIN, *TROUBLED), not_opened("PRN-005")),
    ),
)

_STALLS: Final = Scenario(
    "printer_stalls",
    (
        (
            "A impressora para de ler no meio do tíquete: passado o prazo ninguém sabe (PRN-007); o cliente o vê sair "
            "e diz que o tem, e a venda fica anotada. Muda antes da venda, nenhuma abre (PRN-004)."
        ),
        (
            "The printer stops reading within the ticket: after its limit nobody knows (PRN-007); the customer sees it "
            "come and says so, and the sale stays named. Silent beforehand, no sale opens (PRN-004)."
        ),
    ),
    (
        ScriptedSale(
            (
                _at_byte("stall"),
                *TO_CODE,
                Pay(),
                *_IN_DOUBT,
                World("printer.stall", {"stalled": False}),
                *_HAS_IT,
            ),
            replace(_DOUBTED, noted=frozenset({"ticket.in_hand"})),
        ),
        ScriptedSale((World("printer.stall", {"stalled": True}), *BEGIN, *TROUBLED), not_opened("PRN-004")),
    ),
)

_POWER_CUT: Final = Scenario(
    "printer_power_cut",
    (
        (
            "Falta luz na impressora no meio do tíquete, e sai metade (PRN-007): o cliente o pede de novo, marcado 2ª "
            "via; se falta outra vez, a venda fica anotada, e o papel nunca sai duas vezes sem marca."
        ),
        (
            "The printer loses its power within the ticket, and half of it comes (PRN-007): the customer has it again, "
            "marked; if it fails once more the sale stays named, and no paper ever comes twice without the mark."
        ),
    ),
    (
        ScriptedSale((_at_byte("power_cut"), *TO_CODE, Pay(), *_IN_DOUBT, *_ONCE_MORE, *THANKED), _COPIED),
        ScriptedSale(
            (
                _at_byte("power_cut"),
                *TO_CODE,
                Pay(),
                *_IN_DOUBT,
                _at_byte("power_cut"),
                *_ONCE_MORE,
                Wait(("trouble",), limit_s=_SILENCE_LIMIT_S),
                Look(),
            ),
            replace(_DOUBTED, screen="trouble", noted=frozenset({"ticket.reprint_asked", "ticket.reprinted"})),
        ),
    ),
)

_SPARE: Final = Scenario(
    "printer_spare_takes_over",
    (
        (
            "Com uma segunda impressora: sem papel ou sem cabo na primeira, o tíquete sai na segunda; um que a "
            "primeira já começou fica nela, e o da venda seguinte sai na outra."
        ),
        (
            "With a second printer: where the first has no paper or no cable, the ticket comes from the second; one "
            "that the first has begun stays there."
        ),
    ),
    (
        ScriptedSale(
            (World("printer.paper", {"present": False}), *TO_CODE, Pay(), *THANKED),
            replace(DELIVERED, printer="Impressora reserva"),
        ),
        ScriptedSale(
            (*TO_CODE, World("printer.unplug", {"unplugged": True}), Pay(), *THANKED),
            replace(DELIVERED, printer="Impressora reserva"),
        ),
        ScriptedSale(
            (_at_byte("cover"), *TO_CODE, Pay(), *_HELD, World("printer.cover", {"open": False}), *THANKED),
            replace(_waited_for("PRN-002"), printer="Impressora de tíquetes"),
        ),
    ),
    KioskLimits(spare_printer=True),
)

_ON_SCREEN: Final = Scenario(
    "paper_out_sells_on",
    (
        (
            "Sem papel, e o dono quis vender assim mesmo: a venda abre, e o código do tíquete aparece grande na tela, "
            "registrado como mostrado e não impresso."
        ),
        (
            "No paper, and the owner wants to sell all the same: the sale opens, and the ticket's code is shown large, "
            "recorded as shown and not printed."
        ),
    ),
    (
        ScriptedSale(
            (
                World("printer.paper", {"present": False}),
                *TO_CODE,
                Pay(),
                Wait(("paperless",)),
                Look(),
                Touch("key.done"),
                Wait(("attract",)),
                Recorded("ticket", "printed"),
            ),
            replace(DELIVERED, screen="paperless"),
        ),
    ),
    KioskLimits(without_paper="screen"),
)

PRINTER: Final = (*_HOLDS, _PAPER_LOW, _UNPLUGGED, _STALLS, _POWER_CUT, _SPARE, _ON_SCREEN)
