"""The command line's grammar: what may be written, in Portuguese, and nothing of what it does."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from totem import __version__
from totem.bootstrap import (
    credential_arguments,
    journal_arguments,
    print_arguments,
    technician_arguments,
    tef_bridge_arguments,
)
from totem.bootstrap.options import LANDSCAPE, METHODS, PORTRAIT, PROVIDERS
from totem.domain.texts import CUSTOMER_LANGUAGES

USAGE: Final = 2

_MAX_SALES: Final = 10_000
_SIZES: Final = {"portrait": PORTRAIT, "landscape": LANDSCAPE}
_EPILOG: Final = """\
códigos de saída:
  0  tudo certo
  1  uma conferência falhou (código Pix, diário, certificado, demonstração)
  2  comando ou configuração errada
  3  outro totem já está aberto, ou falta algo no sistema (biblioteca, tela)
 75  um técnico pediu para reiniciar o programa
130  interrompido por Ctrl+C
"""

# argparse's own sentences, which it takes from a catalogue that is not shipped in Portuguese.
_OWN_SENTENCES: Final = (
    (r"argument (.+?): expected one argument", r"\1: falta o valor"),
    (r"argument (.+?): invalid choice: (.+?) \(choose from (.+)\)", r"\1: \2 não existe; escolha entre \3"),
    (r"argument (.+?): not allowed with argument (.+)", r"\1 não combina com \2"),
    (r"argument (.+?): (.+)", r"\1: \2"),
    (r"unrecognized arguments: (.+)", r"não conheço: \1"),
    (r"the following arguments are required: (.+)", r"falta: \1"),
    (r"one of the arguments (.+) is required", r"falta um destes: \1"),
    (r"ambiguous option: (.+) could match (.+)", r"\1 pode ser \2"),
)


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[argparse._MutuallyExclusiveGroup],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, "uso: " if prefix is None else prefix)


class Parser(argparse.ArgumentParser):
    """argparse, speaking Portuguese."""

    def __init__(self, prog: str | None = None, description: str | None = None, epilog: str | None = None) -> None:
        super().__init__(
            prog, None, description, epilog, formatter_class=_Formatter, add_help=False, allow_abbrev=False
        )
        self._positionals.title = "argumentos"
        self._optionals.title = "opções"
        self.add_argument("-h", "--help", action="help", help="mostra esta ajuda")

    def error(self, message: str) -> NoReturn:
        for pattern, sentence in _OWN_SENTENCES:
            if re.fullmatch(pattern, message):
                message = re.sub(pattern, sentence, message)
                break
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")


def build() -> Parser:
    """The whole grammar. The parsed namespace has `command`, "" for the kiosk itself."""
    parser = Parser(
        prog="totem", description="Totem de autoatendimento: escolher, pagar, retirar o tíquete.", epilog=_EPILOG
    )
    parser.add_argument("--version", action="version", version=f"totem {__version__}", help="mostra a versão")
    parser.add_argument("--config", type=Path, metavar="ARQUIVO", help="configuração a usar (totem.toml)")
    parser.add_argument("--windowed", action="store_true", help="numa janela em vez de tela cheia")
    parser.add_argument(
        "--training", action="store_true", help="treinamento: bancos e máquinas de cartão simulados, nada é cobrado"
    )
    parser.add_argument(
        "--self-test",
        action="store_const",
        dest="command",
        const="--self-test",
        help="confere o próprio programa: carrega tudo o que ele tem e faz vendas simuladas, sem monitor",
    )
    parser.set_defaults(command="")
    commands = parser.add_subparsers(title="comandos", metavar="COMANDO", parser_class=Parser)
    _add_demo(commands)
    _add_brcode(commands)
    _add_sandbox(commands)
    journal_arguments.add(commands, Parser)
    credential_arguments.add(commands, Parser)
    technician_arguments.add(commands)
    print_arguments.add(commands)
    tef_bridge_arguments.add_parser(commands)
    return parser


if TYPE_CHECKING:
    _Commands = argparse._SubParsersAction[Parser]  # noqa: SLF001 - argparse has no public name for it


def _add_demo(commands: _Commands) -> None:
    demo = commands.add_parser(
        "demo",
        help="o totem inteiro com banco e impressora simulados",
        description=("O totem inteiro com banco e impressora simulados: sem conta, sem aparelho, sem dinheiro."),
    )
    demo.set_defaults(command="demo")
    demo.add_argument("--headless", action="store_true", help="sem monitor, dirigido por toques de verdade nas telas")
    demo.add_argument(
        "--sales", type=_count(1, _MAX_SALES), default=1, metavar="N", help="vendas de cada meio e banco (1)"
    )
    demo.add_argument(
        "--method",
        type=_names("meio", METHODS),
        default=None,
        metavar="LISTA",
        help=f"meios de pagamento, com vírgulas: {', '.join(METHODS)}",
    )
    demo.add_argument(
        "--provider",
        type=_names("banco", PROVIDERS),
        default=PROVIDERS[:1],
        metavar="LISTA",
        help=f"bancos, com vírgulas: {', '.join(PROVIDERS)} ({PROVIDERS[0]})",
    )
    demo.add_argument("--fault", metavar="NOME", help="falha a simular; veja --list-faults")
    demo.add_argument("--list-faults", action="store_true", help="mostra as falhas e como cada venda tem de terminar")
    demo.add_argument(
        "--seed", type=_count(0, 2**63 - 1), default=1, metavar="S", help="semente: a mesma repete tudo (1)"
    )
    demo.add_argument("--out", type=Path, metavar="PASTA", help="onde deixar resumo, telas, tíquetes e diário")
    demo.add_argument(
        "--size",
        type=_size,
        default=PORTRAIT,
        metavar="TAMANHO",
        help="portrait, landscape ou LARGURAxALTURA em pixels (portrait)",
    )
    demo.add_argument(
        "--language",
        choices=CUSTOMER_LANGUAGES,
        default="pt",
        metavar="IDIOMA",
        help=f"idioma inicial: {', '.join(CUSTOMER_LANGUAGES)} (pt)",
    )


def _add_brcode(commands: _Commands) -> None:
    brcode = commands.add_parser(
        "brcode",
        help="confere e explica um código Pix (copia e cola), ou faz um estático",
        description="Confere e explica um código Pix; ou, com --key, faz um código estático para aquela chave.",
    )
    brcode.set_defaults(command="brcode")
    one = brcode.add_mutually_exclusive_group(required=True)
    one.add_argument("text", nargs="?", metavar="CÓDIGO", help="o código inteiro, entre aspas")
    one.add_argument("--key", metavar="CHAVE", help="faz um código estático para esta chave Pix")
    brcode.add_argument("--name", default="", metavar="NOME", help="quem recebe, até 25 letras (com --key)")
    brcode.add_argument("--city", default="", metavar="CIDADE", help="cidade de quem recebe, até 15 letras (com --key)")
    brcode.add_argument("--amount", default="", metavar="VALOR", help='valor, como "45,00"; sem ele, quem paga escolhe')
    brcode.add_argument("--txid", default="***", metavar="TXID", help="identificação, até 25 letras e números")


def _add_sandbox(commands: _Commands) -> None:
    sandbox = commands.add_parser("sandbox", help="só os simuladores, para quem integra")
    sandbox.set_defaults(command="sandbox")
    sandbox.add_argument("--out", type=Path, metavar="PASTA", help="onde deixar certificados e configuração")
    sandbox.add_argument(
        "--seed", type=_count(0, 2**63 - 1), default=1, metavar="S", help="semente: a mesma repete tudo (1)"
    )
    sandbox.add_argument("--json", action="store_true", help="endereços e arquivos em JSON")


def _count(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text[:25]) <= most:
            raise argparse.ArgumentTypeError(f"{text!r} não é um número inteiro de {least} a {most}")
        return int(text)

    return parse


def _names(what: str, known: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    def parse(text: str) -> tuple[str, ...]:
        names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
        unknown = [name for name in names if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"{what} desconhecido: {unknown[0]!r}; existem: {', '.join(known)}")
        return names

    return parse


def _size(text: str) -> tuple[int, int]:
    if text in _SIZES:
        return _SIZES[text]
    match = re.fullmatch(r"([0-9]{3,4})x([0-9]{3,4})", text)
    if not match or min(int(match[1]), int(match[2])) < 480:
        raise argparse.ArgumentTypeError(f"{text!r} não é portrait, landscape nem algo como 1080x1920 (480 ou mais)")
    return int(match[1]), int(match[2])
