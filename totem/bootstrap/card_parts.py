"""What card scenarios are made of: the way to the terminal, and ways in which a card sale can end."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from totem.bootstrap.acts import Act, Choose, Look, Touch, Wait, World
from totem.bootstrap.checker import ExpectedEnd, Returned
from totem.bootstrap.script_parts import TICKET_IS_OUT_S

_INSTALLMENTS: Final = 2

BEGIN_CREDIT: Final[tuple[Act, ...]] = (
    Choose(),
    Touch("key.method.credit"),
    Wait(("installments",)),
    Look(),
    Touch(f"key.plan.{_INSTALLMENTS}"),
)
BEGIN_DEBIT: Final[tuple[Act, ...]] = (Choose(), Touch("key.method.debit"))
AT_TERMINAL: Final[tuple[Act, ...]] = (Wait(("card",)), Look(still_s=0))
AGAIN: Final[tuple[Act, ...]] = (Wait(("again",)), Look())
GIVES_UP: Final[tuple[Act, ...]] = (
    Touch("key.giveup"),
    Wait(("method",)),
    Touch("key.back"),
    Wait(("services",)),
    Touch("key.back"),
    Wait(("attract",)),
)
TO_THE_END: Final[tuple[Act, ...]] = (
    Wait(("printing", "thanks")),
    Look(still_s=0),
    Wait(("thanks",)),
    Look(still_s=TICKET_IS_OUT_S),
)

WITHOUT_MONEY: Final = ExpectedEnd("again", sale=frozenset({"abandoned"}), is_paid=False)


def without_money(attempt: str, earlier: frozenset[str] = frozenset(), **more: object) -> ExpectedEnd:
    return replace(WITHOUT_MONEY, attempt=frozenset({attempt}), earlier=earlier, **more)  # type: ignore[arg-type]


def undone(trouble: str, *, settled: frozenset[str] | None = None, **more: object) -> ExpectedEnd:
    """Approved there, undone by the journal's decision: no ticket, no money."""
    end = ExpectedEnd(
        "trouble",
        trouble=trouble,
        sale=frozenset({"compensated"}),
        attempt=frozenset({"approved"}),
        settled=frozenset({trouble}) if settled is None else settled,
        returned=Returned.ALL,
    )
    return replace(end, **more)  # type: ignore[arg-type]


UNPLUG: Final = World("printer.unplug", {"unplugged": True})
PLUG: Final = World("printer.unplug", {"unplugged": False})
