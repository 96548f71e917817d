"""A technician and SISP: a sale on its page in escudos, given back by command; what the status alone knows is not."""

from __future__ import annotations

import asyncio
from pathlib import Path

from providers.sim.control import ControlClient
from tests.faults.test_technician import PIN, completed, control, running, world
from tests.support.sisp_browser import Browser, Customer
from tests.unit.test_doctor import totem
from totem.bootstrap.endpoints import Endpoints
from totem.bootstrap.engine import Engine
from totem.bootstrap.example import write_configuration
from totem.bootstrap.opening import engine_settings, open_ports
from totem.bootstrap.tuning import Tuning
from totem.config.loader import load
from totem.domain.cards import PromptKind, WebPage
from totem.domain.catalogue import Basket
from totem.services.ids import reference_of
from totem.services.state import CheckoutState, Method, PaymentChoice

__all__ = ["control", "world"]  # fixtures

CATALOGUE = 'currency = "CVE"\n[[service]]\nid = "lavagem"\nprice = "1500"\nname.pt = "Lavagem"\n'


def configured(folder: Path, world: Endpoints) -> Path:
    catalogue = folder / "escudos.toml"
    catalogue.write_text(CATALOGUE, encoding="utf-8")
    return write_configuration(
        folder,
        world,
        {"cards": {"terminals": ["vinti4"]}, "pix": {"providers": []}, "catalogue": {"file": str(catalogue)}},
    )


async def sell(kiosk: Path, world: Endpoints) -> str:
    """One sale on the page, with its ticket; its id."""
    configuration = load(kiosk)
    engine = Engine(await open_ports(configuration, Tuning()), engine_settings(configuration, Tuning()))
    pages: asyncio.Queue[WebPage] = asyncio.Queue()

    def watch(state: CheckoutState) -> None:
        prompt = state.card.prompt if state.card is not None else None
        if prompt is not None and prompt.kind is PromptKind.WEB_PAGE and prompt.page is not None:
            pages.put_nowait(prompt.page)

    async with running(engine):
        engine.checkout.subscribe(watch)
        catalogue = configuration.catalogue
        basket = Basket(currency=catalogue.currency).with_quantity(catalogue.services[0], 1)
        await engine.checkout.open(basket, PaymentChoice(Method.CARD), "pt")
        async with asyncio.timeout(20):
            visit = await Browser(world.vinti4.ca).visit(await pages.get(), Customer())
        if visit.answer is not None:
            await engine.checkout.returned(visit.answer)
        await completed(engine)
        return engine.checkout.state.sale_id


def books(control: ControlClient) -> list[tuple[str, int]]:
    told = control.call("vinti4.ledger")
    assert told["violations"] == []
    return [(each["state"], each["refunded_cents"]) for each in told["transactions"]]


def test_a_sale_on_the_page_goes_back_by_command(tmp_path: Path, world: Endpoints, control: ControlClient) -> None:
    kiosk = configured(tmp_path, world)
    config = ("--config", str(kiosk))
    totem(*config, "pin", given=PIN * 2)
    sale = asyncio.run(sell(kiosk, world))
    assert books(control) == [("approved", 0)]
    order = (*config, "refund", reference_of(sale), "--reason", "lavagem com defeito")
    totem(*order, given=b"000000\n", code=1)
    told = totem(*order, given=PIN)
    assert "devolvido" in told
    assert "1.500" in told.replace("\N{NO-BREAK SPACE}", " ")
    assert books(control) == [("cancelled", 1500)]
    totem(*order, given=PIN, code=1)  # all of it went back already
    control.call("vinti4.set_faults", faults=[{"kind": "answer_lost"}])
    unsigned = asyncio.run(sell(kiosk, world))
    totem(*config, "refund", unsigned, "--reason", "cliente no balcão", given=PIN, code=1)
    assert books(control) == [("cancelled", 1500), ("approved", 0)], "nobody can give that back by itself"
    totem(*config, "journal", "verify")
    journal = (tmp_path / "journal.sqlite3").read_bytes()
    for never in (b"4242424242424242", PIN.strip(), world.vinti4.pos_auth_code_file.read_bytes()):
        assert never not in journal


def test_the_doctor_knows_vinti4(tmp_path: Path, world: Endpoints) -> None:
    kiosk = configured(tmp_path, world)
    assert "vinti4" in totem("--config", str(kiosk), "doctor")
    wrong = tmp_path / "wrong.secret"
    wrong.touch(mode=0o600)
    wrong.write_text("outra", encoding="utf-8")
    path = kiosk.read_text(encoding="utf-8").replace(str(world.vinti4.portal_password_file), str(wrong))
    kiosk.write_text(path, encoding="utf-8")
    told = totem("--config", str(kiosk), "doctor", code=1)
    assert "TEF-013" in told
    assert "senha do portal em [cards.vinti4]" in told
