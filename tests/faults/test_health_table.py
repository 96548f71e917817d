"""Each fault that the simulators can make turns the right line of the doctor and of the overview yellow or red."""

from __future__ import annotations

import os
import shutil
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

import assets
from hardware.terminal.tef.settings import PaygoTimes
from tests.faults.health_rig import Case, Changes, Key, Rig, act, acts, misses, missing, rig_of
from tests.unit.test_cli_commands import tamper
from totem.bootstrap.endpoints import Endpoints
from totem.domain.ports import StatusBit
from totem.services.health.signs import Area
from totem.services.health.vocabulary import Level, Word
from totem.services.health.words import HealthWords
from totem.services.texts import load_texts

QUICK: dict[str, int | str | float | bool] = {"connect_s": 1, "read_s": 1, "total_s": 3}
PIX_ONLY: Changes = {
    "pix": {"providers": ["sicredi"]},
    "cards": {"terminals": []},
    "pix.sicredi.timeouts": {**QUICK},
    "pix.inter.timeouts": {**QUICK},
}
PRINTER_ONLY: Changes = {"pix": {"providers": ["sicredi"]}, "cards": {"terminals": []}}
CARDS_ONLY: Changes = {
    "pix": {"providers": []},
    "cards": {"terminals": ["tef", "smartpos", "gopag", "adiq"]},
    "cards.gopag.timeouts": {**QUICK},
    "cards.adiq.timeouts": {**QUICK},
}


@pytest.fixture(scope="module")
def words() -> HealthWords:
    return HealthWords(load_texts(assets.path("i18n/health")))


# --- the printer ------------------------------------------------------------------------------------------------------

PRINTER = "127.0.0.1:{port}"
BITS: tuple[tuple[str, Callable[[Rig], Awaitable[None]], Word, frozenset[StatusBit]], ...] = (
    ("low", act("printer.paper", present=True, low=True), Word.PAPER_LOW, frozenset({StatusBit.NEAR_END})),
    (
        "out",
        act("printer.paper", present=False),
        Word.PAPER_OUT,
        frozenset({StatusBit.OFFLINE, StatusBit.PAPER_STOP, StatusBit.PAPER_END}),
    ),
    ("cover", act("printer.cover", open=True), Word.COVER_OPEN, frozenset({StatusBit.OFFLINE, StatusBit.COVER_OPEN})),
    ("feed", act("printer.feed", pressed=True), Word.FEEDING, frozenset({StatusBit.FEEDING})),
    ("cutter", act("printer.cutter", failed=True), Word.CUTTER, frozenset({StatusBit.ERROR, StatusBit.CUTTER})),
    ("hot", act("printer.hot", hot=True), Word.HEAD_HOT, frozenset({StatusBit.RECOVERABLE})),
    ("fault", act("printer.error", failed=True), Word.PRINTER_FAULT, frozenset({StatusBit.UNRECOVERABLE})),
    ("offline", act("printer.offline", offline=True), Word.PRINTER_OFFLINE, frozenset({StatusBit.OFFLINE})),
    ("mute", act("printer.mute", muted=True), Word.PRINTER_SILENT, frozenset()),
    ("unplugged", act("printer.unplug", unplugged=True), Word.PRINTER_UNREACHABLE, frozenset()),
    ("stalled", act("printer.stall", stalled=True), Word.PRINTER_SILENT, frozenset()),
)


async def test_the_printer_bit_by_bit(tmp_path: Path, words: HealthWords) -> None:
    async with rig_of(tmp_path, PRINTER_ONLY) as rig:
        key: Key = (Area.PRINTER, PRINTER.format(port=rig.world.endpoints.printer.port))
        for name, do, word, bits in BITS:
            await do(rig)
            for parts in await rig.look():
                assert missing(parts, {key: word}, words) == [], name
                told = {bit for sign in parts[key].signs for bit in sign.bits}
                assert told >= bits, name
                assert all(words.bits(language, parts[key].signs[0]) for language in ("pt", "en", "es")) or not bits
            await rig.mend()
        doctor, board = await rig.look()
        assert doctor[key].level is board[key].level is Level.GREEN


# --- the banks --------------------------------------------------------------------------------------------------------


async def as_it_is(_: Rig) -> None:
    return None


SICREDI, INTER = (Area.PROVIDER, "sicredi"), (Area.PROVIDER, "inter")


def fault(bank: str, kind: str, **more: object) -> Callable[[Rig], Awaitable[None]]:
    effect = {"kind": kind, **more}
    return act(f"{bank}.set_faults", faults=[{"operation": "get_charge", "effect": effect, "count": None}])


async def both_down(rig: Rig) -> None:
    await rig.do("bank.set_down", down=True)
    await rig.do("inter.set_down", down=True)


def set_clock(**off: float) -> Callable[[Rig], Awaitable[None]]:
    async def do(rig: Rig) -> None:
        rig.clock.off = timedelta(**off)
        # A running kiosk knows a bank's clock by its answers: one that was given since.
        await rig.engine.board.examine()

    return do


def put(which: str, other: str | None) -> Callable[[Rig], Awaitable[None]]:
    async def do(rig: Rig) -> None:
        bank = rig.world.endpoints.bank
        path: Path = getattr(bank, which)
        rig.swap(path, getattr(bank, other) if other is not None else None)

    return do


CERTIFICATE: Key = (Area.CERTIFICATE, "sicredi")
CLOCK: Key = (Area.CLOCK, "sicredi")
BANKS = (
    Case("sicredi down", act("bank.set_down", down=True), {SICREDI: Word.PROVIDER_UNREACHABLE}),
    Case("a page of HTML", fault("bank", "html"), {SICREDI: Word.PROVIDER_SILENT}),
    Case("429", fault("bank", "status", code=429, retry_after_s=60), {SICREDI: Word.PROVIDER_LIMITED}),
    Case("503", fault("bank", "status", code=503), {SICREDI: Word.PROVIDER_SILENT}),
    Case("reset", fault("bank", "reset_after"), {SICREDI: Word.PROVIDER_SILENT}),
    Case("never", fault("bank", "never_before"), {SICREDI: Word.PROVIDER_SILENT}),
    Case("half", fault("bank", "half_answer"), {SICREDI: Word.PROVIDER_SILENT}),
    Case("refused", fault("bank", "status", code=400, problem="RequisicaoInvalida"), {SICREDI: Word.PROVIDER_REFUSED}),
    Case("30 s ahead", set_clock(seconds=30), {CLOCK: Word.CLOCK_AHEAD}),
    Case("30 s behind", set_clock(seconds=-30), {CLOCK: Word.CLOCK_BEHIND}),
    Case("an hour ahead", set_clock(hours=1), {CLOCK: Word.CLOCK_FAR_AHEAD}),
    Case("an hour behind", set_clock(hours=-1), {CLOCK: Word.CLOCK_FAR_BEHIND}),
    Case("ends soon", set_clock(days=340), {CERTIFICATE: Word.CERTIFICATE_ENDS}),
    Case("expired", set_clock(days=400), {CERTIFICATE: Word.CERTIFICATE_EXPIRED}),
    Case("not yet", set_clock(days=-400), {CERTIFICATE: Word.CERTIFICATE_NOT_YET}),
    Case("another's key", put("key", "foreign_key"), {CERTIFICATE: Word.CERTIFICATE_MISMATCH}),
    Case("a key in its place", put("certificate", "key"), {CERTIFICATE: Word.CERTIFICATE_IS_KEY}),
    Case("no file", put("certificate", None), {CERTIFICATE: Word.CERTIFICATE_MISSING}),
)


# Inter gives five tokens a minute, and each doctor asks for one of its own.
TWO_BANKS = (
    Case("inter down", act("inter.set_down", down=True), {INTER: Word.PROVIDER_UNREACHABLE}),
    Case("no network", both_down, {SICREDI: Word.PROVIDER_UNREACHABLE, (Area.NETWORK, ""): Word.NETWORK_DOWN}),
    Case("an HTML page that says 200", fault("inter", "html", code=200), {INTER: Word.PROVIDER_SILENT}),
    Case("429 at inter", fault("inter", "status", code=429), {INTER: Word.PROVIDER_LIMITED}),
)


async def test_the_banks(tmp_path: Path, words: HealthWords) -> None:
    async with rig_of(tmp_path, PIX_ONLY) as rig:
        assert await misses(rig, BANKS, words) == []
        doctor, board = await rig.look()
        for key in (SICREDI, CERTIFICATE, CLOCK, (Area.NETWORK, "")):
            assert doctor[key].level is board[key].level is Level.GREEN, key


async def test_two_banks(tmp_path: Path, words: HealthWords) -> None:
    async with rig_of(tmp_path, {**PIX_ONLY, "pix": {"providers": ["sicredi", "inter"]}}) as rig:
        assert await misses(rig, TWO_BANKS, words) == []
        doctor, board = await rig.look()
        for key in (SICREDI, INTER, (Area.NETWORK, "")):
            assert doctor[key].level is board[key].level is Level.GREEN, key


async def test_a_bank_that_withholds_a_scope(tmp_path: Path, words: HealthWords) -> None:
    withheld = {"operation": "token", "effect": {"kind": "fewer_scopes", "withheld": ["cob.read"]}, "count": None}

    async with rig_of(tmp_path, PIX_ONLY, (("bank.set_faults", {"faults": [withheld]}),)) as rig:
        case = Case("scope", as_it_is, {SICREDI: Word.PROVIDER_SCOPE})
        assert await misses(rig, (case,), words) == []


async def test_wrong_credentials_everywhere(tmp_path: Path, words: HealthWords) -> None:
    wrong = tmp_path / "wrong.secret"
    wrong.touch(mode=0o600)
    wrong.write_text("x" * 43, encoding="utf-8")

    def changes(world: Endpoints) -> Changes:
        foreign = {"certificate": str(world.bank.foreign_certificate), "key": str(world.bank.foreign_key)}
        return {
            **PIX_ONLY,
            "pix": {"providers": ["sicredi", "inter"]},
            "cards": {"terminals": ["smartpos", "gopag", "adiq"]},
            "pix.sicredi": {"client_secret_file": str(wrong)},
            "pix.inter": {**foreign},
            "cards.smartpos": {"secret_file": str(wrong)},
            "cards.gopag": {"token_file": str(wrong)},
            "cards.adiq": {"client_secret_file": str(wrong)},
        }

    shows = {
        SICREDI: Word.PROVIDER_CREDENTIALS,
        INTER: Word.PROVIDER_CERTIFICATE,
        (Area.CERTIFICATE, "inter"): Word.CHAIN_INCOMPLETE,
        (Area.TERMINAL, "smartpos"): Word.TERMINAL_REFUSED,
        (Area.TERMINAL, "gopag"): Word.TERMINAL_REFUSED,
        (Area.TERMINAL, "adiq"): Word.TERMINAL_REFUSED,
    }
    async with rig_of(tmp_path, changes) as rig:
        assert await misses(rig, (Case("wrong", as_it_is, shows),), words) == []


# --- card terminals ---------------------------------------------------------------------------------------------------

TEF, POS, GOPAG, ADIQ = ((Area.TERMINAL, name) for name in ("tef", "smartpos", "gopag", "adiq"))


def gopag_fault(kind: str, **more: object) -> Callable[[Rig], Awaitable[None]]:
    return act("gopag.set_faults", faults=[{"operation": "any", "kind": kind, "count": None, **more}])


TERMINALS = (
    Case("tef away", act("tef.set_down", down=True), {TEF: Word.TERMINAL_UNREACHABLE}),
    Case("pos away", act("smartpos.set_down", down=True), {POS: Word.TERMINAL_UNREACHABLE}),
    Case("pos not ready", act("smartpos.set_not_ready", reason="no_paper"), {POS: Word.TERMINAL_NOT_READY}),
    Case("pos clock", act("smartpos.set_clock_drift", seconds=600.0), {POS: Word.TERMINAL_CLOCK}),
    Case(
        "pos impostor",
        acts(("smartpos.script", {"name": "bad_proof", "count": None}), ("smartpos.cut_links", {})),
        {POS: Word.TERMINAL_REFUSED},
    ),
    Case(
        "pos of another version",
        acts(("smartpos.script", {"name": "old_version", "count": None}), ("smartpos.cut_links", {})),
        {POS: Word.TERMINAL_REFUSED},
    ),
    Case("gopag away", act("gopag.set_down", down=True), {GOPAG: Word.TERMINAL_UNREACHABLE}),
    Case("gopag 503", gopag_fault("status", code=503), {GOPAG: Word.TERMINAL_SILENT}),
    Case("gopag html", gopag_fault("html", code=502), {GOPAG: Word.TERMINAL_SILENT}),
    Case("adiq away", act("adiq.set_down", down=True), {ADIQ: Word.TERMINAL_UNREACHABLE}),
)


async def test_the_card_terminals(tmp_path: Path, words: HealthWords) -> None:
    async with rig_of(tmp_path, CARDS_ONLY) as rig:
        assert await misses(rig, TERMINALS, words) == []
        doctor, board = await rig.look()
        for key in (TEF, POS, GOPAG, ADIQ):
            assert doctor[key].level is board[key].level is Level.GREEN, key


async def test_paygo_by_its_folder(tmp_path: Path, words: HealthWords, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("totem.bootstrap.terminals.PaygoTimes", lambda: PaygoTimes(status_s=0.5, locked_s=0.5))
    folder = tmp_path / "paygo"
    tef: Changes = {"cards.tef": {"channel": "folder", "folder": str(folder)}}

    async def no_folder(_: Rig) -> None:
        (folder / "Req").rename(folder / "kept")
        (folder / "Req").touch()

    cases = (
        Case("silent", acts(("tef.script", {"name": "no_sts_left", "count": None})), {TEF: Word.TERMINAL_UNREACHABLE}),
        Case("not a folder", no_folder, {TEF: Word.TERMINAL_UNREACHABLE}),
    )
    async with rig_of(tmp_path, {**CARDS_ONLY, "cards": {"terminals": ["tef"]}, **tef}) as rig:
        rig.by_turns = True
        assert await misses(rig, cases, words) == []


# --- the machine ------------------------------------------------------------------------------------------------------


def full_disk(rig: Rig, monkeypatch: pytest.MonkeyPatch, free_bytes: int) -> None:
    usage = shutil.disk_usage(rig.folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=free_bytes))


async def test_the_disk_and_the_journal(tmp_path: Path, words: HealthWords, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = tmp_path / "journal.sqlite3"
    disk: Key = (Area.DISK, str(tmp_path))
    verified: Key = (Area.JOURNAL, "journal.sqlite3")

    async def full(rig: Rig) -> None:
        full_disk(rig, monkeypatch, 1_000_000)

    async def low(rig: Rig) -> None:
        full_disk(rig, monkeypatch, 500_000_000)

    async def unwritable(_: Rig) -> None:
        def fail(handle: int) -> None:
            raise OSError(30, os.strerror(30))

        monkeypatch.undo()
        monkeypatch.setattr("totem.bootstrap.doctor.machine.os.fsync", fail)

    async def open_to_others(_: Rig) -> None:
        monkeypatch.undo()
        journal.chmod(0o644)

    async def tampered(_: Rig) -> None:
        journal.chmod(0o600)
        tamper(journal)

    writes: Key = (Area.JOURNAL, "")
    cases = (
        Case("full", full, {disk: Word.DISK_FULL}, {disk: Word.DISK_FULL, writes: Word.JOURNAL_FAILS}),
        Case("low", low, {disk: Word.DISK_LOW}),
        Case("read-only", unwritable, {disk: Word.DISK_UNWRITABLE}),
        Case("open to others", open_to_others, {disk: Word.FILE_OPEN}),
        Case("tampered", tampered, {verified: Word.JOURNAL_BROKEN}),
    )
    async with rig_of(tmp_path, PRINTER_ONLY) as rig:
        assert await misses(rig, cases, words) == []
