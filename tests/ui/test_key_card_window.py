"""A card typed by real touches on the real window, and what of it can be seen, heard and left behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.ui.studio import Studio, studio
from tests.ui.test_window import shot
from tests.ui.touches import find, tap
from totem.runtime import Runtime

pytestmark = pytest.mark.qt

NUMBER, EXPIRY, CODE, NAME = "4111111111111111", "1230", "123", "MARIA SILVA"


@pytest.fixture(params=["portrait", "landscape"])
async def stage(request: pytest.FixtureRequest, runtime: Runtime) -> AsyncIterator[Studio]:
    with studio(request.param, runtime) as made:
        async with asyncio.timeout(10):
            await made.kiosk.first_frame.wait()
        await made.show(shot(made, "key-card-empty"), "pt")
        yield made


async def type_in(stage: Studio, text: str) -> None:
    for character in text:
        await tap(stage, "key.pad.space" if character == " " else f"key.pad.{character}")


async def test_a_card_is_typed_by_touch_and_handed_over(stage: Studio) -> None:
    for text in (NUMBER, EXPIRY, CODE, NAME):
        await type_in(stage, text)
        await tap(stage, "key.pad.next")
    await asyncio.sleep(0)
    (card,) = stage.checkout.supplied
    assert (card.number, card.expiry_month, card.expiry_year) == (NUMBER, 12, 2030)
    assert (card.security_code, card.holder) == (CODE, NAME)
    assert stage.kiosk.model.pad.is_empty
    assert not find(stage, "key.pad.next").isEnabled()
    card.wipe()
