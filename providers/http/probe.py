"""A handshake without a request: who refuses whom, asked where no money can move.

Done by hand over memory BIOs, because what tells a refused certificate from a bank in trouble is the moment of the cut:
under TLS 1.2 a server judges our certificate right after our second flight, which carries it (RFC 5246, 7.3).
"""

from __future__ import annotations

import asyncio
import ssl
from typing import Final

from totem.domain.errors import CertificateRefused

_PROBE_LIMIT_S: Final = 5.0
_BLOCK_BYTES: Final = 65_536
_FLIGHT_WITH_CERTIFICATE: Final = 2


async def probe_handshake(host: str, port: int, context: ssl.SSLContext, what: str) -> CertificateRefused | None:
    """The refusal that explains a dropped call, or None where the handshake does not show one.

    `context` must be capped at TLS 1.2.
    """
    try:
        async with asyncio.timeout(_PROBE_LIMIT_S):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                cut = await _handshake(reader, writer, context, host)
            finally:
                writer.transport.abort()
    except ssl.SSLCertVerificationError as exc:
        return CertificateRefused(f"{what}: the bank's certificate is not trusted: {exc.verify_message}")
    except OSError:
        return None
    if cut is None:
        return None
    return CertificateRefused(
        f"{what}: the bank refuses our client certificate ({cut}): wrong, expired, revoked, or without its chain"
    )


async def _handshake(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, context: ssl.SSLContext, host: str
) -> str | None:
    """How the server cut the handshake once it had our certificate, or None where it did not."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname=host)
    flights = 0
    while not _advance(tls):
        if outgoing.pending:
            writer.write(outgoing.read())
            await writer.drain()
            flights += 1
        try:
            block = await reader.read(_BLOCK_BYTES)
            incoming.write(block)
            reason = "" if block else "connection closed"
            if block and flights >= _FLIGHT_WITH_CERTIFICATE:
                reason = _alert_in(tls)
        except ConnectionError:
            reason = "connection reset"
        if reason:
            return reason if flights >= _FLIGHT_WITH_CERTIFICATE else None
    return None


def _advance(tls: ssl.SSLObject) -> bool:
    """Whether the handshake is complete; raises ssl.SSLError where it failed."""
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        return False
    return True


def _alert_in(tls: ssl.SSLObject) -> str:
    """The alert that the server sent in answer to our certificate, or nothing."""
    try:
        _advance(tls)
    except ssl.SSLCertVerificationError:
        raise
    except ssl.SSLError as exc:
        return exc.reason or type(exc).__name__
    return ""
