"""What the acquirer's page wants set. Bootstrap maps the configuration onto it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Trust = Callable[[str, Sequence[bytes]], bool]
"""Whether a chain (DER, the server's own certificate first) that no public authority vouches for is the simulator's."""


@dataclass(frozen=True, slots=True)
class WebSettings:
    """For a kiosk that shows pages at all; without it, WebEngine is never imported."""

    simulators: bool = False
    """Pages may come from this machine. Only where the configuration names a simulator there."""
    trusts: Trust | None = None
    """The simulators' throwaway authority; None: every certificate that Chromium refuses is refused."""
    idle_s: float = 120.0
    """Without a touch for so long, a page with half a card on it asks whether somebody is there."""
