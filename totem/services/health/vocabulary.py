"""Every word that a part of the kiosk may show, how grave it is, and the code under which the manual has it."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Final

from totem.domain.errors import Trouble


class Level(IntEnum):
    """Green: well. Yellow: it still sells, and somebody should see to it. Red: that part does not work."""

    GREEN = 0
    YELLOW = 1
    RED = 2


class Word(StrEnum):
    """Its sentences are `sign.<value>.told` and, unless green, `sign.<value>.remedy`."""

    NOT_ASKED = "not_asked"
    NO_ANSWER = "no_answer"
    """A check did not come back within its limit."""

    SALES_OPEN = "sales_open"
    SALES_STOPPED = "sales_stopped"

    CONFIGURATION_GOOD = "configuration_good"
    CONFIGURATION_NOTE = "configuration_note"
    CONFIGURATION_FAULT = "configuration_fault"
    CATALOGUE_GOOD = "catalogue_good"
    TEMPLATES_GOOD = "templates_good"
    SECRETS_GOOD = "secrets_good"
    SECRETS_FAULT = "secrets_fault"

    NETWORK_GOOD = "network_good"
    NETWORK_DOWN = "network_down"

    CERTIFICATE_GOOD = "certificate_good"
    CERTIFICATE_ENDS = "certificate_ends"
    CERTIFICATE_REFUSED = "certificate_refused"
    CERTIFICATE_MISSING = "certificate_missing"
    CERTIFICATE_UNREADABLE = "certificate_unreadable"
    CERTIFICATE_EMPTY = "certificate_empty"
    CERTIFICATE_TOO_LARGE = "certificate_too_large"
    CERTIFICATE_NONE = "certificate_no_certificate"
    CERTIFICATE_IS_KEY = "certificate_key_instead"
    CERTIFICATE_IS_REQUEST = "certificate_request_instead"
    CERTIFICATE_NO_KEY = "certificate_no_key"
    CERTIFICATE_FOR_KEY = "certificate_certificate_instead"
    CERTIFICATE_KEY_LOCKED = "certificate_key_locked"
    CERTIFICATE_PASSWORD = "certificate_wrong_password"  # noqa: S105 - a word's name
    CERTIFICATE_NO_PFX = "certificate_no_pfx"
    CERTIFICATE_MISMATCH = "certificate_mismatch"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_NOT_YET = "certificate_not_yet"
    CHAIN_WHOLE = "chain_whole"
    CHAIN_INCOMPLETE = "chain_incomplete"

    CLOCK_RIGHT = "clock_right"
    CLOCK_AHEAD = "clock_ahead"
    CLOCK_BEHIND = "clock_behind"
    CLOCK_FAR_AHEAD = "clock_far_ahead"
    CLOCK_FAR_BEHIND = "clock_far_behind"
    CLOCK_NOT_COMPARED = "clock_not_compared"

    PROVIDER_GOOD = "provider_good"
    PROVIDER_UNREACHABLE = "provider_unreachable"
    PROVIDER_CERTIFICATE = "provider_certificate"
    PROVIDER_CREDENTIALS = "provider_credentials"
    PROVIDER_SCOPE = "provider_scope"
    PROVIDER_LIMITED = "provider_limited"
    PROVIDER_REFUSED = "provider_refused"
    PROVIDER_SILENT = "provider_silent"
    PROVIDER_FAULT = "provider_fault"
    PROVIDER_UNSET = "provider_unset"

    PRINTER_READY = "printer_ready"
    PRINTER_IN_USE = "printer_in_use"
    PRINTER_DRAWS = "printer_draws"
    PRINTER_UNREACHABLE = "printer_unreachable"
    PRINTER_SILENT = "printer_silent"
    PAPER_OUT = "paper_out"
    PAPER_LOW = "paper_low"
    COVER_OPEN = "cover_open"
    CUTTER = "cutter"
    HEAD_HOT = "head_hot"
    PRINTER_OFFLINE = "printer_offline"
    FEEDING = "feeding"
    PRINTER_ERROR = "printer_error"
    PRINTER_FAULT = "printer_fault"

    TERMINAL_READY = "terminal_ready"
    TERMINAL_IN_USE = "terminal_in_use"
    TERMINAL_UNREACHABLE = "terminal_unreachable"
    TERMINAL_SILENT = "terminal_silent"
    TERMINAL_REFUSED = "terminal_refused"
    TERMINAL_CREDENTIALS = "terminal_credentials"
    TERMINAL_CLOCK = "terminal_clock"
    TERMINAL_PENDING = "terminal_pending"
    TERMINAL_NOT_READY = "terminal_not_ready"
    TERMINAL_UNSET = "terminal_unset"

    DISK_GOOD = "disk_good"
    DISK_LOW = "disk_low"
    DISK_FULL = "disk_full"
    DISK_UNREADABLE = "disk_unreadable"
    DISK_UNWRITABLE = "disk_unwritable"
    DISK_SLOW = "disk_slow"
    FILE_OPEN = "file_open"

    JOURNAL_GOOD = "journal_good"
    JOURNAL_WRITES = "journal_writes"
    JOURNAL_NEW = "journal_new"
    JOURNAL_LONG = "journal_long"
    JOURNAL_BROKEN = "journal_broken"
    JOURNAL_FAILS = "journal_fails"

    SETTLEMENTS_NONE = "settlements_none"
    SETTLEMENTS_WAITING = "settlements_waiting"
    SETTLEMENTS_STUCK = "settlements_stuck"
    REFUNDS_NONE = "refunds_none"
    REFUNDS_WAITING = "refunds_waiting"
    REFUNDS_STUCK = "refunds_stuck"
    ATTENTIONS_NONE = "attentions_none"
    ATTENTIONS_OPEN = "attentions_open"

    ZONE_GOOD = "zone_good"
    ZONE_FOREIGN = "zone_foreign"
    LETTERS_POOR = "letters_poor"
    SCREEN_GOOD = "screen_good"
    SCREEN_NONE = "screen_none"
    SCREEN_LIBRARIES = "screen_libraries"
    LOCK_FREE = "lock_free"
    LOCK_HELD = "lock_held"
    LOCK_FAULT = "lock_fault"


def level_of(word: Word) -> Level:
    return Level.YELLOW if word in _YELLOW else Level.GREEN if word in _GREEN else Level.RED


def code_of(word: Word) -> Trouble | None:
    """None where the manual has no code for it."""
    if word in _GREEN:
        return None
    return Trouble.CERTIFICATE if word.startswith("certificate_") else _CODES.get(word)


_GREEN: Final = frozenset(
    {
        Word.NOT_ASKED,
        Word.SALES_OPEN,
        Word.CONFIGURATION_GOOD,
        Word.CATALOGUE_GOOD,
        Word.TEMPLATES_GOOD,
        Word.SECRETS_GOOD,
        Word.NETWORK_GOOD,
        Word.CERTIFICATE_GOOD,
        Word.CHAIN_WHOLE,
        Word.CLOCK_RIGHT,
        Word.PROVIDER_GOOD,
        Word.PRINTER_READY,
        Word.PRINTER_IN_USE,
        Word.TERMINAL_READY,
        Word.TERMINAL_IN_USE,
        Word.DISK_GOOD,
        Word.JOURNAL_GOOD,
        Word.JOURNAL_WRITES,
        Word.JOURNAL_NEW,
        Word.SETTLEMENTS_NONE,
        Word.REFUNDS_NONE,
        Word.ATTENTIONS_NONE,
        Word.ZONE_GOOD,
        Word.SCREEN_GOOD,
        Word.SCREEN_NONE,
        Word.LOCK_FREE,
        Word.LOCK_HELD,
    }
)
_YELLOW: Final = frozenset(
    {
        Word.CONFIGURATION_NOTE,
        Word.CERTIFICATE_ENDS,
        Word.CHAIN_INCOMPLETE,
        Word.CLOCK_AHEAD,
        Word.CLOCK_BEHIND,
        Word.CLOCK_NOT_COMPARED,
        Word.PROVIDER_LIMITED,
        Word.PRINTER_DRAWS,
        Word.PAPER_LOW,
        Word.TERMINAL_CLOCK,
        Word.TERMINAL_PENDING,
        Word.DISK_LOW,
        Word.DISK_SLOW,
        Word.FILE_OPEN,
        Word.JOURNAL_LONG,
        Word.SETTLEMENTS_WAITING,
        Word.REFUNDS_WAITING,
        Word.ATTENTIONS_OPEN,
        Word.ZONE_FOREIGN,
        Word.LETTERS_POOR,
        Word.LOCK_FAULT,
    }
)
_CODES: Final = {
    Word.CONFIGURATION_FAULT: Trouble.CONFIG_INVALID,
    Word.SECRETS_FAULT: Trouble.CONFIG_INVALID,
    Word.NETWORK_DOWN: Trouble.BANK_UNREACHABLE,
    Word.PROVIDER_UNREACHABLE: Trouble.BANK_UNREACHABLE,
    Word.PROVIDER_CERTIFICATE: Trouble.CERTIFICATE,
    Word.PROVIDER_CREDENTIALS: Trouble.CREDENTIALS,
    Word.PROVIDER_SCOPE: Trouble.SCOPE,
    Word.PROVIDER_LIMITED: Trouble.RATE_LIMITED,
    Word.PROVIDER_REFUSED: Trouble.REFUSED,
    Word.PROVIDER_SILENT: Trouble.UNKNOWN,
    Word.PROVIDER_UNSET: Trouble.CONFIG_INVALID,
    Word.PRINTER_UNREACHABLE: Trouble.PRINTER_UNREACHABLE,
    Word.PRINTER_SILENT: Trouble.NO_REPLY,
    Word.PAPER_OUT: Trouble.PAPER_OUT,
    Word.PAPER_LOW: Trouble.PAPER_LOW,
    Word.COVER_OPEN: Trouble.COVER_OPEN,
    Word.CUTTER: Trouble.CUTTER,
    Word.HEAD_HOT: Trouble.PRINTER_HOT,
    Word.PRINTER_OFFLINE: Trouble.PRINTER_OFFLINE,
    Word.FEEDING: Trouble.PRINTER_OFFLINE,
    Word.PRINTER_ERROR: Trouble.PRINTER_FAULT,
    Word.PRINTER_FAULT: Trouble.PRINTER_FAULT,
    Word.TERMINAL_UNREACHABLE: Trouble.TERMINAL_UNREACHABLE,
    Word.TERMINAL_SILENT: Trouble.CARD_UNKNOWN,
    Word.TERMINAL_REFUSED: Trouble.BRIDGE_REFUSED,
    Word.TERMINAL_CREDENTIALS: Trouble.CREDENTIALS,
    Word.TERMINAL_CLOCK: Trouble.TERMINAL_CLOCK,
    Word.TERMINAL_PENDING: Trouble.CARD_PENDING,
    Word.TERMINAL_NOT_READY: Trouble.TERMINAL_REFUSED,
    Word.TERMINAL_UNSET: Trouble.CONFIG_INVALID,
    Word.DISK_FULL: Trouble.DISK_FULL,
    Word.DISK_UNREADABLE: Trouble.DISK_FULL,
    Word.DISK_UNWRITABLE: Trouble.JOURNAL_WRITE,
    Word.JOURNAL_BROKEN: Trouble.JOURNAL_BROKEN,
    Word.JOURNAL_FAILS: Trouble.JOURNAL_WRITE,
    Word.SETTLEMENTS_STUCK: Trouble.CARD_CONFIRM_WAITING,
    Word.REFUNDS_STUCK: Trouble.REFUND_REFUSED,
}
