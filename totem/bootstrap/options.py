"""What the command line asks of the demo and of the simulators: plain values, checked by `totem.__main__`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

TERMINALS: Final = ("tef", "smartpos", "gopag", "adiq", "vinti4")
"""Card terminals that this version can demonstrate."""

METHODS: Final = ("pix", *TERMINALS)
"""Ways to pay that this version can demonstrate."""

PROVIDERS: Final = ("sicredi", "inter")
"""Banks and gateways that this version can demonstrate."""

PORTRAIT: Final = (1080, 1920)
LANDSCAPE: Final = (1920, 1080)


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """One run of `totem demo`. `sales` is for each method and provider named."""

    headless: bool = False
    sales: int = 1
    methods: tuple[str, ...] = METHODS[:1]
    providers: tuple[str, ...] = PROVIDERS[:1]
    fault: str | None = None
    seed: int = 1
    out: Path | None = None
    """Where summary, screens, tickets and journal stay; None for a folder that is thrown away."""
    width_px: int = PORTRAIT[0]
    height_px: int = PORTRAIT[1]
    language: str = "pt"


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """One run of `totem sandbox`: the simulators alone, until Ctrl+C."""

    out: Path | None = None
    """Where certificates, credentials and a configuration that uses them are written; None for a temporary folder."""
    seed: int = 1
    as_json: bool = False
