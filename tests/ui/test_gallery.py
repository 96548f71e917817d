"""Every screen in every language, orientation and look passes the checks that the gallery makes."""

from __future__ import annotations

from itertools import groupby

import pytest

from tests.ui.checks import faults
from tests.ui.gallery import Take, takes
from tests.ui.pictures import VARIANTS, shots
from tests.ui.studio import ORIENTATIONS, studio
from totem.domain.errors import Trouble
from totem.domain.texts import CUSTOMER_LANGUAGES
from totem.runtime import Runtime
from totem.services.state import CheckoutState, MoneyTold, Stage, TroubleOnScreen
from totem.ui.navigator import Screen
from totem.ui.theme import px_per_mm

pytestmark = pytest.mark.qt


@pytest.mark.parametrize("orientation", list(ORIENTATIONS))
@pytest.mark.parametrize("variant", list(VARIANTS))
async def test_every_screen_holds_its_words_and_keys(orientation: str, variant: str, runtime: Runtime) -> None:
    scale = px_per_mm(*ORIENTATIONS[orientation], 21.5)
    found: list[str] = []
    with studio(orientation, runtime, languages=CUSTOMER_LANGUAGES) as stage:
        await stage.kiosk.first_frame.wait()
        names = [shot.name for shot in shots(0.0)]
        made = sorted(takes(names, orientation, [variant]), key=lambda take: take.shot)
        for name, of_one_screen in groupby(made, key=lambda take: take.shot):
            shot = next(each for each in shots(stage.clock.monotonic()) if each.name == name)
            low = variant == "low" and shot.screen != "attract"
            # Led there once; its languages follow one another on it, as a customer's touch changes them.
            first, *others = of_one_screen
            await stage.show(shot, first.language, variant)
            for take in (first, *others):
                if take is not first:
                    stage.kiosk.model.setLanguage(take.language)
                    await stage.frame()
                found += [f"{take.name}: {fault}" for fault in faults(stage.kiosk.window, scale, low_reach=low)]
    assert found == []


@pytest.mark.parametrize("orientation", list(ORIENTATIONS))
async def test_every_trouble_fits_in_every_language(orientation: str, runtime: Runtime) -> None:
    scale = px_per_mm(*ORIENTATIONS[orientation], 21.5)
    found: list[str] = []
    with studio(orientation, runtime, languages=CUSTOMER_LANGUAGES) as stage:
        await stage.kiosk.first_frame.wait()
        stage.kiosk.model.toggleText()
        for language in CUSTOMER_LANGUAGES:
            stage.kiosk.model.setLanguage(language)
            for trouble in Trouble:
                told = TroubleOnScreen(trouble, MoneyTold.BEING_CHECKED, "K7Q-2M4")
                stage.checkout.publish(CheckoutState(Stage.STOPPED, trouble=told))
                await stage.frame()
                found += [f"{language} {trouble}: {fault}" for fault in faults(stage.kiosk.window, scale)]
    assert found == []


def test_the_gallery_shows_every_screen() -> None:
    assert {shot.screen for shot in shots(0.0)} == {screen.value for screen in Screen}


def test_the_gallery_takes_every_language_and_look() -> None:
    made = list(takes(["pix"], "portrait", VARIANTS))
    assert {take.language for take in made if take.variant == "plain"} == set(CUSTOMER_LANGUAGES)
    assert {take.variant for take in made} == {"plain", "contrast", "large", "low"}
    assert Take("pix", "portrait", "en", "plain").name == "portrait-en-pix"


async def test_the_checks_find_what_they_look_for(runtime: Runtime) -> None:
    """A check that cannot fail is none: the same window, spoilt on purpose."""
    scale = px_per_mm(*ORIENTATIONS["portrait"], 21.5)
    with studio("portrait", runtime) as stage:
        shot = next(each for each in shots(stage.clock.monotonic()) if each.name == "services")
        await stage.show(shot, "pt")
        assert faults(stage.kiosk.window, scale) == []
        theme = stage.kiosk.model.theme
        spoilt = {"key": 40, "captionSize": 9, "titleSize": 400}
        kept = {name: theme.value(name) for name in spoilt}
        theme.show(spoilt)
        await stage.frame()
        told = "\n".join(faults(stage.kiosk.window, scale))
        assert "plus.pneus is only" in told
        assert "capitals of" in told
        assert "wider than its place" in told or "leaves the window" in told or "lies on" in told
        theme.show(kept)
        stage.kiosk.model.words.show({"services.title": "{name}"})
        await stage.frame()
        assert faults(stage.kiosk.window, scale) == ["a place without its value: '{name}'"]
