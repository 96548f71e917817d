"""Every page of maintenance, in three languages and both orientations, passes the checks of every other screen."""

from __future__ import annotations

import asyncio

import pytest

from tests.ui.checks import faults
from tests.ui.maintenance.bench import bench
from tests.ui.maintenance.pictures import PAGES, show
from tests.ui.studio import ORIENTATIONS
from totem.domain.texts import LANGUAGES
from totem.runtime import Runtime
from totem.ui.maintenance.pages.book import NAV
from totem.ui.theme import px_per_mm

pytestmark = pytest.mark.qt


@pytest.mark.parametrize("orientation", list(ORIENTATIONS))
async def test_every_page_holds_its_words_and_keys(orientation: str, runtime: Runtime) -> None:
    scale = px_per_mm(*ORIENTATIONS[orientation], 21.5)
    found: list[str] = []
    with bench(runtime, orientation) as made:
        await made.stage.kiosk.first_frame.wait()
        for page in PAGES:
            async with asyncio.timeout(60):
                await show(made, page, LANGUAGES[0])
            # Led there once; the others follow on it, as a touch on their key changes them.
            for language in LANGUAGES:
                made.model.visit.speak(language)
                await made.stage.frame()
                found += [f"{language} {page.name}: {fault}" for fault in faults(made.stage.kiosk.window, scale)]
    assert found == []


def test_the_gallery_shows_every_page() -> None:
    assert {page.screen for page in PAGES} == {"pin", "sale", *(name for name, _ in NAV)}
