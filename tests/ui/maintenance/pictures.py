"""Every page of maintenance, and everything that may lie over one, for the gallery and its checks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from tests.support.fake_maintenance import ATTENTION, NEW_FILE, PIN
from tests.ui.maintenance.bench import Bench, Patient, fill
from totem.domain.cards import Prompt, PromptKind
from totem.domain.errors import Trouble
from totem.services.maintenance.control import MaintenanceRefused, Reason
from totem.services.maintenance.sale_views import Evidence, Finding, RefundEnd
from totem.services.maintenance.views import ConfigVerdict, Entry, PinAnswer, VerifyStep
from totem.ui.maintenance.visit import WARNING_S, Visit

SALE = "LAVA01-261122-0PE8QS"
Act = Callable[[Bench], Awaitable[None]]


@dataclass(frozen=True)
class Page:
    """One picture: what to do once inside (or at the door)."""

    name: str
    screen: str
    act: Act
    inside: bool = True


def _visit(bench: Bench) -> Visit:
    return bench.model.visit


async def _wait(bench: Bench) -> None:
    """Until what was asked of the scripted kiosk is answered; it is drawn at the end."""
    for _ in range(4):
        await asyncio.sleep(0)
    loading = _visit(bench).loading
    if loading is not None:
        await asyncio.wait([loading])


def _opens(page: str, *keys: str) -> Act:
    """A page, and keys of it or of what lies over it: `answer go`, `ok`, or a key's own id."""

    async def act(bench: Bench) -> None:
        name, _, argument = page.partition(":")
        _visit(bench).open(name, argument)
        await _wait(bench)
        for key in keys:
            what, _, rest = key.partition(" ")
            if what == "answer":
                _visit(bench).answer(rest)
            elif what == "write":
                _visit(bench).write(rest)
            elif what == "written":
                _visit(bench).written()
            elif what == "pin":
                for digit in rest:
                    _visit(bench).digit(digit)
                _visit(bench).enter()
            else:
                _visit(bench).press(key)
            await _wait(bench)

    return act


def _with(change: Callable[[Bench], None], act: Act) -> Act:
    async def changed(bench: Bench) -> None:
        change(bench)
        await act(bench)

    return changed


async def _nothing(bench: Bench) -> None:
    await bench.stage.frame()


async def _some_digits(bench: Bench) -> None:
    for digit in PIN[:4]:
        _visit(bench).digit(digit)
    await bench.stage.frame()


def _answered(answer: PinAnswer) -> Act:
    async def act(bench: Bench) -> None:
        bench.control.answers.append(answer)
        for digit in PIN:
            _visit(bench).digit(digit)
        _visit(bench).enter()
        await _wait(bench)

    return act


async def _no_pin(bench: Bench) -> None:
    bench.control.has_pin = False
    bench.model.refresh()
    await bench.stage.frame()


async def _warned(bench: Bench) -> None:
    left = bench.control.state.ends_at_s - bench.stage.clock.monotonic()
    bench.stage.clock.advance(left - WARNING_S + 4)
    _visit(bench).tick()
    await bench.stage.frame()


def _bad_file(bench: Bench) -> None:
    bench.control.configuration.verdict = ConfigVerdict(
        NEW_FILE,
        (
            "totem.toml: pix.screen_s: não pode passar de expiry_s (300): o código na tela já estaria vencido",
            "totem.toml: kiosk.id: tem de ter de 2 a 8 letras maiúsculas ou algarismos",
        ),
        ("totem.toml: printer.host: ninguém responde neste endereço agora",),
    )


def _good_file(bench: Bench) -> None:
    bench.control.configuration.verdict = ConfigVerdict(NEW_FILE, changed=("pix.expiry_s", "screen.idle_timeout_s"))


def _menu(bench: Bench) -> None:
    options = (
        "CANCELAMENTO DE VENDA",
        "REIMPRESSAO DO ULTIMO COMPROVANTE",
        "TESTE DE COMUNICACAO",
        "RELATORIO DETALHADO",
    )
    bench.control.terminals.events = (Prompt(PromptKind.MENU, "SELECIONE A FUNCAO ADMINISTRATIVA:", options=options),)
    bench.control.terminals.waits = True


def _broken_chain(bench: Bench) -> None:
    faults = ("registro 4310: o código não confere com o conteúdo", "faltam 2 registros no fim")
    bench.control.journal.steps = (VerifyStep(12408, 12408, over=True, faults=faults),)


def _contradicted(bench: Bench) -> None:
    bench.control.sales.found = Evidence(Finding.CONTRADICTS, "REMOVIDA_PELO_USUARIO_RECEBEDOR", Trouble.PRINT_UNKNOWN)


def _refund_goes_on(bench: Bench) -> None:
    ways = tuple(replace(way, state="sent") for way in bench.control.sales.refunded.ways)
    bench.control.sales.refunded = RefundEnd(False, ways)


def _refused(bench: Bench) -> None:
    bench.control.script.failures["printers.act"] = MaintenanceRefused(Reason.BUSY)


REFUND = ("refund", "write Cliente desistiu do serviço", "written")

PAGES = (
    Page("pin", "pin", _some_digits, inside=False),
    Page("pin-wrong", "pin", _answered(PinAnswer(Entry.WRONG, 2)), inside=False),
    Page("pin-locked", "pin", _answered(PinAnswer(Entry.LOCKED, 0, 43200)), inside=False),
    Page("pin-none", "pin", _no_pin, inside=False),
    Page("overview", "overview", _nothing),
    Page("warning", "overview", _warned),
    Page("attentions", "attentions", _opens("attentions")),
    Page("attention-reason", "attentions", _opens("attentions", f"reason:{ATTENTION}", "write Conferido 22/11")),
    Page("attention-settles", "attentions", _opens("attentions", f"evidence:{ATTENTION}")),
    Page("attention-contradicts", "attentions", _with(_contradicted, _opens("attentions", f"evidence:{ATTENTION}"))),
    Page("sales", "sales", _opens("sales")),
    Page("sales-typing", "sales", _opens("sales", "type", "write 45,00")),
    Page("sale", "sale", _opens(f"sale:{SALE}")),
    Page("refund-ask", "sale", _opens(f"sale:{SALE}", *REFUND)),
    Page("refund-pin", "sale", _opens(f"sale:{SALE}", *REFUND, "answer go")),
    Page("refund-done", "sale", _opens(f"sale:{SALE}", *REFUND, "answer go", f"pin {PIN}")),
    Page("refund-goes-on", "sale", _with(_refund_goes_on, _opens(f"sale:{SALE}", *REFUND, "answer go", f"pin {PIN}"))),
    Page("closing", "closing", _opens("closing")),
    Page("closing-export", "closing", _opens("closing", "export")),
    Page("printer", "printer", _opens("printer")),
    Page("printer-ask", "printer", _opens("printer", "test_page:escpos")),
    Page("printer-refused", "printer", _with(_refused, _opens("printer", "test_page:escpos", "answer go"))),
    Page("terminals", "terminals", _opens("terminals")),
    Page("terminal-menu", "terminals", _with(_menu, _opens("terminals", "menu:tef", "answer go"))),
    Page("providers", "providers", _opens("providers")),
    Page("probe-ask", "providers", _opens("providers", "probe:sicredi")),
    Page("probe", "providers", _opens("providers", "probe:sicredi", "answer go")),
    Page("configuration", "configuration", _opens("configuration")),
    Page(
        "configuration-good", "configuration", _with(_good_file, _opens("configuration", "stick", f"answer {NEW_FILE}"))
    ),
    Page("configuration-bad", "configuration", _with(_bad_file, _opens("configuration", "check"))),
    Page("journal", "journal", _opens("journal", "verify")),
    Page("journal-broken", "journal", _with(_broken_chain, _opens("journal", "verify"))),
    Page("machine", "machine", _opens("machine")),
    Page("machine-out", "machine", _opens("machine", "service:out", "answer go")),
    Page("restart-ask", "machine", _opens("machine", "restart")),
)


async def show(bench: Bench, page: Page, language: str) -> None:
    """From the first screen to that picture, in that language."""
    if bench.stage.kiosk.maintenance.model is not None:
        _visit(bench).leave()
    bench.control = Patient(bench.stage.clock)
    fill(bench.control)
    bench.stage.kiosk.maintain(bench.control)
    assert bench.stage.kiosk.maintenance.open()
    await bench.until("maintenance.pin")
    _visit(bench).speak(language)
    if page.inside:
        for digit in PIN:
            _visit(bench).digit(digit)
        _visit(bench).enter()
        await _wait(bench)
    await page.act(bench)
    await bench.until(f"maintenance.{page.screen}")
    await bench.stage.frame()
