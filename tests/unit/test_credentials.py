"""From configuration and store to what a bank's client wants; and the warning before a certificate ends."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from providers.http.material import ClientFiles, read_identity
from tests.support.clock import FakeClock
from tests.support.material import PASSWORD, Material, material, signed
from tests.unit.kiosk_files import write_kiosk
from tests.unit.test_config import with_inter
from totem.bootstrap.credentials import inter_settings, open_secrets, sicredi_settings, warn_of_expiry
from totem.config.loader import Configuration, load
from totem.config.secrets import create_store
from totem.config.secrets_errors import SecretsError
from totem.config.secrets_format import Kind
from totem.config.secrets_key import People
from totem.domain.errors import ConfigError

SECRET = "segredo-do-banco-4711"


@pytest.fixture(scope="module", name="bank")
def _bank() -> Material:
    return material()


@pytest.fixture
def kiosk(tmp_path: Path, bank: Material) -> Path:
    """Sicredi in files, and Inter's section switched on, with all that both may name."""
    path = write_kiosk(tmp_path)
    path.write_text(with_inter(path).replace('["sicredi"]', '["sicredi", "inter"]'), encoding="utf-8")
    folder = tmp_path / "segredos"
    put(folder / "sicredi.cer", bank.client.pem)
    put(folder / "sicredi.key", bank.key())
    put(folder / "sicredi-cadeia.cer", bank.chain_pem)
    put(folder / "inter.pfx", bank.pfx())
    put(folder / "inter-pfx.secret", PASSWORD.encode())
    return path


def put(path: Path, data: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(data)


def edited(kiosk: Path, *changes: tuple[str, str]) -> Configuration:
    text = kiosk.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    kiosk.write_text(text, encoding="utf-8")
    return load(kiosk)


def fill(configuration: Configuration, bank: Material, *names: str) -> None:
    store = create_store(configuration.settings.secrets_place, People())
    for name in names:
        store.put(f"{name}.client_secret", Kind.SECRET, SECRET.encode())
        store.put(f"{name}.certificate", Kind.CERTIFICATE, bank.client.pem)
        store.put(f"{name}.key", Kind.KEY, bank.key())
        store.put(f"{name}.ca", Kind.CHAIN, bank.chain_pem)


async def test_files_go_on_as_before(kiosk: Path, clock: FakeClock) -> None:
    settings = await sicredi_settings(edited(kiosk, ('["sicredi", "inter"]', '["sicredi"]')), clock)
    assert settings.client_secret == "conteúdo"
    assert isinstance(settings.source, ClientFiles)
    assert settings.versions.get_cob == "v3"
    assert settings.timeouts.total_s == 30


async def test_the_store_is_opened_once_for_both_banks(kiosk: Path, bank: Material) -> None:
    clock = FakeClock(datetime.now(UTC))
    configuration = edited(
        kiosk,
        ('client_secret_file = "segredos/sicredi.secret"', 'client_secret_store = "sicredi.client_secret"'),
        ('certificate = "segredos/sicredi.cer"', 'material_store = "sicredi"'),
        ('\nkey = "segredos/sicredi.key"', ""),
        ('ca = "segredos/sicredi-cadeia.cer"', ""),
    )
    fill(configuration, bank, "sicredi", "inter")
    store = await open_secrets(configuration)
    assert store is not None
    store.file.unlink()
    sicredi = await sicredi_settings(configuration, clock, store)
    inter = await inter_settings(configuration, clock, store)
    for settings in (sicredi, inter):
        assert settings.client_secret == SECRET
        assert settings.source is not None
        assert read_identity(settings.source, clock.now()).chain[0] == bank.client.certificate
        assert SECRET not in repr(settings)
        assert "PRIVATE KEY" not in repr(settings)
    assert inter.account is None
    assert inter.calls_per_minute == 120
    assert inter.payout.path == "/banking/v2/pix"


async def test_a_pfx_opens_by_a_password_from_anywhere(
    kiosk: Path, bank: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FakeClock(datetime.now(UTC))
    monkeypatch.setenv("TOTEM_INTER_SECRET", SECRET)
    configuration = edited(
        kiosk,
        ('client_secret_store = "inter.client_secret"', ""),
        ('# client_secret_env = "TOTEM_INTER_SECRET"', 'client_secret_env = "TOTEM_INTER_SECRET"'),
        ('material_store = "inter"', 'pfx = "segredos/inter.pfx"'),
        ('# pfx_password_file = "segredos', 'pfx_password_file = "segredos'),
        ('# account = ""', 'account = "1234"'),
    )
    settings = await inter_settings(configuration, clock)
    assert (settings.client_secret, settings.account) == (SECRET, "1234")
    assert settings.material is not None
    assert read_identity(settings.material, clock.now()).chain[0] == bank.client.certificate
    assert PASSWORD not in repr(settings)
    (kiosk.parent / "segredos" / "inter.pfx").unlink()
    with pytest.raises(ConfigError, match=r"pix\.inter\.pfx: não pode ser lido"):
        await inter_settings(configuration, clock)


async def test_what_the_store_lacks_is_said_with_the_command_that_brings_it(kiosk: Path, clock: FakeClock) -> None:
    configuration = load(kiosk)
    with pytest.raises(SecretsError, match="crie-o com: totem secrets init"):
        await inter_settings(configuration, clock)
    store = create_store(configuration.settings.secrets_place, People())
    with pytest.raises(SecretsError, match="--bank inter"):
        await inter_settings(configuration, clock)
    store.put("inter.certificate", Kind.CERTIFICATE, b"x")
    store.put("inter.key", Kind.KEY, b"x")
    with pytest.raises(SecretsError, match=r"totem secrets set inter\.client_secret"):
        await inter_settings(configuration, clock)


async def test_a_secret_that_went_away_or_is_empty_is_a_fault_without_its_bytes(kiosk: Path, clock: FakeClock) -> None:
    configuration = edited(kiosk, ('["sicredi", "inter"]', '["sicredi"]'))
    secret = kiosk.parent / "segredos" / "sicredi.secret"
    secret.write_bytes(b"\xff" + SECRET.encode())
    with pytest.raises(ConfigError, match="não se lê mais") as caught:
        await sicredi_settings(configuration, clock)
    assert caught.value.__suppress_context__
    assert SECRET not in str(caught.value)
    secret.write_text("\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="está vazio"):
        await sicredi_settings(configuration, clock)
    secret.unlink()
    with pytest.raises(ConfigError, match="não se lê mais"):
        await sicredi_settings(configuration, clock)


@pytest.mark.parametrize(("days_left", "warned"), [(31, False), (30, True), (1, True)])
async def test_the_log_warns_from_thirty_days_before_the_end(
    tmp_path: Path, bank: Material, caplog: pytest.LogCaptureFixture, days_left: int, warned: bool
) -> None:
    begins = datetime.now(UTC) - timedelta(days=1)
    certificate = signed(bank.client.key.public_key(), bank.middle, begins=begins, days=365)
    put(tmp_path / "a.cer", certificate.public_bytes(Encoding.PEM))
    put(tmp_path / "a.key", bank.key())
    now = certificate.not_valid_after_utc - timedelta(days=days_left, hours=1)
    files = ClientFiles(tmp_path / "a.cer", tmp_path / "a.key")
    with caplog.at_level(logging.WARNING):
        left = await warn_of_expiry("sicredi", files, now)
    assert left == days_left
    assert (f"the certificate of sicredi ends in {days_left} days" in caplog.text) is warned


async def test_a_certificate_that_cannot_be_read_is_left_to_whoever_opens_it(tmp_path: Path, clock: FakeClock) -> None:
    assert await warn_of_expiry("sicredi", ClientFiles(tmp_path / "a", tmp_path / "b"), clock.now()) is None
    assert await warn_of_expiry("sicredi", None, clock.now()) is None
