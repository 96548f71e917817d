"""Failures of the transport become errors of the domain, here and nowhere else.

What decides is whether the first byte of the request may have left: the connection's own trace says so, and only where
it never began to write is a call "not sent".
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from typing import Final, TypeVar

import httpx

from totem.domain.errors import BankUnreachable, CertificateRefused, OutcomeUnknown, ProviderError

_E = TypeVar("_E", bound=BaseException)

TRANSPORT_ERRORS: Final = (httpx.HTTPError, httpx.InvalidURL, OSError)
"""All that a request can raise. OSError is there for ssl.SSLError and TimeoutError, which httpx lets through."""

_BEFORE_WRITING: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_DROPPED: Final = (httpx.ReadError, httpx.WriteError, httpx.CloseError, httpx.RemoteProtocolError, ssl.SSLError)
_DROPPED_IN_HANDSHAKE: Final = (*_DROPPED, httpx.ConnectError)

# The alerts by which a server turns a client certificate down (RFC 8446, 6.2). `handshake_failure` is not among them:
# it may as well mean that there is no common cipher.
_CERTIFICATE_ALERTS: Final = ("CERTIFICATE", "UNKNOWN_CA", "ACCESS_DENIED")


class Progress:
    """How far one request came, as told by httpcore's trace."""

    def __init__(self) -> None:
        self.traced = False
        self.handshaking = False
        self.writing = False

    async def trace(self, event: str, _info: object) -> None:
        """For httpx's `trace` extension."""
        self.traced = True
        if event.endswith("start_tls.started"):
            self.handshaking = True
        elif event.endswith("send_request_headers.started"):
            self.writing = True


def failure_of(exc: Exception, progress: Progress, what: str) -> ProviderError:
    """The domain's error for a failed exchange; `what` names the call without its secrets (`PUT /cob/...`)."""
    untrusted = _first(exc, ssl.SSLCertVerificationError)
    if untrusted is not None and not progress.writing:
        return CertificateRefused(f"{what}: the bank's certificate is not trusted: {_reason(untrusted)}")
    if not progress.writing and (progress.traced or isinstance(exc, _BEFORE_WRITING)):
        return _before_writing(exc, what)
    return OutcomeUnknown(f"{what}: no usable answer ({type(exc).__name__}) after the request may have left")


def may_be_certificate(exc: Exception, progress: Progress, *, moves_money: bool) -> bool:
    """Whether a refused client certificate may be behind it, and a call that moves money has provably not been sent.

    Under TLS 1.3 a peer refuses a certificate by cutting the connection after the request was written.
    """
    if progress.writing:
        return not moves_money and isinstance(exc, _DROPPED)
    return progress.handshaking and isinstance(exc, _DROPPED_IN_HANDSHAKE)


def _certificate_alert(exc: BaseException) -> str | None:
    error = _first(exc, ssl.SSLError)
    reason = "" if error is None else (error.reason or "").upper()
    return reason if "ALERT" in reason and any(mark in reason for mark in _CERTIFICATE_ALERTS) else None


def _before_writing(exc: Exception, what: str) -> ProviderError:
    alert = _certificate_alert(exc)
    if alert is not None:
        return CertificateRefused(f"{what}: the bank refuses our certificate in the handshake ({alert})")
    handshake = _first(exc, ssl.SSLError)
    if handshake is not None:
        return BankUnreachable(f"{what}: no TLS connection ({handshake.reason or type(handshake).__name__})")
    if _first(exc, socket.gaierror) is not None:
        return BankUnreachable(f"{what}: the bank's name is not found: network or DNS is down")
    return BankUnreachable(f"{what}: no connection ({type(exc).__name__})")


def _reason(error: ssl.SSLCertVerificationError) -> str:
    return error.verify_message or error.reason or "unknown reason"


def _first(exc: BaseException, kind: type[_E]) -> _E | None:
    return next((link for link in _chain(exc) if isinstance(link, kind)), None)


def _chain(exc: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    link: BaseException | None = exc
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or link.__context__
