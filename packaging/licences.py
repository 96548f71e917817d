"""The licences of all that the built program brings along, gathered in one folder with an index.

What Python's packages ship comes from their own metadata, what comes from the build machine's system from its package's
copyright file. Qt's wheels hold no licence text: those of the LGPL are kept beside this file.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).resolve().parent

QT = """\
Qt e Qt for Python (PySide6, Shiboken6), The Qt Company Ltd. e outros: usados sob a LGPL, versão 3 (LGPL-3.0.txt, que
completa a GPL-3.0.txt). Este programa os usa sem mudanças, como bibliotecas dinâmicas em arquivos próprios: na pasta
_internal/PySide6 elas podem ser trocadas por outras versões compatíveis, feitas por quem as recebe, e o programa
funciona com elas. O código-fonte está em https://download.qt.io/official_releases/qt/ e em
https://download.qt.io/official_releases/QtForPython/, nas versões que a lista abaixo diz; o fornecedor deste totem
entrega uma cópia a quem a pedir. Qt traz código de terceiros, descrito em https://doc.qt.io/qt-6/licenses-used-in-qt.html.
Nada do que a Qt oferece só sob GPL ou licença comercial (Virtual Keyboard, Charts) está incluído.
"""
_LICENCE = re.compile(r"(^|/)(licen[cs]es?/.+|(licen[cs]e|copying|notice|authors)[^/]*)$", re.IGNORECASE)
_PIN = re.compile(r"^(?P<name>[a-z0-9.-]+)==")
_OF_BUILDING = {"editables", "hatchling", "pathspec", "pluggy", "setuptools", "trove-classifiers", "packaging"}


def gather(folder: Path, lock: Path, system_files: Iterable[Path], extra: Iterable[str] = ()) -> Path:
    """Fill `folder`, anew: a folder for each component, and the index `LEIAME.txt`, whose path is returned.

    `lock` names the distributions, `extra` others; `system_files` are libraries of the build machine itself.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for text in (HERE / "licences").glob("*.txt"):
        shutil.copyfile(text, folder / text.name)
    shutil.copyfile(HERE.parent / "LICENSE", folder / "Totem-LICENSE.txt")
    rows = [_python(folder)]
    for name in sorted({*_locked(lock), *extra} - _OF_BUILDING):
        found = _distribution(folder, name)
        if found:
            rows.append(found)
    rows += _system(folder, system_files)
    index = folder / "LEIAME.txt"
    lines = [f"{name:<32} {version:<16} {licence}" for name, version, licence in rows]
    heading = "O Totem é software livre sob a licença MIT (Totem-LICENSE.txt). Ele traz consigo:"
    index.write_text("\n".join([heading, "", QT, *lines, ""]), encoding="utf-8")
    return index


def _locked(lock: Path) -> list[str]:
    found = map(_PIN.match, lock.read_text(encoding="ascii").splitlines())
    return [match["name"] for match in found if match]


def _python(folder: Path) -> tuple[str, str, str]:
    version = "{}.{}.{}".format(*sys.version_info[:3])
    base = Path(sys.base_prefix)
    places = (base / "lib" / f"python3.{sys.version_info[1]}" / "LICENSE.txt", base / "LICENSE.txt")
    system = Path(f"/usr/share/doc/python3.{sys.version_info[1]}/copyright")
    for place in (*places, system):
        if place.is_file():
            shutil.copyfile(place, folder / "Python-LICENSE.txt")
            break
    return "Python", version, "PSF-2.0"


def _distribution(folder: Path, name: str) -> tuple[str, str, str] | None:
    """None where it is not installed: another system's."""
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return None
    own = folder / f"{name}-{found.version}"
    for file in found.files or ():
        if ".dist-info/" in str(file) and _LICENCE.search(str(file).partition(".dist-info")[2]):
            own.mkdir(exist_ok=True)
            shutil.copyfile(Path(str(file.locate())), own / Path(str(file)).name)
    fields = [found.metadata.get_all(field) or [""] for field in ("License-Expression", "License")]
    classifiers = found.metadata.get_all("Classifier") or []
    classified = ", ".join(each.rpartition(" :: ")[2] for each in classifiers if "License ::" in each)
    licence = str(fields[0][0] or fields[1][0] or classified or "ver o arquivo").strip()
    return name, found.version, licence.splitlines()[0]


def _system(folder: Path, files: Iterable[Path]) -> list[tuple[str, str, str]]:
    """Debian's packages that the files come from; nothing on a system without dpkg."""
    if shutil.which("dpkg") is None:
        return []
    packages = sorted({package for file in files for package in _owners(file)})
    rows = []
    for package in packages:
        copyright_file = Path("/usr/share/doc") / package / "copyright"
        if copyright_file.is_file():
            shutil.copyfile(copyright_file, folder / f"{package}.txt")
            rows.append((package, _version(package), f"{package}.txt"))
    return rows


def _owners(file: Path) -> list[str]:
    # Debian merged /lib into /usr/lib: its database may name either.
    for name in (str(file), str(file).removeprefix("/usr"), str(file.resolve())):
        done = subprocess.run(["dpkg", "-S", name], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return [line.partition(":")[0] for line in done.stdout.splitlines()]
    return []


def _version(package: str) -> str:
    done = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True, check=False
    )
    return done.stdout
