"""What a technician types to find a sale, read as whatever it may be. Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Final

from totem.services.journal.search import Wanted

_AMOUNT: Final = re.compile(r"(?:R\$\s*)?(\d{1,3}(?:\.\d{3})+|\d+),(\d{2})", re.IGNORECASE)
_POINTED: Final = re.compile(r"(\d+)\.(\d{2})")
_DAY: Final = re.compile(r"(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d{2}))?")
_ISO_DAY: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_REFERENCE: Final = re.compile(r"[0-9A-HJKMNP-TV-Z]{6}", re.IGNORECASE)
_CODE: Final = re.compile(r"TOTEM1:([^:]+):\d+")
_MOST_NUMBER: Final = 999_999


def read_query(text: str, day: date | None, today: date) -> Wanted:
    """`text` may be several things at once ("123456": a ticket's number, an NSU, a reference): all are looked for."""
    text = " ".join(text.split())
    typed = _day(text, today)
    wanted = _within(typed or day)
    if typed is not None or not text:
        return wanted
    amount = _AMOUNT.fullmatch(text) or _POINTED.fullmatch(text)
    if amount is not None:
        return replace(wanted, amount_cents=int(amount[1].replace(".", "") + amount[2]))
    code = _CODE.fullmatch(text)
    if code is not None:
        return replace(wanted, exact=code[1])
    if text.isascii() and text.isdigit():
        number = int(text)
        wanted = replace(wanted, number=number if 0 < number <= _MOST_NUMBER else None, nsu=text.lstrip("0"))
    if _REFERENCE.fullmatch(text):
        wanted = replace(wanted, reference=text.upper())
    return replace(wanted, exact=text)


def _within(day: date | None) -> Wanted:
    """The local day's bounds."""
    if day is None:
        return Wanted()
    first = datetime.combine(day, time()).astimezone()
    return Wanted(since=first, until=datetime.combine(day + timedelta(days=1), time()).astimezone())


def _day(text: str, today: date) -> date | None:
    """`29/11` is the last one that was."""
    iso, local = _ISO_DAY.fullmatch(text), _DAY.fullmatch(text)
    try:
        if iso is not None:
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        if local is None:
            return None
        year = int(local[3]) if local[3] else today.year
        found = date(year + 2000 if year < 100 else year, int(local[2]), int(local[1]))
        return found if local[3] or found <= today else found.replace(year=today.year - 1)
    except ValueError:
        return None
