"""The part of the technician's manual that the program itself knows: every error code, what it says, and what to do.

    python packaging/manual.py            writes it anew into packaging/manual.md
    python packaging/manual.py --check    exit code 1 where the manual is not up to date

The codes come from the error tree, the sentences from the Portuguese catalogue, the remedies from remedies.toml.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
MANUAL = ROOT / "packaging" / "manual.md"
REMEDIES = ROOT / "packaging" / "remedies.toml"
BEGIN = "<!-- daqui até o fim dos códigos: python packaging/manual.py -->"
END = "<!-- fim dos códigos -->"

GROUPS = {
    "CFG": "Configuração",
    "JRN": "Diário",
    "PIX": "Pix",
    "TEF": "Cartão",
    "PRN": "Impressora",
    "SYS": "Programa e manutenção",
}


def codes() -> list[str]:
    """Every code of the error tree, in its order."""
    sys.path.insert(0, str(ROOT))
    from totem.domain.errors import Trouble  # noqa: PLC0415 - found by the line above, from a checkout alone

    return [trouble.value for trouble in Trouble]


def sentences() -> Mapping[str, Mapping[str, str]]:
    text = (ROOT / "assets" / "i18n" / "pt.toml").read_text(encoding="utf-8")
    found: Mapping[str, Mapping[str, str]] = tomllib.loads(text)["error"]
    return found


def remedies() -> Mapping[str, str]:
    found: Mapping[str, Any] = tomllib.loads(REMEDIES.read_text(encoding="utf-8"))
    return {code: str(text) for code, text in found.items()}


def chapter(wanted: list[str], said: Mapping[str, Mapping[str, str]], todo: Mapping[str, str]) -> str:
    """All codes by group. A code without a remedy of its own has the catalogue's sentence for technicians."""
    lines: list[str] = []
    group = ""
    for code in wanted:
        prefix = code.partition("-")[0]
        if prefix != group:
            group = prefix
            lines += ["", f"### {GROUPS.get(prefix, prefix)}", ""]
        words = said[code]
        lines.append(f"**{code} · {words['title']}**  ")
        lines.append(f"Na tela: «{words['customer']}»  ")
        lines.append(f"O que houve: {words['technician']}  ")
        lines += [f"O que fazer: {todo.get(code, words['technician'])}", ""]
    return "\n".join(lines).strip("\n")


def renewed(manual: str) -> str:
    """The manual with its generated chapter as it must be now. Raises ValueError where its marks are missing."""
    before, found, rest = manual.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not found or not ended:
        raise ValueError("the manual lost the marks between which its codes are written")
    return f"{before}{BEGIN}\n\n{chapter(codes(), sentences(), remedies())}\n\n{END}{after}"


def main(arguments: list[str]) -> int:
    manual = MANUAL.read_text(encoding="utf-8")
    wanted = renewed(manual)
    if arguments == ["--check"]:
        if wanted != manual:
            print("packaging/manual.md is stale: run python packaging/manual.py", file=sys.stderr)
        return int(wanted != manual)
    MANUAL.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
