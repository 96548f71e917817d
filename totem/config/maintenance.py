"""`[maintenance]`: the technician's hidden way in, and when the mode leaves by itself."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, field_validator

from totem.config.section import Section

Corner = Literal["top-left", "top-right", "bottom-right", "bottom-left"]


class MaintenanceSettings(Section):
    """`[maintenance]`. The PIN itself is no setting: `totem pin` keeps its hash."""

    gesture: Annotated[tuple[Corner, ...], Field(strict=False, min_length=3, max_length=10)] = (
        "top-left",
        "top-right",
        "bottom-right",
        "bottom-left",
    )
    gesture_s: Annotated[int, Field(ge=3, le=30)] = 8
    timeout_s: Annotated[int, Field(ge=60, le=1800)] = 120
    scrambled_keys: bool = False

    @field_validator("gesture")
    @classmethod
    def _no_corner_twice_in_a_row(cls, gesture: tuple[Corner, ...]) -> tuple[Corner, ...]:
        if any(one == other for one, other in pairwise(gesture)):
            raise ValueError("o mesmo canto aparece duas vezes seguidas: um toque só parece dois")
        return gesture
