"""A technician on the shell: a sale on a configuration made by commands, then its money given back, two ways."""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from providers.sim.control import ControlClient
from totem import __main__ as cli
from totem.bootstrap.endpoints import Endpoints
from totem.bootstrap.engine import Engine
from totem.bootstrap.example import TomlValue, write_configuration
from totem.bootstrap.opening import engine_settings, open_ports
from totem.bootstrap.ownership import Ownership
from totem.bootstrap.sandbox_process import SandboxProcess
from totem.bootstrap.tuning import Tuning
from totem.config.loader import load
from totem.domain.catalogue import Basket
from totem.services.ids import reference_of
from totem.services.state import CheckoutState, Method, PaymentChoice, Stage

PIN = b"482915\n"
Totem = Callable[..., str]
CLIENT_KEY = "cliente@example.com"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoints]:
    process = SandboxProcess(tmp_path_factory.mktemp("world"), 11)
    yield asyncio.run(process.ready())
    process.stop()


@pytest.fixture
def totem(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Totem:
    """The command line in this very process: a new one for each command would take most of the test's time."""

    def run(*words: str, given: bytes = b"", code: int = 0) -> str:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given), encoding="utf-8"))
        capsys.readouterr()
        ended = cli.main(words)
        told = capsys.readouterr()
        assert ended == code, told.err
        return told.out

    return run


@pytest.fixture
def control(world: Endpoints) -> Iterator[ControlClient]:
    client = ControlClient(world.control.url, world.control.token)
    yield client
    client.close()


def configured(folder: Path, world: Endpoints, bank: str, pix_out: dict[str, TomlValue] | None = None) -> Path:
    changes: dict[str, dict[str, TomlValue]] = {"pix": {"providers": [bank]}, "polling": {"first_s": 1.0}}
    if pix_out is not None:
        changes["pix.inter.pix_out"] = pix_out
    return write_configuration(folder, world, changes)


def sold(kiosk: Path, control: ControlClient, prefix: str) -> str:
    """One paid sale with its ticket; its id."""
    return asyncio.run(_sell(kiosk, control, prefix))


async def _sell(kiosk: Path, control: ControlClient, prefix: str) -> str:
    configuration = load(kiosk)
    ports = await open_ports(configuration, Tuning())
    engine = Engine(ports, engine_settings(configuration, Tuning()))
    basket = Basket().with_quantity(configuration.catalogue.services[0], 1)
    async with running(engine):
        await engine.checkout.open(basket, PaymentChoice(Method.PIX), "pt")
        shown = engine.checkout.state.pix
        assert shown is not None, engine.checkout.state
        paid = await asyncio.to_thread(control.call, f"{prefix}.pay", copia_e_cola=shown.copia_e_cola)
        assert paid["paid"]
        await completed(engine)
        return engine.checkout.state.sale_id


@asynccontextmanager
async def running(engine: Engine) -> AsyncIterator[None]:
    tasks: list[asyncio.Task[Any]] = []

    def spawn(coro: Any, name: str) -> asyncio.Task[Any]:
        tasks.append(asyncio.create_task(coro, name=name))
        return tasks[-1]

    await engine.start(spawn, "test")
    try:
        yield
    finally:
        await engine.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def completed(engine: Engine) -> None:
    ended = asyncio.Event()

    def watch(state: CheckoutState) -> None:
        if state.stage is Stage.COMPLETED:
            ended.set()

    engine.checkout.subscribe(watch)
    watch(engine.checkout.state)
    async with asyncio.timeout(20):
        await ended.wait()


def refunds_of(control: ControlClient, prefix: str) -> list[str]:
    return [refund["status"] for pix in control.call(f"{prefix}.ledger")["pix"] for refund in pix["refunds"]]


def test_from_the_store_to_a_sale_and_its_refund(
    tmp_path: Path, world: Endpoints, control: ControlClient, totem: Totem
) -> None:
    kiosk = configured(tmp_path, world, "sicredi")
    config = ("--config", str(kiosk))
    totem(*config, "secrets", "init")
    totem(*config, "secrets", "set", "sicredi.client_secret", given=world.bank.client_secret_file.read_bytes())
    files = [str(path) for path in (world.bank.certificate, world.bank.key, world.bank.ca)]
    totem(*config, "secrets", "import", *files, "--bank", "sicredi")
    totem(*config, "secrets", "use", "--bank", "sicredi")
    sale = sold(kiosk, control, "bank")
    order = (*config, "refund", reference_of(sale), "--reason", "lavagem com defeito")
    totem(*order, given=PIN, code=1)  # no PIN was set: nothing opens
    totem(*config, "pin", given=PIN + b"482916\n", code=1)
    totem(*config, "pin", given=PIN * 2)
    totem(*order, given=b"000000\n", code=1)
    assert refunds_of(control, "bank") == []
    with Ownership(tmp_path):
        totem(*order, given=PIN, code=3)
    assert "devolvido" in totem(*order, given=PIN)
    assert refunds_of(control, "bank") == ["DEVOLVIDO"]
    totem(*order, given=PIN, code=1)  # all of it went back already
    assert refunds_of(control, "bank") == ["DEVOLVIDO"]
    totem(*config, "journal", "verify")
    journal = (tmp_path / "journal.sqlite3").read_bytes()
    assert b"lavagem com defeito" in journal
    assert PIN.strip() not in journal


def test_a_refused_refund_is_paid_back_by_a_pix_of_our_own(
    tmp_path: Path, world: Endpoints, control: ControlClient, totem: Totem
) -> None:
    kiosk = configured(tmp_path, world, "inter")
    config = ("--config", str(kiosk))
    totem(*config, "pin", given=PIN * 2)
    sale = sold(kiosk, control, "inter")
    control.call("inter.set_refunds", state="NAO_REALIZADO", polls=1)
    order = (*config, "refund", sale, "--reason", "cliente no balcão")
    assert "recusado pelo banco" in totem(*order, given=PIN, code=1)
    assert refunds_of(control, "inter") == ["NAO_REALIZADO"]
    totem(*order, "--pix-out", CLIENT_KEY, given=PIN, code=1)  # switched off
    configured(tmp_path, world, "inter", {"enabled": True, "max_payment": "10,00", "max_day": "100,00"})
    totem(*order, "--pix-out", CLIENT_KEY, given=PIN, code=1)  # over the limit
    configured(tmp_path, world, "inter", {"enabled": True, "max_payment": "100,00", "max_day": "200,00"})
    assert "devolvido" in totem(*order, "--pix-out", CLIENT_KEY, given=PIN)
    sent = control.call("inter.ledger")["pix_out"]
    assert len(sent) == 1
    totem(*order, "--pix-out", CLIENT_KEY, given=PIN, code=1)  # nothing is left
    assert control.call("inter.ledger")["pix_out"] == sent
    totem(*config, "journal", "verify")
