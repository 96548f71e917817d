"""The grammar of `totem tef-bridge`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from totem.bootstrap.arguments import Parser

    _Commands = argparse._SubParsersAction[Parser]  # noqa: SLF001 - argparse has no public name for it


def add_parser(commands: _Commands) -> None:
    """`command` is "tef-bridge"; it takes no --config."""
    bridge = commands.add_parser(
        "tef-bridge",
        help="liga o totem ao PayGo que está em outro computador",
        description=(
            "Roda no computador do PayGo e passa as mensagens entre o totem, pela rede, e a pasta de troca do PayGo. "
            "Fora deste computador, exige TLS ou um segredo que o totem também tem."
        ),
    )
    bridge.set_defaults(command="tef-bridge")
    bridge.add_argument(
        "--listen", default="127.0.0.1:60906", metavar="ENDEREÇO", help="onde escutar (127.0.0.1:60906)"
    )
    bridge.add_argument(
        "--folder", type=Path, required=True, metavar="PASTA", help=r"pasta de troca do PayGo, como C:\PAYGO"
    )
    bridge.add_argument("--tls-cert", type=Path, metavar="ARQUIVO", help="certificado (PEM) que a ponte mostra")
    bridge.add_argument("--tls-key", type=Path, metavar="ARQUIVO", help="chave do certificado (PEM, sem senha)")
    bridge.add_argument(
        "--secret-file", type=Path, metavar="ARQUIVO", help="arquivo com o segredo do totem, de 16 letras ou mais"
    )
    bridge.add_argument(
        "--shop-words",
        default="",
        metavar="PALAVRAS",
        help="nome e cidade da loja, como saem no comprovante: não são nome de cliente",
    )
