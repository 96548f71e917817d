"""The grammar of what a technician does on the shell: `totem refund`, `reprint`, `capture`, `pin` and their like."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from totem.bootstrap.arguments import Parser

    _Commands = argparse._SubParsersAction[Parser]  # noqa: SLF001 - argparse has no public name for it

ORDERS = ("refund", "reprint", "capture", "pin", "out-of-service", "journal attention")
"""Carried out by the kiosk that is open, or under its lock."""
COMMANDS = (*ORDERS, "tef-evidence")
"""All take --config."""

_BY_WHOM = "Com o totem aberto, é ele que o faz. Pede o PIN do técnico, e tudo fica no diário."


def add(commands: _Commands) -> None:
    refund = commands.add_parser(
        "refund",
        help="devolve o dinheiro de uma venda; pede o PIN do técnico",
        description=(
            "Devolve o dinheiro de uma venda pelo próprio banco, ou por um Pix nosso quando o banco já recusou. "
            + _BY_WHOM
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
            "Use-o quando o cliente está com o tíquete. " + _BY_WHOM
        ),
    )
    capture.set_defaults(command="capture")
    capture.add_argument("sale", metavar="VENDA", help="o número inteiro da venda, ou a referência de seis letras")
    capture.add_argument("--reason", required=True, metavar="MOTIVO", help="por que cobrar, em poucas palavras")
    _config(capture)
    reprint = commands.add_parser(
        "reprint",
        help="imprime de novo um tíquete, com o mesmo número e a marca de 2ª via; pede o PIN do técnico",
        description=(
            "Imprime de novo o tíquete de uma venda, com o mesmo número e marcado como 2ª via. O que espera quem o "
            "retire (pagamento atrasado que vale) sai sem a marca. " + _BY_WHOM
        ),
    )
    reprint.set_defaults(command="reprint")
    reprint.add_argument(
        "sale", metavar="VENDA", help="o número inteiro da venda, a referência, ou o número do tíquete de hoje"
    )
    _config(reprint)
    service = commands.add_parser(
        "out-of-service",
        help="tira o totem de serviço (on) e o põe de volta (off); pede o PIN do técnico",
        description="A venda em curso termina antes, e o estado sobrevive a um reinício. " + _BY_WHOM,
    )
    service.set_defaults(command="out-of-service")
    service.add_argument("wanted", choices=("on", "off"), metavar="on|off", help="on: fora de serviço; off: de volta")
    _config(service)
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


def add_attention(actions: _Commands) -> None:
    """Below `totem journal`."""
    attention = actions.add_parser(
        "attention",
        help="mostra o que espera por uma decisão, ou resolve uma pendência; pede o PIN do técnico",
        description=(
            "Sem PENDÊNCIA, lista o que está aberto. Com ela, pergunta ao banco ou à máquina e resolve pelo que "
            "disserem; com --reason, pelo motivo escrito. Nada é apagado. " + _BY_WHOM
        ),
    )
    attention.set_defaults(command="journal attention")
    attention.add_argument("attention", nargs="?", default="", metavar="PENDÊNCIA", help="como a lista a mostra")
    attention.add_argument("--reason", default="", metavar="MOTIVO", help="por que está resolvida, quando ninguém diz")
    _config(attention)


def _config(parser: Parser) -> None:
    # SUPPRESS: without it, the default here would overwrite `totem --config FILE refund`.
    parser.add_argument(
        "--config", type=Path, default=argparse.SUPPRESS, metavar="ARQUIVO", help="configuração deste totem"
    )
