"""The simulators in one process of their own, apart from any kiosk: `totem sandbox`, and the demo's world."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import signal
import sys
import tempfile
import threading
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hardware.sim.printer import SimulatedPrinter
from providers.sim import sisp_cards
from providers.sim.adiq_cards import APPROVED
from providers.sim.bacen_api import AccountSettings
from providers.sim.bank import SicrediBank
from providers.sim.ca import CertificateSet, certificates
from providers.sim.control import ControlHandler, ControlServer
from providers.sim.inter import InterBank, InterSettings
from providers.sim.pix_bank import PixBank
from providers.sim.sicredi import SicrediSettings
from totem.bootstrap.card_sandbox import open_card_sims
from totem.bootstrap.endpoints import BankEndpoint, ControlEndpoint, Endpoints, PrinterEndpoint
from totem.bootstrap.example import write_configuration
from totem.bootstrap.options import SandboxOptions
from totem.bootstrap.printer_acts import printer_handlers

HELP: Final = """\
Bancos e impressora simulados estão no ar. Ctrl+C encerra.

  Sicredi     {bank}
  cliente     {client_id} (segredo em {secret})
  Inter       {inter}
  cliente     {inter_id} (segredo em {inter_secret})
  certificado {certificate} (o mesmo nos dois bancos)
  chave       {key}
  autoridade  {ca}
  TEF         {tef} (PayGo, mensagens de campos por TCP)
  Smart POS   {smartpos} (segredo em {smartpos_secret})
  GoPag       {gopag} (token em {gopag_token})
  Adiq        {adiq} (segredo em {adiq_secret}; cartão de teste {adiq_card})
  vinti4      {vinti4} (cartão de teste {vinti4_card}, código {vinti4_otp})
  impressora  {host}:{port} (ESC/POS por TCP)
  reserva     {host}:{spare_port}
  controle    {control}
  token       {token}

Abra um totem sobre eles:

  totem --windowed --config {configuration}

E faça o papel do mundo, por exemplo pagando um código (no Inter, inter.pay):

  curl -H 'Authorization: Bearer {token}' -d '{{"copia_e_cola": "..."}}' {control}/bank.pay

Atos: {acts}
"""


def run(options: SandboxOptions) -> int:
    """Serve until Ctrl+C or SIGTERM; with `as_json` also until stdin ends, so that it dies with its parent."""
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        return asyncio.run(_serve(options, options.out))
    with tempfile.TemporaryDirectory(prefix="totem-sandbox-") as folder:
        return asyncio.run(_serve(options, Path(folder)))


async def _serve(options: SandboxOptions, folder: Path) -> int:
    stop = asyncio.Event()
    _stop_on_signals(stop)
    if options.as_json:
        _stop_at_end_of_input(stop)
    async with AsyncExitStack() as stack:
        world = await open_world(options, folder, stack)
        if options.as_json:
            print(world.endpoints.to_line(), flush=True)
        else:
            configuration = await asyncio.to_thread(write_configuration, folder, world.endpoints)
            print(_help(world, configuration), flush=True)
        await stop.wait()
    return 0


@dataclass(frozen=True, slots=True)
class World:
    """The running simulators, and the acts by which the world is played."""

    endpoints: Endpoints
    acts: Mapping[str, ControlHandler]


async def open_world(options: SandboxOptions, folder: Path, stack: AsyncExitStack) -> World:
    """Start every simulator in this process; `stack` ends them. What a kiosk needs of them lies in `folder`."""
    made = await asyncio.to_thread(certificates, folder / "certificates")
    settings = SicrediSettings()
    bank = SicrediBank(made, settings, rng=random.Random(options.seed))  # noqa: S311 - a seed repeats the run
    await bank.start()
    stack.push_async_callback(bank.stop)
    inter_settings = InterSettings()
    inter = InterBank(made, inter_settings, rng=random.Random(options.seed + 1))  # noqa: S311 - as above
    await inter.start()
    stack.push_async_callback(inter.stop)
    printer, spare = SimulatedPrinter(), SimulatedPrinter()
    for each in (printer, spare):
        await each.start()
        stack.push_async_callback(each.stop)
    cards = await open_card_sims(made, folder, options.seed, stack)
    token = secrets.token_urlsafe(24)
    handlers = {**bank.control_handlers(), **inter.control_handlers("inter")}
    handlers |= printer_handlers(printer) | printer_handlers(spare, "spare")
    handlers |= cards.handlers
    control = ControlServer(handlers, token)
    await control.start()
    stack.push_async_callback(control.stop)
    secrets_at = folder / "client.secret", folder / "inter.secret"
    await asyncio.to_thread(_write_secret, secrets_at[0], settings.client_secret)
    await asyncio.to_thread(_write_secret, secrets_at[1], inter_settings.client_secret)
    endpoints = Endpoints(
        _bank_endpoint(bank, settings, made, secrets_at[0]),
        _bank_endpoint(inter, inter_settings, made, secrets_at[1]),
        PrinterEndpoint("127.0.0.1", printer.port),
        PrinterEndpoint("127.0.0.1", spare.port),
        ControlEndpoint(control.base_url, token),
        cards.tef,
        cards.smartpos,
        cards.gopag,
        cards.adiq,
        cards.vinti4,
    )
    return World(endpoints, handlers)


def _bank_endpoint(bank: PixBank, settings: AccountSettings, made: CertificateSet, secret: Path) -> BankEndpoint:
    return BankEndpoint(
        base_url=bank.base_url,
        ca=made.ca,
        certificate=made.client.cert,
        key=made.client.key,
        foreign_certificate=made.foreign_client.cert,
        foreign_key=made.foreign_client.key,
        client_id=settings.client_id,
        client_secret_file=secret,
        pix_key=settings.keys[0],
        receiver_name=settings.merchant_name,
    )


def _write_secret(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def _help(world: World, configuration: Path) -> str:
    bank, inter = world.endpoints.bank, world.endpoints.inter
    printer, control = world.endpoints.printer, world.endpoints.control
    return HELP.format(
        bank=bank.base_url,
        inter=inter.base_url,
        inter_id=inter.client_id,
        inter_secret=inter.client_secret_file,
        certificate=bank.certificate,
        key=bank.key,
        ca=bank.ca,
        client_id=bank.client_id,
        secret=bank.client_secret_file,
        tef=f"{world.endpoints.tef.host}:{world.endpoints.tef.port}",
        smartpos=f"{world.endpoints.smartpos.host}:{world.endpoints.smartpos.port}",
        smartpos_secret=world.endpoints.smartpos.secret_file,
        gopag=world.endpoints.gopag.base_url,
        gopag_token=world.endpoints.gopag.token_file,
        adiq=world.endpoints.adiq.base_url,
        adiq_secret=world.endpoints.adiq.client_secret_file,
        adiq_card=APPROVED,
        vinti4=world.endpoints.vinti4.page_url,
        vinti4_card=sisp_cards.APPROVED,
        vinti4_otp=sisp_cards.OTP,
        host=printer.host,
        port=printer.port,
        spare_port=world.endpoints.spare.port,
        control=control.url,
        token=control.token,
        configuration=configuration,
        acts=", ".join(sorted(world.acts)),
    )


# --- how it ends ------------------------------------------------------------------------------------------------------


def _stop_on_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        if sys.platform == "win32":
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
        else:
            loop.add_signal_handler(number, stop.set)


def _stop_at_end_of_input(stop: asyncio.Event) -> None:
    """A thread of its own: Windows cannot watch a pipe on its loop, and a daemon does not hold up the end.

    It reads below Python's buffer, whose lock the interpreter could not take at its end.
    """
    loop = asyncio.get_running_loop()

    source = sys.stdin.fileno()

    def read() -> None:
        with suppress(OSError):
            while os.read(source, 4096):
                continue
        with suppress(RuntimeError):  # the loop may be closed by then
            loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=read, name="end-of-input", daemon=True).start()
