"""What the configuration wants of the embedded page: whether there is one, what it may trust, and what it needs."""

from __future__ import annotations

import importlib.util
import ipaddress
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from totem.bootstrap.tuning import is_loopback
from totem.config.loader import Configuration
from totem.domain.errors import ConfigError
from totem.ui.web.settings import Trust, WebSettings

if TYPE_CHECKING:
    from cryptography import x509

EXTRA: Final = "totem[vinti4]"
_MODULE: Final = "PySide6.QtWebEngineQuick"
_NO_SANDBOX: Final = "QTWEBENGINE_DISABLE_SANDBOX"


def shows_pages(configuration: Configuration) -> bool:
    return "vinti4" in configuration.settings.cards.terminals


def check_pages(configuration: Configuration) -> None:
    """Before anything is opened. Raises ConfigError, with the one thing that lacks for the embedded page."""
    if shows_pages(configuration):
        lacks = lacking(os.environ, simulators=web_settings(configuration).simulators)
        if lacks:
            raise ConfigError((f"[cards] terminals: {lacks}",))


def lacking(environment: Mapping[str, str], *, simulators: bool) -> str:
    """What a kiosk lacks to show pages, as a sentence; "" for nothing."""
    if not _is_installed():
        return f'vinti4 mostra a página da SISP pelo WebEngine, do extra {EXTRA}: instale com pip install "{EXTRA}"'
    without_sandbox = bool(environment.get(_NO_SANDBOX))
    if without_sandbox and not simulators:
        return f"vinti4 com dinheiro de verdade não abre páginas sem isolamento: tire a variável {_NO_SANDBOX}"
    if _is_root() and not without_sandbox:
        return "vinti4 abre páginas, e o WebEngine não as isola para o root: use um usuário comum"
    return ""


def web_settings(configuration: Configuration) -> WebSettings:
    """For a configuration that shows pages."""
    section = configuration.settings.cards.vinti4
    if section is None or not is_loopback(section.page):
        return WebSettings()
    return WebSettings(simulators=True, trusts=None if section.ca is None else trust_in(section.ca))


def trust_in(authorities: Path) -> Trust:
    """Judges a simulator's chain: signed by one of that file's authorities, for that host, and valid today."""

    def trusts(host: str, chain: Sequence[bytes]) -> bool:
        from cryptography import x509  # noqa: PLC0415 - no first screen waits for it
        from cryptography.x509.verification import PolicyBuilder, Store, VerificationError  # noqa: PLC0415

        if not is_loopback(f"https://{_in_url(host)}/") or not chain:
            return False
        try:
            roots = x509.load_pem_x509_certificates(authorities.read_bytes())
            first, *others = [x509.load_der_x509_certificate(each) for each in chain]
            verifier = PolicyBuilder().store(Store(roots)).build_server_verifier(_subject(host))
            verifier.verify(first, others)
        except (OSError, ValueError, VerificationError):
            return False
        return True

    return trusts


def _subject(host: str) -> x509.DNSName | x509.IPAddress:
    from cryptography import x509  # noqa: PLC0415 - as above

    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _is_installed() -> bool:
    """Looked for, not loaded: the first screen waits for this."""
    try:
        return importlib.util.find_spec(_MODULE) is not None
    except ImportError:
        return False


def _is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0
