"""What the technician's screens want set. Bootstrap maps the configuration onto it."""

from __future__ import annotations

from dataclasses import dataclass

from totem.ui.maintenance.gesture import Corner

DEFAULT_CORNERS = (Corner.TOP_LEFT, Corner.TOP_RIGHT, Corner.BOTTOM_RIGHT, Corner.BOTTOM_LEFT)


@dataclass(frozen=True, slots=True)
class MaintenanceSettings:
    """The hidden gesture, and how long a technician may be away from the screen."""

    corners: tuple[Corner, ...] = DEFAULT_CORNERS
    """Touched in this order; no corner twice in a row."""
    within_s: float = 8.0
    """From the first corner to the last."""
    timeout_s: float = 120.0
    """Without a touch for so long, the mode warns, and then locks and leaves."""
    pin_timeout_s: float = 30.0
    """The same before the PIN was entered, without a warning."""
    scrambled: bool = False
    """The PIN's keys lie in another order each time, so that nobody learns it by looking at the hand."""
    language: str = "pt"
