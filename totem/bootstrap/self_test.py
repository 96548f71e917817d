"""`totem --self-test`: the program proves that all of it is there, without a display, an account or a device.

The last step of a build, and the first on a new machine: every module is loaded, then every way to pay is sold by once,
by touches on the real screens, over the simulators that are shipped.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import platform
from collections.abc import Iterator
from typing import Final

import assets
import hardware
import providers
import totem
from totem.bootstrap import demo
from totem.bootstrap.frozen import is_frozen
from totem.bootstrap.options import METHODS, DemoOptions
from totem.bootstrap.web import lacking

OK, FAILED = 0, 1

_BY_NAME: Final = ("libusb_package", "usb.backend.libusb1", "qrcode.image.pil", "PySide6.QtTest")
"""Of the libraries: what a driver loads only when it is wanted."""
_OF_AN_EXTRA: Final = ("PySide6.QtWebEngine", "PySide6.QtWebChannel")
"""Left out of a build without vinti4's page: what imports it is not wanted there either."""
_ASSETS: Final = ("config/totem.toml", "config/catalogue.toml", "fonts", "i18n/pt.toml", "icons", "images", "templates")


def run() -> int:
    """Say what is checked and what came of it; 0 where all is right."""
    kind = "programa montado" if is_frozen() else "código-fonte"
    print(f"totem {totem.__version__} ({kind}), Python {platform.python_version()}, {platform.platform(terse=True)}")
    loaded, faults = _load_everything()
    print(f"Módulos carregados: {loaded}.")
    faults += [f"falta assets/{name}" for name in _ASSETS if not assets.path(name).exists()]
    for fault in faults:
        print(f"  ERRO  {fault}")
    # A build without the extra of vinti4 has no page to sell on.
    methods = tuple(each for each in METHODS if each != "vinti4" or not lacking(os.environ, simulators=True))
    print(f"Vendas simuladas, por toques nas telas: {', '.join(methods)}.", flush=True)
    sold = demo.run(DemoOptions(headless=True, methods=methods))
    if faults or sold != OK:
        print("O programa NÃO passou no próprio teste.")
        return FAILED
    print("O programa passou no próprio teste.")
    return OK


def _load_everything() -> tuple[int, list[str]]:
    """Every module of ours, and what nothing but a string names. How many, and what is wrong with the others."""
    faults: list[str] = []
    loaded = 0
    for name in (*_own_modules(), *_BY_NAME):
        try:
            importlib.import_module(name)
        except ImportError as error:
            if not (error.name or "").startswith(_OF_AN_EXTRA):
                faults.append(f"{name}: {error}")
        else:
            loaded += 1
    return loaded, faults


def _own_modules() -> Iterator[str]:
    for package in (totem, hardware, providers):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.endswith("__main__"):
                yield found.name
