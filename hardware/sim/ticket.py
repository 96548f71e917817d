"""What came out of the simulated printer."""

from __future__ import annotations

from dataclasses import dataclass, field

from hardware.sim import operations as op
from hardware.sim.paper import Paper, picture, to_png
from hardware.sim.typesetter import Page


@dataclass(frozen=True, slots=True)
class SimTicket:
    """One strip of paper. `data` are the bytes that made it, real-time commands apart, as they came.

    `complete` is False for a strip that was never cut: the printer lost power, or is still at it.
    """

    index: int
    data: bytes
    complete: bool
    page: Page
    """What stands where on it."""
    paper: Paper = field(default_factory=Paper)

    @property
    def lines(self) -> tuple[str, ...]:
        """The printed lines of text."""
        return self.page.text

    @property
    def qr_payloads(self) -> tuple[bytes, ...]:
        """What the printer's own QR codes on it hold; rasters are only dots."""
        return tuple(placed.operation.data for placed in self.page.placed if isinstance(placed.operation, op.Qr))

    @property
    def barcodes(self) -> tuple[str, ...]:
        """What the printer's own barcodes on it say."""
        return tuple(placed.operation.text for placed in self.page.placed if isinstance(placed.operation, op.Barcode))

    def png(self) -> bytes:
        """Its picture; takes some 50 ms."""
        return to_png(picture(self.page, self.paper))
