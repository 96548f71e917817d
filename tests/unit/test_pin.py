"""The technician's PIN: not guessed past the lock-out, and readable nowhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from totem.config.pin import FREE_TRIES, PinFile, PinRefused

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PIN = "482915"


@pytest.fixture
def pin(tmp_path: Path) -> PinFile:
    made = PinFile(tmp_path / "technician.pin")
    made.set(PIN)
    return made


def test_right_and_wrong(pin: PinFile) -> None:
    pin.check(PIN, NOW)
    with pytest.raises(PinRefused, match="PIN errado"):
        pin.check("482916", NOW)


def test_without_a_pin_nothing_opens(tmp_path: Path) -> None:
    with pytest.raises(PinRefused, match="ainda não há PIN"):
        PinFile(tmp_path / "none").check("000000", NOW)


@pytest.mark.parametrize(
    "bad", ["", "12345", "1234567890123", "48291a", "٤٨٢٩١٥", "111111", "121212", "345678", "876543"]
)
def test_refused_when_set(tmp_path: Path, bad: str) -> None:
    made = PinFile(tmp_path / "pin")
    with pytest.raises(PinRefused):
        made.set(bad)
    assert not made.is_set


def test_the_pause_grows_and_outlives_a_restart(pin: PinFile, tmp_path: Path) -> None:
    now = NOW
    for _ in range(FREE_TRIES - 1):
        with pytest.raises(PinRefused, match=r"PIN errado$"):
            pin.check("000000", now)
    for pause in ("30 segundos", "60 segundos", "2 minutos", "4 minutos", "8 minutos"):
        with pytest.raises(PinRefused, match=f"espere {pause}$"):
            PinFile(tmp_path / "technician.pin").check("000000", now)
        with pytest.raises(PinRefused, match=f"bloqueado por mais {pause}$"):
            PinFile(tmp_path / "technician.pin").check(PIN, now)
        now += timedelta(minutes=10)
    pin.check(PIN, now)
    with pytest.raises(PinRefused, match=r"PIN errado$"):
        pin.check("000000", now)


def test_right_pin_is_refused_while_locked(pin: PinFile) -> None:
    for _ in range(FREE_TRIES):
        with pytest.raises(PinRefused):
            pin.check("000000", NOW)
    with pytest.raises(PinRefused, match="bloqueado"):
        pin.check(PIN, NOW)
    pin.check(PIN, NOW + timedelta(minutes=1))
    pin.check(PIN, NOW + timedelta(minutes=1))


def test_the_file_tells_nothing(pin: PinFile, tmp_path: Path) -> None:
    file = tmp_path / "technician.pin"
    text = file.read_text()
    assert PIN not in text
    assert "$argon2id$" in text
    assert file.stat().st_mode & 0o077 == 0


def test_a_broken_file_opens_nothing(pin: PinFile, tmp_path: Path) -> None:
    (tmp_path / "technician.pin").write_text("{}")
    with pytest.raises(PinRefused, match="não se lê"):
        pin.check(PIN, NOW)
