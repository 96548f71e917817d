"""One order of the shell from its PIN to its answer: for the socket, and for a shell that holds the lock itself."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Final

from totem.bootstrap.control.acts import ACTS, Act
from totem.bootstrap.control.wire import BadLineError, Reply, Request, done, refused
from totem.config.pin import PinRefused
from totem.domain.errors import TotemError, Trouble
from totem.domain.texts import Texts
from totem.services.maintenance.control import MaintenanceRefused
from totem.services.maintenance.office import Desks, Tools
from totem.services.maintenance.pin import PinLock
from totem.services.maintenance.views import Entry, PinAnswer
from totem.services.maintenance.visit import ShellVisit, new_session

log = logging.getLogger(__name__)

SHELL: Final = "shell"
HELLO: Final = "hello"
"""Needs no PIN: whether there is one."""
SET_PIN: Final = "pin"
CHECK_PIN: Final = "check"


class ControlOffice:
    """Every order but HELLO asks the PIN. Never raises: whatever happens is the answer."""

    def __init__(
        self, lock: PinLock, tools: Tools | None, load_texts: Callable[[], Texts], acts: Mapping[str, Act] = ACTS
    ) -> None:
        """`tools` None: only the PIN itself may be set."""
        self._lock = lock
        self._tools = tools
        self._load_texts = load_texts
        self._acts = acts

    async def serve(self, request: Request) -> Reply:
        try:
            return await self._serve(request)
        except MaintenanceRefused as error:
            return refused(error.trouble, self._told(error))
        except PinRefused as error:
            return refused(error.trouble, str(error))
        except BadLineError as error:
            return refused(Trouble.NOT_DONE, f"pedido que não se entende: {error}")
        except TotemError as error:
            log.warning("control: %s was not done: code=%s %s", request.act, error.code, error)
            return refused(error.trouble, f"{self._technician(error)} ({error})")
        except Exception:
            log.exception("control: %s failed", request.act)
            return refused(Trouble.INTERNAL, "erro interno; veja o registro técnico")

    async def _serve(self, request: Request) -> Reply:
        if request.act == HELLO:
            return done(has_pin=await self._lock.must_be_asked())
        if request.act == SET_PIN:
            return await self._set_pin(request)
        if request.act == CHECK_PIN:
            answer = await self._lock.check(request.pin, SHELL)
            return done() if answer.is_right else refused(Trouble.PIN_REFUSED, pin_sentence(answer))
        act = self._acts.get(request.act)
        if act is None or self._tools is None:
            return refused(Trouble.NOT_DONE, f"este totem não conhece a ordem {request.act[:40]}")
        answer = await self._lock.check(request.pin, SHELL)
        if not answer.is_right:
            return refused(Trouble.PIN_REFUSED, pin_sentence(answer))
        session = new_session(self._tools.clock, self._tools.random)
        log.info("control: %s session=%s", request.act, session)
        desks = Desks(ShellVisit(self._tools.journal, session), self._tools)
        return Reply(ok=True, result=await act(desks, request))

    async def _set_pin(self, request: Request) -> Reply:
        """The one before is asked wherever the journal knows one."""
        if await self._lock.must_be_asked():
            answer = await self._lock.check(request.pin, SHELL)
            if not answer.is_right:
                return refused(Trouble.PIN_REFUSED, pin_sentence(answer))
        await self._lock.set(request.text("new"), SHELL)
        return done()

    def _told(self, error: MaintenanceRefused) -> str:
        if error.pin is not None:
            return pin_sentence(error.pin)
        told = str(error)
        return told if told != error.reason.value else self._load_texts().get("pt", f"maintenance.refused.{told}")

    def _technician(self, error: TotemError) -> str:
        return self._load_texts().get("pt", f"error.{error.code}.technician")


def pin_sentence(answer: PinAnswer) -> str:
    """For the shell, in Portuguese."""
    match answer.entry:
        case Entry.OK:
            return "PIN aceito"
        case Entry.WRONG:
            return f"PIN errado: espere {_time(answer.wait_s)}" if answer.wait_s else "PIN errado"
        case Entry.LOCKED:
            return f"PIN bloqueado por mais {_time(answer.wait_s)}"
        case Entry.NO_PIN:
            return "ainda não há PIN: defina um com totem pin"
        case _:
            return "a tentativa não pôde ser contada, e por isso não valeu: veja disco e diário com totem doctor"


def _time(seconds: int) -> str:
    return f"{seconds} segundos" if seconds < 120 else f"{-(-seconds // 60)} minutos"
