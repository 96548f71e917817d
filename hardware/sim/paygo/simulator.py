"""PayGo with its two doors, ready to be started, scripted and looked into."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hardware.sim.card_ledger import CardLedger, CardTransaction, TransactionState
from hardware.sim.paygo import answers
from hardware.sim.paygo.acquirer import Acquirer, Order
from hardware.sim.paygo.exchange import AdminAct, Exchanges
from hardware.sim.paygo.faults import Fault, FaultName
from hardware.sim.paygo.folder import FolderDoor, FolderReply
from hardware.sim.paygo.message import Message, encode
from hardware.sim.paygo.rules import Violation, ViolationKind
from hardware.sim.paygo.settings import PaygoSettings
from hardware.sim.paygo.socket_door import SocketDoor, SocketReply
from hardware.sim.pinpad import Pinpad, Sleep

_ORPHAN_CENTS = 4_200


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SimulatedPaygo:
    """Start it, speak to its `folder` or its `port`, and act as the world does by plain calls in its loop.

    The ledger at `ledger_path` (None: in memory only) outlives it: another one started on the same file goes on.
    """

    def __init__(
        self,
        settings: PaygoSettings,
        ledger_path: Path | None = None,
        *,
        now: Callable[[], datetime] = _utc_now,
        rng: random.Random | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.settings = settings
        chance = rng or random.Random(1)
        self.ledger = CardLedger(ledger_path, self._on_change)
        self.pinpad = Pinpad(
            sleep,
            self._on_change,
            auto=settings.auto,
            auto_delay_s=settings.auto_delay_s,
            timeout_s=settings.card_timeout_s,
        )
        self._acquirer = Acquirer(settings, self.ledger, now, chance)
        self._exchanges = Exchanges(settings, self._acquirer, self.pinpad, chance, sleep)
        self._exchanges.on_power_cut = self.power_cut
        self._exchanges.on_change = self._on_change
        self._folder = (
            FolderDoor(settings.folder, settings.poll_s, sleep, self._from_folder, self._exchanges.leaves)
            if settings.folder is not None
            else None
        )
        self._socket = (
            SocketDoor(settings.host, settings.port, sleep, self._from_socket, self._on_flood, self._on_change)
            if settings.port is not None
            else None
        )
        self._tasks: set[asyncio.Task[None]] = set()
        self._change = asyncio.Event()
        self.is_down = True

    # --- its life -----------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Raises OSError where the port is taken."""
        for door in (self._folder, self._socket):
            if door is not None:
                await door.open()
        self.is_down = False

    async def close(self) -> None:
        for door in (self._folder, self._socket):
            if door is not None:
                await door.close()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.is_down = True
        self._on_change()

    @property
    def port(self) -> int:
        """Raises RuntimeError where it has no socket door."""
        if self._socket is None:
            raise RuntimeError("this PayGo listens on no socket")
        return self._socket.port

    @property
    def folder(self) -> Path:
        """With Req and Resp in it. Raises RuntimeError where it has no folder door."""
        if self._folder is None:
            raise RuntimeError("this PayGo has no exchange folder")
        return self._folder.folder

    # --- the world's acts ---------------------------------------------------------------------------------------

    def script(self, fault: Fault | FaultName | str) -> None:
        """One more thing to go wrong; a bare name means once. See `FaultName`."""
        wanted = fault if isinstance(fault, Fault) else Fault(FaultName(fault))
        if wanted.name is FaultName.PLANTED_ORPHAN:
            self._run(self.plant_orphan(int(wanted.value or _ORPHAN_CENTS)))
            return
        self._exchanges.plan.add(wanted)

    def clear_faults(self) -> None:
        self._exchanges.plan.clear()

    def fault_is_armed(self, name: FaultName) -> bool:
        """Whether one of that name is still to come."""
        return self._exchanges.plan.armed(name)

    def next_admin(self, act: AdminAct) -> None:
        """What the technician does in PayGo's menu at the next ADM that has none yet."""
        self._exchanges.admin_acts.append(act)

    def power_cut(self) -> None:
        """Off and on again: what was under way is forgotten, connections are reset. The acquirer forgets nothing."""
        mine = asyncio.current_task()
        for task in tuple(self._tasks):
            if task is not mine:
                task.cancel()
        if self._socket is not None:
            self._socket.drop()
        self._on_change()

    async def set_down(self, down: bool) -> None:
        """The program is not running: requests stay in the folder, and the port refuses connections."""
        if down != self.is_down:
            await (self.close() if down else self.start())

    async def plant_orphan(self, amount_cents: int = _ORPHAN_CENTS) -> CardTransaction:
        """An approved sale that no kiosk asked for, pending, its answer in Resp where there is a folder."""
        foreign = self._acquirer.plant_foreign(amount_cents)
        if self._folder is not None:
            request = Message((("000-000", "CRT"), ("001-000", foreign.request), ("706-000", "28")))
            told = self._acquirer.told(foreign)
            fields = answers.approval(request, foreign.request, self.settings, told, confirm="2")
            await FolderReply(self._folder.folder, asyncio.sleep).answer(encode(fields))
        self._on_change()
        return foreign

    def plant_pending(self, request: str, amount_cents: int) -> CardTransaction:
        """An approval of that number (001) whose answer nobody got."""
        return self._acquirer.approve(Order(request, amount_cents, "credit", 1))

    def settle_by_hand(self, control: str, state: TransactionState) -> CardTransaction:
        """A pending transaction is confirmed or undone at the acquirer itself. Raises KeyError or ValueError."""
        found = self.ledger.get(control)
        if found is None:
            raise KeyError(control)
        if found.state is not TransactionState.PENDING:
            raise ValueError(f"not pending: {control}")
        return self._acquirer.end(found, state, "hand")

    # --- what it shows ------------------------------------------------------------------------------------------

    def transactions(self) -> tuple[CardTransaction, ...]:
        """The acquirer's ledger, oldest first, denied ones included."""
        return tuple(self.ledger)

    @property
    def violations(self) -> tuple[Violation, ...]:
        """All that a client did and should not have done, since the start."""
        return tuple(self._exchanges.violations)

    @property
    def requests(self) -> tuple[bytes, ...]:
        """Every request that was taken, as it came."""
        return tuple(self._exchanges.requests)

    @property
    def is_idle(self) -> bool:
        """No client is connected, no request waits in the folder, and nothing is under way."""
        waiting = self._folder is not None and self._folder.has_request
        return not self._tasks and not waiting and not (self._socket is not None and self._socket.connections)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Returns once `holds()` is true; looks again at every change."""
        while not holds():
            self._change.clear()
            await self._change.wait()

    # --- inside -------------------------------------------------------------------------------------------------

    def _from_folder(self, raw: bytes, reply: FolderReply, leftover: bool) -> None:
        if leftover:
            self._exchanges.violations.append(Violation(ViolationKind.LEFTOVER, "", "", reply.door))
        self._run(self._exchanges.handle(raw, reply))

    def _from_socket(self, raw: bytes, reply: SocketReply) -> None:
        self._run(self._exchanges.handle(raw, reply))

    def _on_flood(self) -> None:
        self._exchanges.violations.append(Violation(ViolationKind.FLOOD, "", "", "socket"))
        self._on_change()

    def _run(self, work: Coroutine[Any, Any, Any]) -> None:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._on_change()
        if not task.cancelled() and (error := task.exception()) is not None:
            # A bug of the simulator's own: the loop's handler tells it.
            asyncio.get_running_loop().call_exception_handler({"message": "PayGo failed", "exception": error})

    def _on_change(self) -> None:
        self._change.set()
