"""Troubles named once: an attention for a subject that has none open of that trouble, by an id that is still free."""

from __future__ import annotations

from typing import Final

from totem.domain.errors import Trouble
from totem.domain.machine import AttentionState
from totem.domain.ports import Clock, Journal
from totem.domain.records import JsonValue, Record, Subject
from totem.services import steps
from totem.services.ids import attention_id_of

_MOST: Final = 100
"""Of one subject and trouble, settled one after another."""


async def named(
    journal: Journal, clock: Clock, subject: Subject, trouble: Trouble, **data: JsonValue
) -> tuple[Record, ...]:
    """The record that opens the attention; none where one of that subject and trouble is open already.

    One that was settled stays so: what happens again gets a name of its own (rule 10).
    """
    key = subject.id
    for number in range(2, _MOST):
        found = await journal.get(attention_id_of(key, trouble.value))
        if found is None:
            return (steps.attention_opened(subject, trouble, clock.now(), key, **data),)
        if found.state == AttentionState.OPEN:
            return ()
        key = f"{subject.id}/{number}"
    return ()
