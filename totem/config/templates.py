"""The templates of receipts: which file counts, and every fault of it at once."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from totem.config.template_checks import check
from totem.config.template_parser import parse
from totem.domain.errors import ConfigError
from totem.domain.template import SCHEMAS, Paper, Template, Templates

MAX_TEMPLATE_BYTES: Final = 64_000
SUFFIX: Final = ".txt"


def load_templates(shipped: Path, own: Path | None = None) -> tuple[Templates, tuple[str, ...]]:
    """One template for each paper: the owner's where `own` has its file, the shipped one otherwise; and notes.

    Raises ConfigError with the faults of all files.
    """
    faults: list[str] = []
    notes: list[str] = []
    files = _files_of(own, faults, notes) if own is not None else {}
    found: dict[Paper, Template] = {}
    for paper in Paper:
        template = _one(files.get(paper, shipped / f"{paper}{SUFFIX}"), paper, faults)
        if template is not None:
            found[paper] = template
    if faults:
        raise ConfigError(tuple(faults))
    return MappingProxyType(found), tuple(notes)


def read_template(text: str, paper: Paper, name: str = "") -> Template:
    """A template from its text; `name` begins each fault. Raises ConfigError with all of them."""
    faults: list[str] = []
    template = _parsed(text, paper, name or f"{paper}{SUFFIX}", faults)
    if template is None:
        raise ConfigError(tuple(faults))
    return template


def _files_of(own: Path, faults: list[str], notes: list[str]) -> dict[Paper, Path]:
    try:
        names = sorted(path.name for path in own.iterdir() if path.suffix == SUFFIX)
    except FileNotFoundError:
        faults.append(f"{own}: pasta: não existe; é a de [receipts] directory")
        return {}
    except OSError as error:
        faults.append(f"{own}: pasta: não pode ser lida ({error.strerror}); é a de [receipts] directory")
        return {}
    known = {f"{paper}{SUFFIX}": paper for paper in Paper}
    notes += [
        f"{own / name}: não é usado: nenhum recibo tem este nome{_near(name, known)}"
        for name in names
        if name not in known
    ]
    return {known[name]: own / name for name in names if name in known}


def _near(name: str, known: Sequence[str] | dict[str, Paper]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; você quis dizer {near[0]}?" if near else ""


def _one(path: Path, paper: Paper, faults: list[str]) -> Template | None:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_TEMPLATE_BYTES + 1)
    except OSError as error:
        faults.append(f"{path}: arquivo: não pode ser lido ({error.strerror})")
        return None
    if len(data) > MAX_TEMPLATE_BYTES:
        faults.append(f"{path}: arquivo: tem mais de {MAX_TEMPLATE_BYTES} bytes; não parece um recibo")
        return None
    try:
        # Windows' Notepad may begin a file with a byte order mark.
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        faults.append(f"{path}: linha {line}: há letras que não estão em UTF-8; salve o arquivo com essa codificação")
        return None
    return _parsed(text, paper, str(path), faults)


def _parsed(text: str, paper: Paper, name: str, faults: list[str]) -> Template | None:
    source, found = parse(text, SCHEMAS[paper])
    found += check(source, SCHEMAS[paper])
    faults += [f"{name}: linha {line}: {reason}" if line else f"{name}: {reason}" for line, reason in sorted(found)]
    return None if found else Template(paper, MappingProxyType(source.chosen()))
