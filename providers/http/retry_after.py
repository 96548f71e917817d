"""`Retry-After` in both of its forms (RFC 9110, 10.2.3)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST_WAIT_S: Final = 3600.0
"""No bank that we know asks for more; a wild value must not put a kiosk out of service for a day."""


def retry_after_s(value: str | None, now: datetime) -> float | None:
    """Seconds to wait, within 0 and LONGEST_WAIT_S; None where the header is absent or not understood."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_WAIT_S)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    if at.tzinfo is None:
        # The obsolete forms carry no zone; RFC 9110 says that all of them are in UTC.
        at = at.replace(tzinfo=UTC)
    return min(max((at - now).total_seconds(), 0.0), LONGEST_WAIT_S)
