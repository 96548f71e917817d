"""The keyboard over a real page: every key of every layout is there, large enough, and writes what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.web_site import Page
from tests.ui.checks import faults, walk
from tests.ui.studio import ORIENTATIONS
from tests.ui.web_stand import Stand, stand
from totem.runtime import Runtime
from totem.ui.theme import px_per_mm

pytestmark = pytest.mark.qt

ACCENTS = "áàâãéèêëíóòôõöúùûüçîïñœæ"
"""Of Portuguese and French (and one of Spanish)."""
_FIELD = """<style>input, button { position: absolute; left: 20px; top: 20px; width: 300px; height: 40px }</style>
<form method="post" action="/told"><input name="text"><button style="top: 80px">send</button></form>"""


async def ready(kiosk: Stand) -> None:
    kiosk.site.pages["/pay"] = Page(f'<meta charset="utf-8">{_FIELD}')
    kiosk.open()
    await kiosk.until_drawn()
    await kiosk.touch(170, 40)
    await kiosk.until(lambda: kiosk.stage.kiosk.web.property("field") == "letters")
    await kiosk.frames(3)


def keys(kiosk: Stand) -> set[str]:
    window = kiosk.stage.kiosk.window
    seen = walk(window.contentItem(), kiosk.whole())
    return {each.name.removeprefix("key.type.") for each in seen if each.name.startswith("key.type.")}


@pytest.mark.parametrize("orientation", list(ORIENTATIONS))
@pytest.mark.parametrize("look", ["plain", "large", "low"])
async def test_every_layout_fits(orientation: str, look: str, tmp_path: Path, runtime: Runtime) -> None:
    scale = px_per_mm(*ORIENTATIONS[orientation], 21.5)
    async with stand(tmp_path, runtime, orientation=orientation) as kiosk:
        model, window = kiosk.stage.kiosk.model, kiosk.stage.kiosk.window
        if look == "large":
            model.toggleText()
        await ready(kiosk)
        if look == "low":
            model.toggleReach()
            await kiosk.frames(3)
        found = []
        for layout in ("", "accents", "letters", "signs", "letters", "digits", "letters"):
            if layout:
                await kiosk.press_key(layout)
            found += [f"{layout}: {fault}" for fault in faults(window, scale, low_reach=look == "low")]
        assert found == []


async def test_what_is_pressed_is_what_is_sent(tmp_path: Path, runtime: Runtime) -> None:
    async with stand(tmp_path, runtime) as kiosk:
        await ready(kiosk)
        letters = keys(kiosk)
        assert set("abcdefghijklmnopqrstuvwxyz@.-") <= letters
        await kiosk.press_key("signs")
        assert set("0123456789@#$%&*()+!?/\\:;_=\"',.-") <= keys(kiosk)
        for key in ("&", "\\", "letters", "accents"):
            await kiosk.press_key(key)
        assert set(ACCENTS) <= keys(kiosk)
        for key in ("ã", "œ", "shift", "ç", "space", "letters", "digits", "7", "erase", "8"):
            await kiosk.press_key(key)
        await kiosk.touch(170, 100)
        assert (await kiosk.site.until("/told")).body == "text=%26%5C%C3%A3%C5%93%C3%87+8"
