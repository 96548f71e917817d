"""A configuration for the simulators, made from the example that is shipped for owners."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import assets
from totem.bootstrap.endpoints import BankEndpoint, Endpoints, GatewayEndpoint, PageEndpoint, ReaderEndpoint

_BILLING: Final[dict[str, TomlValue]] = {
    "email": "pagamentos@totem.example",
    "city": "Praia",
    "line1": "Avenida Cidade de Lisboa 12",
    "post_code": "7600",
}

TomlValue = str | int | float | bool | list["TomlValue"] | dict[str, "TomlValue"]


def write_configuration(
    folder: Path, endpoints: Endpoints, changes: Mapping[str, Mapping[str, TomlValue]] | None = None
) -> Path:
    """`totem.toml` in that folder, with journal and key beside it.

    `changes` maps dotted sections to keys that are laid over the example.
    """
    example = assets.path("config/totem.toml")
    settings: dict[str, TomlValue] = tomllib.loads(example.read_text(encoding="utf-8"))
    wanted = _simulated(endpoints)
    for laid_over in (wanted, changes or {}):
        for section, keys in laid_over.items():
            _section(settings, section).update(keys)
    path = folder / "totem.toml"
    path.write_text(to_toml(settings), encoding="utf-8")
    return path


def to_toml(settings: Mapping[str, TomlValue]) -> str:
    """TOML of nested tables with plain values in them."""
    return "\n".join(_lines(settings, "")) + "\n"


def _simulated(endpoints: Endpoints) -> dict[str, dict[str, TomlValue]]:
    bank, inter, printer = endpoints.bank, endpoints.inter, endpoints.printer
    return {
        "journal": {"directory": ".", "key_file": "journal.key", "head_file": "journal.head", "reserve_mb": 8},
        "log": {"directory": "logs"},
        "catalogue": {"file": str(assets.path("config/catalogue.toml"))},
        "printer": {"driver": "network", "host": printer.host, "port": printer.port},
        "pix": {"receiver_name": bank.receiver_name, "providers": ["sicredi", "inter"]},
        "pix.sicredi": _bank(bank),
        "pix.inter": _bank(inter),
        "cards.tef": {
            "address": f"{endpoints.tef.host}:{endpoints.tef.port}",
            "company": "Totem",
            "registration": "0000",
            "record": True,
        },
        "cards.smartpos": {
            "host": endpoints.smartpos.host,
            "port": endpoints.smartpos.port,
            "secret_file": str(endpoints.smartpos.secret_file),
        },
        "cards.gopag": _reader(endpoints.gopag),
        "cards.adiq": _gateway(endpoints.adiq),
        "cards.vinti4": _page(endpoints.vinti4),
        "cards.vinti4.billing": _BILLING,
    }


def _page(page: PageEndpoint) -> dict[str, TomlValue]:
    return {
        "environment": "custom",
        "page_url": page.page_url,
        "status_url": page.status_url,
        "pos_id": page.pos_id,
        "pos_auth_code_file": str(page.pos_auth_code_file),
        "portal_id": page.portal_id,
        "portal_password_file": str(page.portal_password_file),
        "ca": str(page.ca),
        "public_roots": False,
    }


def _reader(reader: ReaderEndpoint) -> dict[str, TomlValue]:
    return {
        "environment": "custom",
        "base_url": reader.base_url,
        "marketplace": reader.marketplace,
        "seller": reader.seller,
        "terminal": reader.terminal,
        "token_file": str(reader.token_file),
        "certificate": str(reader.certificate),
        "key": str(reader.key),
        "ca": str(reader.ca),
        "public_roots": False,
        "void": True,
    }


def _gateway(gateway: GatewayEndpoint) -> dict[str, TomlValue]:
    return {
        "environment": "custom",
        "base_url": gateway.base_url,
        "client_id": gateway.client_id,
        "client_secret_file": str(gateway.client_secret_file),
        "ca": str(gateway.ca),
        "public_roots": False,
        "keyed_entry": True,
        "soft_descriptor": "LAVA*TOTEM",
    }


def _bank(bank: BankEndpoint) -> dict[str, TomlValue]:
    return {
        "environment": "custom",
        "base_url": bank.base_url,
        "client_id": bank.client_id,
        "client_secret_file": str(bank.client_secret_file),
        "certificate": str(bank.certificate),
        "key": str(bank.key),
        "ca": str(bank.ca),
        "public_roots": False,
        "pix_key": bank.pix_key,
    }


def _section(settings: dict[str, TomlValue], dotted: str) -> dict[str, TomlValue]:
    table = settings
    for name in dotted.split("."):
        inner = table.setdefault(name, {})
        if not isinstance(inner, dict):
            raise TypeError(f"{dotted} is no table of the example configuration")
        table = inner
    return table


def _lines(table: Mapping[str, TomlValue], dotted: str) -> list[str]:
    plain = [f"{key} = {_plain(value)}" for key, value in table.items() if not isinstance(value, dict)]
    lines = [f"[{dotted}]", *plain, ""] if dotted and plain else plain
    for key, value in table.items():
        if isinstance(value, dict):
            lines += _lines(value, f"{dotted}.{key}" if dotted else key)
    return lines


def _plain(value: TomlValue) -> str:
    """TOML's strings, numbers, booleans and lists of them are written as JSON writes them."""
    return json.dumps(value, ensure_ascii=False)
