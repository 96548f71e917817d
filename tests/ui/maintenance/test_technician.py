"""A technician who never saw the kiosk, by real touches: every errand of a day, on the scripted maintenance."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.support.fake_maintenance import ATTENTION, PIN
from tests.ui.maintenance.bench import Bench, bench, fill
from totem.domain.ports import PrinterStatus
from totem.runtime import Runtime
from totem.services.health.signs import Area
from totem.services.maintenance.sale_views import Evidence, Finding
from totem.services.maintenance.views import PrintAct, PrinterView
from totem.ui.maintenance.pages.book import NAV
from totem.ui.maintenance.pages.overview import PAGES

pytestmark = pytest.mark.qt

SALE = "LAVA01-261122-0PE8QS"


@pytest.fixture(params=["portrait", "landscape"])
async def kiosk(request: pytest.FixtureRequest, runtime: Runtime) -> AsyncIterator[Bench]:
    with bench(runtime, request.param) as made:
        fill(made.control)
        await made.stage.kiosk.first_frame.wait()
        await made.enter()
        yield made


def said(made: Bench, name: str) -> str:
    return str(made.model.board.value(name))


async def confirm(made: Bench, key: str = "key.go") -> None:
    """The question is read, answered, and what became of it is there."""
    await made.until_over("ask")
    await made.tap(key)
    await made.until_over("told")


async def test_an_empty_printer_is_filled_and_tried(kiosk: Bench) -> None:
    await kiosk.go("printer")
    before = kiosk.model.visit.blocks()[0]
    assert before.state == "Não imprime"
    assert "bobina" in before.remedy
    kiosk.control.printers.views = (PrinterView("escpos", PrinterStatus()),)
    kiosk.stage.clock.advance(4.0)
    kiosk.model.visit.tick()
    await kiosk.settle()
    assert kiosk.model.visit.blocks()[0].state == "Pode imprimir"
    await kiosk.tap("key.test_page:escpos")
    await confirm(kiosk)
    assert said(kiosk, "toldTone") == "paid"
    assert ("printers.act", "escpos", PrintAct.TEST_PAGE) in kiosk.control.calls


async def test_the_overview_tells_since_when_and_leads_to_what_is_ill(kiosk: Bench) -> None:
    kiosk.model.visit.speak("en")
    await kiosk.settle()
    printer = next(block for block in kiosk.model.visit.blocks() if block.title == "Printer · escpos")
    assert "Since" in printer.since
    assert "roll" in printer.remedy
    await kiosk.tap(f"key.{printer.keys[0].id}")
    await kiosk.until("maintenance.printer")


def test_every_part_leads_to_a_page_that_there_is() -> None:
    assert set(PAGES) <= {area.value for area in Area}
    assert set(PAGES.values()) <= {name for name, _ in NAV}
    # Nothing on a page mends these: a wrong locale or screen, or another totem, is the machine's.
    assert {area.value for area in Area} - set(PAGES) == {"locale", "screen", "lock"}


async def test_a_sale_of_yesterday_is_found_and_given_back(kiosk: Bench) -> None:
    await kiosk.go("sales")
    await kiosk.tap("key.day:yesterday")
    await kiosk.settle()
    await kiosk.tap("key.type")
    await kiosk.until_over("typing")
    for sign in "43":
        await kiosk.tap(f"key.type.{sign}")
    await kiosk.tap("key.typed")
    await kiosk.settle()
    assert kiosk.control.calls[-1][:2] == ("sales.search", "43")
    assert kiosk.control.calls[-1][2] is not None
    await kiosk.open_sale(f"sale:{SALE}")
    await kiosk.ask_refund(1)
    assert said(kiosk, "askTitle") == "Devolver R$\N{NO-BREAK SPACE}45,00?"
    await kiosk.tap("key.go")
    await kiosk.until_over("pin")
    await kiosk.type_pin("111222")
    await kiosk.until_over("pin")
    assert "errado" in said(kiosk, "pinText")
    await kiosk.type_pin(PIN)
    await kiosk.until_over("told")
    assert said(kiosk, "toldTitle") == "R$\N{NO-BREAK SPACE}45,00 de volta ao cliente"
    await kiosk.tap("key.ok")
    asked = [call for call in kiosk.control.calls if call[0] == "sales.refund"]
    assert asked == [("sales.refund", SALE, "Serviço não foi prestado", "")] * 2
    assert all(PIN not in map(str, call) for call in kiosk.control.calls)


async def test_a_refund_that_is_not_wanted_is_not_made(kiosk: Bench) -> None:
    kiosk.model.visit.open("sale", SALE)
    await kiosk.settle()
    await kiosk.ask_refund(0)
    await kiosk.tap("key.no")
    await kiosk.until_over("")
    assert "sales.refund" not in {call[0] for call in kiosk.control.calls}


async def test_the_closing_is_printed(kiosk: Bench) -> None:
    await kiosk.go("closing")
    await kiosk.tap("key.earlier")
    await kiosk.settle()
    await kiosk.tap("key.print")
    await confirm(kiosk)
    assert said(kiosk, "toldTone") == "paid"
    yesterday = kiosk.stage.clock.now().astimezone().date() - timedelta(days=1)
    assert ("closing.print", yesterday, "pt") in kiosk.control.calls


async def test_the_certificate_that_ends_soon_is_seen(kiosk: Bench) -> None:
    await kiosk.go("providers")
    inter = next(block for block in kiosk.model.visit.blocks() if block.title == "Banco Inter")
    certificate = next(fact for fact in inter.facts if fact.label == "Certificado")
    assert certificate.value == "vale mais 9 dias (01/12/2026)"
    assert certificate.tone == "wait"
    assert "totem csr" in inter.remedy


async def test_out_of_service_and_back(kiosk: Bench) -> None:
    await kiosk.go("machine")
    await kiosk.tap("key.service:out")
    await confirm(kiosk)
    await kiosk.tap("key.ok")
    assert kiosk.control.state.out_of_service
    assert kiosk.model.board.value("outOfService") is True
    await kiosk.tap("key.service:back")
    await confirm(kiosk)
    assert not kiosk.control.state.out_of_service


async def test_what_waits_is_settled_by_the_banks_word(kiosk: Bench) -> None:
    await kiosk.go("attentions")
    await kiosk.tap(f"key.evidence:{ATTENTION}")
    await confirm(kiosk)
    assert ("sales.settle", ATTENTION, "") in kiosk.control.calls
    await kiosk.tap("key.ok")
    await kiosk.settle()
    assert kiosk.model.visit.blocks()[0].title == "Nenhuma pendência"


async def test_a_bank_that_says_otherwise_settles_nothing(kiosk: Bench) -> None:
    kiosk.control.sales.found = Evidence(Finding.CONTRADICTS, "CONCLUIDA")
    await kiosk.go("attentions")
    await kiosk.tap(f"key.evidence:{ATTENTION}")
    await kiosk.until_over("told")
    assert said(kiosk, "toldTone") == "stopped"
    assert "sales.settle" not in {call[0] for call in kiosk.control.calls}


async def test_a_bank_is_tried_with_the_smallest_charge(kiosk: Bench) -> None:
    await kiosk.go("providers")
    await kiosk.tap("key.probe:sicredi")
    await kiosk.until_over("ask")
    await kiosk.tap("key.go")
    await kiosk.until_over("")
    assert kiosk.model.visit.blocks()[0].state == "Removida"


async def test_the_terminals_own_menu_is_answered(kiosk: Bench) -> None:
    kiosk.control.terminals.waits = True
    kiosk.control.terminals.events = kiosk.control.terminals.events[:1]
    await kiosk.go("terminals")
    await kiosk.tap("key.menu:tef")
    await kiosk.until_over("ask")
    await kiosk.tap("key.go")
    await kiosk.until_over("")
    await kiosk.tap("key.option:1")
    await kiosk.settle()
    assert ("terminals.answer", "tef", 1) in kiosk.control.calls
    await kiosk.tap("key.leave")
    assert kiosk.screen == "attract"
