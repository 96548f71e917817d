"""The kiosk itself: in service or not, anew, its version, its language for technicians, and whose work is in it."""

from __future__ import annotations

from typing import Final

from totem.services.maintenance.views import Version
from totem.ui.maintenance.asking import Ask, Told
from totem.ui.maintenance.blocks import Block, Fact, Press, Tone
from totem.ui.maintenance.pages.page import Plain
from totem.ui.maintenance.say import Say

LICENCES: Final = (
    ("Totem", "MIT"),
    ("Qt · Qt for Python", "LGPL-3.0"),
    ("Python", "PSF-2.0"),
    ("SQLite", "Public domain"),
    ("OpenSSL", "Apache-2.0"),
    ("qasync", "BSD-2-Clause"),
    ("httpx · h11 · anyio", "BSD-3-Clause · MIT"),
    ("certifi", "MPL-2.0"),
    ("pydantic", "MIT"),
    ("cryptography", "Apache-2.0 / BSD"),
    ("python-escpos · python-barcode", "MIT"),
    ("pyserial · pyusb", "BSD-3-Clause"),
    ("libusb", "LGPL-2.1"),
    ("qrcode", "BSD-3-Clause"),
    ("Pillow", "MIT-CMU"),
    ("zxing-cpp", "Apache-2.0"),
    ("platformdirs", "MIT"),
    ("Atkinson Hyperlegible Next", "OFL-1.1"),
    ("IBM Plex Mono", "OFL-1.1"),
)
"""What the program is made of. The whole texts lie beside it."""


class MachinePage(Plain):
    name = "machine"
    version: Version | None = None

    async def load(self) -> None:
        self.version = await self._room.control.machine.version()

    def blocks(self, say: Say) -> tuple[Block, ...]:
        return (
            self._service(say),
            self._restart(say),
            *((_version(self.version, say),) if self.version is not None else ()),
            Block(
                title=say("tech.machine.language"),
                icon="speech",
                keys=tuple(
                    Press(
                        f"speak:{code}",
                        say.own.get(code, "tech.language"),
                        kind="chosen" if code == say.language else "plain",
                    )
                    for code in say.own.catalogues
                ),
            ),
            Block(title=say("tech.machine.licences"), icon="info", facts=tuple(Fact(*each) for each in LICENCES)),
        )

    def press(self, act: str, argument: str) -> None:
        if act == "service":
            self._ask_service(out=argument == "out")
        elif act == "restart":
            self._ask_restart()
        elif act == "speak":
            self._room.speak(argument)

    def _service(self, say: Say) -> Block:
        out = self._room.control.state.out_of_service
        key = Press("service:back", say("tech.service.back"), "tick", "main") if out else Press(
            "service:out", say("tech.service.out"), "pause", "stop"
        )  # fmt: skip
        return Block(
            title=say("tech.service.title"),
            tone=Tone.WARN if out else Tone.GOOD,
            state=say("tech.service.is_out") if out else say("tech.service.is_in"),
            text=say("tech.service.out_text") if out else say("tech.service.in_text"),
            keys=(key,),
        )

    def _restart(self, say: Say) -> Block:
        restarting = self._room.control.state.restarting
        return Block(
            title=say("tech.restart.title"),
            icon="power",
            text=say("tech.restart.waits") if restarting else say("tech.restart.text"),
            busy=restarting,
            keys=(Press("restart", say("tech.restart.go"), "power", enabled=not restarting),),
        )

    def _ask_service(self, *, out: bool) -> None:
        say = self._room.say
        word = "out" if out else "back"

        async def work(answer: str, pin: str) -> Told:
            del answer, pin
            await self._room.control.machine.set_out_of_service(out)
            return Told(
                self._room.say(f"tech.service.{word}_done"),
                self._room.say(f"tech.service.{word}_done_text"),
                Tone.WARN if out else Tone.GOOD,
            )

        key = Press("go", say(f"tech.service.{word}"), kind="stop" if out else "main")
        self._room.ask(Ask(say(f"tech.service.{word}_ask"), work, say(f"tech.service.{word}_ask_text"), answers=(key,)))

    def _ask_restart(self) -> None:
        say = self._room.say

        async def work(answer: str, pin: str) -> Told:
            del answer, pin
            await self._room.control.machine.restart()
            return Told(self._room.say("tech.restart.done"), self._room.say("tech.restart.waits"), Tone.WARN)

        self._room.ask(
            Ask(
                say("tech.restart.ask"),
                work,
                say("tech.restart.ask_text"),
                answers=(Press("go", say("tech.restart.go"), "power", "stop"),),
            )
        )


def _version(version: Version, say: Say) -> Block:
    return Block(
        title=say("tech.machine.version"),
        icon="info",
        state=say("tech.machine.simulated") if version.simulated else "",
        facts=(
            Fact("Totem", version.program),
            Fact(say("tech.machine.kiosk"), version.kiosk_id),
            Fact("Python", version.python),
            Fact(say("tech.machine.system"), version.system),
        ),
    )
