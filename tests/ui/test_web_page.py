"""The acquirer's page through the real WebEngine: touched, typed into with our own keyboard, and its answer caught."""

from __future__ import annotations

import gc
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.web_site import Page
from tests.ui.web_stand import ANSWER, Stand, post_to, stand
from totem.domain.cards import WebPage
from totem.runtime import Runtime

pytestmark = pytest.mark.qt


@pytest.fixture
async def kiosk(tmp_path: Path, runtime: Runtime) -> AsyncIterator[Stand]:
    async with stand(tmp_path, runtime) as made:
        yield made


async def test_a_card_is_typed_by_touch_and_the_answer_comes_back(kiosk: Stand) -> None:
    site, web = kiosk.site, kiosk.stage.kiosk.web
    site.pages["/card"] = Page(post_to(f"{site.elsewhere}/issuer", creq="x"))
    site.pages["/issuer"] = Page(post_to(f"{site.home}/back", cres="y"))
    site.pages["/back"] = Page(post_to(ANSWER, messageType="8", text="ç é €"))
    kiosk.open()
    assert (await site.until("/pay")).body == "posID=90051&fingerprint=a%2Bb%2Fc%3D&merchantRef=R20260101000001"
    await kiosk.until(lambda: web.property("host") == "127.0.0.1")
    await kiosk.until_drawn()
    await kiosk.touch(170, 40)
    await kiosk.until(lambda: web.property("field") == "digits", "digits for a card number")
    for digit in "4242":
        await kiosk.press_key(digit)
    await kiosk.press_key("next")
    await kiosk.until(lambda: web.property("field") == "letters", "letters for a name")
    for key in ("shift", "z", "accents", "é", "letters", "erase", "e"):
        await kiosk.press_key(key)
    await kiosk.press_key("next")
    await kiosk.until(lambda: web.property("field") == "choice", "the months as keys")
    assert [each["text"] for each in web.property("choices")] == ["01", "03", "04"]
    await kiosk.touch_key("key.choice.1")
    await kiosk.until(lambda: web.property("field") == "")
    await kiosk.touch(170, 220)
    assert (await site.until("/card")).body == "pan=4242&holder=Ze&month=03"
    await kiosk.until(lambda: bool(kiosk.answers))
    assert kiosk.answers == [{"messageType": "8", "text": "ç é €"}]
    assert site.paths() == ["POST /pay", "POST /card", "POST /issuer", "POST /back"]


async def test_the_keyboard_goes_away_and_comes_back_by_a_touch(kiosk: Stand) -> None:
    web = kiosk.stage.kiosk.web
    kiosk.open()
    await kiosk.until_drawn()
    await kiosk.touch(170, 40)
    await kiosk.until(lambda: web.property("field") == "digits")
    await kiosk.press_key("hide")
    assert web.property("field") == ""
    await kiosk.touch(170, 40)
    await kiosk.until(lambda: web.property("field") == "digits")
    await kiosk.touch(170, 400)
    await kiosk.until(lambda: web.property("field") == "", "no keyboard without a field")


@pytest.mark.parametrize("framed", [False, True])
async def test_the_keyboard_comes_for_the_issuers_fields_too(kiosk: Stand, framed: bool) -> None:
    """Another site's page lives in another process, as a page of its own or as a frame."""
    site, web = kiosk.site, kiosk.stage.kiosk.web
    site.pages["/pay"] = Page(post_to("/card"))
    target = '<iframe name="f" style="width: 500px; height: 300px"></iframe>' if framed else ""
    form = f"<form method=post target={'f' if framed else '_self'} action='{site.elsewhere}/issuer'></form>"
    site.pages["/card"] = Page(f"<body style='margin: 0'>{target}{form}<script>document.forms[0].submit()</script>")
    site.pages["/issuer"] = Page(
        f"<body style='margin: 0'><form method=post target=_top action='{site.home}/back'>"
        "<input name=otp inputmode=numeric style='display: block; width: 400px; height: 100px'>"
        "<button style='display: block; width: 400px; height: 100px'>ok</button></form>"
    )
    kiosk.open()
    await site.until("/issuer")
    # Touched again and again, as a person does while the page is not there yet.
    for _ in range(20):
        await kiosk.touch(170, 50)
        await kiosk.frames()
        if web.property("field") == "digits":
            break
    assert web.property("field") == "digits"
    await kiosk.press_key("7")
    await kiosk.touch(170, 150)
    assert (await site.until("/back")).body == "otp=7"


async def test_an_answer_in_a_frame_is_caught_too(kiosk: Stand) -> None:
    kiosk.site.pages["/pay"] = Page('<iframe src="/inner"></iframe>')
    kiosk.site.pages["/inner"] = Page(post_to(ANSWER, messageType="6"))
    kiosk.open()
    await kiosk.until(lambda: bool(kiosk.answers))
    assert kiosk.answers == [{"messageType": "6"}]


async def test_cookies_and_storage_are_gone_with_the_sale(kiosk: Stand) -> None:
    site = kiosk.site
    told = "fetch('/seen', {method: 'POST', body: document.cookie + '|' + (localStorage.x || '')})"
    site.pages["/pay"] = Page(f"<script>{told}; document.cookie = 'who=1'; localStorage.x = '2'</script>")
    for _ in range(2):
        site.asked.clear()
        kiosk.open()
        assert (await site.until("/seen")).body == "|"
        assert "cookie" not in (await site.until("/pay")).headers
        kiosk.leave()


async def test_nothing_of_the_form_is_held_after_the_sale(kiosk: Stand) -> None:
    page: WebPage | None = kiosk.open()
    assert page is not None
    form = page.form
    await kiosk.site.until("/pay")
    await kiosk.until_drawn()
    renderers = _renderers()
    assert renderers
    kiosk.leave()
    page = None
    kiosk.stage.checkout.calls.clear()
    await kiosk.until(lambda: not _renderers() & renderers, "the page's own process to end")
    # A task that just ended may hold it for a turn of the loop more.
    await kiosk.until(lambda: not _holders(form), "the form to be let go")


async def test_the_time_is_over_and_the_sale_is_asked_to_end(kiosk: Stand) -> None:
    kiosk.open()
    await kiosk.site.until("/pay")
    kiosk.stage.clock.wake()
    await kiosk.until(lambda: ("cancel",) in kiosk.stage.checkout.calls)


async def test_a_page_that_does_not_come_is_said(kiosk: Stand) -> None:
    kiosk.open(at="https://127.0.0.1:1")
    await kiosk.until(lambda: kiosk.stage.kiosk.web.property("trouble") == "page.failed")


async def test_a_kiosk_without_pages_says_so(tmp_path: Path, runtime: Runtime) -> None:
    async with stand(tmp_path, runtime, pages=False) as kiosk:
        kiosk.open()
        await kiosk.until(lambda: kiosk.stage.kiosk.web.property("trouble") == "page.failed")
        assert kiosk.site.paths() == []


def _holders(form: object) -> list[str]:
    gc.collect()
    return [type(each).__name__ for each in gc.get_referrers(form) if not _is_here(each)]


def _renderers() -> set[int]:
    """Our processes that hold a page: what WebEngine's zygotes gave birth to."""
    parents: dict[int, int] = {}
    zygotes: set[int] = set()
    for folder in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            number = int(folder.name)
            parents[number] = int((folder / "stat").read_text().rpartition(") ")[2].split()[1])
            if b"--type=zygote" in (folder / "cmdline").read_bytes():
                zygotes.add(number)
    ours = {number for number in zygotes if parents[number] == os.getpid()}
    return {number for number, parent in parents.items() if parent in ours and number not in ours}


def _is_here(holder: object) -> bool:
    """The test's own frame and variables."""
    return type(holder).__name__ in {"frame", "coroutine", "cell"}
