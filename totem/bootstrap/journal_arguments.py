"""The grammar of `totem journal`: verify, report, export."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from totem.bootstrap import technician_arguments

if TYPE_CHECKING:
    from totem.bootstrap.arguments import Parser

    _Commands = argparse._SubParsersAction[Parser]  # noqa: SLF001 - argparse has no public name for it

COMMANDS = ("journal verify", "journal report", "journal export")
"""All take --config."""


def add(commands: _Commands, parser: type[Parser]) -> None:
    journal = commands.add_parser("journal", help="o diário, onde cada centavo fica registrado")
    actions = journal.add_subparsers(title="ações", metavar="AÇÃO", required=True, dest="action", parser_class=parser)
    verify = actions.add_parser("verify", help="confere se nada foi mudado, apagado, trocado de ordem ou cortado")
    verify.set_defaults(command="journal verify")
    _place(verify, "diário a conferir, com --key-file")
    verify.add_argument("--key-file", type=Path, metavar="ARQUIVO", help="chave do diário")
    verify.add_argument("--head-file", type=Path, metavar="ARQUIVO", help="ponta do diário (ao lado dele)")
    technician_arguments.add_attention(actions)
    report = actions.add_parser(
        "report",
        help="o fechamento de um dia: vendas, devoluções e dinheiro por meio, banco e serviço",
        description=(
            "O fechamento de um dia na tela. Só lê: o totem pode estar aberto. As vendas contam no dia do tíquete; o "
            "dinheiro, no dia em que entrou, foi desfeito ou voltou, como nos livros do banco e da adquirente."
        ),
    )
    report.set_defaults(command="journal report")
    _place(report, "diário a ler, em vez do da configuração")
    report.add_argument("--day", type=_day, metavar="AAAA-MM-DD", help="o dia, pelo calendário deste computador (hoje)")
    report.add_argument("--json", action="store_true", help="em JSON, com os valores em centavos")
    export = actions.add_parser(
        "export",
        help="todos os registros do diário, em CSV ou JSON",
        description=(
            "Grava os registros do diário para uma planilha (CSV) ou um programa (um objeto JSON por linha), sem os "
            "comprovantes lacrados dos cartões. Só lê: o totem pode estar aberto."
        ),
    )
    export.set_defaults(command="journal export")
    _place(export, "diário a ler, em vez do da configuração")
    form = export.add_mutually_exclusive_group(required=True)
    form.add_argument("--csv", action="store_true", help="planilha; nenhuma célula vira fórmula")
    form.add_argument("--json", action="store_true", help="um objeto JSON por linha")
    export.add_argument("--day", type=_day, metavar="AAAA-MM-DD", help="só aquele dia, pelo calendário daqui (tudo)")
    export.add_argument("--out", type=Path, metavar="ARQUIVO", help="onde gravar (a tela)")


def _place(action: argparse.ArgumentParser, journal: str) -> None:
    # SUPPRESS: without it, the default here would overwrite `totem --config FILE journal verify`.
    action.add_argument(
        "--config",
        type=Path,
        default=argparse.SUPPRESS,
        metavar="ARQUIVO",
        help="configuração que diz onde está o diário",
    )
    action.add_argument("--journal", type=Path, metavar="ARQUIVO", help=journal)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} não é um dia: escreva AAAA-MM-DD") from None
