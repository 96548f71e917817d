"""A technician and a typed card: what Adiq only reserved is captured by a command, and goes back by another."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from providers.sim import adiq_cards
from providers.sim.control import ControlClient
from tests.faults.test_technician import PIN, completed, control, running, world
from tests.unit.test_doctor import totem
from totem.bootstrap.endpoints import Endpoints
from totem.bootstrap.engine import Engine
from totem.bootstrap.example import write_configuration
from totem.bootstrap.opening import engine_settings, open_ports
from totem.bootstrap.tuning import Tuning
from totem.config.loader import load
from totem.domain.cards import KeyedCard, PromptKind
from totem.domain.catalogue import Basket
from totem.services.ids import reference_of
from totem.services.state import CheckoutState, Method, PaymentChoice

__all__ = ["control", "world"]  # fixtures


def configured(folder: Path, world: Endpoints) -> Path:
    return write_configuration(
        folder, world, {"cards": {"terminals": ["adiq"]}, "cards.adiq": {"capture": "after_ticket"}}
    )


async def sell(kiosk: Path) -> str:
    """One sale by a typed card, with its ticket; its id. Where Adiq does not answer, it is closed uncaptured."""
    configuration = load(kiosk)
    engine = Engine(await open_ports(configuration, Tuning()), engine_settings(configuration, Tuning()))
    asked = asyncio.Event()

    def watch(state: CheckoutState) -> None:
        if state.card is not None and state.card.prompt.kind is PromptKind.KEY_CARD:
            asked.set()

    async with running(engine):
        engine.checkout.subscribe(watch)
        basket = Basket().with_quantity(configuration.catalogue.services[0], 1)
        await engine.checkout.open(basket, PaymentChoice(Method.CREDIT), "pt")
        async with asyncio.timeout(20):
            await asked.wait()
        card = KeyedCard(adiq_cards.APPROVED, 12, 2031, "737", "JOANA PRADO")
        await engine.checkout.supply(card)
        await completed(engine)
        with pytest.raises(ValueError, match="wiped"):
            _ = card.number
        return engine.checkout.state.sale_id


def books(control: ControlClient) -> list[tuple[str, int]]:
    told = control.call("adiq.ledger")["transactions"]
    return [(each["state"], each["refunded_cents"]) for each in told]


def test_a_reserved_card_is_captured_and_given_back_by_command(
    tmp_path: Path, world: Endpoints, control: ControlClient
) -> None:
    kiosk = configured(tmp_path, world)
    config = ("--config", str(kiosk))
    totem(*config, "pin", given=PIN * 2)
    silent = {"operation": "capture", "kind": "status", "code": 503}
    control.call("adiq.set_faults", faults=[{**silent, "count": None}])
    sale = asyncio.run(sell(kiosk))
    assert books(control) == [("pending", 0)]
    order = (*config, "capture", reference_of(sale), "--reason", "cliente saiu com o tíquete")
    totem(*order, given=b"000000\n", code=1)
    assert books(control) == [("pending", 0)]
    control.call("adiq.set_faults", faults=[{**silent, "count": 1}])
    assert "capturado" in totem(*order, given=PIN)
    assert books(control) == [("confirmed", 0)]
    totem(*order, given=PIN, code=1)  # nothing is left to capture
    refund = (*config, "refund", sale, "--reason", "lavagem com defeito")
    assert "devolvido" in totem(*refund, given=PIN)
    assert books(control) == [("cancelled", 4500)]
    totem(*config, "journal", "verify")
    journal = (tmp_path / "journal.sqlite3").read_bytes()
    assert "cliente saiu com o tíquete".encode() in journal or b"cliente saiu com o t\\u00edquete" in journal
    for never in (adiq_cards.APPROVED.encode(), b"JOANA PRADO", PIN.strip()):
        assert never not in journal


def test_the_doctor_knows_adiq_and_warns_of_typed_cards(tmp_path: Path, world: Endpoints) -> None:
    kiosk = configured(tmp_path, world)
    told = totem("--config", str(kiosk), "doctor")
    assert "SAQ D" in told
    assert "Adiq" in told
    wrong = tmp_path / "wrong.secret"
    wrong.touch(mode=0o600)
    wrong.write_text("outro", encoding="utf-8")
    write_configuration(
        tmp_path, world, {"cards": {"terminals": ["adiq"]}, "cards.adiq": {"client_secret_file": str(wrong)}}
    )
    told = totem("--config", str(kiosk), "doctor", code=1)
    assert "TEF-013" in told
    assert "client_id e o segredo em [cards.adiq]" in told
