"""Checks of single values: each returns the cleaned value or raises ValueError with a Portuguese reason."""

from __future__ import annotations

import os
import re
import string
import uuid
from pathlib import Path
from typing import Final

_CPF_WEIGHTS: Final = ((10, 9, 8, 7, 6, 5, 4, 3, 2), (11, 10, 9, 8, 7, 6, 5, 4, 3, 2))
_CNPJ_WEIGHTS: Final = ((5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2), (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2))
_CNPJ_SHAPE: Final = re.compile(r"[0-9A-Z]{12}[0-9]{2}")
_EMAIL: Final = re.compile(
    r"[a-z0-9.!#$&'*+/=?^_`{|}~-]+@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+"
)
_PHONE: Final = re.compile(r"\+55[1-9][0-9](?:9[0-9]{8}|[2-5][0-9]{7})")
_HOST_LABEL: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")

MAX_PIX_KEY: Final = 77
"""Bacen Pix API 2.9.0, `chave`."""


def kiosk_id(text: str) -> str:
    """The prefix of every id that a bank sees; short, for a txid has 35 characters at most."""
    if not 2 <= len(text) <= 8 or set(text) - set(string.ascii_uppercase + string.digits):
        raise ValueError("use de 2 a 8 letras maiúsculas sem acento ou algarismos, por exemplo LOJA01")
    return text


def brand_color(text: str) -> str:
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", text):
        raise ValueError('escreva a cor como "#RRGGBB", por exemplo "#0B5FFF"')
    return text.upper()


def document(text: str) -> str:
    """A CNPJ (alphanumeric since 2026) or CPF, with or without its marks; returns the bare characters."""
    bare = re.sub(r"[.\-/\s]", "", text).upper()
    if len(bare) == 11 and bare.isdigit() and _cpf_is_right(bare):
        return bare
    if _CNPJ_SHAPE.fullmatch(bare) and _cnpj_is_right(bare):
        return bare
    if len(bare) in {11, 14}:
        raise ValueError("os dígitos verificadores não conferem; confira o CNPJ ou CPF")
    raise ValueError("não é um CNPJ (14 caracteres) nem um CPF (11 algarismos)")


def pix_key(text: str) -> str:
    """A key of any of the five kinds, as the DICT stores it (Bacen, Manual Operacional do DICT)."""
    if len(text) > MAX_PIX_KEY:
        raise ValueError(f"uma chave Pix tem no máximo {MAX_PIX_KEY} caracteres, e esta tem {len(text)}")
    if text != text.strip() or not text:
        raise ValueError("a chave Pix não pode ser vazia nem ter espaços nas pontas")
    if "@" in text:
        if not _EMAIL.fullmatch(text):
            raise ValueError("não é um e-mail válido em letras minúsculas, como o banco o registra")
        return text
    if text.startswith("+"):
        if not _PHONE.fullmatch(text):
            raise ValueError("não é um telefone como +5511987654321 (código do país, DDD e número, sem espaços)")
        return text
    return _pix_key_of_digits(text)


def _pix_key_of_digits(text: str) -> str:
    if re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text):
        return str(uuid.UUID(text))
    if not re.fullmatch(r"[0-9]{11}|[0-9A-Z]{12}[0-9]{2}", text):
        raise ValueError(
            "não é uma chave Pix: use a chave aleatória (8-4-4-4-12 caracteres), o CNPJ ou CPF só com algarismos, "
            "o telefone com +55, ou o e-mail"
        )
    if not (_cpf_is_right(text) if len(text) == 11 else _cnpj_is_right(text)):
        kind = "CPF" if len(text) == 11 else "CNPJ"
        hint = "; se é um telefone, comece por +55" if kind == "CPF" else ""
        raise ValueError(f"os dígitos verificadores do {kind} não conferem{hint}")
    return text


def _cpf_is_right(digits: str) -> bool:
    return len(set(digits)) > 1 and _ends_in_checks(digits, _CPF_WEIGHTS)


def _cnpj_is_right(characters: str) -> bool:
    return len(set(characters)) > 1 and _ends_in_checks(characters, _CNPJ_WEIGHTS)


def _ends_in_checks(characters: str, weights: tuple[tuple[int, ...], tuple[int, ...]]) -> bool:
    """Modulo 11; a letter of a CNPJ counts as its ASCII code minus 48 (Receita Federal, IN 2.229/2024)."""
    values = [ord(character) - 48 for character in characters]
    for row in weights:
        rest = sum(weight * value for weight, value in zip(row, values, strict=False)) % 11
        if values[len(row)] != (0 if rest < 2 else 11 - rest):
            return False
    return True


def host(text: str) -> str:
    """A name or an address of a device on the shop's network; not a URL."""
    if "://" in text or "/" in text:
        raise ValueError("escreva só o nome ou o endereço IP, sem http:// e sem barras")
    if ":" in text:
        raise ValueError("escreva só o nome ou o endereço IP; a porta vai na chave port")
    labels = text.rstrip(".").split(".")
    if not text or len(text) > 253 or not all(_HOST_LABEL.fullmatch(label) for label in labels):
        raise ValueError("não é um nome de rede nem um endereço IP, por exemplo 192.168.0.50")
    if labels[-1].isdigit() and not (len(labels) == 4 and all(part.isdigit() and int(part) < 256 for part in labels)):
        raise ValueError("não é um endereço IP: são quatro números de 0 a 255, por exemplo 192.168.0.50")
    return text


def https_url(text: str) -> str:
    """Where a bank answers: always HTTPS, with no path, query or credentials inside."""
    match = re.fullmatch(r"https://([A-Za-z0-9._-]+)(?::([0-9]{1,5}))?/?", text)
    if not match:
        raise ValueError('escreva um endereço como "https://api.exemplo.com.br", só com https e sem caminho')
    if match[2] and not 1 <= int(match[2]) <= 65535:
        raise ValueError("a porta do endereço tem de ficar entre 1 e 65535")
    return text.rstrip("/")


def one_line(text: str) -> str:
    """Text for a screen or a ticket: something readable, no control characters."""
    if not text.strip():
        raise ValueError("não pode ficar vazio")
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise ValueError("não pode ter quebra de linha nem caracteres de controle")
    return text.strip()


def without_colon(text: str) -> str:
    """HTTP Basic parts id and secret by a colon (RFC 7617, 2)."""
    if ":" in text:
        raise ValueError("não pode ter dois-pontos")
    return text


def existing_file(path: Path) -> Path:
    if path.is_dir():
        raise ValueError(f"{path} é uma pasta, e tem de ser um arquivo")
    try:
        with path.open("rb"):
            return path
    except FileNotFoundError:
        raise ValueError(f"o arquivo {path} não existe") from None
    except OSError as error:
        raise ValueError(f"o arquivo {path} não pode ser lido: {error.strerror}") from error


def owner_only_file(path: Path, *, posix: bool) -> Path:
    """A file with a secret. On Windows the folder's access list guards it, which the installer sets."""
    existing_file(path)
    if posix and path.stat().st_mode & 0o077:
        raise ValueError(f'outros usuários podem ler {path}; corrija com: chmod 600 "{path}"')
    return path


def usable_directory(path: Path) -> Path:
    """A folder in which the kiosk may write, or that it may make: so says its nearest parent that exists."""
    nearest = next((place for place in (path, *path.parents) if place.exists()), None)
    if nearest is not None and not nearest.is_dir():
        raise ValueError(f"{nearest} é um arquivo, e tem de ser uma pasta")
    if nearest is not None and not os.access(nearest, os.W_OK | os.X_OK):
        raise ValueError(f"este usuário não pode escrever em {nearest}")
    return path


def writable_file(path: Path) -> Path:
    """A file that the kiosk makes or changes."""
    if path.is_dir():
        raise ValueError(f"{path} é uma pasta, e tem de ser um arquivo")
    usable_directory(path.parent)
    return path
