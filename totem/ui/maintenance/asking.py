"""Questions and answers over a page: what an act will do, what it did, and what a technician types."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from totem.domain.errors import TotemError
from totem.services.maintenance.control import MaintenanceRefused
from totem.ui.maintenance.blocks import Fact, Press, Tone
from totem.ui.maintenance.say import Say


@dataclass(frozen=True, slots=True)
class Told:
    """What became of an act."""

    title: str
    text: str = ""
    tone: Tone = Tone.GOOD
    code: str = ""
    facts: tuple[Fact, ...] = ()


Work = Callable[[str, str], Awaitable[Told | None]]
"""The act itself: takes the answer that was touched and the PIN ("" where none was asked). None: nothing to tell."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Asked once before anything that moves money, prints or changes the kiosk."""

    title: str
    work: Work
    text: str = ""
    facts: tuple[Fact, ...] = ()
    answers: tuple[Press, ...] = ()
    """The ways on; beside them there is always the way back."""
    needs_pin: bool = False
    busy: str = ""
    """What is said while it is done."""


@dataclass(frozen=True, slots=True)
class Typing:
    """The keyboard over the page."""

    title: str
    done: Callable[[str], None]
    hint: str = ""
    text: str = ""
    least: int = 0
    most: int = 60
    digits: bool = False
    """The keyboard begins with digits; letters are a touch away."""
    suggestions: tuple[str, ...] = field(default_factory=tuple)
    """Whole answers, one touch each."""


def told_of(error: TotemError, say: Say) -> Told:
    """Why it was not done, and what to do, in words."""
    if isinstance(error, MaintenanceRefused):
        return Told(
            say("tech.told.refused"),
            say(f"maintenance.refused.{error.reason.value}"),
            Tone.WARN,
        )
    trouble = error.trouble
    return Told(
        say.trouble(trouble, "title"),
        say.trouble(trouble, "technician"),
        Tone.BAD,
        trouble.value,
    )
