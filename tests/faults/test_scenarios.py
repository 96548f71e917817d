"""Every fault of the demo, end to end: the program as its user starts it, real touches, simulators on the real wire."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.faults.table import AT_ONCE, DOCUMENT, section
from tests.support.demo_run import (
    DemoRun,
    doctor_acquirer,
    doctor_journal,
    doctor_ledger,
    doctor_paper,
    doctor_refund,
    doctor_screen,
    double_ticket,
    forget_refunds,
    lose_tickets,
    run_demo,
)
from totem.bootstrap.acts import Scenario
from totem.bootstrap.checker import check
from totem.bootstrap.findings import Fault, Finding
from totem.bootstrap.folder import load_evidence
from totem.bootstrap.printer_scenarios import PRINTER
from totem.bootstrap.scenarios import FAULTS, PLAIN, list_faults
from totem.bootstrap.setups import ends, setups
from totem.domain.brcode import decode

WANTED = {
    "bank_down",
    "bank_silent",
    "token_expired",
    "rate_limited",
    "server_errors",
    "html_error",
    "wrong_certificate",
    "charge_expires",
    "customer_cancels",
    "cancel_race",
    "amount_differs",
    "paper_out",
    "disk_full",
    "clock_jumps",
    "first_bank_down",
    "paid_late",
    "paid_after_cancel",
    "paid_twice",
    "paid_without_txid",
    "refund_timeout",
    "refund_refused",
    "sweep_sees_other_kiosk",
    "kiosk_off_for_a_day",
    "paper_never_comes",
    "cover_open",
    "cutter_error",
    "printer_hot",
    "printer_offline",
    "paper_low",
    "printer_unplugged",
    "printer_stalls",
    "printer_power_cut",
    "printer_spare_takes_over",
    "paper_out_sells_on",
    "tef_denied",
    "tef_no_answer",
    "tef_vanishes",
    "tef_pending_known",
    "tef_pending_unknown",
    "tef_power_loss",
    "tef_amount_differs",
    "print_fails_after_approval",
    "smartpos_declined",
    "smartpos_cancelled",
    "smartpos_link_lost",
    "smartpos_answer_lost",
    "smartpos_amount_differs",
    "gopag_declined",
    "gopag_answer_lost",
    "gopag_print_fails",
    "adiq_declined",
    "adiq_timeout",
    "adiq_answer_lost",
    "adiq_pending",
    "adiq_token_refused",
    "adiq_cancelled",
    "adiq_print_fails",
    "adiq_captured_after_ticket",
    "adiq_reserved_without_ticket",
    "vinti4_cancelled",
    "vinti4_declined",
    "vinti4_forged",
    "vinti4_replayed",
    "vinti4_answer_lost",
    "vinti4_dcc",
    "vinti4_print_fails",
    "vinti4_unsigned_print_fails",
}


class Runs:
    """The demos by name, begun in the order of the tests and `ahead` of them; each is played once."""

    def __init__(self, begin: Callable[[str], Future[DemoRun]], names: list[str], ahead: int) -> None:
        self._begin = begin
        self._names = names
        self._ahead = ahead
        self._begun: dict[str, Future[DemoRun]] = {}

    def __getitem__(self, name: str) -> Future[DemoRun]:
        place = self._names.index(name)
        for each in self._names[place : place + 1 + self._ahead]:
            if each not in self._begun:
                self._begun[each] = self._begin(each)
        return self._begun[name]


BOTH = ("inter", "sicredi")

OTHERS = {
    "test_plain_sales_leave_everything_that_is_promised": "plain",
    "test_exit_code_is_1_where_a_sale_ends_otherwise": "other_end",
}
"""Runs that are no fault, by the test that looks at them."""

OTHER_END = """\
import sys
from dataclasses import replace

from totem.__main__ import main
from totem.bootstrap import scenarios

down = scenarios.FAULTS["bank_down"]
sale = replace(down.sales[0], end=scenarios.PLAIN.sales[0].end)
scenarios.FAULTS["bank_down"] = replace(down, sales=(sale,))
sys.exit(main())
"""

DOCTORS: dict[Callable[[Path], None], set[Finding]] = {
    doctor_ledger: {Finding.PAYMENT_NOT_RECORDED},
    doctor_journal: {Finding.ILLEGAL_STEP, Finding.WRONG_END},
    doctor_paper: {Finding.PAPER_NOT_IN_JOURNAL},
    doctor_screen: {Finding.WRONG_END},
    doctor_refund: {Finding.REFUND_UNKNOWN_TO_JOURNAL},
    doctor_acquirer: {Finding.CARD_LEFT_PENDING},
}


@pytest.fixture(scope="module")
def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """Every fault that is to be tested, a few of them side by side.

    Where workers share the tests, none of them knows which it will be given: it begins only its next ones.
    """
    folder = tmp_path_factory.mktemp("faults")
    script = folder / "other_end.py"
    script.write_text(OTHER_END, encoding="utf-8")
    pool = ThreadPoolExecutor(AT_ONCE)

    def begin(name: str) -> Future[DemoRun]:
        if name == "plain":
            return pool.submit(run_demo, folder / name, "--sales", "2", "--provider", ",".join(BOTH))
        if name == "other_end":
            return pool.submit(run_demo, folder / name, "--fault", "bank_down", program=(str(script),))
        return pool.submit(run_demo, folder / name, "--fault", name)

    try:
        names = list(dict.fromkeys(_wanted(request)))
        yield Runs(begin, names, ahead=1 if hasattr(request.config, "workerinput") else len(names))
    finally:
        pool.shutdown(cancel_futures=True)


def _wanted(request: pytest.FixtureRequest) -> list[str]:
    """Of the tests that were asked for, in their order: nothing is played that no test looks at."""
    names: list[str] = []
    for item in request.session.items:
        if isinstance(item, pytest.Function) and item.module is request.module and "runs" in item.fixturenames:
            mark = item.get_closest_marker("parametrize")
            names.append(str(item.callspec.params["name"]) if mark else OTHERS[item.name])
    return names


def judge(
    out: Path, scenario: Scenario, times: int = 1, providers: tuple[str, ...] = ("sicredi",)
) -> tuple[Fault, ...]:
    fault = None if scenario is PLAIN else scenario.name
    return check(load_evidence(out), ends(setups(fault, ("pix",), providers), times))


def findings_of_doctored(
    run: DemoRun, scenario: Scenario, doctor: Callable[[Path], None], folder: Path
) -> set[Finding]:
    out = folder / doctor.__name__
    shutil.copytree(run.out, out)
    doctor(out)
    return {fault.finding for fault in judge(out, scenario)}


def test_every_fault_is_there_and_says_how_it_ends() -> None:
    assert set(FAULTS) == WANTED
    for name, sentence in list_faults():
        assert name in WANTED
        assert sentence.endswith(".")
        assert sentence != FAULTS[name].how_it_ends[1]


@pytest.mark.parametrize("name", sorted(WANTED))
def test_fault_ends_as_it_must_and_a_doctored_end_is_refused(name: str, runs: Runs, tmp_path: Path) -> None:
    """All that there is to see of one run, so that workers who share the tests play none of them twice."""
    scenario = FAULTS[name]
    run = runs[name].result()
    assert run.code == 0, run.told
    assert run.summary["ok"] is True
    assert judge(run.out, scenario) == ()
    assert section(name, load_evidence(run.out)) in DOCUMENT.read_text(encoding="utf-8")
    for doctor, wanted in DOCTORS.items():
        assert wanted <= findings_of_doctored(run, scenario, doctor, tmp_path)
    if any(refund["state"] == "done" for sale in run.summary["sales"] for refund in sale["refunds"]):
        assert Finding.REFUND_INVENTED in findings_of_doctored(run, scenario, forget_refunds, tmp_path)
    if scenario in PRINTER:
        paper_that_is_lost_or_doubled_is_found(run, scenario, tmp_path)


def paper_that_is_lost_or_doubled_is_found(run: DemoRun, scenario: Scenario, folder: Path) -> None:
    assert Finding.PAPER_TWICE in findings_of_doctored(run, scenario, double_ticket, folder)
    if any(load_evidence(run.out).paper):
        lost = findings_of_doctored(run, scenario, lose_tickets, folder)
        assert (Finding.TICKET_NOT_ON_PAPER in lost) == any(
            ticket.state == "printed" for ticket in load_evidence(run.out).journal.of("ticket")
        )


def test_the_document_has_every_fault_in_the_order_of_the_list() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert re.findall(r"^## `(\w+)`\n\n(.+)$", text, re.MULTILINE) == list(list_faults())


def test_plain_sales_leave_everything_that_is_promised(runs: Runs) -> None:
    run = runs["plain"].result()
    assert run.code == 0, run.told
    assert judge(run.out, PLAIN, 2, BOTH) == ()
    assert {fault.finding for fault in judge(run.out, PLAIN, 2, BOTH[::-1])} == {Finding.WRONG_BANK}
    sales = run.summary["sales"]
    assert [sale["state"] for sale in sales] == ["completed"] * 4
    assert [sale["provider"] for sale in sales] == ["inter", "inter", "sicredi", "sicredi"]
    for sale in sales:
        assert decode(sale["copia_e_cola"]).amount_cents == sale["amount_cents"]
        assert re.fullmatch(r"[a-zA-Z0-9]{26,35}", sale["txid"])
        assert sale["method"] == "pix"
        assert isinstance(sale["confirmed_to_printed_ms"], int)
        assert (run.out / "tickets" / f"{sale['ticket']}.bin").stat().st_size > 100
        assert (run.out / "tickets" / f"{sale['ticket']}.png").read_bytes().startswith(b"\x89PNG")
    names = run.summary["screens"]
    assert [name[:2] for name in names] == [f"{number:02d}" for number in range(1, len(names) + 1)]
    assert {name[3:-4] for name in names} >= {"attract", "services", "method", "pix", "thanks"}
    assert all((run.out / "screens" / name).read_bytes().startswith(b"\x89PNG") for name in names)
    assert isinstance(run.summary["max_ui_stall_ms"], float)


def test_exit_code_is_1_where_a_sale_ends_otherwise(runs: Runs) -> None:
    """The same program, told that a bank that is down must end with a ticket."""
    run = runs["other_end"].result()
    assert run.code == 1
    assert run.summary["ok"] is False
    assert {fault["finding"] for fault in run.summary["faults"]} >= {"wrong_end", "amount_differs"}


def test_a_folder_with_a_journal_of_its_own_is_never_emptied(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite3").write_bytes(b"somebody's money")
    run = run_demo(tmp_path)
    assert run.code == 2
    assert (tmp_path / "journal.sqlite3").read_bytes() == b"somebody's money"
