"""`totem secrets` and `totem csr`, from the parsed line to the function that does it."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from totem.bootstrap import csr, secrets_commands, store_use
from totem.bootstrap.secrets_commands import run_safely


def run(chosen: argparse.Namespace, config: Path) -> int:
    """The exit code. Raises ConfigError where the configuration itself is refused, and ImportRefused."""
    return run_safely(lambda: _run(chosen, config))


def _run(chosen: argparse.Namespace, config: Path) -> int:
    match chosen.command:
        case "secrets init":
            return secrets_commands.init(config)
        case "secrets set":
            return secrets_commands.set_value(config, chosen.name)
        case "secrets list":
            return secrets_commands.list_names(config)
        case "secrets remove":
            return secrets_commands.remove(config, chosen.name)
        case "secrets import":
            # Inter hands out no chain with its certificates; Sicredi's guide does, and its front door wants it.
            needs_chain = chosen.bank == "sicredi" and not chosen.no_chain
            return secrets_commands.import_files(
                config, tuple(chosen.files), chosen.bank, datetime.now(UTC), needs_chain=needs_chain
            )
        case "secrets use":
            return store_use.run(config, chosen.bank)
        case _:
            return csr.run(config, _csr_options(chosen))


def _csr_options(chosen: argparse.Namespace) -> csr.CsrOptions:
    return csr.CsrOptions(
        bank=chosen.bank,
        common_name=chosen.cn,
        out=chosen.out,
        key_out=chosen.key_out,
        bits=chosen.bits,
        new_key=chosen.new_key,
    )
