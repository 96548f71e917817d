"""A thousand tickets on the real driver, at least a third of them struck in mid-job: paper and journal must agree.

A failing run prints its seeds: `TOTEM_TICKET_SEED=N pytest tests/faults/test_thousand_tickets.py` throws the same dice
again. Threads and sockets are real, so that a second run is alike, not equal.
"""

from __future__ import annotations

import asyncio
import os
import random
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.faults.ticket_shop import TicketShop
from tests.faults.ticket_storm import BLOWS, Storm
from totem.bootstrap.evidence import Evidence
from totem.bootstrap.findings import Fault, Finding
from totem.bootstrap.goods import goods, is_second_copy

SHOPS = 20
TICKETS = 1000
SEED = int(os.environ.get("TOTEM_TICKET_SEED") or secrets.randbelow(1_000_000))


@asynccontextmanager
async def storms(folder: Path, seed: int) -> AsyncIterator[list[Storm]]:
    encoders = TicketShop.encoders()
    shops = []
    for number in range(SHOPS):
        (folder / str(number)).mkdir()
        shops.append(TicketShop(folder / str(number), encoders, random.Random(seed * SHOPS + number)))
    try:
        for shop in shops:
            await shop.start_printers()
        yield [Storm(shop, TICKETS // SHOPS, random.Random(seed + n)) for n, shop in enumerate(shops)]
    finally:
        for shop in shops:
            await shop.stop_printers()


async def test_a_thousand_tickets_each_once_or_marked_or_named(tmp_path: Path) -> None:
    print(f"TOTEM_TICKET_SEED={SEED}")  # noqa: T201 - whoever repeats the run needs it
    async with storms(tmp_path, SEED) as all_storms:
        async with asyncio.TaskGroup() as group:
            for storm in all_storms:
                group.create_task(storm.run())
        told: Counter[str] = Counter()
        struck = 0
        for storm in all_storms:
            evidence = evidence_of(storm.shop)
            assert list(judge(evidence)) == [], f"TOTEM_TICKET_SEED={SEED}"
            told += tally(evidence)
            struck += len(storm.struck)
            told += storm.blows
    print(f"struck {struck}: {dict(told)}")  # noqa: T201 - as above
    assert told["tickets"] >= TICKETS
    assert struck * 3 >= told["tickets"], "fewer than a third were struck"
    assert set(BLOWS) | {"refund", "dies"} <= set(told), "something never happened"
    assert {"printed", "unknown", "revoked", "second copies"} <= set(told)


def evidence_of(shop: TicketShop) -> Evidence:
    return Evidence((), shop.paper(), shop.view())


def judge(evidence: Evidence) -> list[Fault]:
    """The demo's judge of the paper; and none of the kiosk's sales may be left on its way."""
    faults = list(goods(evidence))
    for ticket in evidence.journal.of("ticket"):
        if ticket.state not in {"printed", "unknown", "revoked"}:
            faults.append(Fault(Finding.UNRESOLVED, ticket.id, f"the ticket is {ticket.state} at the end"))
        sale = evidence.journal.subject(ticket.sale_id)
        wanted = {
            "printed": {"completed"},
            "unknown": {"needs_attention", "compensated"},
            "revoked": {"compensated"},
        }.get(ticket.state, set())
        if sale is None or sale.state not in wanted:
            faults.append(Fault(Finding.WRONG_END, ticket.id, f"{ticket.state}, and its sale {sale and sale.state}"))
        if ticket.state == "printed" and evidence.journal.open_attentions(ticket.sale_id):
            faults.append(Fault(Finding.WRONG_END, ticket.id, "printed, and an attention of it is still open"))
        if ticket.state == "revoked" and not evidence.journal.of("compensation", ticket.sale_id):
            faults.append(Fault(Finding.PAID_WITHOUT_GOODS, ticket.id, "revoked, and no money goes back"))
    return faults


def tally(evidence: Evidence) -> Counter[str]:
    tickets = evidence.journal.of("ticket")
    told = Counter(ticket.state for ticket in tickets)
    told["tickets"] = len(tickets)
    told["second copies"] = sum(bool(paper.codes) and is_second_copy(paper) for paper in evidence.paper)
    told["half strips"] = sum(not paper.is_cut for paper in evidence.paper)
    told["at the spare"] = sum(ticket.text("printer") == "spare" for ticket in tickets)
    told["held"] = sum(
        each.state == "settled" and each.text("trouble") != "PRN-007" for each in evidence.journal.of("attention")
    )
    return told
