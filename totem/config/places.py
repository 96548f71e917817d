"""Where `totem.toml` is looked for when the command line does not say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import platformdirs

VARIABLE: Final = "TOTEM_CONFIG"
FILE_NAME: Final = "totem.toml"


def usual_places() -> tuple[Path, ...]:
    """The user's own folder first, then the machine's (`/etc/xdg/totem`, `C:/ProgramData/totem`)."""
    user = platformdirs.user_config_path("totem", appauthor=False)
    machine = platformdirs.site_config_path("totem", appauthor=False)
    return (user / FILE_NAME, machine / FILE_NAME)


def find(named: Path | None, environment: Mapping[str, str]) -> Path:
    """The file named, else that of `TOTEM_CONFIG`, else the first usual one that exists, else the user's own."""
    if named is not None:
        return named
    if environment.get(VARIABLE):
        return Path(environment[VARIABLE])
    places = usual_places()
    return next((place for place in places if place.is_file()), places[0])
