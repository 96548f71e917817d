"""Which drive an export goes to, and what became of it."""

from __future__ import annotations

from totem.services.maintenance.views import ExportEnd
from totem.ui.maintenance.asking import Ask, Told, Work
from totem.ui.maintenance.blocks import Fact, Press, Tone
from totem.ui.maintenance.pages.page import Room
from totem.ui.maintenance.say import Say

_GIGABYTE = 1_000_000_000


async def ask_stick(room: Room, title: str, text: str, work: Work) -> None:
    """One answer a drive (`work` gets its path); how to go on where none is in."""
    sticks = await room.control.journal.sticks()
    say = room.say
    if not sticks:
        room.tell(Told(say("tech.usb.none"), say("tech.usb.none_text"), Tone.WARN))
        return
    answers = tuple(
        Press(
            str(stick.path),
            say("tech.usb.stick", label=stick.label or stick.path.name, free=f"{stick.free_bytes / _GIGABYTE:.1f}"),
            "usb",
            "main" if len(sticks) == 1 else "plain",
        )
        for stick in sticks
    )
    room.ask(Ask(title, work, text, answers=answers, busy=say("tech.usb.busy")))


def told_export(end: ExportEnd, say: Say) -> Told:
    files = tuple(Fact(say("tech.usb.file"), file.name) for file in end.files)
    return Told(say("tech.usb.done"), say.count("tech.usb.done_text", end.entries), facts=files)
