"""Plays every fault of the demo and writes how each ended: `python -m tests.faults.table [--out packaging/faults.md]`.

What stands in the table is read from the banks' ledgers, the journal and the screens of those runs, never typed in.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from tests.support.demo_run import DemoRun, run_demo
from totem.bootstrap.accounts import is_own, payments_of
from totem.bootstrap.card_accounts import money_of
from totem.bootstrap.card_books import CardMoney
from totem.bootstrap.evidence import BankPayment, Evidence, JournalSubject, SeenSale
from totem.bootstrap.folder import load_evidence
from totem.bootstrap.options import PROVIDERS
from totem.bootstrap.scenarios import FAULTS
from totem.bootstrap.setups import ends, setups
from totem.domain.money import Currency, Money, format_money

DOCUMENT: Final = Path(__file__).resolve().parents[2] / "packaging" / "faults.md"
AT_ONCE: Final = 3
"""Runs side by side: each mostly waits."""

_HEAD: Final = """\
# Falhas e como cada venda termina

Cada falha abaixo é tocada de ponta a ponta com `totem demo --headless --fault NOME`: o totem inteiro, toques de
verdade, bancos, máquinas de cartão e impressora simulados. Esta página foi escrita por `python -m tests.faults.table`
a partir dessas execuções: o que está nas tabelas veio dos livros de bancos e adquirentes, do diário e da tela, e cada
execução foi aprovada pelo conferente. Com `--provider inter` as falhas do Pix se tocam no outro banco.

Como ler: *cobranças* na ordem em que foram feitas, com o banco ou a máquina; *dinheiro* é cada Pix ou cartão recebido e
o que foi feito dele, até o último centavo; *anotações* são o que o técnico vê na manutenção.
"""
_COLUMNS: Final = ("Última tela", "Venda", "Cobranças", "Tíquete", "Devoluções", "Anotações", "Dinheiro")
_NONE: Final = "nenhuma"

_SCREENS: Final = {
    "thanks": "obrigado",
    "trouble": "aviso",
    "out_of_service": "fora de serviço",
    "pix": "código Pix",
    "ticket_unknown": "saiu o tíquete?",
    "again": "tente de outro modo",
    "attract": "início",
    "paperless": "código do tíquete",
}
_TELLING: Final = frozenset({"trouble", "out_of_service", "ticket_unknown"})
_SALES: Final = {
    "completed": "concluída",
    "abandoned": "encerrada sem cobrança",
    "compensated": "devolvida",
    "needs_attention": "anotada para o técnico",
    "open": "em aberto",
}
_ATTEMPTS: Final = {
    "not_sent": "não enviada",
    "approved": "paga",
    "cancelled": "retirada",
    "expired": "expirada e retirada",
    "declined": "negada",
    "unknown": "sem resposta",
}
_TICKETS: Final = {
    "printed": "impresso",
    "revoked": "anulado",
    "queued": "na fila",
    "failed": "não impresso",
    "unknown": "não se sabe",
}
_REFUNDS: Final = {"done": "feita", "refused": "recusada pelo banco"}
_ATTENTIONS: Final = {"open": "aberta", "settled": "resolvida"}


def section(name: str, evidence: Evidence, providers: tuple[str, ...] = PROVIDERS[:1]) -> str:
    """One fault: its sentence, a row a sale, and the money that was none of them. Raises KeyError for an odd state."""
    scenario = FAULTS[name]
    lines = [f"## `{name}`", "", scenario.how_it_ends[0], "", _row(_COLUMNS), _row(("---",) * len(_COLUMNS))]
    sales = iter(evidence.journal.of("sale"))
    for end, seen in zip(ends(setups(name, ("pix",), providers), 1), evidence.seen, strict=True):
        lines.append(_row(_cells(evidence, seen, next(sales) if end.opens else None)))
    outside = list(_outside(evidence))
    return "\n".join([*lines, *(["", *outside] if outside else [])]) + "\n"


def document(sections: list[str]) -> str:
    return "\n".join([_HEAD, *sections])


def _cells(evidence: Evidence, seen: SeenSale, sale: JournalSubject | None) -> tuple[str, ...]:
    screen = _screen(seen)
    if sale is None:
        return (screen, "não abriu", _NONE, "nenhum", _NONE, _NONE, "nada recebido")
    journal, currency = evidence.journal, Currency[sale.text("currency")]
    charges = [f"{_ATTEMPTS[each.state]} ({each.text('provider')})" for each in journal.of("attempt", sale.id)]
    tickets = [_ticket(each) for each in journal.of("ticket", sale.id)]
    refunds = [
        f"{_REFUNDS[each.state]}, {_money(each.cents('amount_cents'), currency)}"
        for each in journal.of("compensation", sale.id)
    ]
    named = [f"{each.text('trouble')} {_ATTENTIONS[each.state]}" for each in journal.of("attention", sale.id)]
    received = [_whereabouts(pix) for pix in payments_of(evidence, sale.id)]
    received += [_card_whereabouts(money, currency) for money in money_of(evidence, sale.id)]
    return (
        screen,
        f"{_SALES[sale.state]}, {_money(sale.cents('amount_cents'), currency)}",
        "; ".join(charges) or _NONE,
        "; ".join(tickets) or "nenhum",
        "; ".join(refunds) or _NONE,
        "; ".join(sorted(named)) or _NONE,
        "; ".join(received) or "nada recebido",
    )


def _ticket(ticket: JournalSubject) -> str:
    """By which printer only where it was not the first; and whether it bears the mark of a second copy."""
    if ticket.data.get("shown_on_screen") is True:
        return "mostrado na tela"
    told = _TICKETS[ticket.state]
    if ticket.data.get("second_copy") is True:
        told += ", 2ª via"
    return f"{told} na {ticket.text('printer').lower()}" if "reserva" in ticket.text("printer") else told


def _screen(seen: SeenSale) -> str:
    if not seen.trouble:
        return _SCREENS[seen.must_end]
    if seen.must_end in _TELLING:
        return f"{_SCREENS[seen.must_end]} {seen.trouble}"
    return f"aviso {seen.trouble}, depois {_SCREENS[seen.must_end]}"


def _whereabouts(pix: BankPayment) -> str:
    """What became of one Pix, to the centavo."""
    if not pix.returned_cents:
        return f"{_money(pix.amount_cents)} recebido, ficou inteiro"
    if not pix.left_cents:
        return f"{_money(pix.amount_cents)} recebido, devolvido inteiro"
    kept, back = _money(pix.left_cents), _money(pix.returned_cents)
    return f"{_money(pix.amount_cents)} recebido, ficou {kept}, devolvido {back}"


def _card_whereabouts(money: CardMoney, currency: Currency = Currency.BRL) -> str:
    """What became of what one card was charged."""
    told = f"{_money(money.amount_cents, currency)} no cartão"
    if money.state == "undone":
        return f"{told}, desfeito"
    return f"{told}, ficou inteiro" if money.kept_cents == money.amount_cents else f"{told}, estornado"


def _outside(evidence: Evidence) -> Iterator[str]:
    """Money that belongs to no sale."""
    for pix in evidence.strays:
        if pix.txid is None:
            named = evidence.journal.of("attention", f"stray/{pix.end_to_end_id}")
            told = ", ".join(f"{each.text('trouble')} {_ATTENTIONS[each.state]}" for each in named)
            yield f"- Fora das vendas: {_whereabouts(pix)}; sem txid, anotado ({told}) e não mexido."
        elif not is_own(evidence, pix):
            yield f"- Fora das vendas: {_whereabouts(pix)}; de outro totem, ignorado."
    for money in evidence.cards:
        if not money.attempt and money.was_taken:
            yield f"- Fora das vendas: {_card_whereabouts(money)}; ninguém aqui o conhece, anotado (TEF-014)."


def _money(amount_cents: int | None, currency: Currency = Currency.BRL) -> str:
    return format_money(Money(amount_cents or 0, currency)).replace("\N{NO-BREAK SPACE}", " ")


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def main(arguments: list[str] | None = None) -> int:
    """0 once the document is written; 1, and nothing is written, where a fault did not end as it must."""
    parser = argparse.ArgumentParser(description="Plays every fault of the demo and writes how each ended.")
    parser.add_argument("--out", type=Path, default=DOCUMENT, metavar="FILE")
    out: Path = parser.parse_args(arguments).out
    with tempfile.TemporaryDirectory(prefix="totem-faults-") as folder:

        def play(name: str) -> DemoRun:
            return run_demo(Path(folder) / name, "--fault", name)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            runs = dict(zip(FAULTS, pool.map(play, FAULTS), strict=True))
        wrong = {name: run for name, run in runs.items() if run.code != 0}
        for name, run in wrong.items():
            print(f"{name}: exit {run.code}\n{run.told}", file=sys.stderr)  # noqa: T201
        if wrong:
            return 1
        sections = [section(name, load_evidence(run.out)) for name, run in runs.items()]
    out.write_text(document(sections), encoding="utf-8")
    print(f"{len(sections)} faults: {out}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
