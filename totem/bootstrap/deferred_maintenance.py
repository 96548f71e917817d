"""Maintenance as the first screen has it, before journal and devices are there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from totem.services.maintenance.control import (
        ClosingDesk,
        ConfigurationDesk,
        JournalDesk,
        Listener,
        MachineDesk,
        MaintenanceControl,
        PrinterDesk,
        ProviderDesk,
        SaleDesk,
        TerminalDesk,
    )
    from totem.services.maintenance.views import MaintenanceState, Overview, PinAnswer

# The contract is imported where it is used: no first screen waits for all that a technician may see.
# ruff: noqa: PLC0415


class DeferredMaintenance:
    """Implements `MaintenanceControl`: locked until `attach`, and the real one from then on.

    A kiosk that cannot open its journal has no maintenance on the screen: the shell tells why it does not start.
    """

    def __init__(self) -> None:
        self._real: MaintenanceControl | None = None
        self._listeners: dict[object, Listener] = {}
        self._leave: dict[object, Callable[[], None]] = {}

    def attach(self, real: MaintenanceControl) -> None:
        """Called once, on the loop's thread. Its state is published at once."""
        self._real = real
        for key, listener in self._listeners.items():
            self._leave[key] = real.subscribe(listener)
            listener(real.state)
        self._listeners.clear()

    @property
    def state(self) -> MaintenanceState:
        from totem.services.maintenance.views import MaintenanceState

        return MaintenanceState() if self._real is None else self._real.state

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        if self._real is not None:
            return self._real.subscribe(listener)
        key = object()
        self._listeners[key] = listener
        return lambda: self._unsubscribe(key)

    def _unsubscribe(self, key: object) -> None:
        self._listeners.pop(key, None)
        leave = self._leave.pop(key, None)
        if leave is not None:
            leave()

    @property
    def has_pin(self) -> bool:
        return self._real is not None and self._real.has_pin

    async def unlock(self, pin: str) -> PinAnswer:
        if self._real is None:
            from totem.services.maintenance.views import Entry, PinAnswer

            return PinAnswer(Entry.NOT_COUNTED)
        return await self._real.unlock(pin)

    async def lock(self) -> None:
        if self._real is not None:
            await self._real.lock()

    def touched(self) -> None:
        if self._real is not None:
            self._real.touched()

    async def overview(self, language: str = "pt") -> Overview:
        return await self._there.overview(language)

    @property
    def _there(self) -> MaintenanceControl:
        if self._real is None:
            from totem.services.maintenance.control import MaintenanceRefused, Reason

            raise MaintenanceRefused(Reason.LOCKED)
        return self._real

    @property
    def printers(self) -> PrinterDesk:
        return self._there.printers

    @property
    def terminals(self) -> TerminalDesk:
        return self._there.terminals

    @property
    def providers(self) -> ProviderDesk:
        return self._there.providers

    @property
    def sales(self) -> SaleDesk:
        return self._there.sales

    @property
    def closing(self) -> ClosingDesk:
        return self._there.closing

    @property
    def configuration(self) -> ConfigurationDesk:
        return self._there.configuration

    @property
    def journal(self) -> JournalDesk:
        return self._there.journal

    @property
    def machine(self) -> MachineDesk:
        return self._there.machine
