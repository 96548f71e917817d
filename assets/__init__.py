"""Fonts, icons, sounds, images, texts and example settings, read as package data."""

from __future__ import annotations

from pathlib import Path


def path(name: str = "") -> Path:
    """Where an asset lies on disk (`"i18n"`, `"fonts/OFL.txt"`); the folder of all assets for no name."""
    return Path(__file__).resolve().parent / name
