"""The first screen stands before the checkout is there; whatever ends a start closes the window again."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.fake_checkout import FakeCheckout
from tests.ui.pictures import catalogue
from totem.bootstrap import kiosk, opening
from totem.bootstrap.deferred import DeferredCheckout
from totem.bootstrap.endpoints import Endpoints
from totem.bootstrap.engine import Ports
from totem.bootstrap.example import write_configuration
from totem.bootstrap.maintenance.wiring import pin_file
from totem.bootstrap.restarting import RESTART
from totem.bootstrap.sandbox_process import SandboxProcess
from totem.bootstrap.tuning import Tuning
from totem.config.loader import Configuration, load
from totem.domain.catalogue import Basket
from totem.domain.errors import CertificateRefused
from totem.domain.money import Money
from totem.runtime import Runtime
from totem.services.maintenance.pin import PinLock
from totem.services.maintenance.views import Entry
from totem.services.state import CheckoutState, Method, PaymentChoice, Stage
from totem.ui import window
from totem.ui.window import KioskWindow


def basket() -> Basket:
    return Basket(currency=catalogue().currency).with_quantity(catalogue().services[0], 1)


async def test_a_sale_that_is_asked_for_waits_for_the_checkout() -> None:
    deferred, real = DeferredCheckout(lambda amount: ()), FakeCheckout()
    asked = asyncio.create_task(deferred.open(basket(), PaymentChoice(Method.PIX), "pt"))
    await asyncio.sleep(0)
    assert not asked.done()
    deferred.attach(real)
    await asked
    assert real.opened == [basket()]
    await deferred.cancel()
    await deferred.more_time()
    await deferred.acknowledge()
    assert real.calls == [("open", PaymentChoice(Method.PIX), "pt"), ("cancel",), ("more_time",), ("acknowledge",)]


async def test_who_listened_before_hears_the_checkout() -> None:
    deferred, real = DeferredCheckout(lambda amount: ()), FakeCheckout()
    early: list[Stage] = []
    late: list[Stage] = []
    leave_early = deferred.subscribe(lambda state: early.append(state.stage))
    deferred.subscribe(lambda state: None)()  # left before anything was there
    assert deferred.state == CheckoutState()
    deferred.attach(real)
    leave_late = deferred.subscribe(lambda state: late.append(state.stage))
    real.publish(CheckoutState(Stage.PREPARING, amount=Money(100)))
    assert deferred.state is real.state
    assert (early, late) == ([Stage.IDLE, Stage.PREPARING], [Stage.PREPARING])
    leave_early()
    leave_late()
    assert real.listeners == 0


async def test_nothing_can_be_cancelled_before_the_checkout_is_there() -> None:
    deferred = DeferredCheckout(lambda amount: ())
    await deferred.cancel()
    await deferred.more_time()
    await deferred.acknowledge()
    assert deferred.state.stage is Stage.IDLE


@pytest.fixture(scope="module")
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Configuration]:
    folder = tmp_path_factory.mktemp("kiosk")
    sandbox = SandboxProcess(folder / "sandbox", 1)
    try:
        endpoints: Endpoints = asyncio.run(sandbox.ready())
        yield load(write_configuration(folder, endpoints))
    finally:
        sandbox.stop()


def in_folder(configuration: Configuration, folder: Path) -> Configuration:
    """The same kiosk with a journal of its own."""
    journal = configuration.settings.journal.model_copy(
        update={"directory": folder, "key_file": folder / "journal.key", "head_file": folder / "journal.head"}
    )
    return replace(configuration, settings=configuration.settings.model_copy(update={"journal": journal}))


@pytest.mark.qt
async def test_a_bank_that_cannot_be_opened_ends_the_start(
    configuration: Configuration, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows: list[KioskWindow] = []
    shown: list[bool] = []
    closed: list[KioskWindow] = []

    async def refuse(given: Configuration, tuning: Tuning) -> Ports:
        del given, tuning
        shown.append(windows[0].first_frame.is_set() and windows[0].screen == "attract")
        raise CertificateRefused("the bank knows no such kiosk")

    class Window(KioskWindow):
        def show(self) -> None:
            windows.append(self)
            super().show()

        def close(self) -> None:
            closed.append(self)
            super().close()

    monkeypatch.setattr(opening, "open_ports", refuse)
    monkeypatch.setattr(window, "KioskWindow", Window)
    with pytest.raises(CertificateRefused):
        async with kiosk.open_kiosk(configuration, runtime, Tuning(), windowed=True):
            raise AssertionError("a kiosk without a bank was opened")
    assert shown == [True]
    assert closed == windows


@pytest.mark.qt
async def test_closing_the_window_ends_the_program(
    configuration: Configuration, runtime: Runtime, tmp_path: Path
) -> None:
    own = in_folder(configuration, tmp_path)
    async with asyncio.timeout(30), kiosk.open_kiosk(own, runtime, Tuning(), windowed=True) as opened:
        assert opened.window.screen == "attract"
        ending = asyncio.create_task(kiosk.until_ended(runtime, opened.window))
        await asyncio.sleep(0)
        assert not ending.done()
        opened.window.window.close()
        await ending
    assert not runtime.stop.is_set()


@pytest.mark.qt
async def test_a_stop_while_it_opens_closes_in_order(
    configuration: Configuration, runtime: Runtime, tmp_path: Path
) -> None:
    own = in_folder(configuration, tmp_path)
    runtime.request_stop()
    async with asyncio.timeout(30), kiosk.open_kiosk(own, runtime, Tuning(), windowed=True) as opened:
        await kiosk.until_ended(runtime, opened.window)


@pytest.mark.qt
async def test_a_technicians_restart_ends_the_program_with_its_code(
    configuration: Configuration, runtime: Runtime, tmp_path: Path
) -> None:
    own = in_folder(configuration, tmp_path)
    async with asyncio.timeout(60), kiosk.open_kiosk(own, runtime, Tuning(), windowed=True) as opened:
        assert opened.exit_code == 0
        control = opened.maintenance
        assert (await control.unlock("482915")).entry is Entry.NO_PIN
        lock = PinLock(opened.engine.ports.journal, pin_file(own), Tuning().clock, random.Random(1))
        await lock.set("482915", "test")
        assert (await control.unlock("482915")).is_right
        await control.machine.restart()
        await kiosk.until_ended(runtime, opened.window)
        assert opened.exit_code == RESTART


def test_an_early_signal_is_noted_and_breaks_nothing() -> None:
    before = signal.getsignal(signal.SIGINT)
    with kiosk.noting_signals() as noted:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)
    assert noted == [signal.SIGINT, signal.SIGTERM]
    assert signal.getsignal(signal.SIGINT) is before
