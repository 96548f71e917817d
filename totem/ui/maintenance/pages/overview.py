"""Every part of the kiosk at a glance: what is not well first, with what to do; the rest in one line each."""

from __future__ import annotations

from typing import Final

from totem.services.maintenance.views import Light, Overview, Part
from totem.ui.maintenance.blocks import Block, Press, Row, Tone, sentence
from totem.ui.maintenance.pages.page import Plain
from totem.ui.maintenance.say import Say

TONES: Final = {Light.GREEN: Tone.GOOD, Light.YELLOW: Tone.WARN, Light.RED: Tone.BAD}
_ORDER: Final = (Light.RED, Light.YELLOW)

PAGES: Final = {
    "sales": "machine",
    "configuration": "configuration",
    "secrets": "configuration",
    "network": "providers",
    "certificate": "providers",
    "clock": "providers",
    "provider": "providers",
    "printer": "printer",
    "terminal": "terminals",
    "settlements": "terminals",
    "disk": "journal",
    "journal": "journal",
    "refunds": "sales",
    "attentions": "attentions",
}
"""Where more is told of a part, by its area."""


class OverviewPage(Plain):
    name = "overview"
    refresh_s = 15.0
    seen: Overview | None = None

    async def load(self) -> None:
        self.seen = await self._room.control.overview(self._room.say.language)

    def blocks(self, say: Say) -> tuple[Block, ...]:
        seen = self.seen
        if seen is None:
            return (Block(text=say("tech.overview.asking"), busy=True, wide=True),)
        ill = [part for light in _ORDER for part in seen.parts if part.light is light]
        well = [part for part in seen.parts if part.light is Light.GREEN]
        shown = [_head(seen, say, out=self._room.control.state.out_of_service), *(_ill(part, say) for part in ill)]
        if well:
            shown.append(Block(title=say("tech.overview.well"), rows=tuple(_well(part, say) for part in well)))
        return tuple(shown)

    def press(self, act: str, argument: str) -> None:
        if act == "open":
            self._room.open(argument)


def _head(seen: Overview, say: Say, *, out: bool) -> Block:
    bad = sum(part.light is Light.RED for part in seen.parts)
    warn = sum(part.light is Light.YELLOW for part in seen.parts)
    keys = []
    if seen.attentions:
        keys.append(Press("open:attentions", say.count("tech.overview.attentions", seen.attentions), "hand"))
    if out:
        keys.append(Press("open:machine", say("tech.overview.put_back"), "power"))
    return Block(
        title=say(f"tech.overview.{seen.worst.value}"),
        tone=TONES[seen.worst],
        text=say("tech.overview.counts", bad=bad, warn=warn, parts=len(seen.parts)),
        since=say("tech.overview.at", time=say.time(seen.at)),
        state=say("tech.overview.out") if out else "",
        keys=tuple(keys),
    )


def title_of(part: Part, say: Say) -> str:
    """`impressora escpos`, with a capital."""
    return sentence(f"{part.title} · {say.provider(part.name)}" if part.name else part.title)


def _page_of(part: Part) -> str:
    return PAGES.get(part.area, "")


def _ill(part: Part, say: Say) -> Block:
    page = _page_of(part)
    return Block(
        title=title_of(part, say),
        tone=TONES[part.light],
        state=say(f"tech.light.{part.light.value}"),
        since=say("tech.overview.since", moment=say.moment(part.since)) if part.since else "",
        text=sentence(part.detail),
        remedy=sentence(part.remedy),
        code=say("tech.code", code=part.code) if part.code else "",
        keys=(Press(f"open:{page}", say("tech.overview.look"), "next"),) if page else (),
    )


def _well(part: Part, say: Say) -> Row:
    page = _page_of(part)
    return Row(
        f"open:{page}" if page else "",
        title_of(part, say),
        sentence(part.detail),
        state=say("tech.light.green"),
        tone=Tone.GOOD,
    )
