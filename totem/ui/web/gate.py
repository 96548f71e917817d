"""What one transaction's page may load: pure rules, asked for every request before it leaves.

The acquirer's host is pinned. Issuers' 3-D Secure hosts, which nobody can list, come in only as EMV 3-D Secure sends a
customer there: by a form that is posted from the acquirer's own page (or from an issuer's that is in already), after
the customer sent something on that page, and until the form that leads back. A link never leads out.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from urllib.parse import urlsplit

from totem.ui.web.addresses import HTTPS_PORT, is_here, is_public, literal

_INLINE = frozenset({"data", "blob"})
"""Pictures and fonts that the page brings in itself."""
_BLANK = frozenset({"about:blank", "about:srcdoc"})


class Kind(StrEnum):
    """What a request is for."""

    PAGE = "page"
    FRAME = "frame"
    PART = "part"
    """Anything that is not a document: scripts, pictures, fetches, sockets."""


class Verdict(Enum):
    LET = "let"
    REFUSE = "refuse"
    ANSWER = "answer"
    """The page posts its answer: to be caught, never to be sent."""


@dataclass(frozen=True, slots=True)
class Request:
    url: str
    method: str
    kind: Kind
    initiator: str
    """The address of the document that asks; "" where nobody does, or where it is opaque."""


class Gate:
    """One transaction's rules. Not to be used for another."""

    def __init__(self, start_url: str, returns_to: str, *, simulators: bool = False) -> None:
        """`simulators`: the kiosk is on simulators, so pages may come from this machine too. The answer's address is
        HTTPS, or plain HTTP on this machine: it is caught either way, and never fetched.

        Raises ValueError for other addresses, and for a page of this machine without `simulators`.
        """
        self._start = _place(start_url)
        self._returns_to = _path(returns_to)
        self._shop = _place(returns_to)
        self._simulators = simulators
        self._posted = False
        self._sent = False
        self._caught = False
        self._issuers: set[str] = set()
        self._reachable: set[str] = set()
        if not self._start or not self._may_exist(start_url) or not (self._shop or _is_own(returns_to)):
            raise ValueError(
                "the page has an HTTPS address outside of the shop's network, and so has its answer, or here"
            )

    @property
    def is_at_issuer(self) -> bool:
        """Whether the 3-D Secure step is open."""
        return bool(self._issuers)

    def judge(self, request: Request) -> Verdict:
        """Called once for each request, redirected ones again; what it lets through it remembers."""
        if request.url in _BLANK:
            return Verdict.LET
        scheme = request.url.partition(":")[0].lower()
        if scheme in _INLINE:
            return Verdict.LET if request.kind is Kind.PART else Verdict.REFUSE
        if _path(request.url) == self._returns_to:
            return self._judge_answer(request)
        if not self._may_exist(request.url, sockets=request.kind is Kind.PART):
            return Verdict.REFUSE
        let = self._at_home(request) if _place(request.url) == self._start else self._abroad(request)
        return Verdict.LET if let else Verdict.REFUSE

    def may_navigate(self, url: str, *, with_form: bool) -> bool:
        """Asked before a document is left, so that a link that leads out leaves the page where it is."""
        if url in _BLANK:
            return True
        if _path(url) == self._returns_to:
            return with_form and not self._caught
        if not self._may_exist(url):
            return False
        return _place(url) == self._start or bool(self._issuers) or (self._sent and with_form)

    def may_connect(self, host: str, port: int) -> bool:
        """Whether a connection there belongs to something that was let through."""
        place = f"{host.lower()}:{port}"
        return place == self._start or place in self._reachable

    def _judge_answer(self, request: Request) -> Verdict:
        """One answer, posted by the acquirer's own page. A link or a redirect to the address says nothing."""
        posted = request.method == "POST" and request.kind is not Kind.PART
        if self._caught or not posted or _place(request.initiator) != self._start:
            return Verdict.REFUSE
        self._caught = True
        return Verdict.ANSWER

    def _at_home(self, request: Request) -> bool:
        if request.method == "POST":
            # The first one is the kiosk's own; the next ones carry what the customer typed.
            self._sent = self._sent or self._posted
            self._posted = True
        if request.kind is not Kind.PART and _place(request.initiator) in self._issuers:
            self._issuers.clear()
            self._reachable.clear()
        return True

    def _abroad(self, request: Request) -> bool:
        by, place = _place(request.initiator), _place(request.url)
        if request.kind is Kind.PART:
            let = by in self._issuers
        else:
            let = by in self._issuers or (by == self._start and self._sent and request.method == "POST")
            if let:
                self._issuers.add(place)
        if let:
            self._reachable.add(place)
        return let

    def _may_exist(self, url: str, *, sockets: bool = False) -> bool:
        """HTTPS, and no address of this machine or of the shop's network. What a name stands for is looked at later,
        where the connection is made (`Exit`)."""
        parts = urlsplit(url)
        if parts.scheme != "https" and not (sockets and parts.scheme == "wss"):
            return False
        host = parts.hostname or ""
        if _place(url) == self._shop and self._shop != self._start:
            return False  # the answer's address is caught here, and nothing is ever fetched from it
        if is_here(host):
            return self._simulators
        address = literal(host)
        return bool(host) and (address is None or is_public(address)) and parts.username is None


def _place(url: str) -> str:
    """`host:port` of an HTTPS address (or of a socket under TLS); "" for any other."""
    try:
        parts = urlsplit(url)
        port = parts.port or HTTPS_PORT
    except ValueError:
        return ""
    if parts.scheme not in {"https", "wss"} or not parts.hostname:
        return ""
    return f"{parts.hostname}:{port}"


def _is_own(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "http" and is_here(parts.hostname or "")


def _path(url: str) -> str:
    """The address without its query: the path alone is what nobody can guess."""
    return url.partition("#")[0].partition("?")[0]
