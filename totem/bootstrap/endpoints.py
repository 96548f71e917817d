"""Where the simulators stand: what a sandbox tells whoever started it, as one line of JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pydantic import TypeAdapter


class BadReadyLine(ValueError):
    """The sandbox said something else than where it stands."""


@dataclass(frozen=True, slots=True)
class BankEndpoint:
    """The bank's address, and what a client needs to be let in. `foreign_*` is a certificate that it refuses."""

    base_url: str
    ca: Path
    certificate: Path
    key: Path
    foreign_certificate: Path
    foreign_key: Path
    client_id: str
    client_secret_file: Path
    pix_key: str
    receiver_name: str


@dataclass(frozen=True, slots=True)
class PrinterEndpoint:
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class TerminalEndpoint:
    """A card terminal's address; its secret lies in the file, None for none."""

    host: str
    port: int
    secret_file: Path | None = None
    folder: Path | None = None
    """PayGo's exchange folder."""


@dataclass(frozen=True, slots=True)
class ReaderEndpoint:
    """GoPag's address, and what a client needs to be let in and to ring one reader."""

    base_url: str
    ca: Path
    certificate: Path
    key: Path
    token_file: Path
    marketplace: str
    seller: str
    terminal: str


@dataclass(frozen=True, slots=True)
class GatewayEndpoint:
    """Adiq's address, and what a client needs to be let in."""

    base_url: str
    ca: Path
    client_id: str
    client_secret_file: Path


@dataclass(frozen=True, slots=True)
class PageEndpoint:
    """SISP's page and portal, and what a merchant needs to be let in. The page is played by whoever loads it."""

    page_url: str
    status_url: str
    ca: Path
    pos_id: str
    pos_auth_code_file: Path
    portal_id: str
    portal_password_file: Path


@dataclass(frozen=True, slots=True)
class ControlEndpoint:
    """Where the world's acts are asked for, and the token without which they are refused."""

    url: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Endpoints:
    bank: BankEndpoint
    """Sicredi; its acts are named `bank.`."""
    inter: BankEndpoint
    """Banco Inter; its acts are named `inter.`."""
    printer: PrinterEndpoint
    spare: PrinterEndpoint
    """A second printer; its acts are named `spare.`."""
    control: ControlEndpoint
    tef: TerminalEndpoint
    """PayGo; its acts are named `tef.`."""
    smartpos: TerminalEndpoint
    gopag: ReaderEndpoint
    adiq: GatewayEndpoint
    vinti4: PageEndpoint

    def to_line(self) -> str:
        return json.dumps(asdict(self), default=str, ensure_ascii=False)


def endpoints_of_line(line: str) -> Endpoints:
    """The inverse of `Endpoints.to_line`. Raises BadReadyLine."""
    try:
        return TypeAdapter(Endpoints).validate_json(line)
    except ValueError as error:
        raise BadReadyLine(str(error)) from error
