"""What the screens want set. Bootstrap maps the configuration onto it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import assets
from totem.domain.texts import LANGUAGES

DEFAULT_BRAND = "#1B4DB8"
LEAST_WARNING_S = 20.0


@dataclass(frozen=True, slots=True)
class UiSettings:
    """Panel, languages, brand and time limits of the screens. Sizes of things follow from pixels and diagonal."""

    windowed: bool = False
    width_px: int = 1080
    height_px: int = 1920
    diagonal_inch: float = 21.5
    languages: tuple[str, ...] = LANGUAGES
    default_language: str = "pt"
    business_name: str = "Totem"
    tagline: str = ""
    """One sentence of the owner's on the first screen, instead of the catalogue's `attract.tagline`."""
    logo: Path | None = None
    """SVG or PNG, wider than high; without one the business name is written."""
    attract_picture: Path | None = None
    """A picture that fills the first screen; without one the shipped scene is drawn."""
    brand_color: str = DEFAULT_BRAND
    """`#RRGGBB`; darkened at start until white on it reads at 4.5:1."""
    pictures: Path | None = None
    """Folder of the services' pictures; what is not there comes from the assets."""
    methods: tuple[str, ...] = ("pix",)
    idle_timeout_s: float = 60.0
    warn_s: float = 25.0
    """How long the "are you still there?" stays, at least 20 (WCAG 2.2.1)."""
    result_timeout_s: float = 20.0
    simulated: bool = False
    """Simulators behind the screens: said on every one of them."""
    reduced_motion: bool = False
    software_rendering: bool = False
    """Draw without a graphics card; taken by itself where there is none."""
    assets: Path = field(default_factory=assets.path)
    """Folder with `fonts`, `icons` and `images`."""

    def __post_init__(self) -> None:
        if self.warn_s < LEAST_WARNING_S:
            raise ValueError(f"an idle warning of {self.warn_s} s is shorter than {LEAST_WARNING_S} s")
