"""A whole day out of the journal, by its indexes: as quick in the millionth sale as in the first."""

from __future__ import annotations

import sqlite3
from typing import Final

from totem.domain.day import DayBook, DayMovement, DaySpan, DayTicket, PaidPart
from totem.services.journal.codec import decode_data, encode_time

_TICKETS: Final = (
    "SELECT t.number, k.state, s.id, s.state, s.data FROM tickets t"
    " JOIN subjects k ON k.id = t.subject_id JOIN subjects s ON s.id = k.sale_id"
    " WHERE t.day = ? ORDER BY t.number"
)
_PARTS: Final = (
    "SELECT k.sale_id, p.machine, p.id, p.state, coalesce(json_extract(p.data, '$.provider'), ''),"
    " coalesce(json_extract(p.data, '$.method'), ''), coalesce(json_extract(p.data, '$.amount_cents'), 0),"
    " coalesce(json_extract(p.data, '$.attempt'), '') FROM tickets t"
    " JOIN subjects k ON k.id = t.subject_id JOIN subjects p ON p.sale_id = k.sale_id"
    " WHERE t.day = ? AND p.machine IN ('attempt', 'settlement') ORDER BY p.born_seq"
)
_MOVEMENTS: Final = (
    "SELECT kind, provider, method, currency, count(*), sum(amount_cents) FROM movements"
    " WHERE at >= ? AND at < ? GROUP BY kind, provider, method, currency"
    " ORDER BY provider, method, currency, kind"
)
_ATTENTIONS: Final = (
    "SELECT coalesce(json_extract(data, '$.trouble'), ''), count(*) FROM subjects"
    " WHERE machine = 'attention' AND state = 'open' GROUP BY 1 ORDER BY 1"
)


def read_day(db: sqlite3.Connection, span: DaySpan) -> DayBook:
    """All in one snapshot, if the caller's connection is in a transaction."""
    day = span.day.isoformat()
    parts: dict[str, list[PaidPart]] = {}
    for sale_id, *values in db.execute(_PARTS, (day,)):
        parts.setdefault(sale_id, []).append(PaidPart(*values))
    tickets = tuple(
        DayTicket(number, ticket_state, sale_id, sale_state, decode_data(data), tuple(parts.get(sale_id, ())))
        for number, ticket_state, sale_id, sale_state, data in db.execute(_TICKETS, (day,))
    )
    window = encode_time(span.begins), encode_time(span.ends)
    movements = tuple(DayMovement(*values) for values in db.execute(_MOVEMENTS, window))
    attentions = tuple((str(code), int(count)) for code, count in db.execute(_ATTENTIONS))
    return DayBook(tickets, movements, attentions)
