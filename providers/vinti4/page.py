"""One page of SISP's on the kiosk's screen: what it was asked, and what has been heard of it so far."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from providers.vinti4.answers import PageResult, Status, judge
from providers.vinti4.references import References
from providers.vinti4.requests import Code
from totem.domain.cards import CardSale, WebPage

log = logging.getLogger(__name__)


class Leaving(StrEnum):
    """Why the page is taken away before anybody knows the end."""

    CANCELLED = "cancelled"
    """At the kiosk's own key."""
    HINTED = "hinted"
    """On the page itself, which says so without a signature."""
    TIME_OVER = "time over"
    DOUBTED = "doubted"
    """What it posted back is no end that could be believed; a page has one answer, so no other will come."""


@dataclass(slots=True)
class OpenPage:
    """`changed` is set at every news; whoever waits clears it."""

    sale: CardSale
    references: References
    code: Code
    web: WebPage
    signed: PageResult | None = None
    paid: bool = False
    """By the status query."""
    leaving: Leaving | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def leave(self, why: Leaving) -> None:
        self.leaving = self.leaving or why
        self.changed.set()

    def tell_paid(self) -> None:
        self.paid = True
        self.changed.set()

    def take(self, fields: Mapping[str, str], pos_auth_code: str) -> None:
        """Judge what came back. Only our own transaction's signed answer counts, and only its first.

        A forged, replayed or foreign one says nothing of the payment: the page is taken away, and the status asked.
        """
        result = judge(fields, pos_auth_code, self.code)
        attempt = self.sale.attempt_id
        if self.signed is not None:
            log.warning("vinti4: attempt=%s: a second answer, dropped: %s", attempt, result.status)
            return
        if result.status is Status.CANCELLED:
            log.info("vinti4: attempt=%s: the page says cancelled, unsigned: the status is asked", attempt)
            self.leave(Leaving.HINTED)
            return
        if result.status is Status.INVALID_FINGERPRINT:
            log.warning("vinti4: attempt=%s: an answer with a wrong fingerprint, dropped: %s", attempt, result.status)
        elif not self._is_ours(result):
            log.warning("vinti4: attempt=%s: a signed answer of another transaction, dropped", attempt)
        else:
            self.signed = result
            self.changed.set()
            if result.names_an_end:
                return
        self.leave(Leaving.DOUBTED)

    def _is_ours(self, result: PageResult) -> bool:
        answer = result.answer
        told = (answer.merchant_ref, answer.merchant_session)
        return told == (self.references.merchant_ref, self.references.merchant_session)
