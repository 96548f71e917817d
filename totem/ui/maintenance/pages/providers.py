"""Banks and gateways: whether they let us in, how long their certificate lasts, and a smallest real charge."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from totem.services.banks import Health
from totem.services.maintenance.views import Probe, ProbeStage, ProviderView
from totem.ui.maintenance.asking import Ask
from totem.ui.maintenance.blocks import Block, Fact, Line, Press, Tone
from totem.ui.maintenance.pages.page import Plain
from totem.ui.maintenance.say import Say

SOON_DAYS: Final = 30
"""A bank takes days or weeks to give a new certificate."""

_ENDS: Final = {
    ProbeStage.REMOVED: Tone.GOOD,
    ProbeStage.REFUNDED: Tone.GOOD,
    ProbeStage.FAILED: Tone.BAD,
    ProbeStage.LEFT: Tone.WARN,
}
_STEPS: Final = (ProbeStage.MAKING, ProbeStage.MADE, ProbeStage.REMOVING, ProbeStage.REMOVED)


class ProvidersPage(Plain):
    name = "providers"
    seen: tuple[ProviderView, ...] | None = None
    probe_of: str = ""
    steps: tuple[Probe, ...] = ()
    _probing: asyncio.Task[Any] | None = None

    async def load(self) -> None:
        self.seen = await self._room.control.providers.look()

    def blocks(self, say: Say) -> tuple[Block, ...]:
        if self.seen is None:
            return (Block(text=say("tech.provider.asking"), busy=True),)
        probing = bool(self.steps) and not self.steps[-1].is_over
        shown = [_provider(each, say, probing=probing) for each in self.seen]
        if self.probe_of:
            shown.insert(0, _probe(self.probe_of, self.steps, say))
        return tuple(shown)

    def press(self, act: str, argument: str) -> None:
        if act == "again":
            self.seen = None
            self._room.run(self._look())
        elif act == "probe":
            self._ask_probe(argument)
        elif act == "sale":
            self._room.open("sale", argument)

    def leave(self) -> None:
        if self._probing is not None:
            self._probing.cancel()

    async def _look(self) -> None:
        await self.load()
        self._room.changed()

    def _ask_probe(self, provider: str) -> None:
        say = self._room.say

        async def work(answer: str, pin: str) -> None:
            del answer, pin
            self.probe_of, self.steps = provider, ()
            self._probing = self._room.run(self._follow(provider))

        self._room.ask(
            Ask(
                say("tech.probe.ask", provider=say.provider(provider)),
                work,
                say("tech.probe.text"),
                answers=(Press("go", say("tech.probe.go"), "pix", "main"),),
            )
        )

    async def _follow(self, provider: str) -> None:
        async for probe in self._room.control.providers.probe(provider):
            self.steps = (*self.steps, probe)
            self._room.changed()


def certificate_tone(days: int | None) -> Tone:
    if days is None:
        return Tone.NONE
    return Tone.BAD if days <= 0 else Tone.WARN if days <= SOON_DAYS else Tone.GOOD


def _provider(view: ProviderView, say: Say, *, probing: bool) -> Block:
    days, until = view.certificate_days, view.certificate_until
    facts = [Fact(say("tech.provider.token"), say(f"tech.provider.{_admitted(view)}"))]
    if days is not None and until is not None:
        left = say("tech.provider.over") if days <= 0 else say.count("tech.provider.days", days)
        facts.append(Fact(say("tech.provider.certificate"), f"{left} ({say.day(until)})", certificate_tone(days)))
    facts.append(Fact(say("tech.provider.sales"), say(f"tech.provider.{view.health.value}")))
    if view.since is not None:
        facts.append(Fact(say("tech.provider.since"), say.moment(view.since)))
    keys = [Press(f"again:{view.name}", say("tech.provider.again"), "again")]
    if view.can_probe:
        keys.append(Press(f"probe:{view.name}", say("tech.probe.go"), "pix", enabled=not probing))
    tone = _tone(view)
    return Block(
        title=say.provider(view.name),
        tone=tone,
        state=say(f"tech.provider.state_{tone.value}"),
        text=say.trouble(view.trouble, "technician") if view.trouble else "",
        remedy=_remedy(view, say),
        code=say("tech.code", code=view.trouble.value) if view.trouble else "",
        facts=tuple(facts),
        keys=tuple(keys),
    )


def _admitted(view: ProviderView) -> str:
    return {True: "admitted", False: "refused", None: "not_asked"}[view.admitted]


def _tone(view: ProviderView) -> Tone:
    certificate = certificate_tone(view.certificate_days)
    if view.admitted is False or view.health is Health.OPEN or certificate is Tone.BAD:
        return Tone.BAD
    doubt = view.admitted is None or view.trouble or view.health is Health.HALF_OPEN or certificate is Tone.WARN
    return Tone.WARN if doubt else Tone.GOOD


def _remedy(view: ProviderView, say: Say) -> str:
    """Every one that is due: a bank may refuse us and its certificate be about to end."""
    told = []
    if view.admitted is False:
        told.append(say("tech.provider.remedy_refused"))
    elif view.admitted is None or view.health is not Health.CLOSED:
        told.append(say("tech.provider.remedy_silent"))
    if certificate_tone(view.certificate_days) in (Tone.WARN, Tone.BAD):
        told.append(say("tech.provider.remedy_certificate"))
    return " ".join(told)


def _probe(provider: str, steps: tuple[Probe, ...], say: Say) -> Block:
    last = steps[-1] if steps else None
    over = last is not None and last.is_over
    reached = max((_STEPS.index(each.stage) + 1 for each in steps if each.stage in _STEPS), default=0)
    trouble = last.trouble if last is not None else None
    sale = next((each.sale_id for each in reversed(steps) if each.sale_id), "")
    txid = next((each.txid for each in reversed(steps) if each.txid), "")
    return Block(
        title=say("tech.probe.title", provider=say.provider(provider)),
        icon="pix",
        tone=_ENDS.get(last.stage, Tone.NONE) if last is not None else Tone.NONE,
        state=say(f"tech.probe.{last.stage.value}") if last is not None else say("tech.probe.making"),
        text=say(f"tech.probe.{last.stage.value}_text") if last is not None and over else say("tech.probe.goes_on"),
        code=say("tech.code", code=trouble.value) if trouble else "",
        busy=not over,
        progress=1.0 if over else reached / len(_STEPS),
        facts=(
            *((Fact(say("tech.sale.amount"), say.money(last.amount)),) if last is not None else ()),
            *((Fact("txid", txid),) if txid else ()),
        ),
        lines=tuple(Line("", say(f"tech.probe.{each.stage.value}")) for each in steps),
        keys=(Press(f"sale:{sale}", say("tech.probe.story"), "list"),) if over and sale else (),
        wide=True,
    )
