"""Totem: a self-service kiosk that sells, takes Pix and cards, and prints the ticket."""

from __future__ import annotations

__version__ = "0.1.0"
