"""Values that must not stand on a command line: typed without echo, or read from standard input."""

from __future__ import annotations

import getpass
import os
import sys
from typing import Final

from totem.config.secrets_key import People

MAX_VALUE_BYTES: Final = 200_000
PIN_PROMPT: Final = "PIN do técnico: "


class CommandRefused(Exception):
    """A command that was not carried out; the text is the sentence for whoever gave it, and holds no secret."""


def has_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def ask_hidden(prompt: str) -> str:
    """Without echo at a terminal; else the next line of standard input, so that a script can answer."""
    if has_terminal():
        return getpass.getpass(prompt)
    print(prompt.rstrip(), file=sys.stderr)
    return sys.stdin.readline().rstrip("\r\n") if sys.stdin is not None else ""


def people() -> People:
    """The person at this terminal, for the store's passphrase."""
    return People(ask=ask_hidden, environment=os.environ, is_terminal=has_terminal)


def read_value(name: str) -> str:
    """The value of a secret: typed twice at a terminal, else all of standard input without its last line's end.

    Raises CommandRefused with a Portuguese sentence.
    """
    if has_terminal():
        value = getpass.getpass(f"Valor de {name}: ")
        if getpass.getpass("Repita o valor: ") != value:
            raise CommandRefused("os dois valores não são iguais; nada foi gravado")
    else:
        data = sys.stdin.buffer.read(MAX_VALUE_BYTES + 1)
        if len(data) > MAX_VALUE_BYTES:
            raise CommandRefused(f"o valor passa de {MAX_VALUE_BYTES} bytes; nada foi gravado")
        try:
            value = data.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            raise CommandRefused("o valor não é um texto em UTF-8; nada foi gravado") from None
    if not value.strip():
        raise CommandRefused("o valor está vazio; nada foi gravado")
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        raise CommandRefused("o valor tem quebra de linha ou caractere de controle; nada foi gravado")
    return value
