"""Which addresses a page may reach: none of the shop's own network, and not this machine."""

from __future__ import annotations

import ipaddress
from typing import Final

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

HTTPS_PORT: Final = 443


def literal(host: str) -> Address | None:
    """The address that a URL's host is written as; None for a name.

    Chromium has brought odd spellings (0x7f.1, 2130706433) into this form before any request is seen.
    """
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def is_public(address: Address) -> bool:
    """Whether it lies in the internet at large: not private, loopback, link-local, multicast, reserved, or one of
    these in the clothes of an IPv6 address."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is not None and not is_public(inner):
            return False
    return address.is_global and not address.is_multicast


def is_here(host: str) -> bool:
    """This machine, by address or by a name that never leaves it (RFC 6761)."""
    address = literal(host)
    if address is not None:
        return address.is_loopback
    name = host.rstrip(".").lower()
    return name == "localhost" or name.endswith(".localhost")
