"""Secrets and card data come out nowhere: one contract over every terminal, gateway, bank and printer.

Each is led through success and failure on its real wire while everything that it says is gathered: the log file, the
records before the log hid anything, stdout and stderr, the journal's files by their bytes, its exports, crash reports
and the repr of whatever passed. A driver that the configuration knows and this contract does not fails the suite.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from providers.sim import faults
from providers.sim.ca import CertificateSet
from providers.sim.faults import Operation
from tests.contract.driver_worlds import ANSWERING, SPOOLED
from tests.contract.driver_worlds import World as PrinterWorld
from tests.contract.printer_bench import PATIENT
from tests.support.pix_rig import BANKS, PRICE, REQUEST, TXID, Rig
from tests.support.terminal_rigs import RIGS, TerminalRig
from tests.support.watched import Told, watched
from tests.support.world import World
from totem.config.cards import TerminalName
from totem.config.models import BankName
from totem.config.printers import DriverName
from totem.domain.cards import CardOutcome, CardReference, CardResult
from totem.domain.catalogue import Basket, Service
from totem.domain.errors import CardError, ProviderError
from totem.services.state import Method, PaymentChoice, Stage

log = logging.getLogger(__name__)

NUMBER, HOLDER = "4111111111111111", "MARIA DA SILVA"
JOB = f"\x1b@{HOLDER} {NUMBER}\n".encode()
WRONG = "segredo-que-o-banco-desconhece"
HASTY = replace(PATIENT, connect_s=0.5, write_s=0.6, status_s=0.6, job_s=1.0, silence_s=0.6)
ENDS = (Stage.COMPLETED, Stage.STOPPED, Stage.CHOOSING_AGAIN)


def test_every_driver_has_signed_this_contract() -> None:
    terminals = {name.split("-")[0] for name in RIGS}
    assert terminals == set(get_args(TerminalName))
    assert set(BANKS) == set(get_args(BankName))
    # An image is drawn into a folder for tests of paper: it has no wire and no words.
    assert {*ANSWERING, *SPOOLED} == set(get_args(DriverName)) - {"image"}


# --- card terminals and gateways --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RIGS)
async def test_a_terminal_and_the_journal_of_its_sales(
    name: str, tmp_path: Path, bank_certificates: CertificateSet, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "rig").mkdir()
    with watched(tmp_path / "kiosk", capsys) as told:
        async with RIGS[name](tmp_path / "rig", bank_certificates) as rig:
            world = World(tmp_path / "kiosk", factor=20.0)
            world.terminals = [rig.terminal]
            async with world.running(silence_s=600.0):
                told.note(*await _sell(world, rig, Stage.COMPLETED))
                await world.engine.checkout.acknowledge()
                await rig.decline()
                told.note(*await _sell(world, rig, Stage.CHOOSING_AGAIN))
            told.export(tmp_path / "kiosk" / "journal.sqlite3")
            told.note_insides(rig.terminal)
    assert (tmp_path / "kiosk" / "journal.sqlite3").stat().st_size > 0
    assert told.leaks(rig.secrets) == []


async def _sell(world: World, rig: TerminalRig, end: Stage) -> list[object]:
    """One sale by card, to that end; every state that was published on the way."""
    basket = Basket(currency=rig.sale.amount.currency).with_quantity(
        Service("s", {"pt": "Lavagem"}, rig.sale.amount), 1
    )
    begun = len(world.states)
    async with asyncio.timeout(60):
        while not (cards := [each for each in world.engine.checkout.offers(basket.total) if each.method != Method.PIX]):
            await world.clock.sleep(1.0)
        await world.engine.checkout.open(basket, PaymentChoice(cards[0].method), "pt")
        while world.state.stage not in ENDS:
            await world.clock.sleep(0.5)
    assert world.state.stage is end
    return list(world.states[begun:])


@pytest.mark.parametrize("name", RIGS)
async def test_a_terminal_whose_answer_is_lost_and_that_is_down(
    name: str, tmp_path: Path, bank_certificates: CertificateSet, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "rig").mkdir()
    with watched(tmp_path / "kiosk", capsys) as told:
        async with RIGS[name](tmp_path / "rig", bank_certificates) as rig:
            await rig.terminal.health()
            await rig.lose_answer()
            result = await _stream(told, rig)
            reference = CardReference(
                rig.sale.attempt_id, rig.sale.number, rig.sale.amount, rig.sale.kind, trace=result.trace
            )
            await _ask(told, rig, reference)
            await rig.go_down()
            told.note(await rig.terminal.health())
            assert (await _stream(told, rig)).outcome is not CardOutcome.APPROVED
            await _ask(told, rig, reference)
    assert told.leaks(rig.secrets) == []


async def _stream(told: Told, rig: TerminalRig) -> CardResult:
    async with asyncio.timeout(60):
        events = [event async for event in rig.terminal.start(rig.sale)]
    told.note(*events)
    assert isinstance(events[-1], CardResult)
    return events[-1]


async def _ask(told: Told, rig: TerminalRig, reference: CardReference) -> None:
    """What comes after a sale, whether it can be done or not."""
    asked = (
        rig.terminal.status(reference),
        rig.terminal.confirm(reference),
        rig.terminal.undo(reference),
        rig.terminal.refund(reference, "6LOJA01R", rig.sale.amount),
        rig.terminal.refund_status(reference, "6LOJA01R"),
    )
    for each in asked:
        try:
            async with asyncio.timeout(20):
                told.note(await each)
        except CardError as error:
            told.crash(error)


# --- banks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "effect",
    [None, faults.Status(400), faults.Status(401), faults.Status(503), faults.Html(502), faults.HalfAnswer()],
    ids=repr,
)
async def test_a_bank_told_right_and_wrong(
    rig: Rig, effect: faults.Effect | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with watched(tmp_path / "kiosk", capsys) as told:
        provider = await rig.provider()
        told.note_insides(provider)
        told.note(rig.settings)
        if effect is not None:
            rig.fault(Operation.CREATE_CHARGE, effect)
        for each in (provider.create_charge(REQUEST), provider.get_charge(TXID), provider.cancel_charge(TXID)):
            try:
                told.note(await each)
            except ProviderError as error:
                told.crash(error)
        stranger = await rig.provider(replace(rig.settings, client_secret=WRONG))
        told.note(stranger)
        with pytest.raises(ProviderError) as refused:
            await stranger.create_charge(replace(REQUEST, amount=PRICE))
        told.crash(refused.value)
    key = rig.certificates.client.key.read_text(encoding="ascii").splitlines()[1]
    assert told.leaks((rig.settings.client_secret, WRONG, key, "Bearer ey", "Basic ")) == []


# --- printers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*ANSWERING, *SPOOLED])
async def test_a_printer_that_prints_and_one_that_cannot(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The ticket's bytes are the customer's: whatever stands in them is in no log."""
    (tmp_path / "world").mkdir()
    async with {**ANSWERING, **SPOOLED}[name](tmp_path / "world", HASTY) as world:
        with watched(tmp_path / "kiosk", capsys) as told:
            await _print(told, world, 7)
            world.sim.unplug(True)
            await _print(told, world, 8)
    assert told.leaks((NUMBER, HOLDER)) == []


async def _print(told: Told, world: PrinterWorld, job: int) -> None:
    async with asyncio.timeout(30):
        told.note(await world.printer.status(), await world.printer.print(job, JOB), world.printer)


def test_the_contract_finds_what_it_looks_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A contract that nobody can break is none."""
    with watched(tmp_path, capsys) as told:
        log.warning("card %s", NUMBER)
        sys.stdout.write(f"holder {HOLDER}")
        told.note(("code", "s3cret-code"))
        told.crash(ValueError("token=t0ken-value"))
        (tmp_path / "left").write_bytes(b"\0k3y-bytes\0")
    for secret, places in ((NUMBER, 1), (HOLDER, 1), ("s3cret-code", 1), ("t0ken-value", 1), ("k3y-bytes", 1)):
        assert len(told.leaks((secret,))) == places, secret
