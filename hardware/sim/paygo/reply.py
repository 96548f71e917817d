"""What a door lets PayGo do with the one who asked."""

from __future__ import annotations

from typing import Protocol


class Reply(Protocol):
    """The way back of one request. All calls are harmless where the other side is gone."""

    @property
    def door(self) -> str:
        """`folder` or `socket`."""
        ...

    @property
    def is_gone(self) -> bool:
        """Whether the one who asked can no longer be answered; a folder is never gone."""
        ...

    async def acknowledge(self, data: bytes) -> None:
        """The .sts."""
        ...

    async def tell(self, data: bytes) -> None:
        """A message to show before the answer, where the door has such."""
        ...

    async def answer(self, data: bytes) -> None:
        """The .001, whole."""
        ...

    async def answer_half(self, data: bytes, rest_after_s: float) -> None:
        """Half of it, and the rest so much later; 0: never."""
        ...

    async def answer_locked(self, data: bytes, hold_s: float) -> None:
        """The answer is there, but for so long nobody can open it."""
        ...

    def reset(self) -> None:
        """Break the link."""
        ...
