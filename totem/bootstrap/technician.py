"""`totem refund`, `reprint`, `capture`, `pin`, `out-of-service` and `journal attention`: a technician on the shell.

Each goes through the kiosk that is open, or under its lock while none is; what comes back is told alike.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from totem.bootstrap.asking import PIN_PROMPT, ask_hidden
from totem.bootstrap.control.office import SET_PIN
from totem.bootstrap.control.shell import MakeRequest, carry_out
from totem.bootstrap.control.wire import Reply, Request
from totem.bootstrap.table import table
from totem.config.loader import load
from totem.config.pin import PinRefused
from totem.domain.machine import CompensationState, SettlementState
from totem.domain.money import Currency, Money, format_money
from totem.domain.records import JsonValue
from totem.services.maintenance.sale_views import ReprintResult, WayBack

Row = Mapping[str, JsonValue]

_WAYS: Final = {
    WayBack.REFUND: "devolução",
    WayBack.PIX_OUT: "Pix enviado",
    WayBack.CARD: "estorno no cartão",
    WayBack.UNDO: "cartão desfeito",
}
_BACK: Final[Mapping[str, str]] = {
    CompensationState.INTENDED: "por enviar",
    CompensationState.SENT: "o banco processa",
    CompensationState.UNKNOWN: "sem resposta ainda",
    CompensationState.DONE: "devolvido",
    CompensationState.REFUSED: "recusado pelo banco",
    SettlementState.UNDOING: "sem resposta ainda",
    SettlementState.UNDONE: "feito",
}
_CAPTURED: Final[Mapping[str, str]] = {
    SettlementState.DECIDING: "por decidir",
    SettlementState.CONFIRMING: "sem resposta ainda",
    SettlementState.CONFIRMED: "capturado",
    SettlementState.UNDOING: "será desfeito",
    SettlementState.UNDONE: "desfeito",
}
_REPRINTED: Final = {
    ReprintResult.PRINTED: "Impresso.",
    ReprintResult.UNKNOWN: "A ligação com a impressora caiu no meio: o papel pode ter saído ou não.",
    ReprintResult.NOT_PRINTED: "Nada foi impresso: veja a impressora com totem doctor.",
    ReprintResult.WAITING: "A impressora ainda está com ele: veja papel e tampa.",
    ReprintResult.NO_TICKET: "Esta venda não tem tíquete.",
    ReprintResult.NOT_NOW: "Este tíquete está saindo por si mesmo, ou foi anulado.",
    ReprintResult.MONEY_WENT_BACK: "O dinheiro desta venda foi devolvido: não há tíquete a entregar.",
}


def run(chosen: argparse.Namespace, config: Path) -> int:
    """0 where all of it is done, 1 where something is open or was refused.

    Raises ConfigError, CertificateRefused, JournalError, PinRefused, or AlreadyRunning: a kiosk is open that does not
    listen, because it is starting or ending.
    """
    return _COMMANDS[chosen.command](chosen, config)


def _order(config: Path, make: MakeRequest, *, needs_kiosk: bool = True) -> Reply:
    return carry_out(load(config, check_files=needs_kiosk), make, needs_kiosk=needs_kiosk)


def _asking(act: str, **args: JsonValue) -> MakeRequest:
    return lambda _: Request(act, ask_hidden(PIN_PROMPT), args)


def _refused(reply: Reply) -> int:
    print(f"totem: {reply.code}: {reply.message}", file=sys.stderr)
    return 1


# --- money and paper ------------------------------------------------------------------------------------------------


def _refund(chosen: argparse.Namespace, config: Path) -> int:
    reply = _order(config, _asking("refund", sale=chosen.sale, reason=chosen.reason, pix_out=chosen.pix_out))
    if not reply.ok:
        return _refused(reply)
    rows = [
        (str(way["id"]), _money(way), _WAYS[WayBack(str(way["way"]))], _BACK[str(way["state"])])
        for way in _rows(reply, "ways")
    ]
    print(table(("Número", "Valor", "Meio", "Situação"), rows))
    return 0 if reply.result["complete"] is True else 1


def _reprint(chosen: argparse.Namespace, config: Path) -> int:
    reply = _order(config, _asking("reprint", sale=chosen.sale))
    if not reply.ok:
        return _refused(reply)
    result = ReprintResult(str(reply.result["result"]))
    print(_REPRINTED[result])
    return 0 if result is ReprintResult.PRINTED else 1


def _capture(chosen: argparse.Namespace, config: Path) -> int:
    reply = _order(config, _asking("capture", sale=chosen.sale, reason=chosen.reason))
    if not reply.ok:
        return _refused(reply)
    cards = _rows(reply, "cards")
    rows = [(str(card["provider"]), _money(card), _CAPTURED[str(card["state"])]) for card in cards]
    print(table(("Máquina", "Valor", "Situação"), rows))
    return 0 if all(card["done"] is True for card in cards) else 1


# --- what waits for a decision ----------------------------------------------------------------------------------------


def _attention(chosen: argparse.Namespace, config: Path) -> int:
    if not chosen.attention:
        return _list_attentions(config)
    reply = _order(config, _asking("settle", attention=chosen.attention, reason=chosen.reason))
    if not reply.ok:
        return _refused(reply)
    print(f"Resolvida: {reply.result['evidence']}")
    return 0


def _list_attentions(config: Path) -> int:
    reply = _order(config, _asking("attentions"))
    if not reply.ok:
        return _refused(reply)
    rows = [
        (
            str(each["id"]),
            str(each["trouble"]),
            str(each["since"])[:16],
            _money(each) if "amount_cents" in each else "",
            "sim" if each["can_ask"] is True else "não",
        )
        for each in _rows(reply, "attentions")
    ]
    if not rows:
        print("Nada espera por uma decisão.")
        return 0
    print(table(("Pendência", "Código", "Desde (UTC)", "Valor", "Há a quem perguntar"), rows))
    return 0


# --- the kiosk itself -------------------------------------------------------------------------------------------------


def _out_of_service(chosen: argparse.Namespace, config: Path) -> int:
    reply = _order(config, _asking("out_of_service", out=chosen.wanted == "on"))
    if not reply.ok:
        return _refused(reply)
    print("Fora de serviço: ninguém compra até totem out-of-service off." if reply.result["out"] else "Em serviço.")
    return 0


def _pin(_: argparse.Namespace, config: Path) -> int:
    """Typed twice; where one is set already, that one first."""
    reply = _order(config, _new_pin, needs_kiosk=False)
    if not reply.ok:
        return _refused(reply)
    print("PIN gravado.")
    return 0


def _new_pin(is_set: bool) -> Request:
    old = ask_hidden("PIN atual: ") if is_set else ""
    new = ask_hidden("PIN novo (6 a 12 algarismos): ")
    if ask_hidden("Repita o PIN novo: ") != new:
        raise PinRefused("os dois não são iguais; nada foi gravado")
    return Request(SET_PIN, old, {"new": new})


# --- reading an answer ------------------------------------------------------------------------------------------------


def _rows(reply: Reply, key: str) -> list[Row]:
    rows = reply.result.get(key)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _money(row: Row) -> str:
    return format_money(Money(int(str(row["amount_cents"])), Currency[str(row["currency"])]))


_COMMANDS: Final[Mapping[str, Callable[[argparse.Namespace, Path], int]]] = {
    "refund": _refund,
    "reprint": _reprint,
    "capture": _capture,
    "journal attention": _attention,
    "out-of-service": _out_of_service,
    "pin": _pin,
}
