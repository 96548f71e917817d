"""The fake of maintenance keeps to the contract: what a screen is built against is what it will meet."""

from __future__ import annotations

import pytest

from tests.support.fake_maintenance import PIN, SALE, FakeMaintenance
from totem.domain.texts import LANGUAGES
from totem.services.maintenance.control import MaintenanceControl, MaintenanceRefused, Reason
from totem.services.maintenance.views import Entry, MaintenanceState


async def test_it_is_the_contract_and_locked_until_the_pin() -> None:
    fake = FakeMaintenance()
    control: MaintenanceControl = fake
    seen: list[MaintenanceState] = []
    leave = control.subscribe(seen.append)
    with pytest.raises(MaintenanceRefused) as refused:
        await control.sales.search("7")
    assert refused.value.reason is Reason.LOCKED
    assert (await control.unlock("000000")).entry is Entry.WRONG
    assert (await control.unlock(PIN)).is_right
    assert [row.sale_id for row in await control.sales.search("7")] == [SALE]
    await control.machine.set_out_of_service(True)
    await control.lock()
    leave()
    assert [(state.is_unlocked, state.out_of_service) for state in seen] == [(True, False), (True, True), (False, True)]


async def test_a_failure_is_raised_once() -> None:
    fake = FakeMaintenance()
    await fake.unlock(PIN)
    fake.script.failures["terminals.look"] = MaintenanceRefused(Reason.BUSY)
    with pytest.raises(MaintenanceRefused):
        await fake.terminals.look()
    assert (await fake.terminals.look())[0].ready


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_its_words(reason: Reason) -> None:
    import assets
    from totem.services.texts import load_texts

    texts = load_texts(assets.path("i18n"))
    assert all(texts.get(language, f"maintenance.refused.{reason}") for language in LANGUAGES)
