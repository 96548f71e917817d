"""Any sequence of batches, legal or not: the journal holds exactly what a plain dictionary would."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.clock import FakeClock
from totem.domain.errors import IllegalTransition, StaleState
from totem.domain.machine import STATES, TABLES, Machine
from totem.domain.records import JsonValue, Note, Record, Step
from totem.services.journal import JournalSettings, SqliteJournal, open_journal, verify

SUBJECTS = {
    "sale": Machine.SALE,
    "attempt": Machine.ATTEMPT,
    "settlement": Machine.SETTLEMENT,
    "ticket": Machine.TICKET,
    "refund-1": Machine.COMPENSATION,
    "refund-2": Machine.COMPENSATION,
    "attention": Machine.ATTENTION,
}
RECEIVED_CENTS = 100


@dataclass
class Model:
    """The rules in the simplest form there is."""

    states: dict[str, str] = field(default_factory=dict)
    data: dict[str, dict[str, JsonValue]] = field(default_factory=dict)
    noted: set[tuple[str, str]] = field(default_factory=set)
    count: int = 0

    def copy(self) -> Model:
        return Model(
            dict(self.states), {key: dict(value) for key, value in self.data.items()}, set(self.noted), self.count
        )

    def take(self, record: Record) -> bool:
        self.count += 1
        if isinstance(record, Note):
            known = (record.kind, record.unique) in self.noted
            self.noted |= {(record.kind, record.unique)} if record.unique else set()
            return not known
        current = self.states.get(record.subject_id)
        if current != record.expected:
            return False
        if record.to not in {state.value for state in TABLES[record.machine][current]}:
            return False
        self.states[record.subject_id] = record.to
        self.data.setdefault(record.subject_id, {}).update(record.data)
        return self._refunds_fit()

    def _refunds_fit(self) -> bool:
        refunds = {key: state for key, state in self.states.items() if key.startswith("refund")}
        given_cents = sum(
            int(str(self.data[key]["amount_cents"])) for key, state in refunds.items() if state != "refused"
        )
        still_open = sum(state in ("intended", "sent", "unknown") for state in refunds.values())
        return given_cents <= RECEIVED_CENTS and still_open <= 1


@st.composite
def steps(draw: st.DrawFn) -> Step:
    """Mostly along the arrows, so that sequences get somewhere; the expected state is checked by the journal."""
    subject_id = draw(st.sampled_from(sorted(SUBJECTS)))
    machine = SUBJECTS[subject_id]
    arrows = [(start, end) for start, ends in TABLES[machine].items() for end in sorted(ends)]
    expected, to = draw(st.sampled_from(arrows))
    if draw(st.integers(0, 9)) == 0:
        to = draw(st.sampled_from(sorted(STATES[machine])))
    data: dict[str, JsonValue] = {}
    if machine is Machine.COMPENSATION:
        data = {"reference": "E-1", "amount_cents": 60 if subject_id == "refund-1" else 50}
    elif machine is Machine.TICKET:
        data = {"day": "2026-11-22", "number": 1}
    elif draw(st.booleans()):
        data = {draw(st.sampled_from("ab")): draw(st.one_of(st.integers(), st.text(max_size=8), st.none()))}
    return Step(machine, subject_id, "sale", expected, to, data)


notes = st.builds(Note, kind=st.sampled_from(["one", "two"]), unique=st.sampled_from(["", "k", "l"]))
batches = st.lists(
    st.lists(st.one_of(steps(), steps(), steps(), notes), min_size=1, max_size=3), min_size=5, max_size=40
)


async def play(journal: SqliteJournal, plan: list[list[Record]]) -> None:
    model = Model(count=1)
    await journal.append(Note("pix.received", data={"amount_cents": RECEIVED_CENTS}, unique="E-1"))
    for batch in plan:
        trial = model.copy()
        is_accepted = all(trial.take(record) for record in batch)
        try:
            await journal.append(*batch)
        except (StaleState, IllegalTransition):
            assert not is_accepted, batch
        else:
            assert is_accepted, batch
            model = trial
    stored = {subject.id: subject for subject in await journal.of_sale("sale")}
    assert {key: subject.state for key, subject in stored.items()} == model.states
    assert {key: subject.data for key, subject in stored.items()} == model.data
    assert await journal.count() == model.count
    for kind, unique in (("one", "k"), ("one", "l"), ("two", "k"), ("two", "l")):
        assert await journal.is_noted(kind, unique) == ((kind, unique) in model.noted)
    for machine in Machine:
        for state in STATES[machine]:
            found = {subject.id for subject in await journal.find(machine, state)}
            assert found == {key for key, at in model.states.items() if SUBJECTS[key] is machine and at == state}


@settings(max_examples=40, deadline=None)
@given(batches)
def test_journal_equals_its_model(plan: list[list[Record]]) -> None:
    async def run(folder: Path) -> None:
        wanted = JournalSettings(folder / "journal.sqlite3", folder / "journal.key", reserve_bytes=0)
        journal = await open_journal(wanted, FakeClock())
        try:
            await play(journal, plan)
        finally:
            await journal.close()
        report = verify(wanted.path, wanted.key_file)
        assert report.faults == ()
        await (await open_journal(wanted, FakeClock())).close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder)))
