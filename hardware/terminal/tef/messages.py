"""The requests of the kiosk, each with the fields that PayGo demands of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from hardware.terminal.tef import fields as f
from hardware.terminal.tef.fields import Message
from hardware.terminal.tef.settings import Network, PaygoSettings
from totem.domain.cards import CardKind, CardSale
from totem.domain.money import Currency, Money

ALIVE, SALE, ADMIN, CANCEL, CONFIRM, UNDO = "ATV", "CRT", "ADM", "CNC", "CNF", "NCN"
ANSWERED = frozenset((SALE, ADMIN, CANCEL, "CDP"))
"""The requests that an `intpos.001` follows; the others end with their `.sts`."""

_BRL = "0"
"""Field 004 in files; 986 is the library's form."""


def alive(number: int) -> Message:
    return Message.of((f.COMMAND, ALIVE), (f.REQUEST, str(number)))


def sale(sale: CardSale, settings: PaygoSettings, network: Network | None, now: datetime) -> Message:
    """CRT. `now` is the kiosk's local time. Raises ValueError for what TEF cannot be asked."""
    if sale.amount.currency is not Currency.BRL or sale.amount.amount_cents <= 0:
        raise ValueError("TEF takes reais, and more than nothing")
    if not 1 <= sale.number <= 9_999_999_999:
        raise ValueError(f"field 001 has 1 to 10 digits: {sale.number}")
    if sale.installments < 1 or sale.installments > 99 or (sale.installments > 1 and sale.kind is CardKind.DEBIT):
        raise ValueError(f"no such plan: {sale.installments} of {sale.kind}")
    several = sale.installments > 1
    financing = "1" if not several else "2" if settings.installments_by_issuer else "3"
    return Message.of(
        (f.COMMAND, SALE),
        (f.REQUEST, str(sale.number)),
        (f.REFERENCE, sale.reference[:12]),
        (f.AMOUNT, str(sale.amount.amount_cents)),
        (f.CURRENCY, _BRL),
        *_network(network),
        (f.INSTALLMENT_TYPE, ("1" if settings.installments_by_issuer else "0") if several else ""),
        (f.INSTALLMENTS, str(sale.installments) if several else ""),
        *_automation(settings, now),
        (f.OPERATION, "1"),
        (f.CARD_TYPE, "1" if sale.kind is CardKind.CREDIT else "2"),
        (f.FINANCING, financing),
    )


def settle(command: str, number: int, trace: Mapping[str, str], settings: PaygoSettings, now: datetime) -> Message:
    """CNF or NCN of the transaction that `trace` names. Raises ValueError where it names none."""
    if not trace.get("control_code"):
        raise ValueError("without its control code (027) a transaction can be neither confirmed nor undone")
    return Message.of(
        (f.COMMAND, command),
        (f.REQUEST, str(number)),
        (f.REFERENCE, trace.get("reference", "")),
        (f.NETWORK, trace.get("network", "") or trace.get("pending_network", "")),
        (f.NSU, trace.get("nsu", "")),
        (f.CONTROL_CODE, trace["control_code"]),
        *_automation(settings, now),
        (f.NETWORK_INDEX, trace.get("network_index", "")),
    )


def cancel(number: int, amount: Money, trace: Mapping[str, str], settings: PaygoSettings, now: datetime) -> Message:
    """CNC of a settled sale. Raises ValueError where the sale's NSU or its host's date is not known."""
    missing = [name for name in ("nsu", "host_date", "host_time", "control_code") if not trace.get(name)]
    if missing:
        raise ValueError(f"a cancellation needs {', '.join(missing)} of the sale")
    return Message.of(
        (f.COMMAND, CANCEL),
        (f.REQUEST, str(number)),
        (f.REFERENCE, trace.get("reference", "")),
        (f.AMOUNT, str(amount.amount_cents)),
        (f.CURRENCY, _BRL),
        (f.NETWORK, trace.get("network", "")),
        (f.NSU, trace["nsu"]),
        (f.AUTHORIZATION, trace.get("authorization", "")),
        (f.DATE, trace["host_date"]),
        (f.TIME, trace["host_time"]),
        (f.CONTROL_CODE, trace["control_code"]),
        *_automation(settings, now),
        (f.OPERATION, "51"),
        (f.NETWORK_INDEX, trace.get("network_index", "")),
    )


def admin(number: int, settings: PaygoSettings, now: datetime) -> Message:
    return Message.of((f.COMMAND, ADMIN), (f.REQUEST, str(number)), *_automation(settings, now))


def _network(network: Network | None) -> tuple[tuple[int, str], ...]:
    if network is None:
        return ()
    return ((f.NETWORK, network.name), (f.NETWORK_INDEX, network.index))


def _automation(settings: PaygoSettings, now: datetime) -> tuple[tuple[int, str], ...]:
    return (
        (f.CAPABILITIES, str(settings.capabilities)),
        (f.COMPANY, settings.company),
        (f.FISCAL_DATE_TIME, now.strftime("%y%m%d%H%M%S")),
        (f.TERMINAL, settings.terminal_number),
        (f.MERCHANT, settings.merchant_number),
        (f.INTERFACE_VERSION, settings.interface_version),
        (f.POS_NAME, settings.pos_name),
        (f.POS_VERSION, settings.version),
        (f.REGISTRATION, settings.registration),
    )
