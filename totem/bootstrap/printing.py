"""`totem print`: receipts as PNG before they meet a customer, and the test page on the printer itself."""

from __future__ import annotations

import argparse
import asyncio
import difflib
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import assets
from hardware.printer.profile import PROFILES, PrinterProfile
from totem.bootstrap.logo import readable
from totem.bootstrap.ownership import Ownership
from totem.bootstrap.press import DRAWN_JOB_ID, NOTICE_JOB_ID, shipped_templates
from totem.bootstrap.printers import open_printer, profile_of
from totem.bootstrap.samples import sample_of, self_test
from totem.bootstrap.shop import ticket_settings
from totem.bootstrap.tuning import texts_of_assets
from totem.config.loader import Configuration, load
from totem.config.printers import PrinterKeys
from totem.config.templates import SUFFIX
from totem.domain.ports import Condition, Printer, PrinterStatus, PrintOutcome, PrintResult
from totem.domain.template import Paper, Templates
from totem.domain.texts import Texts
from totem.services.clock import SystemClock
from totem.services.receipts.documents import Document
from totem.services.receipts.fill import RAMP
from totem.services.receipts.shop import TicketSettings
from totem.services.stations import trouble_of
from totem.services.ticket import receipt_of

_SAMPLE_SHOP: Final = TicketSettings(
    business_name="Lava-rápido Brilho Real",
    business_details=("Rua das Hortênsias, 100", "Porto Alegre", "CNPJ 11.222.333/0001-81"),
    instructions={
        "pt": "Apresente este tíquete na entrada da lavagem.",
        "en": "Show this ticket at the wash entrance.",
        "es": "Presente este tique en la entrada del lavado.",
    },
    validity_days=30,
    kiosk_name="Totem da entrada",
)
_RAMP_DOTS: Final = (384, 48)
_LANGUAGE: Final = "pt"


@dataclass(frozen=True, slots=True)
class PreviewOrder:
    """`paper` None draws them all, `out` is a folder then. `config` None: the shipped receipts of an invented shop."""

    out: Path
    config: Path | None = None
    paper: Paper | None = None
    language: str = _LANGUAGE
    profile: str = ""
    """"" for that of the configuration."""


class OrderRefused(ValueError):
    """The command's words do not go together; the text says which."""


def run(chosen: argparse.Namespace, config: Path | None) -> int:
    """Carry out the parsed command line; `config` is None where there is no configuration.

    Raises OrderRefused, and what the functions below raise.
    """
    if chosen.copy is not None:
        return copy_templates(chosen.copy)
    if chosen.test and config is not None:
        return print_test(config)
    return preview(preview_order(chosen, config))


def preview(order: PreviewOrder) -> int:
    """Draw from the very bytes that the printer would get; 0, or an exception.

    Raises ConfigError for a configuration or template with faults, ReceiptNotPrintable for a logo that cannot be read,
    and OSError where the pictures cannot be written.
    """
    configuration = load(order.config, check_files=False) if order.config is not None else None
    for note in configuration.notes if configuration is not None else ():
        print(f"aviso: {note}", file=sys.stderr)
    profile = PROFILES[order.profile or _profile_of(configuration)]
    studio = Studio(configuration, profile)
    papers = [order.paper] if order.paper is not None else list(Paper)
    for paper in papers:
        path = order.out if order.paper is not None else order.out / f"{paper}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(studio.draw(sample_of(paper, profile, order.language)))
        print(path)
    return 0


def preview_order(chosen: argparse.Namespace, config: Path | None) -> PreviewOrder:
    """From the parsed command line. Raises OrderRefused."""
    paper = Paper(chosen.preview) if chosen.preview else None
    if chosen.out is None:
        raise OrderRefused("--preview pede --out: o arquivo, ou a pasta quando são todos")
    if paper is None and chosen.out.is_file():
        raise OrderRefused(f"{chosen.out} é um arquivo; para todos os recibos, --out é uma pasta")
    if paper is not None and chosen.out.is_dir():
        raise OrderRefused(f"{chosen.out} é uma pasta; para um recibo, --out é um arquivo .png")
    profile = chosen.profile or ""
    if chosen.columns is not None:
        # There are profiles of every width that the grammar offers: tests/unit/test_print_command.py.
        profile = next(name for name, each in PROFILES.items() if each.columns == chosen.columns)
    if profile and profile not in PROFILES:
        near = difflib.get_close_matches(profile, list(PROFILES), n=1)
        raise OrderRefused(
            f"modelo desconhecido: {profile}; "
            + (f"você quis dizer {near[0]}?" if near else f"existem: {', '.join(PROFILES)}")
        )
    return PreviewOrder(chosen.out, config, paper, chosen.language, profile)


def _profile_of(configuration: Configuration | None) -> str:
    return configuration.settings.printer.profile if configuration is not None else next(iter(PROFILES))


class Studio:
    """Encodes documents for one printer. Making it loads the encoder (0.3 s)."""

    def __init__(self, configuration: Configuration | None, profile: PrinterProfile) -> None:
        from hardware.printer.encoder import ReceiptEncoder  # noqa: PLC0415 - it brings Pillow and python-escpos

        self.profile = profile
        self._texts: Texts = texts_of_assets()
        self._shop = ticket_settings(configuration) if configuration is not None else _SAMPLE_SHOP
        self._templates: Templates = configuration.templates if configuration is not None else shipped_templates()
        with tempfile.TemporaryDirectory(prefix="totem-print-") as folder:
            self._encoder = ReceiptEncoder(profile, self._pictures(configuration, Path(folder)))

    def encode(self, document: Document, job_id: int) -> bytes:
        return self._encoder.encode(receipt_of(document, self._shop, self._templates, self._texts), job_id)

    def draw(self, document: Document) -> bytes:
        from hardware.sim.preview import draw  # noqa: PLC0415

        return draw(self.encode(document, DRAWN_JOB_ID), self.profile.dots)

    def _pictures(self, configuration: Configuration | None, folder: Path) -> Mapping[str, Path]:
        ramp = folder / "ramp.png"
        _draw_ramp(ramp)
        logo = configuration.settings.business.logo if configuration is not None else None
        return readable({RAMP: ramp, self._shop.logo: logo} if logo is not None else {RAMP: ramp}, folder)


def _draw_ramp(path: Path) -> None:
    """Greys from black to white: a head that is worn or too hot shows here first."""
    from PIL import Image  # noqa: PLC0415

    width, height = _RAMP_DOTS
    Image.linear_gradient("L").rotate(90).resize((width, height)).save(path)


def copy_templates(folder: Path) -> int:
    """The shipped templates for an owner to edit; a file that is there already is left alone. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for paper in Paper:
        target = folder / f"{paper}{SUFFIX}"
        try:
            with target.open("xb") as file:
                file.write((assets.path("templates") / target.name).read_bytes())
        except FileExistsError:
            print(f"{target}: já existe, ficou como está")
        else:
            print(target)
    print(f'Escreva no totem.toml:\n\n[receipts]\ndirectory = "{folder.absolute().as_posix()}"')
    return 0


# --- On the printer -------------------------------------------------------------------------------------------------


def print_test(config: Path) -> int:
    """Print the test page on each configured printer; 0 once all are on paper, 1 with a remedy otherwise.

    Raises ConfigError, or AlreadyRunning: the printers belong to the kiosk while that is open.
    """
    configuration = load(config, check_files=False)
    main = configuration.settings.printer
    with Ownership(configuration.settings.journal.directory):
        codes = [_print_test(configuration, keys) for keys in (main, main.spare) if keys is not None]
    return max(codes)


def _print_test(configuration: Configuration, keys: PrinterKeys) -> int:
    profile = profile_of(keys)
    studio = Studio(configuration, profile)

    def page(printer: Printer, status: PrinterStatus) -> Document:
        return self_test(printer.name, profile, SystemClock().now(), status, _LANGUAGE)

    return asyncio.run(print_document(keys, studio, page))


async def print_document(keys: PrinterKeys, studio: Studio, make: Callable[[Printer, PrinterStatus], Document]) -> int:
    """Print what `make` gives for the printer and its status; 0 once it is on paper, 1 with a remedy otherwise."""
    printer = open_printer(keys)
    try:
        status = await printer.status()
        _tell_status(printer, status)
        if not status.can_print:
            return _tell_remedy(status)
        data = await asyncio.to_thread(studio.encode, make(printer, status), NOTICE_JOB_ID)
        return _tell_end(await printer.print(NOTICE_JOB_ID, data))
    finally:
        await printer.close()


def _tell_status(printer: Printer, status: PrinterStatus) -> None:
    texts = texts_of_assets()
    names = [condition.value for condition in sorted(status.conditions)] or ["ready"]
    words = ", ".join(texts.get(_LANGUAGE, f"ticket.status_{name}") for name in names)
    print(f"{printer.name}: {words} (bytes do estado: {status.raw.hex(' ').upper() or 'nenhum'})")


def _tell_remedy(status: PrinterStatus) -> int:
    trouble = trouble_of(status)
    print(f"{trouble}: {texts_of_assets().get(_LANGUAGE, f'error.{trouble}.technician')}")
    return 1


def _tell_end(outcome: PrintOutcome) -> int:
    match outcome.result:
        case PrintResult.PRINTED:
            print("Impresso.")
            if Condition.PAPER_LOW in outcome.status.conditions:
                print("O papel está no fim: tenha uma bobina à mão.")
            return 0
        case PrintResult.HELD:
            print("A impressora parou no meio:")
        case PrintResult.NOT_SENT:
            print("Nada foi impresso:")
        case PrintResult.UNKNOWN:
            print("A ligação caiu no meio, e o papel pode ter saído ou não:")
    return _tell_remedy(outcome.status)
