"""A piece of paper read back from the bytes that the printer got, as strictly as a printer would have to."""

from __future__ import annotations

from hardware.sim import operations as op
from hardware.sim.bematech import parse_job
from totem.bootstrap.evidence import PaperTicket

_NEW_LINE = (op.LineFeed, op.FeedLines, op.FeedDots)


def read_ticket(ticket_id: str, data: bytes) -> PaperTicket:
    """Text, QR codes and cut of one job; a byte that no printer understands becomes a fault, the rest is still read."""
    faults: list[str] = []
    try:
        operations = [parsed.operation for parsed in parse_job(data)]
    except op.UnknownCommand as error:
        faults.append(str(error))
        operations = [parsed.operation for parsed in parse_job(data, strict=False)]
    text: list[str] = []
    codes: list[str] = []
    for operation in operations:
        if isinstance(operation, op.Text):
            text.append(operation.text)
        elif isinstance(operation, _NEW_LINE):
            text.append("\n")
        elif isinstance(operation, op.Qr):
            codes.append(operation.data.decode("ascii", "replace"))
    is_cut = any(isinstance(operation, op.Cut) for operation in operations)
    return PaperTicket(ticket_id, "".join(text), tuple(codes), tuple(faults), is_cut)
