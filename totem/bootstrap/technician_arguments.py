"""The grammar of what a technician does on the shell: `totem refund`, `capture`, `pin`, `tef-evidence`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from totem.bootstrap.arguments import Parser

    _Commands = argparse._SubParsersAction[Parser]  # noqa: SLF001 - argparse has no public name for it

COMMANDS = ("refund", "capture", "pin", "tef-evidence")
"""All take --config."""


def add(commands: _Commands) -> None:
    refund = commands.add_parser(
        "refund",
        help="devolve o dinheiro de uma venda; pede o PIN do técnico",
        description=(
            "Devolve o dinheiro de uma venda pelo próprio banco, ou por um Pix nosso quando o banco já recusou. "
            "O totem precisa estar fechado. Pede o PIN do técnico, e tudo fica no diário."
        ),
    )
    refund.set_defaults(command="refund")
    refund.add_argument("sale", metavar="VENDA", help="o número inteiro da venda, ou a referência de seis letras")
    refund.add_argument("--reason", required=True, metavar="MOTIVO", help="por que devolver, em poucas palavras")
    refund.add_argument(
        "--pix-out", default="", metavar="CHAVE", help="chave Pix do cliente, quando a devolução foi recusada"
    )
    _config(refund)
    capture = commands.add_parser(
        "capture",
        help="cobra um cartão pré-autorizado cujo tíquete foi entregue; pede o PIN do técnico",
        description=(
            "Cobra (captura) um cartão que a adquirente só reservou, ou repete a confirmação que ficou sem resposta. "
            "Use-o quando o cliente está com o tíquete. O totem precisa estar fechado. Pede o PIN do técnico, e tudo "
            "fica no diário."
        ),
    )
    capture.set_defaults(command="capture")
    capture.add_argument("sale", metavar="VENDA", help="o número inteiro da venda, ou a referência de seis letras")
    capture.add_argument("--reason", required=True, metavar="MOTIVO", help="por que cobrar, em poucas palavras")
    _config(capture)
    pin = commands.add_parser("pin", help="define o PIN do técnico, digitado duas vezes sem aparecer")
    pin.set_defaults(command="pin")
    _config(pin)
    evidence = commands.add_parser(
        "tef-evidence",
        help="junta numa pasta mensagens, diário e comprovantes do TEF de um dia, para a homologação",
        description=(
            "Junta o que a homologação da adquirente pede: as mensagens trocadas com o PayGo (com record = true em "
            "[cards.tef]), os registros do diário e os comprovantes de um dia. O totem pode estar aberto."
        ),
    )
    evidence.set_defaults(command="tef-evidence")
    evidence.add_argument("--day", required=True, metavar="AAAA-MM-DD", help="o dia, em UTC")
    evidence.add_argument("--out", type=Path, required=True, metavar="PASTA", help="onde gravar")
    _config(evidence)


def _config(parser: Parser) -> None:
    # SUPPRESS: without it, the default here would overwrite `totem --config FILE refund`.
    parser.add_argument(
        "--config", type=Path, default=argparse.SUPPRESS, metavar="ARQUIVO", help="configuração deste totem"
    )
