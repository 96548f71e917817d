"""The grammar of `totem print`."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from totem.domain.template import Paper
from totem.domain.texts import LANGUAGES

if TYPE_CHECKING:
    from totem.bootstrap.arguments import Parser

    _Commands = argparse._SubParsersAction[Parser]  # noqa: SLF001 - argparse has no public name for it

COMMANDS: Final = ("print",)
"""It takes --config."""
ALL: Final = ""
TODAY: Final = ""
_COLUMNS: Final = (32, 42, 48)


def _day(text: str) -> str | date:
    if text == TODAY:
        return TODAY
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f'"{text}" não é um dia; escreva AAAA-MM-DD, por exemplo 2026-11-22'
        ) from error


def add(commands: _Commands) -> None:
    command = commands.add_parser(
        "print",
        help="fechamento do dia, página de teste, e os modelos dos recibos como imagem ou para mudar",
        description=(
            "Desenha os recibos como sairão no papel, com dados inventados, e copia os modelos deles para quem quer "
            "mudá-los; com o totem fechado, imprime o fechamento de um dia ou uma página de teste."
        ),
    )
    command.set_defaults(command="print")
    one = command.add_mutually_exclusive_group(required=True)
    one.add_argument(
        "--preview",
        nargs="?",
        const=ALL,
        choices=(ALL, *(paper.value for paper in Paper)),
        metavar="RECIBO",
        help=f"desenha este, ou todos: {', '.join(Paper)}",
    )
    one.add_argument(
        "--copy", type=Path, metavar="PASTA", help="copia os modelos do programa para a pasta, para você os editar"
    )
    one.add_argument(
        "--closing",
        nargs="?",
        const=TODAY,
        type=_day,
        metavar="DIA",
        help="imprime o fechamento de hoje ou do dia (AAAA-MM-DD), ou o desenha em --out",
    )
    one.add_argument("--test", action="store_true", help="imprime a página de teste em cada impressora configurada")
    command.add_argument(
        "--out", type=Path, metavar="ARQUIVO", help="o PNG a escrever; sem RECIBO, a pasta onde deixar todos"
    )
    command.add_argument(
        "--language", choices=LANGUAGES, default="pt", metavar="IDIOMA", help=f"{', '.join(LANGUAGES)} (pt)"
    )
    paper = command.add_mutually_exclusive_group()
    paper.add_argument("--profile", metavar="MODELO", help="modelo de impressora; sem ele, o da configuração")
    paper.add_argument(
        "--columns",
        type=int,
        choices=_COLUMNS,
        metavar="COLUNAS",
        help=f"ou só a largura do papel: {', '.join(map(str, _COLUMNS))}",
    )
    # SUPPRESS: without it, the default here would overwrite `totem --config FILE print`.
    command.add_argument(
        "--config", type=Path, default=argparse.SUPPRESS, metavar="ARQUIVO", help="configuração deste totem"
    )
