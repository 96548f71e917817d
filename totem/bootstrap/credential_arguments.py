"""The grammar of `totem secrets`, `totem csr` and `totem doctor`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from totem.bootstrap.arguments import Parser

    _Commands = argparse._SubParsersAction[Parser]  # noqa: SLF001 - argparse has no public name for it

BANK_NAMES = ("sicredi", "inter")
COMMANDS = (
    "secrets init",
    "secrets set",
    "secrets list",
    "secrets remove",
    "secrets import",
    "secrets use",
    "csr",
    "doctor",
)
"""All of them take --config."""

_MAX_COMMON_NAME = 64


def add(commands: _Commands, parser_class: type[Parser]) -> None:
    """All three."""
    secrets = commands.add_parser("secrets", help="o cofre: segredos, chaves e certificados, cifrados")
    actions = secrets.add_subparsers(
        title="ações", metavar="AÇÃO", required=True, dest="action", parser_class=parser_class
    )
    _add_store(actions)
    _add_import(actions)
    _add_csr(commands)
    _add_doctor(commands)


def _add_store(actions: _Commands) -> None:
    init = actions.add_parser("init", help="cria o cofre e sua chave")
    _finish(init, "secrets init")
    put = actions.add_parser(
        "set",
        help="grava um segredo, digitado sem aparecer ou lido da entrada",
        description=(
            "Grava um segredo. O valor é digitado sem aparecer, ou lido da entrada: totem secrets set NOME < arquivo"
        ),
    )
    put.add_argument("name", metavar="NOME", help="por exemplo sicredi.client_secret")
    _finish(put, "secrets set")
    names = actions.add_parser("list", help="mostra os nomes, nunca os valores")
    _finish(names, "secrets list")
    remove = actions.add_parser("remove", help="apaga um item do cofre")
    remove.add_argument("name", metavar="NOME", help="como totem secrets list o mostra")
    _finish(remove, "secrets remove")


def _add_import(actions: _Commands) -> None:
    importing = actions.add_parser(
        "import",
        help="confere e guarda certificado, chave e cadeia do banco",
        description=(
            "Confere e guarda certificado, chave e cadeia: .pfx, .p12, .cer, .crt, .key, .pem, .p7b. "
            "Dê juntos todos os arquivos que o banco enviou; as senhas são perguntadas."
        ),
    )
    importing.add_argument("files", nargs="+", type=Path, metavar="ARQUIVO", help="um ou mais arquivos")
    _add_bank(importing)
    importing.add_argument(
        "--no-chain", action="store_true", help="aceita sem a cadeia até a raiz (o Inter não a entrega sempre)"
    )
    _finish(importing, "secrets import")
    use = actions.add_parser("use", help="faz o totem.toml tirar do cofre o que é deste banco")
    _add_bank(use)
    _finish(use, "secrets use")


def _add_csr(commands: _Commands) -> None:
    csr = commands.add_parser("csr", help="faz a chave e o pedido de certificado (CSR) para o banco")
    _add_bank(csr)
    csr.add_argument("--cn", type=_common_name, metavar="NOME", help="nome no certificado (o do negócio)")
    csr.add_argument("--out", type=Path, metavar="ARQUIVO", help="onde gravar o pedido (BANCO.csr)")
    csr.add_argument("--key-out", type=Path, metavar="ARQUIVO", help="grava a chave neste arquivo em vez do cofre")
    csr.add_argument("--bits", type=int, choices=(2048, 3072, 4096), default=2048, help="tamanho da chave RSA (2048)")
    csr.add_argument("--new-key", action="store_true", help="troca a chave de um pedido ainda sem resposta")
    _finish(csr, "csr")


def _add_doctor(commands: _Commands) -> None:
    doctor = commands.add_parser(
        "doctor",
        help="confere configuração, cofre, certificados, bancos, diário, disco e impressora",
        description="Confere tudo sem cobrar nada, também ao lado de um totem aberto. Sai com 1 se algo falha.",
    )
    doctor.add_argument("--json", action="store_true", help="o resultado em JSON")
    _finish(doctor, "doctor")


def _add_bank(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--bank", choices=BANK_NAMES, required=True, metavar="BANCO", help=", ".join(BANK_NAMES))


def _finish(parser: argparse.ArgumentParser, command: str) -> None:
    parser.set_defaults(command=command)
    # SUPPRESS: without it, the default here would overwrite `totem --config FILE secrets list`.
    parser.add_argument(
        "--config", type=Path, default=argparse.SUPPRESS, metavar="ARQUIVO", help="configuração a usar (totem.toml)"
    )


def _common_name(text: str) -> str:
    if not 1 <= len(text.strip()) <= _MAX_COMMON_NAME or any(ord(character) < 32 for character in text):
        raise argparse.ArgumentTypeError(f"de 1 a {_MAX_COMMON_NAME} caracteres, sem quebras de linha")
    return text.strip()
