"""Training: the shipped simulators on the real kiosk, with its own catalogue, screen and printer.

Nothing of it can touch money or the kiosk's books: banks, card terminals, secrets, journal and log are the simulators',
in a folder of their own that each training begins anew. What the real configuration lends is listed below; what is not
listed, and whatever is added to a configuration later, comes from the simulators.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx

from providers.sim.control import ControlClient, ControlError
from totem.bootstrap.endpoints import Endpoints
from totem.bootstrap.example import write_configuration
from totem.bootstrap.kiosk import Kiosk, noting_signals, open_kiosk, until_ended
from totem.bootstrap.logs import logging_to
from totem.bootstrap.options import TERMINALS
from totem.bootstrap.out import OutUnusable, prepare_out
from totem.bootstrap.ownership import Ownership
from totem.bootstrap.sandbox_process import SandboxFailed, SandboxProcess
from totem.bootstrap.service_manager import ServiceManager
from totem.bootstrap.tuning import Tuning
from totem.config.loader import Configuration, load
from totem.config.models import Settings

if TYPE_CHECKING:
    from totem.runtime import Runtime

log = logging.getLogger(__name__)

OK, FAILED, UNAVAILABLE = 0, 1, 3

FOLDER: Final = "treinamento"
"""Beside the real journal."""
KIOSK_ID: Final = "TREINO"
"""Begins every number of a sale, so that none is taken for a real one."""

_LENT: Final = ("business", "screen", "catalogue", "printer", "polling", "ticket", "receipts", "maintenance")
_LENT_OF_PIX: Final = ("providers", "receiver_name", "expiry_s", "screen_s", "extension_s", "message", "late_payment")
_LENT_OF_CARDS: Final = (
    "terminals",
    "methods",
    "most_installments",
    "least_installment_cents",
    "ticket_unknown",
    "ticket_failed",
    "merchant_receipt",
    "two_cards",
)

_SEED: Final = 1
_HANDS_WAIT_S: Final = 0.2
"""How long a terminal may take to be ready for a card: the one that has the sale is ready already."""
_BY_HAND: Final[tuple[tuple[str, Mapping[str, object]], ...]] = (
    ("tef.auto", {"auto": False}),
    ("smartpos.auto", {"auto": False}),
    ("gopag.set_customer", {"customer": "waits"}),
)
"""In a demo the customer presents the card by himself; here the trainer does."""
_CARD: Final = {"approve": "present_card", "refuse": "decline"}


def run(config: Path, *, windowed: bool) -> int:
    """Run until Ctrl+C, SIGTERM or the end of its window; returns the exit code.

    Raises ConfigError, or AlreadyRunning where the kiosk itself runs: it owns the printer.
    """
    configuration = load(config, check_files=False)
    settings = configuration.settings
    folder = settings.journal.directory / FOLDER
    with ExitStack() as stack:
        noted = stack.enter_context(noting_signals())
        stack.enter_context(Ownership(settings.journal.directory))
        try:
            prepare_out(folder)
        except OutUnusable as error:
            print(f"totem: treinamento: {error}")
            return UNAVAILABLE
        stack.enter_context(logging_to(folder / "logs", settings.log.level))
        sandbox = SandboxProcess(folder / "sandbox", _SEED)
        stack.callback(sandbox.stop)

        async def main(runtime: Runtime) -> int:
            return OK if noted else await _train(configuration, runtime, folder, sandbox, windowed=windowed)

        from totem.runtime import run as run_on_qt  # noqa: PLC0415 - Qt, with signals held off

        return run_on_qt(main, ["totem"])


async def _train(
    configuration: Configuration, runtime: Runtime, folder: Path, sandbox: SandboxProcess, *, windowed: bool
) -> int:
    try:
        endpoints = await sandbox.ready()
    except SandboxFailed as error:
        print(f"totem: treinamento: {error}")
        return FAILED
    manager = ServiceManager(os.environ)
    there = functools.partial(manager.ready, runtime.spawn)
    async with open_training(
        configuration, runtime, folder, endpoints, windowed=windowed, on_first_frame=there
    ) as kiosk:
        await until_ended(runtime, kiosk.window)
        manager.stopping()
    return kiosk.exit_code


@asynccontextmanager
async def open_training(
    configuration: Configuration,
    runtime: Runtime,
    folder: Path,
    endpoints: Endpoints,
    *,
    windowed: bool,
    on_first_frame: Callable[[], None] = lambda: None,
) -> AsyncIterator[Kiosk]:
    """The real kiosk on those simulators, its books in `folder`, and the trainer's keys served."""
    simulated = await asyncio.to_thread(lambda: load(write_configuration(folder, endpoints)))
    hands = TrainerHands(endpoints)
    try:
        await hands.take_over()
        trained = in_training(configuration, simulated)
        async with open_kiosk(trained, runtime, Tuning(), windowed=windowed, on_first_frame=on_first_frame) as kiosk:
            hands.serve(kiosk, runtime)
            yield kiosk
    finally:
        await hands.close()


def in_training(real: Configuration, simulated: Configuration) -> Configuration:
    """The simulators' configuration, with what the real one lends it."""
    ours, theirs = real.settings, simulated.settings
    there = {terminal for terminal in TERMINALS if getattr(theirs.cards, terminal, None) is not None}
    cards = theirs.cards.model_copy(update=_of(ours.cards, _LENT_OF_CARDS))
    cards = cards.model_copy(update={"terminals": tuple(each for each in cards.terminals if each in there)})
    kiosk = ours.kiosk.model_copy(update={"id": KIOSK_ID, "training": True})
    lent = _of(ours, _LENT)
    lent |= {"kiosk": kiosk, "cards": cards, "pix": theirs.pix.model_copy(update=_of(ours.pix, _LENT_OF_PIX))}
    settings: Settings = theirs.model_copy(update=lent)
    return replace(simulated, settings=settings, catalogue=real.catalogue, templates=real.templates)


def _of(section: object, names: tuple[str, ...]) -> dict[str, object]:
    return {name: getattr(section, name) for name in names}


class TrainerHands:
    """The trainer's keys, carried out at the simulators."""

    def __init__(self, endpoints: Endpoints) -> None:
        self._control = ControlClient(endpoints.control.url, endpoints.control.token)

    async def take_over(self) -> None:
        """From now on no card is presented by itself."""
        for name, values in _BY_HAND:
            await self._control.acall(name, **values)

    def serve(self, kiosk: Kiosk, runtime: Runtime) -> None:
        """Follow the keys of an open kiosk."""
        kiosk.window.trainer.pressed.connect(
            lambda act: runtime.spawn(self.play(act, kiosk.engine.checkout.state.pix), f"training.{act}")
        )

    async def play(self, act: str, pix: object) -> None:
        """One key. What the simulators refuse, because its moment is over, is nobody's trouble."""
        code = getattr(pix, "copia_e_cola", "")
        try:
            if act in _CARD:
                await self._present(_CARD[act])
            elif code:
                await self._pay(code)
        except httpx.HTTPError:
            log.exception("the simulators do not answer")

    async def close(self) -> None:
        await self._control.aclose()

    async def _pay(self, code: str) -> None:
        """A phone does not care which bank made the code: the one that knows it gets the money."""
        for bank in ("bank", "inter"):
            answer = await self._control.acall(f"{bank}.pay", copia_e_cola=code)
            if answer["paid"]:
                return
        log.info("no bank takes the payment any more")

    async def _present(self, how: str) -> None:
        """To the terminal that waits for a card; the others say that they do not."""
        for terminal in TERMINALS:
            values = {} if terminal == "gopag" else {"limit_s": _HANDS_WAIT_S}
            try:
                await self._control.acall(f"{terminal}.{how}", **values)
            except ControlError:
                continue
            return
        log.info("no terminal waits for a card")
