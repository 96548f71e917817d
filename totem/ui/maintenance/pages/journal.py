"""The journal: proved entry by entry, and taken away on a stick."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from totem.services.maintenance.views import VerifyStep
from totem.ui.maintenance.asking import Told
from totem.ui.maintenance.blocks import Block, Fact, Line, Press, Tone
from totem.ui.maintenance.pages.page import Plain
from totem.ui.maintenance.pages.sticks import ask_stick, told_export
from totem.ui.maintenance.say import Say


class JournalPage(Plain):
    name = "journal"
    step: VerifyStep | None = None
    _verifying: asyncio.Task[Any] | None = None

    async def load(self) -> None:
        """Nothing is asked by itself: a whole chain takes its time."""

    def blocks(self, say: Say) -> tuple[Block, ...]:
        return (self._chain(say), Block(
            title=say("tech.journal.export"),
            icon="usb",
            text=say("tech.journal.export_text"),
            keys=(Press("export", say("tech.journal.export_go"), "usb"),),
        ))  # fmt: skip

    def press(self, act: str, argument: str) -> None:
        del argument
        if act == "verify":
            self.step = VerifyStep(0, 0)
            self._verifying = self._room.run(self._verify())
        elif act == "export":
            self._room.run(self._ask_export(), self._room.say("tech.usb.looking"))

    def leave(self) -> None:
        if self._verifying is not None:
            self._verifying.cancel()

    async def _verify(self) -> None:
        try:
            async for step in self._room.control.journal.verify():
                self.step = step
                self._room.changed()
        finally:
            if self.step is not None and not self.step.over:
                self.step = None

    async def _ask_export(self) -> None:
        async def work(answer: str, pin: str) -> Told:
            del pin
            return told_export(await self._room.control.journal.export(Path(answer)), self._room.say)

        say = self._room.say
        await ask_stick(self._room, say("tech.journal.export_ask"), say("tech.journal.export_text"), work)

    def _chain(self, say: Say) -> Block:
        step = self.step
        runs = step is not None and not step.over
        tone, state, text = Tone.NONE, "", say("tech.journal.verify_text")
        if step is not None and step.over:
            tone = Tone.GOOD if step.is_intact else Tone.BAD
            state = say("tech.journal.intact") if step.is_intact else say("tech.journal.broken")
            text = say("tech.journal.intact_text") if step.is_intact else say("tech.journal.broken_text")
        return Block(
            title=say("tech.journal.verify"),
            icon="" if state else "book",
            tone=tone,
            state=state,
            text=text,
            busy=runs,
            progress=step.done / step.total if step is not None and step.total else 0.0 if runs else -1.0,
            facts=(Fact(say("tech.journal.entries"), f"{step.done} / {step.total}"),) if step is not None else (),
            lines=tuple(Line("", fault) for fault in step.faults) if step is not None else (),
            keys=(Press("verify", say("tech.journal.verify_go"), "search", enabled=not runs),),
        )
