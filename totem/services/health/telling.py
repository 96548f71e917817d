"""From what a bank, a printer or a card terminal says of itself to a part of the board. Pure.

The doctor, which asks, and the running kiosk, which hears, tell the same by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from totem.domain.cards import CardTerminal, TerminalHealth
from totem.domain.errors import (
    BankUnreachable,
    CertificateRefused,
    ChargeNotFound,
    CredentialsRefused,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    RequestRefused,
    ScopeMissing,
    Trouble,
)
from totem.domain.ports import Condition, PrinterStatus
from totem.services.health.signs import Area, Part, Sign, part
from totem.services.health.vocabulary import Word
from totem.services.metering import LastWord

# --- banks ----------------------------------------------------------------------------------------------------------

_ERRORS: Final[tuple[tuple[type[ProviderError], Word], ...]] = (
    (BankUnreachable, Word.PROVIDER_UNREACHABLE),
    (CertificateRefused, Word.PROVIDER_CERTIFICATE),
    (CredentialsRefused, Word.PROVIDER_CREDENTIALS),
    (ScopeMissing, Word.PROVIDER_SCOPE),
    (RateLimited, Word.PROVIDER_LIMITED),
    (RequestRefused, Word.PROVIDER_REFUSED),
    (OutcomeUnknown, Word.PROVIDER_SILENT),
)


def access_part(name: str, error: ProviderError | None) -> Part:
    """Of a question after a charge that cannot exist: a bank that does not know it has let us in."""
    if error is None or isinstance(error, ChargeNotFound):
        return part(Area.PROVIDER, name, Word.PROVIDER_GOOD)
    word = next((word for kind, word in _ERRORS if isinstance(error, kind)), Word.PROVIDER_FAULT)
    return Part(Area.PROVIDER, name, (Sign(word, trouble=error.trouble),))


def bank_part(name: str, last: LastWord | None, *, knocked: bool = False) -> Part:
    """Of a running kiosk's bank: its last answer or failure.

    A refusal of one request is an answer, unless it was a question that any bank answers (`knocked`).
    """
    if last is None:
        return part(Area.PROVIDER, name, Word.NOT_ASKED)
    refused = isinstance(last.error, RequestRefused) and not knocked
    return access_part(name, None if refused else last.error)


def network_parts(parts: Iterable[Part]) -> tuple[Part, ...]:
    """A network that is down looks as if every bank had gone at once. A kiosk without banks says nothing of it."""
    words = {each.signs[0].word for each in parts if each.area is Area.PROVIDER}
    if not words:
        return ()
    told = Word.NETWORK_GOOD
    if words == {Word.PROVIDER_UNREACHABLE}:
        told = Word.NETWORK_DOWN
    elif words == {Word.NOT_ASKED}:
        told = Word.NOT_ASKED
    return (part(Area.NETWORK, "", told),)


CLOCK_WARN_S: Final = 10
CLOCK_FAIL_S: Final = 60
"""Charges and windows of received Pix are told in times: a minute aside, a payment is looked for in the wrong place."""

_HEADER_S: Final = 0.5
"""A `Date` header has no fractions (RFC 9110, 5.6.7): on the average half a second has passed since."""


def clock_part(name: str, ahead_s: float | None) -> Part:
    """`ahead_s`: our clock less the bank's `Date` header; None where it could not be compared."""
    if ahead_s is None:
        return part(Area.CLOCK, name, Word.CLOCK_NOT_COMPARED)
    off_s = round(ahead_s - _HEADER_S)
    if abs(off_s) > CLOCK_FAIL_S:
        word = Word.CLOCK_FAR_AHEAD if off_s > 0 else Word.CLOCK_FAR_BEHIND
    elif abs(off_s) > CLOCK_WARN_S:
        word = Word.CLOCK_AHEAD if off_s > 0 else Word.CLOCK_BEHIND
    else:
        word = Word.CLOCK_RIGHT
    return part(Area.CLOCK, name, word, seconds=abs(off_s))


# --- printers -------------------------------------------------------------------------------------------------------

_CONDITIONS: Final = {
    Condition.UNREACHABLE: Word.PRINTER_UNREACHABLE,
    Condition.NO_REPLY: Word.PRINTER_SILENT,
    Condition.PAPER_OUT: Word.PAPER_OUT,
    Condition.COVER_OPEN: Word.COVER_OPEN,
    Condition.CUTTER_ERROR: Word.CUTTER,
    Condition.HEAD_HOT: Word.HEAD_HOT,
    Condition.OFFLINE: Word.PRINTER_OFFLINE,
    Condition.FEEDING: Word.FEEDING,
    Condition.FAULT: Word.PRINTER_FAULT,
    Condition.ERROR: Word.PRINTER_ERROR,
    Condition.PAPER_LOW: Word.PAPER_LOW,
}
"""In the order of telling: what keeps the printer from being asked at all comes first."""


def printer_part(name: str, status: PrinterStatus, driver: str = "") -> Part:
    """One sign a condition; its bits go with the first."""
    bits = tuple(bit.value for bit in status.bits)
    raw: dict[str, str | int] = {"raw": status.raw.hex(" ")} if status.raw else {}
    words = [word for condition, word in _CONDITIONS.items() if condition in status.conditions]
    if not words:
        words = [Word.PRINTER_DRAWS if driver == "image" else Word.PRINTER_READY]
    first = Sign(words[0], raw, driver, bits)
    signs = (first, *(Sign(word, variant=driver) for word in words[1:]))
    return Part(Area.PRINTER, name, signs)


# --- card terminals -------------------------------------------------------------------------------------------------

_TROUBLES: Final = {
    Trouble.TERMINAL_UNREACHABLE: Word.TERMINAL_UNREACHABLE,
    Trouble.BANK_UNREACHABLE: Word.TERMINAL_UNREACHABLE,
    Trouble.CARD_UNKNOWN: Word.TERMINAL_SILENT,
    Trouble.UNKNOWN: Word.TERMINAL_SILENT,
    Trouble.BRIDGE_REFUSED: Word.TERMINAL_REFUSED,
    Trouble.CERTIFICATE: Word.TERMINAL_REFUSED,
    Trouble.CREDENTIALS: Word.TERMINAL_CREDENTIALS,
    Trouble.SCOPE: Word.TERMINAL_CREDENTIALS,
    Trouble.CARD_PENDING: Word.TERMINAL_PENDING,
}


def terminal_part(terminal: CardTerminal, health: TerminalHealth | None) -> Part:
    """`health` as it was last seen, None for one that was not asked yet."""
    name = terminal.name
    if health is None:
        return part(Area.TERMINAL, name, Word.NOT_ASKED)
    signs: list[Sign] = []
    if health.trouble is Trouble.TERMINAL_CLOCK:
        signs.append(Sign(Word.TERMINAL_CLOCK, {"seconds": abs(round(health.clock_drift_s or 0))}, name))
    elif health.trouble is not None or not health.ready:
        word = _TROUBLES.get(health.trouble, Word.TERMINAL_NOT_READY) if health.trouble else Word.TERMINAL_NOT_READY
        signs.append(Sign(word, {"detail": health.detail or "-"}, name, trouble=health.trouble))
    if not signs:
        signs.append(Sign(Word.TERMINAL_READY, {"most": terminal.capabilities.most_installments}))
    return Part(Area.TERMINAL, name, tuple(signs))


def not_answered(area: Area, names: Sequence[str]) -> tuple[Part, ...]:
    """Parts of which a check did not come back in its time."""
    return tuple(part(area, name, Word.NO_ANSWER) for name in names)
