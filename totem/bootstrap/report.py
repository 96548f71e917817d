"""What a headless demo tells a person on the terminal, in Portuguese."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from totem.bootstrap.acts import Scenario
from totem.bootstrap.evidence import JournalSubject, JournalView
from totem.bootstrap.findings import Fault
from totem.bootstrap.options import DemoOptions
from totem.bootstrap.table import table
from totem.domain.money import Currency, Money, format_money
from totem.ui.demo.stall import StallReport

_STATES: Final = {
    "completed": "concluída",
    "abandoned": "encerrada sem cobrança",
    "compensating": "em devolução",
    "compensated": "devolvida",
    "needs_attention": "anotada para o atendente",
    "open": "em aberto",
    "paid": "paga",
    "delivering": "imprimindo",
}
_MOST_ROWS: Final = 20


def report(
    options: DemoOptions,
    scenario: Scenario,
    journal: JournalView,
    faults: Sequence[Fault],
    errors: Sequence[str],
    stall: StallReport,
) -> str:
    """The sales as a table, what the judge found, and how long the loop was held."""
    lines = [scenario.how_it_ends[0], "", _sales(journal), ""]
    lines += [f"  ERRO  {error}" for error in errors]
    lines += [f"  FALHA {fault}" for fault in faults]
    if faults or errors:
        lines.append(f"A demonstração NÃO terminou como devia: {len(faults)} falhas, {len(errors)} erros.")
    else:
        lines.append("Banco, papel e diário contam a mesma história, centavo por centavo.")
    lines.append(
        f"Tela: a maior parada foi de {stall.max_ms:.0f} ms, 99% abaixo de {stall.p99_ms:.0f} ms "
        "(sem contar as fotos da tela)."
    )
    if options.out is not None:
        lines.append(f"Tudo está em {options.out}: summary.json, screens, tickets, journal.sqlite3.")
    return "\n".join(lines)


def _sales(journal: JournalView) -> str:
    sales = journal.of("sale")
    if not sales:
        return "Nenhuma venda foi aberta."
    rows = [_row(journal, sale) for sale in sales[:_MOST_ROWS]]
    text = table(("Venda", "Banco", "Valor", "Fim", "Tíquete", "Anotações"), rows)
    left = len(sales) - _MOST_ROWS
    return text if left <= 0 else f"{text}\n... e mais {left}"


def _row(journal: JournalView, sale: JournalSubject) -> tuple[str, ...]:
    attempts = journal.of("attempt", sale.id)
    bank = attempts[-1].text("provider") if attempts else "-"
    tickets = [each for each in journal.of("ticket", sale.id) if each.state == "printed"]
    number = f"{tickets[0].cents('number'):03d}" if tickets else "-"
    attentions = ", ".join(each.text("trouble") for each in journal.open_attentions(sale.id)) or "-"
    amount = format_money(Money(sale.cents("amount_cents") or 0, Currency[sale.text("currency") or "BRL"]))
    return sale.id, bank, amount, _STATES.get(sale.state, sale.state), number, attentions
