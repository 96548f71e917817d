"""The configuration seen, tried and changed by a technician; what a file means is the shelf's to know."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from totem.services.maintenance.control import MaintenanceRefused, Reason
from totem.services.maintenance.views import ConfigVerdict, ConfigView
from totem.services.maintenance.visit import Visit


class ConfigurationShelf(Protocol):
    """The configuration in use, the last good one, and what a new one would change. Works off the event loop.

    Raises OSError where a file cannot be read or written.
    """

    async def view(self) -> ConfigView: ...

    async def candidates(self) -> tuple[Path, ...]: ...

    async def check(self, path: Path) -> ConfigVerdict: ...

    async def put(self, path: Path) -> None:
        """Copy that file, and the catalogue beside it if it brings one, over those in use, which are kept."""
        ...

    async def last_good(self) -> Path | None:
        """Where the last one with which the kiosk sold is kept; None where there is none."""
        ...


class SettingsDesk:
    """Implements `totem.services.maintenance.control.ConfigurationDesk`."""

    def __init__(self, visit: Visit, shelf: ConfigurationShelf) -> None:
        self._visit = visit
        self._shelf = shelf

    async def view(self) -> ConfigView:
        self._visit.check()
        return await self._shelf.view()

    async def candidates(self) -> tuple[Path, ...]:
        self._visit.check()
        return await self._shelf.candidates()

    async def check(self, path: Path) -> ConfigVerdict:
        self._visit.check()
        return await self._shelf.check(path)

    async def adopt(self, path: Path) -> ConfigVerdict:
        self._visit.check()
        if path not in await self._shelf.candidates():
            raise MaintenanceRefused(Reason.NOT_FOUND, f"{path} não está entre os arquivos encontrados")
        return await self._put(path, "configuration_adopt")

    async def go_back(self) -> ConfigVerdict:
        self._visit.check()
        kept = await self._shelf.last_good()
        if kept is None:
            raise MaintenanceRefused(Reason.NOT_FOUND, "ainda não há uma configuração guardada")
        return await self._put(kept, "configuration_back")

    async def _put(self, path: Path, act: str) -> ConfigVerdict:
        verdict = await self._shelf.check(path)
        if not verdict.is_good:
            raise MaintenanceRefused(Reason.BAD_CONFIGURATION, "; ".join(verdict.faults))
        await self._visit.begin(act, file=str(path), changed=list(verdict.changed))
        try:
            await self._shelf.put(path)
        except OSError as error:
            raise MaintenanceRefused(Reason.CANNOT, f"{error.filename}: {error.strerror}") from error
        return verdict
