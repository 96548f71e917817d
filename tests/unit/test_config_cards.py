"""`[cards]`: what only makes sense together."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.kiosk_files import write_kiosk
from totem.config.loader import load
from totem.domain.errors import ConfigError

GOPAG = """
[cards.gopag]
environment = "stage"
marketplace = "m"
seller = "s"
terminal = "t"
token_store = "gopag.token"
material_store = "gopag"
void = {void}
"""


def written(folder: Path, void: str) -> Path:
    path = write_kiosk(folder)
    text = path.read_text(encoding="utf-8")
    text = text.replace("\nterminals = []", '\nterminals = ["gopag"]\ntwo_cards = true')
    path.write_text(text + GOPAG.format(void=void), encoding="utf-8")
    return path


def test_two_cards_are_refused_where_the_first_could_not_go_back(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, "false"))
    (fault,) = caught.value.faults
    assert "cards.two_cards: " in fault
    assert "void = true" in fault


def test_two_cards_are_taken_where_it_can(tmp_path: Path) -> None:
    assert load(written(tmp_path, "true")).settings.cards.two_cards
