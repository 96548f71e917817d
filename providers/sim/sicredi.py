"""What is Sicredi's own: its paths with a version in them, and OAuth by HTTP Basic."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from providers.sim.bacen_api import PIX_SCOPES, AccountSettings, BacenApi, Route, pix_routes
from providers.sim.faults import Operation
from providers.sim.ledger import Ledger
from providers.sim.problems import Kind, Problem
from providers.sim.tokens import TokenOffice

ALL_SCOPES: Final = PIX_SCOPES
_V2: Final = frozenset({"v2"})
_V2_V3: Final = frozenset({"v2", "v3"})

DEFAULT_VERSIONS: Final[Mapping[Operation, frozenset[str]]] = {
    Operation.CREATE_CHARGE: _V2_V3,
    Operation.GET_CHARGE: _V2_V3,
    Operation.CANCEL_CHARGE: _V2_V3,
    Operation.QRCODE: _V2,
    Operation.RECEIVED: _V2,
    Operation.GET_PIX: _V2,
    Operation.REFUND: _V2,
    Operation.GET_REFUND: _V2,
}
"""Versions that each operation is served at; any other is answered 404."""

_ROUTES: Final = pix_routes("/api/(?P<version>v[0-9]+)")


@dataclass(frozen=True, slots=True)
class SicrediSettings(AccountSettings):
    """The receiver's account and how this bank behaves."""

    versions: Mapping[Operation, frozenset[str]] = field(default_factory=lambda: dict(DEFAULT_VERSIONS))
    location_host: str = "pix.sicredi.invalid/qr/v2"


class SicrediApi(BacenApi):
    """Sicredi's way of serving Bacen's API."""

    def __init__(
        self, settings: SicrediSettings, ledger: Ledger, tokens: TokenOffice, now: Callable[[], datetime]
    ) -> None:
        super().__init__(settings, ledger, tokens, now, token_path="/oauth/token", routes=_ROUTES)  # noqa: S106
        self._settings = settings

    def serves(self, route: Route, match: re.Match[str]) -> None:
        if match["version"] not in self._settings.versions.get(route.operation, frozenset()):
            raise Problem(Kind.NOT_FOUND, f"Versão {match['version']} não disponível aqui.")
