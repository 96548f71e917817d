"""The settings that run, those that a file or a stick brings, and the way back to the last good ones."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from totem.services.maintenance.views import ConfigVerdict, ConfigView
from totem.ui.maintenance.asking import Ask, Told
from totem.ui.maintenance.blocks import Block, Fact, Line, Press, Tone
from totem.ui.maintenance.pages.page import Plain
from totem.ui.maintenance.say import Say


class ConfigurationPage(Plain):
    name = "configuration"
    view: ConfigView | None = None
    verdict: ConfigVerdict | None = None

    async def load(self) -> None:
        self.view = await self._room.control.configuration.view()

    def blocks(self, say: Say) -> tuple[Block, ...]:
        view = self.view
        if view is None:
            return (Block(text=say("tech.config.asking"), busy=True),)
        verdict = (_verdict(self.verdict, view, say),) if self.verdict is not None else ()
        return (_head(view, say), *verdict, *_sections(view, say))

    def press(self, act: str, argument: str) -> None:
        if act == "check" and self.view is not None:
            self._room.run(self._check(self.view.path), self._room.say("tech.config.checking"))
        elif act == "stick":
            self._room.run(self._ask_file(), self._room.say("tech.usb.looking"))
        elif act == "adopt":
            self._ask_adopt(Path(argument))
        elif act == "back":
            self._ask_back()

    async def _check(self, path: Path) -> None:
        self.verdict = await self._room.control.configuration.check(path)
        self._room.changed()

    async def _ask_file(self) -> None:
        found = await self._room.control.configuration.candidates()
        own = self.view.path if self.view is not None else None
        others = tuple(path for path in found if path != own)
        say = self._room.say
        if not others:
            self._room.tell(Told(say("tech.config.no_file"), say("tech.config.no_file_text"), Tone.WARN))
            return

        async def work(answer: str, pin: str) -> None:
            del pin
            await self._check(Path(answer))

        answers = tuple(Press(str(path), str(path), "usb") for path in others)
        self._room.ask(
            Ask(
                say("tech.config.which"),
                work,
                say("tech.config.which_text"),
                answers=answers,
                busy=say("tech.config.checking"),
            )
        )

    def _ask_adopt(self, path: Path) -> None:
        say = self._room.say

        async def work(answer: str, pin: str) -> Told:
            del answer, pin
            self.verdict = await self._room.control.configuration.adopt(path)
            return Told(self._room.say("tech.config.adopted"), self._room.say("tech.config.restart_text"))

        self._room.ask(
            Ask(
                say("tech.config.adopt_ask"),
                work,
                say("tech.config.adopt_text"),
                (Fact(say("tech.config.file"), str(path)),),
                (Press("go", say("tech.config.adopt"), "tick", "main"),),
                busy=say("tech.config.checking"),
            )
        )

    def _ask_back(self) -> None:
        view, say = self.view, self._room.say
        if view is None or view.last_good_at is None:
            return

        async def work(answer: str, pin: str) -> Told:
            del answer, pin
            self.verdict = await self._room.control.configuration.go_back()
            return Told(self._room.say("tech.config.back_done"), self._room.say("tech.config.restart_text"))

        self._room.ask(
            Ask(
                say("tech.config.back_ask"),
                work,
                say("tech.config.back_text", moment=say.moment(view.last_good_at)),
                answers=(Press("go", say("tech.config.back"), "return", "main"),),
                busy=say("tech.config.checking"),
            )
        )


def _head(view: ConfigView, say: Say) -> Block:
    good = say.moment(view.last_good_at) if view.last_good_at is not None else say("tech.none")
    return Block(
        title=say("tech.config.title"),
        tone=Tone.WARN if view.changed_on_disk else Tone.GOOD,
        state=say("tech.config.changed") if view.changed_on_disk else say("tech.config.same"),
        remedy=say("tech.config.changed_remedy") if view.changed_on_disk else "",
        facts=(Fact(say("tech.config.file"), str(view.path)), Fact(say("tech.config.last_good"), good)),
        keys=(
            Press("check", say("tech.config.check"), "search"),
            Press("stick", say("tech.config.from_stick"), "usb"),
            Press("back", say("tech.config.back"), "return", enabled=view.last_good_at is not None),
        ),
        wide=True,
    )


def _verdict(verdict: ConfigVerdict, view: ConfigView, say: Say) -> Block:
    lines = [Line("", fault) for fault in verdict.faults]
    lines += [Line("", note) for note in verdict.notes]
    lines += [Line("", say("tech.config.key_changed", name=key)) for key in verdict.changed]
    can_adopt = verdict.is_good and verdict.path != view.path
    return Block(
        title=say("tech.config.good") if verdict.is_good else say.count("tech.config.faults", len(verdict.faults)),
        tone=Tone.GOOD if verdict.is_good else Tone.BAD,
        text=str(verdict.path),
        lines=tuple(lines),
        keys=(Press(f"adopt:{verdict.path}", say("tech.config.adopt"), "tick", "main"),) if can_adopt else (),
        wide=True,
    )


def _sections(view: ConfigView, say: Say) -> tuple[Block, ...]:
    return tuple(
        Block(
            title=f"[{section}]",
            facts=tuple(
                Fact(line.key, line.value + (f"  {say('tech.config.default')}" if line.is_default else ""))
                for line in lines
            ),
        )
        for section, lines in groupby(view.lines, key=lambda line: line.section)
    )
