"""Training: the trainer's keys play phone and card, every screen and ticket says what it is, and no book is touched."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hardware.sim.printer import SimulatedPrinter
from tests.unit.kiosk_files import write_kiosk
from totem.bootstrap import training
from totem.bootstrap.endpoints import Endpoints
from totem.bootstrap.example import to_toml, write_configuration
from totem.bootstrap.kiosk import Kiosk
from totem.bootstrap.sandbox_process import SandboxProcess
from totem.bootstrap.tuning import is_simulated
from totem.config.loader import Configuration, load
from totem.domain.errors import ConfigError
from totem.runtime import Runtime
from totem.ui.demo.album import Album
from totem.ui.demo.driver import TouchDriver, new_touch_device
from totem.ui.demo.phone import read_codes
from totem.ui.demo.stall import StallMeter

STRIP = "TREINAMENTO: nenhum pagamento é de verdade"


@pytest.fixture(scope="module")
def endpoints(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoints]:
    sandbox = SandboxProcess(tmp_path_factory.mktemp("sandbox"), 1)
    try:
        yield asyncio.run(sandbox.ready())
    finally:
        sandbox.stop()


def real_kiosk(folder: Path, printer_port: int = 9100, terminals: tuple[str, ...] = ("tef",)) -> Configuration:
    """A kiosk at its real bank, whose material is not there yet, with a printer of its own."""
    path = write_kiosk(folder)
    settings = tomllib.loads(path.read_text(encoding="utf-8"))
    settings["pix"]["sicredi"]["environment"] = "production"
    settings["printer"] |= {"driver": "network", "host": "127.0.0.1", "port": printer_port}
    settings["cards"] |= {"terminals": list(terminals), "tef": {"address": "192.0.2.1:60906", "company": "Loja"}}
    settings["cards"]["tef"] |= {"registration": "1", "secret_file": "segredos/sicredi.secret", "tls": True}
    settings["screen"] = {"width_px": 1080, "height_px": 1920}
    path.write_text(to_toml(settings), encoding="utf-8")
    for file in (*(folder / "segredos").iterdir(), *folder.glob("*.svg")):
        file.unlink()
    return load(path, check_files=False)


def test_nothing_real_is_left_but_what_is_lent(endpoints: Endpoints, tmp_path: Path) -> None:
    (tmp_path / "simulated").mkdir()
    real = real_kiosk(tmp_path)
    simulated = load(write_configuration(tmp_path / "simulated", endpoints))
    trained = training.in_training(real, simulated).settings
    assert not is_simulated(real)
    assert is_simulated(training.in_training(real, simulated))
    assert trained.pix.sicredi == simulated.settings.pix.sicredi
    assert trained.pix.inter == simulated.settings.pix.inter
    assert trained.pix.providers == real.settings.pix.providers
    assert trained.cards.tef == simulated.settings.cards.tef
    assert trained.cards.terminals == ("tef",)
    assert trained.journal == simulated.settings.journal
    assert trained.secrets == simulated.settings.secrets
    assert trained.printer == real.settings.printer
    assert (trained.kiosk.id, trained.kiosk.training) == (training.KIOSK_ID, True)


def test_a_kiosk_left_in_training_is_warned_of(tmp_path: Path) -> None:
    path = write_kiosk(tmp_path)
    assert load(path).notes == ()
    path.write_text(path.read_text(encoding="utf-8").replace("# training = false", "training = true"), encoding="utf-8")
    (note,) = load(path).notes
    assert "kiosk.training" in note


def test_a_wrong_configuration_is_no_reason_to_train(tmp_path: Path) -> None:
    path = write_kiosk(tmp_path)
    path.write_text("[kiosk]\ntraining = true\n", encoding="utf-8")
    with pytest.raises(ConfigError):
        training.run(path, windowed=True)


@asynccontextmanager
async def trained(
    configuration: Configuration, runtime: Runtime, folder: Path, endpoints: Endpoints
) -> AsyncIterator[tuple[Kiosk, TouchDriver]]:
    books = folder / training.FOLDER
    books.mkdir()
    own = Runtime()
    own.on_failure(runtime.report)
    try:
        async with training.open_training(configuration, own, books, endpoints, windowed=True) as kiosk:
            driver = TouchDriver(
                kiosk.window.window,
                source=kiosk.window.model,
                touch=new_touch_device(),
                stall=StallMeter(),
                decode=read_codes,
                album=Album(folder / "screens"),
            )
            yield kiosk, driver
            driver.let_go()
    finally:
        await own.close()


async def choose(driver: TouchDriver, method: str) -> None:
    await driver.tap("key.begin")
    await driver.wait_screen("services")
    await driver.tap("plus.lavagem-simples")
    await driver.tap("key.next")
    await driver.wait_screen("method")
    assert STRIP in driver.words()
    await driver.tap(f"key.method.{method}")


@pytest.mark.qt
async def test_a_trainer_shows_a_pix_and_a_card(runtime: Runtime, endpoints: Endpoints, tmp_path: Path) -> None:
    printer = SimulatedPrinter()
    await printer.start()
    real = real_kiosk(tmp_path, printer.port)
    try:
        async with trained(real, runtime, tmp_path, endpoints) as (_, driver):
            assert STRIP in driver.words()
            assert not [name for name in driver.names() if name.startswith("key.training")]
            await choose(driver, "pix")
            await driver.wait_screen("pix")
            await driver.screenshot("pix")
            await driver.tap("key.training.pay")
            await driver.wait_screen("thanks", limit_s=20)
            assert STRIP in driver.words()
            await driver.tap("key.done")
            await driver.wait_screen("attract")
            await choose(driver, "debit")
            await driver.wait_screen("card")
            await driver.screenshot("card")
            await driver.tap("key.training.refuse")
            await driver.wait_screen("again", limit_s=20)
            await driver.tap("key.retry")
            await driver.wait_screen("card")
            await driver.tap("key.training.approve")
            await driver.wait_screen("thanks", limit_s=20)
            await driver.screenshot("thanks")
    finally:
        await printer.stop()
    papers = printer.tickets()
    assert len(papers) >= 2
    assert [paper.lines[0].strip() for paper in papers] == ["TREINAMENTO - SEM VALOR"] * len(papers)
    assert not real.settings.journal.path.exists()
    assert (tmp_path / training.FOLDER / "journal.sqlite3").exists()
