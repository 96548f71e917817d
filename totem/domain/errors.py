"""The error tree. Every leaf has a stable code, on screen and in the log.

    TotemError
    |-- ConfigError                 CFG-001  the configuration or catalogue is wrong (lists every fault)
    |-- AlreadyRunning              CFG-002  another totem owns journal and devices
    |-- JournalError
    |   |-- JournalWriteFailed      JRN-001  a step could not be stored
    |   |-- JournalBroken           JRN-002  the chain does not verify
    |   |-- DiskFull                JRN-003  no room left for the journal
    |   |-- JournalTooNew           JRN-004  written by a newer program
    |   |-- IllegalTransition       JRN-005  a step that the machine's table refuses
    |   `-- StaleState              JRN-006  the subject is no longer in the state that the writer expected
    |-- ProviderError               (has `outcome`: was the money call sent?)
    |   |-- BankUnreachable         PIX-001  no connection; provably not sent
    |   |-- CertificateRefused      PIX-002  the bank refuses our certificate, or we refuse the bank's
    |   |-- CredentialsRefused      PIX-003  client id or secret refused
    |   |-- ScopeMissing            PIX-004  the token lacks a scope that this kiosk needs
    |   |-- RateLimited             PIX-005  too many calls; `retry_after_s`
    |   |-- RequestRefused          PIX-006  a typed 4xx (problem+json `kind`, violations)
    |   |-- OutcomeUnknown          PIX-007  time-out, reset, 5xx or unreadable answer after sending
    |   |-- ChargeRejected          PIX-008  the bank's charge is not what was asked (amount, CRC)
    |   `-- ChargeNotFound          PIX-009  the bank does not know the txid
    |-- CardError                   (has `outcome`)
    |   |-- TerminalUnreachable     TEF-001  no connection to the terminal; provably not sent
    |   |-- TerminalSilent          TEF-005  sent, and no answer that could be read
    |   |-- TerminalRefused         TEF-012  understood and not carried out
    |   `-- BridgeRefused           TEF-013  the two ends do not accept one another (secret, version)
    `-- PrinterError
        |-- PrinterUnreachable      PRN-005  cannot be opened
        |-- PrinterStalled          PRN-006  stopped reading or answering within the limit
        `-- ReceiptNotPrintable     PRN-008  the receipt has something the printer cannot print

Codes that are conditions rather than exceptions (paper out, charge expired, ...) are in `Trouble`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar


class Outcome(StrEnum):
    """How a call that can move money failed. Only `NOT_SENT` may be tried again by a new charge."""

    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


class Trouble(StrEnum):
    """Stable codes of what a person is told; texts are in the catalogues of `assets/i18n` under `error.<CODE>.*`."""

    CONFIG_INVALID = "CFG-001"
    ALREADY_RUNNING = "CFG-002"
    JOURNAL_WRITE = "JRN-001"
    JOURNAL_BROKEN = "JRN-002"
    DISK_FULL = "JRN-003"
    JOURNAL_TOO_NEW = "JRN-004"
    ILLEGAL_STEP = "JRN-005"
    STALE_STEP = "JRN-006"
    BANK_UNREACHABLE = "PIX-001"
    CERTIFICATE = "PIX-002"
    CREDENTIALS = "PIX-003"
    SCOPE = "PIX-004"
    RATE_LIMITED = "PIX-005"
    REFUSED = "PIX-006"
    UNKNOWN = "PIX-007"
    BAD_CHARGE = "PIX-008"
    NOT_FOUND = "PIX-009"
    EXPIRED = "PIX-010"
    CANCELLED = "PIX-011"
    AMOUNT_DIFFERS = "PIX-012"
    LATE_MONEY = "PIX-013"
    PAID_TWICE = "PIX-014"
    UNMATCHED = "PIX-015"
    REFUND_REFUSED = "PIX-016"
    REFUND_ASKED = "PIX-017"
    PAYOUT_REFUSED = "PIX-018"
    TERMINAL_UNREACHABLE = "TEF-001"
    CARD_DECLINED = "TEF-002"
    CARD_CANCELLED = "TEF-003"
    CARD_TIMEOUT = "TEF-004"
    CARD_UNKNOWN = "TEF-005"
    CARD_AMOUNT_DIFFERS = "TEF-006"
    CARD_PENDING = "TEF-007"
    """An older transaction had to be settled first; this sale was not made."""
    CARD_UNDO_WAITING = "TEF-008"
    CARD_CONFIRM_WAITING = "TEF-009"
    CARD_TICKET_VOID = "TEF-010"
    """The card was undone because nobody knows whether the ticket came out: its number is void."""
    CARD_REFUND_REFUSED = "TEF-011"
    TERMINAL_REFUSED = "TEF-012"
    BRIDGE_REFUSED = "TEF-013"
    CARD_ORPHAN = "TEF-014"
    """The terminal held a transaction that no sale here knows; it was undone."""
    TERMINAL_CLOCK = "TEF-015"
    CARD_NOT_UNDONE = "TEF-016"
    """Approved without goods, and the terminal cannot give it back by itself."""
    CARD_ADMIN_CANCELLED = "TEF-017"
    """Cancelled in the terminal's own menu."""
    CARD_NOT_DELIVERED = "TEF-018"
    """Approved, and nobody stood there for the ticket, or it could not be printed."""
    PAPER_OUT = "PRN-001"
    COVER_OPEN = "PRN-002"
    CUTTER = "PRN-003"
    NO_REPLY = "PRN-004"
    PRINTER_UNREACHABLE = "PRN-005"
    PRINTER_STALLED = "PRN-006"
    PRINT_UNKNOWN = "PRN-007"
    NOT_PRINTABLE = "PRN-008"
    PRINTER_OFFLINE = "PRN-009"
    PRINTER_HOT = "PRN-010"
    PRINTER_FAULT = "PRN-011"
    PAPER_LOW = "PRN-012"
    """It still prints; the technician is told."""
    INTERNAL = "SYS-001"
    PIN_REFUSED = "SYS-002"
    TAKEN_OUT = "SYS-003"
    """A technician took the kiosk out of service."""
    NOT_DONE = "SYS-004"
    """What a technician asked for cannot be done, or not now."""


class TotemError(Exception):
    """Root of everything that the program raises on purpose. The text is for the log: no secret, no card data."""

    trouble: ClassVar[Trouble] = Trouble.INTERNAL

    @property
    def code(self) -> str:
        return self.trouble.value


class ConfigError(TotemError):
    """Every fault of the configuration at once: `faults` are lines `file: key: reason`."""

    trouble = Trouble.CONFIG_INVALID

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class AlreadyRunning(TotemError):
    trouble = Trouble.ALREADY_RUNNING


class JournalError(TotemError):
    """The journal could not do what was asked."""


class JournalWriteFailed(JournalError):
    trouble = Trouble.JOURNAL_WRITE


class JournalBroken(JournalError):
    trouble = Trouble.JOURNAL_BROKEN


class DiskFull(JournalWriteFailed):
    trouble = Trouble.DISK_FULL


class JournalTooNew(JournalError):
    trouble = Trouble.JOURNAL_TOO_NEW


class IllegalTransition(JournalError):
    trouble = Trouble.ILLEGAL_STEP


class StaleState(JournalError):
    trouble = Trouble.STALE_STEP


class ProviderError(TotemError):
    """A call to a provider failed. `outcome` says whether the request may have been carried out."""

    outcome: Outcome = Outcome.UNKNOWN

    def __init__(self, message: str, *, outcome: Outcome | None = None) -> None:
        super().__init__(message)
        if outcome is not None:
            self.outcome = outcome


class BankUnreachable(ProviderError):
    trouble = Trouble.BANK_UNREACHABLE
    outcome = Outcome.NOT_SENT


class CertificateRefused(ProviderError):
    trouble = Trouble.CERTIFICATE
    outcome = Outcome.NOT_SENT


class CredentialsRefused(ProviderError):
    trouble = Trouble.CREDENTIALS
    outcome = Outcome.NOT_SENT


class ScopeMissing(ProviderError):
    trouble = Trouble.SCOPE
    outcome = Outcome.NOT_SENT


class RateLimited(ProviderError):
    """HTTP 429. `retry_after_s` is what the bank asked for, or None where it did not say."""

    trouble = Trouble.RATE_LIMITED
    outcome = Outcome.NOT_SENT

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class RequestRefused(ProviderError):
    """A typed 4xx: the bank read the request and did not carry it out.

    `kind` is the last part of problem+json's `type` (`CobOperacaoInvalida`); `violations` are `property: reason`.
    """

    trouble = Trouble.REFUSED
    outcome = Outcome.NOT_SENT

    def __init__(self, message: str, *, status: int, kind: str = "", violations: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.violations = violations


class OutcomeUnknown(ProviderError):
    trouble = Trouble.UNKNOWN
    outcome = Outcome.UNKNOWN


class ChargeRejected(ProviderError):
    """The bank made a charge that we must not show: it may exist there, so its outcome stays unknown until removed."""

    trouble = Trouble.BAD_CHARGE
    outcome = Outcome.UNKNOWN


class ChargeNotFound(ProviderError):
    trouble = Trouble.NOT_FOUND
    outcome = Outcome.NOT_SENT


class CardError(TotemError):
    """A call to a card terminal failed. `outcome` says whether it may have been carried out."""

    outcome: Outcome = Outcome.UNKNOWN


class TerminalUnreachable(CardError):
    trouble = Trouble.TERMINAL_UNREACHABLE
    outcome = Outcome.NOT_SENT


class TerminalSilent(CardError):
    trouble = Trouble.CARD_UNKNOWN


class TerminalRefused(CardError):
    """`code` is the terminal's own."""

    trouble = Trouble.TERMINAL_REFUSED
    outcome = Outcome.NOT_SENT

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.terminal_code = code


class BridgeRefused(CardError):
    trouble = Trouble.BRIDGE_REFUSED
    outcome = Outcome.NOT_SENT


class PrinterError(TotemError):
    """The printer could not be used; says nothing about paper already out."""


class PrinterUnreachable(PrinterError):
    trouble = Trouble.PRINTER_UNREACHABLE


class PrinterStalled(PrinterError):
    trouble = Trouble.PRINTER_STALLED


class ReceiptNotPrintable(PrinterError):
    trouble = Trouble.NOT_PRINTABLE
