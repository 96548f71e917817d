"""The demo without a person: a customer made of touches, and a judge over what became of the sales."""

from __future__ import annotations

import asyncio
import base64
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from providers.sim.control import ControlError
from totem.bootstrap.actor import ActFailed, Actor
from totem.bootstrap.checker import check
from totem.bootstrap.evidence import EvidenceUnreadable, SeenSale
from totem.bootstrap.findings import Fault
from totem.bootstrap.folder import load_evidence, save_evidence
from totem.bootstrap.options import DemoOptions
from totem.bootstrap.report import report
from totem.bootstrap.sandbox_process import SandboxFailed, SandboxProcess
from totem.bootstrap.setups import Setup, ends, setups
from totem.bootstrap.stage import Stage
from totem.bootstrap.summary import Strip, faults_as_json, strips_of, write_summary
from totem.domain.errors import TotemError
from totem.runtime import Runtime
from totem.ui.demo.driver import DriverError

OK, FAILED, INTERRUPTED = 0, 1, 130

log = logging.getLogger(__name__)

_PLAY_ERRORS: Final = (DriverError, ActFailed, ControlError, httpx.HTTPError, TotemError, OSError)


@dataclass(slots=True)
class Outcome:
    """What a run came to. `errors`: what went wrong with the play itself, and whatever nobody awaited."""

    setups: tuple[Setup, ...]
    seen: list[SeenSale] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    faults: tuple[Fault, ...] = ()
    strips: tuple[Strip, ...] = ()

    @property
    def is_right(self) -> bool:
        return not (self.errors or self.faults)


async def play_headless(runtime: Runtime, options: DemoOptions, out: Path, sandbox: SandboxProcess) -> int:
    """Play, judge, write down, tell. 0 only where every sale ended as its scenario says."""
    play = asyncio.create_task(_play(runtime, options, out, sandbox), name="demo")
    stop = asyncio.create_task(runtime.stop.wait(), name="stop")
    try:
        await asyncio.wait({play, stop}, return_when=asyncio.FIRST_COMPLETED)
        if not play.done():
            return INTERRUPTED
        return await play
    finally:
        for task in (play, stop):
            task.cancel()
        await asyncio.gather(play, stop, return_exceptions=True)


async def _play(runtime: Runtime, options: DemoOptions, out: Path, sandbox: SandboxProcess) -> int:
    outcome = Outcome(setups(options.fault, options.methods, options.providers))
    runtime.on_failure(lambda where, error: outcome.errors.append(f"{where}: {error!r}"))
    try:
        endpoints = await sandbox.ready()
    except SandboxFailed as error:
        print(f"totem demo: {error}")
        return FAILED
    stage = Stage(runtime, options, out, endpoints)
    try:
        await _act(stage, outcome, options)
        await _gather(stage, outcome, out)
    except (ControlError, httpx.HTTPError) as error:
        print(f"totem demo: os simuladores não respondem: {error!r}")
        return FAILED
    finally:
        await stage.end()
    return await _judge(options, out, outcome, stage)


async def _act(stage: Stage, outcome: Outcome, options: DemoOptions) -> None:
    """Every sale in turn; what goes wrong is noted, and ends the play but not the judgement."""
    actor = Actor(stage)
    try:
        for setup in outcome.setups:
            # A bank that failed is left alone for a while: where there is another, each repetition begins anew.
            times = (1,) * options.sales if setup.scenario.two_banks else (options.sales,)
            for repeated in times:
                stage.use(setup)
                await stage.open()
                for sale in setup.scenario.sales * repeated:
                    outcome.seen.append(await actor.play(sale))
                await stage.close()
    except _PLAY_ERRORS as error:
        log.exception("the play stopped")
        outcome.errors.append(f"{type(error).__name__}: {error}")
        await stage.picture_of_failure()
    finally:
        # Closing first: what still runs comes to its end, and only then is anything judged.
        await stage.close()


async def _gather(stage: Stage, outcome: Outcome, out: Path) -> None:
    ledgers = await stage.ledgers()
    paper: list[Any] = []
    for printer in ("printer", "spare"):
        paper += (await stage.act(f"{printer}.tickets", {}))["tickets"]
    outcome.strips = await asyncio.to_thread(strips_of, [base64.b64decode(each["data"]) for each in paper])
    await asyncio.to_thread(save_evidence, out, ledgers, outcome.strips, outcome.seen)


async def _judge(options: DemoOptions, out: Path, outcome: Outcome, stage: Stage) -> int:
    try:
        evidence = await asyncio.to_thread(load_evidence, out)
    except EvidenceUnreadable as error:
        print(f"totem demo: {error}")
        return FAILED
    outcome.faults = check(evidence, ends(outcome.setups, options.sales))
    stall = stage.stall.report()
    told = {
        "scenario": outcome.setups[0].scenario.name,
        "seed": options.seed,
        "simulated": True,
        "ok": outcome.is_right,
        "faults": faults_as_json(outcome.faults),
        "errors": outcome.errors,
    }
    journal, strips = evidence.journal, outcome.strips
    await asyncio.to_thread(write_summary, out / "summary.json", journal, strips, stage.album.names, stall, told)
    print(report(options, outcome.setups[0].scenario, journal, outcome.faults, outcome.errors, stall))
    return OK if outcome.is_right else FAILED
