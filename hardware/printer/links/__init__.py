"""Wires to a printer. Blocking, but never longer than they are told: they are used from a worker thread only."""

from hardware.printer.links.network import NetworkLink
from hardware.printer.links.protocol import LastingLink, Link, LinkLost

__all__ = ["LastingLink", "Link", "LinkLost", "NetworkLink"]
