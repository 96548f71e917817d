"""The simulated card terminals of the sandbox, and the acts by which a world is played at them."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hardware.sim.paygo.acts import paygo_handlers
from hardware.sim.paygo.settings import PaygoSettings
from hardware.sim.paygo.simulator import SimulatedPaygo
from hardware.sim.smart_pos.acts import smart_pos_handlers
from hardware.sim.smart_pos.settings import SmartPosSimSettings
from hardware.sim.smart_pos.simulator import SimulatedSmartPos
from hardware.sim.smart_pos.store import PosStatus, PosTransaction
from providers.sim.adiq import AdiqSimSettings, AdiqSimulator
from providers.sim.ca import CertificateSet
from providers.sim.control import ControlHandler
from providers.sim.gopag import GopagSimulator
from providers.sim.gopag_ledger import Customer
from providers.sim.sisp import SispSimulator
from providers.sim.sisp_rules import REFUND
from totem.bootstrap.endpoints import GatewayEndpoint, PageEndpoint, ReaderEndpoint, TerminalEndpoint

Json = dict[str, Any]

HOST: Final = "127.0.0.1"
PENDING_S: Final = 3.0
"""How long a pending test card is pending at Adiq."""
SISP_CODE: Final = "sisp-pos.secret"
SISP_PASSWORD: Final = "sisp-portal.secret"  # noqa: S105 - a file's name
ADIQ_SECRET: Final = "adiq.secret"  # noqa: S105 - a file's name
CARD_AFTER_S: Final = 0.8
"""So long the customer of a demo takes to present the card."""


@dataclass(frozen=True, slots=True)
class CardSims:
    """The running terminals, where they stand, and their acts."""

    tef: TerminalEndpoint
    smartpos: TerminalEndpoint
    gopag: ReaderEndpoint
    adiq: GatewayEndpoint
    vinti4: PageEndpoint
    handlers: dict[str, ControlHandler]


async def open_card_sims(made: CertificateSet, folder: Path, seed: int, stack: AsyncExitStack) -> CardSims:
    """Start them; `stack` ends them. Their acquirers' ledgers lie in `folder`."""
    chance = random.Random(seed + 2)  # noqa: S311 - a seed repeats the run
    exchange = (folder / "paygo").absolute()
    paygo = SimulatedPaygo(
        PaygoSettings(folder=exchange, auto_delay_s=CARD_AFTER_S), folder / "paygo.jsonl", rng=chance
    )
    await paygo.start()
    stack.push_async_callback(paygo.close)
    secret = secrets.token_urlsafe(32)
    settings = SmartPosSimSettings(secret=secret, auto_delay_s=CARD_AFTER_S)
    pos = SimulatedSmartPos(settings, folder / "smartpos.jsonl", rng=random.Random(seed + 3))  # noqa: S311 - as above
    await pos.start()
    stack.push_async_callback(pos.close)
    reader = GopagSimulator(made, rng=random.Random(seed + 4))  # noqa: S311 - as above
    await reader.start()
    stack.push_async_callback(reader.stop)
    reader.set_customer(Customer.APPROVES, CARD_AFTER_S)
    adiq = await _open_adiq(made, folder, seed, stack)
    sisp = await _open_sisp(made, folder, seed, stack)
    secret_file, token_file = folder / "smartpos.secret", folder / "gopag.token"
    await asyncio.to_thread(_write_secret, secret_file, secret)
    await asyncio.to_thread(_write_secret, token_file, reader.settings.access_token)
    return CardSims(
        TerminalEndpoint(HOST, paygo.port, folder=exchange),
        TerminalEndpoint(HOST, pos.port, secret_file),
        ReaderEndpoint(
            base_url=reader.base_url,
            ca=made.ca,
            certificate=made.client.cert,
            key=made.client.key,
            token_file=token_file,
            marketplace=reader.settings.marketplace,
            seller=reader.settings.seller,
            terminal=reader.settings.terminals[0].id,
        ),
        GatewayEndpoint(adiq.base_url, made.ca, adiq.settings.client_id, folder / ADIQ_SECRET),
        PageEndpoint(
            page_url=sisp.page_url,
            status_url=sisp.status_url,
            ca=made.ca,
            pos_id=sisp.settings.pos_id,
            pos_auth_code_file=folder / SISP_CODE,
            portal_id=sisp.settings.portal_id,
            portal_password_file=folder / SISP_PASSWORD,
        ),
        {
            **_paygo_handlers(paygo),
            **_pos_handlers(pos),
            **_reader_handlers(reader),
            **_adiq_handlers(adiq),
            **_sisp_handlers(sisp),
        },
    )


async def _open_sisp(made: CertificateSet, folder: Path, seed: int, stack: AsyncExitStack) -> SispSimulator:
    sisp = SispSimulator(made, rng=random.Random(seed + 6))  # noqa: S311 - a seed repeats the run
    await sisp.start()
    stack.push_async_callback(sisp.stop)
    await asyncio.to_thread(_write_secret, folder / SISP_CODE, sisp.settings.pos_auth_code)
    await asyncio.to_thread(_write_secret, folder / SISP_PASSWORD, sisp.settings.portal_password)
    return sisp


async def _open_adiq(made: CertificateSet, folder: Path, seed: int, stack: AsyncExitStack) -> AdiqSimulator:
    adiq = AdiqSimulator(made, AdiqSimSettings(pending_s=PENDING_S), rng=random.Random(seed + 5))  # noqa: S311 - a seed repeats the run
    await adiq.start()
    stack.push_async_callback(adiq.stop)
    await asyncio.to_thread(_write_secret, folder / ADIQ_SECRET, adiq.settings.client_secret)
    return adiq


def _paygo_handlers(paygo: SimulatedPaygo) -> dict[str, ControlHandler]:
    books = _told(lambda: [each.as_json() for each in paygo.transactions()], lambda: paygo.violations)
    return {**paygo_handlers(paygo, "tef"), "tef.ledger": books}


def _pos_handlers(pos: SimulatedSmartPos) -> dict[str, ControlHandler]:
    books = _told(lambda: _pos_books(pos.transactions()), lambda: pos.violations)
    return {**smart_pos_handlers(pos, "smartpos"), "smartpos.ledger": books}


def _reader_handlers(reader: GopagSimulator) -> dict[str, ControlHandler]:
    return {
        **reader.control_handlers("gopag"),
        "gopag.ledger": _told(lambda: _reader_books(reader.ledger()), lambda: tuple(reader.ledger()["violations"])),
    }


def _adiq_handlers(adiq: AdiqSimulator) -> dict[str, ControlHandler]:
    return {
        **adiq.control_handlers("adiq"),
        "adiq.ledger": _told(lambda: adiq_books(adiq.ledger()), lambda: tuple(adiq.ledger()["violations"])),
    }


def _sisp_handlers(sisp: SispSimulator) -> dict[str, ControlHandler]:
    return {
        **sisp.control_handlers("vinti4"),
        "vinti4.ledger": _told(lambda: sisp_books(sisp.ledger()), lambda: _sisp_faults(sisp.ledger())),
    }


def sisp_books(ledger: Json) -> list[Json]:
    """As an acquirer's books: the merchantRef follows from our id. A refund is part of its purchase."""
    return [
        {
            "id": each["id"],
            "request": each["merchant_ref"],
            "amount_cents": each["amount_cents"],
            "state": _sisp_state(each),
            "refunded_cents": each["refunded_cents"],
        }
        for each in ledger["transactions"]
        if each["code"] != REFUND
    ]


def _sisp_state(book: Json) -> str:
    if book["state"] != "approved":
        return "denied"
    return "cancelled" if book["refunded_cents"] == book["amount_cents"] else "approved"


def _sisp_faults(ledger: Json) -> tuple[str, ...]:
    return tuple(f"{each['kind']} {each['merchant_ref']}".strip() for each in ledger["violations"])


def adiq_books(ledger: Json) -> list[Json]:
    """As an acquirer's books: the order number is ours."""
    return [
        {
            "id": each["id"],
            "request": each["order_number"],
            "amount_cents": each["amount_cents"],
            "state": _adiq_state(each),
            "refunded_cents": each["cancelled_cents"] if each["was_captured"] else 0,
        }
        for each in ledger["payments"]
    ]


def _adiq_state(book: Json) -> str:
    """A pre-authorisation is taken and unconfirmed until it is captured, and undone where it is cancelled before."""
    pre_authorised = book["capture_type"] == "pa"
    by_status = {
        "AUTHORIZED": "pending" if pre_authorised else "denied",
        "CAPTURED": "confirmed" if pre_authorised else "approved",
        "APPROVED": "confirmed" if pre_authorised else "approved",
        "CANCELLED": "cancelled" if book["was_captured"] else "undone",
        "REFUNDED": "cancelled",
    }
    return by_status.get(book["status"], "denied")


def _reader_books(ledger: Json) -> list[Json]:
    """As an acquirer's books: the reference is ours."""
    return [
        {
            "id": each["id"],
            "request": each["reference_id"],
            "amount_cents": each["amount_cents"],
            "state": _reader_state(each),
            "refunded_cents": each["voided_cents"],
        }
        for each in ledger["transactions"]
    ]


def _reader_state(book: Json) -> str:
    if book["voided_cents"]:
        return "cancelled"
    return "approved" if book["status"] == "succeeded" else "denied"


def _pos_books(transactions: tuple[PosTransaction, ...]) -> list[Json]:
    """As an acquirer's books: a sale with what of it was refunded."""
    refunded: dict[str, int] = {}
    for each in transactions:
        if each.original and each.status is PosStatus.APPROVED:
            refunded[each.original] = refunded.get(each.original, 0) + each.taken_cents
    return [_pos_sale(each, refunded.get(each.id, 0)) for each in transactions if not each.original]


def _pos_sale(sale: PosTransaction, refunded_cents: int) -> Json:
    taken = sale.status is PosStatus.APPROVED
    given_back = taken and refunded_cents == sale.taken_cents
    return {
        "id": sale.id,
        "request": sale.id,
        "amount_cents": sale.taken_cents if taken else sale.amount_cents,
        "state": "cancelled" if given_back else "approved" if taken else "denied",
        "refunded_cents": refunded_cents,
    }


def _told(books: Callable[[], list[Json]], violations: Callable[[], tuple[Any, ...]]) -> ControlHandler:
    async def handle(_: Json) -> Json:
        return {
            "transactions": books(),
            "violations": [str(each) for each in violations()],
        }

    return handle


def _write_secret(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
