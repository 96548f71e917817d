"""A provider's failure in the words of a card terminal: for acquirers that are reached over HTTPS."""

from __future__ import annotations

from totem.domain.errors import (
    BankUnreachable,
    BridgeRefused,
    CardError,
    CertificateRefused,
    ChargeNotFound,
    CredentialsRefused,
    Outcome,
    ProviderError,
    RateLimited,
    RequestRefused,
    TerminalRefused,
    TerminalSilent,
    TerminalUnreachable,
)


def card_error(error: ProviderError, who: str) -> CardError:
    """The same failure, with `who` before its text. The caller raises it `from error`."""
    text = f"{who}: {error}"
    if isinstance(error, BankUnreachable):
        return TerminalUnreachable(text)
    if isinstance(error, CertificateRefused | CredentialsRefused):
        return BridgeRefused(text)
    if isinstance(error, RateLimited):
        return TerminalRefused(text, code="429")
    if isinstance(error, RequestRefused):
        return TerminalRefused(text, code=str(error.status))
    if isinstance(error, ChargeNotFound):
        return TerminalRefused(text, code="404")
    return TerminalSilent(text) if error.outcome is Outcome.UNKNOWN else TerminalUnreachable(text)
