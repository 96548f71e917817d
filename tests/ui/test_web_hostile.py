"""Pages that try what they must not: each rule of the embedded page, broken by a page of the acquirer's own site."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication

from tests.support.web_site import Asked, Page
from tests.ui.web_stand import ANSWER, Stand, post_to, stand
from totem.runtime import Runtime

pytestmark = pytest.mark.qt

_SAY = "await fetch('/done').catch(() => 0)"


@pytest.fixture
async def kiosk(tmp_path: Path, runtime: Runtime) -> AsyncIterator[Stand]:
    async with stand(tmp_path, runtime) as made:
        made.site.pages["/done"] = Page("ok")
        made.site.pages["/secret"] = Page("secret")
        yield made


async def tries(kiosk: Stand, script: str) -> None:
    """Let the acquirer's page run that script to its end, and a second request of its own after it."""
    kiosk.site.pages["/pay"] = Page(f"<body><script>(async () => {{ {script}; {_SAY} }})()</script>")
    kiosk.open()
    await kiosk.site.until("/done")


async def test_no_file_and_no_foreign_scheme(kiosk: Stand, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret", encoding="utf-8")
    wanted = [secret.as_uri(), "chrome://gpu", "view-source:about:blank", "ftp://127.0.0.1/", "mailto:a@b.example"]
    await tries(
        kiosk,
        f"for (const url of {wanted}) {{ try {{ await fetch(url); await fetch('/leaked') }} catch (e) {{}}"
        " try { location.href = url } catch (e) {} }",
    )
    assert "GET /leaked" not in kiosk.site.paths()
    assert kiosk.address() == f"{kiosk.site.home}/pay"


async def test_no_plain_http(kiosk: Stand) -> None:
    plain = kiosk.site.home.replace("https", "http")
    await tries(kiosk, f"await fetch('{plain}/secret').catch(() => 0); location.href = '{plain}/secret'")
    assert "GET /secret" not in kiosk.site.paths()
    assert kiosk.address() == f"{kiosk.site.home}/pay"


async def test_no_data_page(kiosk: Stand) -> None:
    await tries(
        kiosk, "document.write('<iframe src=\"data:text/html,x\"></iframe>'); location.href = 'data:text/html,x'"
    )
    assert kiosk.address() == f"{kiosk.site.home}/pay"


async def test_no_new_window(kiosk: Stand) -> None:
    before = len(QGuiApplication.topLevelWindows())
    await tries(
        kiosk,
        "window.open('/secret'); const a = document.createElement('a'); a.href = '/secret'; a.target = '_blank';"
        " document.body.append(a); a.click()",
    )
    assert len(QGuiApplication.topLevelWindows()) == before
    assert "GET /secret" not in kiosk.site.paths()


async def test_no_download(kiosk: Stand, tmp_path: Path) -> None:
    kiosk.site.pages["/file"] = Page(
        "x" * 1000, headers=(("Content-Type", "application/octet-stream"), ("Content-Disposition", "attachment"))
    )
    await tries(
        kiosk,
        "const a = document.createElement('a'); a.href = '/file'; a.download = 'x.bin'; document.body.append(a);"
        " a.click(); await new Promise(done => setTimeout(done, 300))",
    )
    assert not list(Path.home().glob("**/x*.bin"))
    assert kiosk.address() == f"{kiosk.site.home}/pay"


async def test_no_stranger_before_the_customer_sent_anything(kiosk: Stand) -> None:
    there = kiosk.site.elsewhere
    await tries(
        kiosk,
        f"await fetch('{there}/secret', {{mode: 'no-cors'}}).catch(() => 0);"
        f' document.body.innerHTML = \'<img src="{there}/secret"><iframe src="{there}/secret"></iframe>\';'
        f" location.href = '{there}/secret'",
    )
    assert "GET /secret" not in kiosk.site.paths()
    assert kiosk.address() == f"{kiosk.site.home}/pay"


async def test_no_stranger_by_a_link_even_later(kiosk: Stand) -> None:
    """After the customer sent the card, only a posted form leads to an issuer."""
    there = kiosk.site.elsewhere
    kiosk.site.pages["/pay"] = Page(post_to("/card"))
    kiosk.site.pages["/card"] = Page(f"<script>location.href = '{there}/secret'; fetch('/done')</script>")
    kiosk.open()
    await kiosk.site.until("/done")
    assert "GET /secret" not in kiosk.site.paths()


async def test_the_step_at_the_issuer_ends_on_the_way_back(kiosk: Stand) -> None:
    there = kiosk.site.elsewhere
    kiosk.site.pages["/pay"] = Page(post_to("/card"))
    kiosk.site.pages["/card"] = Page(post_to(f"{there}/issuer", creq="1"))
    kiosk.site.pages["/issuer"] = Page(post_to(f"{kiosk.site.home}/back", cres="1"))
    kiosk.site.pages["/back"] = Page(f"<script>location.href = '{there}/secret'; fetch('/done')</script>")
    kiosk.open()
    await kiosk.site.until("/done")
    assert kiosk.site.paths()[:4] == ["POST /pay", "POST /card", "POST /issuer", "POST /back"]
    assert "GET /secret" not in kiosk.site.paths()


@pytest.mark.parametrize(
    "address", ["https://192.168.0.1", "https://10.1.2.3", "https://169.254.1.1", "https://[fd00::1]"]
)
async def test_no_address_of_the_shop_not_even_as_an_issuer(kiosk: Stand, address: str) -> None:
    kiosk.site.pages["/pay"] = Page(post_to("/card"))
    kiosk.site.pages["/card"] = Page(
        f"<script>fetch('/done')</script><form method=post action='{address}:{kiosk.site.port}/x'></form>"
        "<script>document.forms[0].submit()</script>"
    )
    kiosk.open()
    await kiosk.site.until("/done")
    await kiosk.until(lambda: kiosk.address() == f"{kiosk.site.home}/card")


async def test_no_simulator_on_a_kiosk_with_real_money(tmp_path: Path, runtime: Runtime) -> None:
    async with stand(tmp_path, runtime, simulators=False) as kiosk:
        kiosk.open()
        await kiosk.until(lambda: kiosk.trouble() == "page.failed")
        assert kiosk.site.paths() == []


async def test_no_certificate_that_nobody_vouches_for(tmp_path: Path, runtime: Runtime) -> None:
    async with stand(tmp_path, runtime, trusted=False) as kiosk:
        kiosk.open()
        await kiosk.until(lambda: kiosk.trouble() == "page.failed")
        assert kiosk.site.paths() == []


async def test_no_certificate_of_another_name(tmp_path: Path, runtime: Runtime) -> None:
    async with stand(tmp_path, runtime, names=("other.example",)) as kiosk:
        kiosk.open()
        await kiosk.until(lambda: kiosk.trouble() == "page.failed")
        assert kiosk.site.paths() == []


async def test_an_answer_by_a_link_or_a_redirect_is_none(kiosk: Stand) -> None:
    kiosk.site.pages["/away"] = Page(status="302 Found", headers=(("Location", f"{ANSWER}?UserCancelled=true"),))
    kiosk.site.pages["/away2"] = Page(status="302 Found", headers=(("Location", ANSWER),))
    await tries(kiosk, f"location.href = '{ANSWER}'; await fetch('/away').catch(() => 0); location.href = '/away2'")
    await kiosk.site.until("/away2")
    await kiosk.frames()
    assert kiosk.answers == []


async def test_an_answer_by_script_or_by_a_stranger_is_none(kiosk: Stand) -> None:
    there = kiosk.site.elsewhere
    kiosk.site.pages["/pay"] = Page(post_to("/card"))
    kiosk.site.pages["/card"] = Page(
        f"<script>fetch('{ANSWER}', {{method: 'POST', body: 'messageType=8', mode: 'no-cors'}}).catch(() => 0)</script>"
        f"<iframe name=f></iframe><form method=post target=f action='{there}/issuer'></form>"
        "<script>document.forms[0].submit()</script>"
    )
    kiosk.site.pages["/issuer"] = Page(post_to(ANSWER, messageType="8", forged="1"))
    kiosk.open()
    await kiosk.site.until("/issuer")
    await kiosk.frames()
    assert kiosk.answers == []


async def test_a_second_answer_is_none(kiosk: Stand) -> None:
    frames = "".join(f"<iframe src='/answer{number}'></iframe>" for number in range(3))
    kiosk.site.pages["/pay"] = Page(frames)
    for number in range(3):
        kiosk.site.pages[f"/answer{number}"] = Page(post_to(ANSWER, number=str(number)))
    kiosk.open()
    await kiosk.until(lambda: bool(kiosk.answers))
    await kiosk.frames()
    assert len(kiosk.answers) == 1


async def test_no_dialog_no_permission_no_way_back(kiosk: Stand) -> None:
    told: list[str] = []

    def note(asked: Asked) -> Page:
        told.append(asked.body)
        return Page("ok")

    kiosk.site.pages["/told"] = note
    await tries(
        kiosk,
        "alert('x'); const yes = confirm('x'); const asked = await Notification.requestPermission();"
        " const place = await new Promise(done =>"
        "   navigator.geolocation.getCurrentPosition(() => done('here'), () => done('no')));"
        " const clip = await navigator.clipboard.readText().then(() => 'read', () => 'no');"
        " history.pushState({}, '', '/pushed'); history.go(-1);"
        " await fetch('/told', {method: 'POST', body: [yes, asked, place, clip].join()})",
    )
    assert told == ["false,denied,no,no"]
    assert kiosk.screen() == "page"


async def test_what_a_page_writes_on_its_console_goes_nowhere(
    kiosk: Stand, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    forged = '{"kind": "letters", "choices": []}'
    await tries(kiosk, f"console.log('4111111111111111'); console.debug('{forged}'); console.error('4111111111111111')")
    await kiosk.frames()
    assert kiosk.stage.kiosk.web.property("field") == ""
    out, err = capfd.readouterr()
    assert "4111" not in out + err + caplog.text
