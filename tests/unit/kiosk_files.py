"""The shipped example configuration, with what its owner must add."""

from __future__ import annotations

import shutil
from pathlib import Path

from pydantic import BaseModel

import assets
from totem.config.section import Section

EXAMPLES = assets.path("config")


def write_kiosk(folder: Path) -> Path:
    """`totem.toml` in that folder, with catalogue, certificates, keys, secrets and pictures; they hold nothing real."""
    for name in ("totem.toml", "catalogue.toml"):
        shutil.copy(EXAMPLES / name, folder / name)
    secrets = folder / "segredos"
    secrets.mkdir()
    for name in ("sicredi.secret", "sicredi.cer", "sicredi.key", "sicredi-cadeia.cer"):
        (secrets / name).touch(mode=0o600)
        (secrets / name).write_text("conteúdo\n", encoding="utf-8")
    for block in (folder / "catalogue.toml").read_text(encoding="utf-8").split('picture = "')[1:]:
        (folder / block.split('"')[0]).touch()
    return folder / "totem.toml"


def keys_of(model: type[BaseModel], prefix: str = "") -> set[str]:
    """Every section and key, as the example writes them."""
    found: set[str] = set()
    for name, field in model.model_fields.items():
        sections = [
            part for part in (field.annotation, *getattr(field.annotation, "__args__", ())) if _is_section(part)
        ]
        found |= keys_of(sections[0], f"{prefix}{name}.") if sections else {f"{prefix}{name}"}
    return found


def _is_section(part: object) -> bool:
    return isinstance(part, type) and issubclass(part, Section)
