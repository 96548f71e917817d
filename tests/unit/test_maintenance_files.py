"""The configuration's shelf and the machine's drives, on real files."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.unit.kiosk_files import write_kiosk
from totem.bootstrap import restarting
from totem.bootstrap.maintenance.drives import MachinePaths, find_sticks
from totem.bootstrap.maintenance.shelf import FileShelf
from totem.config.loader import load
from totem.services.maintenance.views import Stick

USB = "devices/pci0000:00/usb1/1-1/block/sdb/sdb1"


def shelf_of(kiosk: Path, *sticks: Path) -> FileShelf:
    async def find() -> tuple[Stick, ...]:
        return tuple(Stick(each, each.name, 1) for each in sticks)

    return FileShelf(load(kiosk), find)


def content(file: Path) -> bytes:
    return file.read_bytes()


def edit(kiosk: Path, old: str, new: str) -> None:
    text = kiosk.read_text(encoding="utf-8")
    assert old in text
    kiosk.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def kiosk(tmp_path: Path) -> Path:
    (tmp_path / "kiosk").mkdir()
    return write_kiosk(tmp_path / "kiosk")


@pytest.fixture
def stick(tmp_path: Path, kiosk: Path) -> Path:
    """A stick with the same configuration, to be edited."""
    folder = tmp_path / "stick"
    folder.mkdir()
    for name in ("totem.toml", "catalogue.toml"):
        shutil.copy(kiosk.parent / name, folder / name)
    return folder


async def test_it_is_seen_key_by_key_without_secrets(kiosk: Path) -> None:
    view = await shelf_of(kiosk).view()
    told = {f"{line.section}.{line.key}": line for line in view.lines}
    assert told["kiosk.id"].value == "LAVA01"
    assert not told["kiosk.id"].is_default
    assert told["maintenance.timeout_s"].is_default
    assert "conteúdo" not in str(view)
    assert (view.last_good_at, view.changed_on_disk) == (None, False)


async def test_a_new_file_is_tried_where_it_would_lie(kiosk: Path, stick: Path) -> None:
    shelf, new = shelf_of(kiosk, stick), stick / "totem.toml"
    assert await shelf.candidates() == (kiosk, new)
    edit(new, 'id = "LAVA01"', 'id = "LAVA02"')
    before = sorted(path.name for path in kiosk.parent.iterdir())
    verdict = await shelf.check(new)
    assert verdict.is_good, verdict.faults  # its certificates are found beside the one in use
    assert verdict.changed == ("kiosk.id",)
    edit(new, 'id = "LAVA02"', 'id = "?"')
    verdict = await shelf.check(new)
    assert any(fault.startswith(f"{new}: kiosk.id:") for fault in verdict.faults)
    edit(stick / "catalogue.toml", "price", "pryce")
    assert any("pryce" in fault for fault in (await shelf.check(new)).faults)
    assert (await shelf.check(stick / "none.toml")).faults != ()
    assert sorted(path.name for path in kiosk.parent.iterdir()) == before


async def test_the_last_good_one_comes_back(kiosk: Path, stick: Path) -> None:
    original = content(kiosk)
    first = shelf_of(kiosk, stick)
    assert await first.last_good() is None
    await first.remember()
    edit(stick / "totem.toml", 'id = "LAVA01"', 'id = "LAVA02"')
    await first.put(stick / "totem.toml")
    assert b"LAVA02" in content(kiosk)
    assert (await first.view()).changed_on_disk
    kept = await first.last_good()
    assert kept is not None
    assert content(kept) == original
    second = shelf_of(kiosk, stick)  # the restart with the new one, which sells
    await second.remember()
    kept = await second.last_good()
    assert kept is not None
    assert content(kept) == original
    assert (await second.check(kept)).is_good
    await second.put(kept)
    assert content(kiosk) == original


async def test_one_that_was_edited_since_the_start_is_not_called_good(kiosk: Path) -> None:
    shelf = shelf_of(kiosk)
    edit(kiosk, 'id = "LAVA01"', 'id = "LAVA09"')
    await shelf.remember()
    assert await shelf.last_good() is None


async def test_only_removable_drives_that_can_be_written_are_sticks(tmp_path: Path) -> None:
    blocks = tmp_path / "class"
    blocks.mkdir()
    for device, removable in ((USB, "0"), ("devices/pci/ata1/block/sda/sda1", "0"), ("devices/mmc/block/mmcblk0", "1")):
        place = tmp_path / device
        place.mkdir(parents=True)
        disk = place if place.name == "mmcblk0" else place.parent
        (disk / "removable").write_text(f"{removable}\n")
        (blocks / place.name).symlink_to(place)
    drives = {name: tmp_path / name for name in ("MEU PEN", "disco", "cartao", "somente-leitura")}
    for drive in drives.values():
        drive.mkdir()
    lines = [
        f"/dev/sdb1 {str(drives['MEU PEN']).replace(' ', chr(92) + '040')} vfat rw,nosuid 0 0",
        f"/dev/sda1 {drives['disco']} ext4 rw 0 0",
        f"/dev/mmcblk0 {drives['cartao']} vfat rw 0 0",
        f"/dev/sdb1 {drives['somente-leitura']} vfat ro 0 0",
        f"/dev/sdb1 {tmp_path / 'pulled-out'} vfat rw 0 0",
        "proc /proc proc rw 0 0",
        "broken",
    ]
    mounts = tmp_path / "mounts"
    mounts.write_text("\n".join(lines))
    found = await find_sticks(MachinePaths(mounts, blocks))
    assert [stick.path for stick in found] == [drives["MEU PEN"], drives["cartao"]]
    assert found[0].label == "MEU PEN"
    assert found[0].free_bytes > 0
    assert await find_sticks(MachinePaths(tmp_path / "none", blocks)) == ()


def test_who_starts_the_program_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    assert restarting.is_watched({"INVOCATION_ID": "x"}, "linux")
    assert restarting.is_watched({restarting.WATCHED: "1"}, "linux")
    assert restarting.is_watched({}, "win32")
    assert not restarting.is_watched({}, "linux")
    ran: list[tuple[str, list[str], dict[str, str]]] = []
    monkeypatch.setattr(os, "execve", lambda *given: ran.append(given))
    restarting.start_anew({"A": "1"}, ["--windowed"])
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    restarting.start_anew({}, ["--windowed"])
    (_, plain, environment), (_, frozen, _) = ran
    assert plain == [sys.executable, "-m", "totem", "--windowed"]
    assert frozen == [sys.executable, "--windowed"]
    assert environment == {"A": "1", "PYINSTALLER_RESET_ENVIRONMENT": "1"}
