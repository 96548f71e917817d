"""Every fault of the demo, end to end: the program as its user starts it, real touches, simulators on the real wire."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.demo_run import (
    DemoRun,
    doctor_journal,
    doctor_ledger,
    doctor_paper,
    doctor_refund,
    doctor_screen,
    forget_refunds,
    run_demo,
)
from totem.bootstrap.acts import Scenario
from totem.bootstrap.checker import check
from totem.bootstrap.findings import Fault, Finding
from totem.bootstrap.folder import load_evidence
from totem.bootstrap.scenarios import FAULTS, PLAIN, ends, list_faults
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
}

ENDS = "test_fault_ends_as_it_must_and_a_doctored_end_is_refused"

DOCTORS: dict[Callable[[Path], None], set[Finding]] = {
    doctor_ledger: {Finding.PAYMENT_NOT_RECORDED},
    doctor_journal: {Finding.ILLEGAL_STEP, Finding.WRONG_END},
    doctor_paper: {Finding.PAPER_NOT_IN_JOURNAL},
    doctor_screen: {Finding.WRONG_END},
    doctor_refund: {Finding.REFUND_UNKNOWN_TO_JOURNAL},
}

AT_ONCE = 2
"""Runs side by side: each mostly waits."""


@pytest.fixture(scope="module")
def runs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[DemoRun]]]:
    """Every fault that is to be tested, begun at once and played two at a time."""
    names = [
        item.callspec.params["name"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.originalname == ENDS and hasattr(item, "callspec")
    ]
    folder = tmp_path_factory.mktemp("faults")
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        yield {name: pool.submit(run_demo, folder / name, "--fault", name) for name in names}
    finally:
        pool.shutdown(cancel_futures=True)


def judge(
    out: Path, scenario: Scenario, times: int = 1, providers: tuple[str, ...] = ("sicredi",)
) -> tuple[Fault, ...]:
    return check(load_evidence(out), ends(scenario, providers, times))


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
def test_fault_ends_as_it_must_and_a_doctored_end_is_refused(
    name: str, runs: dict[str, Future[DemoRun]], tmp_path: Path
) -> None:
    scenario = FAULTS[name]
    run = runs[name].result()
    assert run.code == 0, run.told
    assert run.summary["ok"] is True
    assert judge(run.out, scenario) == ()
    for doctor, wanted in DOCTORS.items():
        assert wanted <= findings_of_doctored(run, scenario, doctor, tmp_path)
    if any(sale["refunds"] for sale in run.summary["sales"]):
        found = findings_of_doctored(run, scenario, forget_refunds, tmp_path)
        assert found & {Finding.REFUND_INVENTED, Finding.WRONG_WAY, Finding.AMOUNT_DIFFERS}


def test_plain_sales_leave_everything_that_is_promised(tmp_path: Path) -> None:
    providers = ("inter", "sicredi")
    run = run_demo(tmp_path / "out", "--sales", "2", "--method", "pix", "--provider", ",".join(providers))
    assert run.code == 0, run.told
    assert judge(run.out, PLAIN, 2, providers) == ()
    assert {fault.finding for fault in judge(run.out, PLAIN, 2, providers[::-1])} == {Finding.WRONG_BANK}
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


def test_exit_code_is_1_where_a_sale_ends_otherwise(tmp_path: Path) -> None:
    """The same program, told that a bank that is down must end with a ticket."""
    script = tmp_path / "other_end.py"
    script.write_text(
        "import sys\n"
        "from dataclasses import replace\n"
        "from totem.__main__ import main\n"
        "from totem.bootstrap import scenarios\n"
        "down = scenarios.FAULTS['bank_down']\n"
        "sale = replace(down.sales[0], end=scenarios.PLAIN.sales[0].end)\n"
        "scenarios.FAULTS['bank_down'] = replace(down, sales=(sale,))\n"
        "sys.exit(main())\n",
        encoding="utf-8",
    )
    run = run_demo(tmp_path / "out", "--fault", "bank_down", program=(str(script),))
    assert run.code == 1
    assert run.summary["ok"] is False
    assert {fault["finding"] for fault in run.summary["faults"]} >= {"wrong_end", "amount_differs"}


def test_a_folder_with_a_journal_of_its_own_is_never_emptied(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite3").write_bytes(b"somebody's money")
    run = run_demo(tmp_path)
    assert run.code == 2
    assert (tmp_path / "journal.sqlite3").read_bytes() == b"somebody's money"
