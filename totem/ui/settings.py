"""What the screens want set. Bootstrap maps the configuration onto it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import assets
from totem.domain.texts import LANGUAGES
from totem.ui.maintenance.settings import MaintenanceSettings
from totem.ui.web.settings import WebSettings

DEFAULT_BRAND = "#1B4DB8"


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
    logo: Path | None = None
    """SVG or PNG, wider than high; without one the business name is written."""
    brand_color: str = DEFAULT_BRAND
    """`#RRGGBB`; darkened at start until white on it reads at 4.5:1."""
    pictures: Path | None = None
    """Folder of the services' pictures; what is not there comes from the assets."""
    idle_timeout_s: float = 60.0
    result_timeout_s: float = 20.0
    paperless_timeout_s: float = 60.0
    """The result's, where its code takes the place of the ticket and is to be photographed."""
    two_cards: bool = False
    """Whether a customer may divide a sale over two cards."""
    simulated: bool = False
    """Simulators behind the screens: said on every one of them."""
    training: bool = False
    """Simulators on the real kiosk: said instead, with keys by which the trainer plays phone and card."""
    types_cards: bool = False
    """A gateway asks for cards that are typed here: their screen is made ready beforehand."""
    reduced_motion: bool = False
    maintenance: MaintenanceSettings = field(default_factory=MaintenanceSettings)
    web: WebSettings | None = None
    """For a kiosk that shows an acquirer's page; None: WebEngine is never imported."""
    assets: Path = field(default_factory=assets.path)
    """Folder with `fonts`, `icons` and `images`."""
