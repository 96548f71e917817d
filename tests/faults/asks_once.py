"""Terminals of kiosks that are killed: what one is asked about a refund in vain, a life does not ask again."""

from __future__ import annotations

from collections.abc import Callable


class AsksOnce:
    """`asked` are the refunds about which the acquirer said what it knows, and `told` hears so."""

    def __init__(self) -> None:
        self.asked: set[str] = set()
        self.told: Callable[[], None] = lambda: None

    def said_of(self, refund_id: str) -> None:
        self.asked.add(refund_id)
        self.told()
