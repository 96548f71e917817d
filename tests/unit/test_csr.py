"""`totem csr`: what the bank gets, where the key waits, and how the certificate finds it again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import NameOID

from providers.http.material import ClientMaterial, read_identity
from tests.support.material import material, signed
from tests.unit.kiosk_files import write_kiosk
from totem import __main__ as cli
from totem.config.loader import load
from totem.config.secrets import SecretStore, open_store
from totem.config.secrets_format import Kind
from totem.config.secrets_key import People


@pytest.fixture
def kiosk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    path = write_kiosk(tmp_path)
    assert cli.main(["--config", str(path), "secrets", "init"]) == 0
    capsys.readouterr()
    return path


def run(kiosk: Path, *words: str) -> int:
    return cli.main(["--config", str(kiosk), *words])


def store_of(kiosk: Path) -> SecretStore:
    return open_store(load(kiosk).settings.secrets_place, People())


def request_in(path: Path) -> x509.CertificateSigningRequest:
    return x509.load_pem_x509_csr(path.read_bytes())


def test_the_request_is_as_a_bank_wants_it(kiosk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = kiosk.parent / "pedido.csr"
    assert run(kiosk, "csr", "--bank", "sicredi", "--out", str(out)) == 0
    told = capsys.readouterr().out
    assert f"Pedido (CSR) gravado em {out}" in told
    assert "totem secrets import CERTIFICADO CADEIA --bank sicredi" in told
    request = request_in(out)
    assert request.is_signature_valid
    assert isinstance(request.signature_hash_algorithm, SHA256)
    key = request.public_key()
    assert isinstance(key, RSAPublicKey)
    assert key.key_size == 2048
    assert request.subject.rfc4514_string() == (
        "CN=Lava-rapido Brilho Real,O=Lava-rapido Brilho Real,L=Porto Alegre,C=BR"
    )
    stored = load_pem_private_key(store_of(kiosk).get("sicredi.csr_key", Kind.KEY), None)
    assert stored.public_key() == key
    assert not any(b"PRIVATE KEY" in path.read_bytes() for path in kiosk.parent.rglob("*") if path.is_file())


def test_a_second_request_keeps_the_key_unless_another_is_wanted(kiosk: Path) -> None:
    outs = [kiosk.parent / f"{number}.csr" for number in range(3)]
    assert run(kiosk, "csr", "--bank", "inter", "--cn", "totem da loja", "--out", str(outs[0])) == 0
    assert run(kiosk, "csr", "--bank", "inter", "--out", str(outs[1])) == 0
    assert run(kiosk, "csr", "--bank", "inter", "--new-key", "--bits", "3072", "--out", str(outs[2])) == 0
    first, second, third = (request_in(out).public_key() for out in outs)
    assert first == second
    assert isinstance(third, RSAPublicKey)
    assert third.key_size == 3072
    (name,) = request_in(outs[0]).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert name.value == "totem da loja"


def test_the_key_may_lie_in_a_file_of_its_owners(kiosk: Path) -> None:
    out, key = kiosk.parent / "pedido.csr", kiosk.parent / "nova.key"
    assert run(kiosk, "csr", "--bank", "sicredi", "--out", str(out), "--key-out", str(key)) == 0
    assert key.stat().st_mode & 0o777 == 0o600
    assert load_pem_private_key(key.read_bytes(), None).public_key() == request_in(out).public_key()
    assert store_of(kiosk).kinds() == {}


def test_nothing_is_overwritten(kiosk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, key = kiosk.parent / "pedido.csr", kiosk.parent / "nova.key"
    out.write_bytes(b"x")
    assert run(kiosk, "csr", "--bank", "sicredi", "--out", str(out)) == 1
    assert "já existe" in capsys.readouterr().err
    key.write_bytes(b"x")
    assert run(kiosk, "csr", "--bank", "sicredi", "--out", str(out) + "2", "--key-out", str(key)) == 1
    assert "já existe" in capsys.readouterr().err
    assert (out.read_bytes(), key.read_bytes()) == (b"x", b"x")
    assert store_of(kiosk).kinds() == {}


@pytest.mark.parametrize("words", [["--bits", "1024"], ["--cn", " "], ["--cn", "x" * 65], ["--bank", "outro"]])
def test_bad_wishes_are_usage_errors(kiosk: Path, words: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run(kiosk, "csr", "--bank", "sicredi", *words)
    assert caught.value.code == 2


def test_the_certificate_finds_the_key_of_its_request_and_the_old_pair_serves_until_then(kiosk: Path) -> None:
    bank = material()
    folder = kiosk.parent
    for name, data in (("a.cer", bank.client.pem), ("a.key", bank.key()), ("c.pem", bank.chain_pem)):
        (folder / name).write_bytes(data)
    old = [str(folder / name) for name in ("a.cer", "a.key", "c.pem")]
    assert run(kiosk, "secrets", "import", *old, "--bank", "sicredi") == 0
    assert run(kiosk, "csr", "--bank", "sicredi", "--out", str(folder / "n.csr")) == 0
    assert store_of(kiosk).get("sicredi.key", Kind.KEY) == bank.key()
    new = signed(request_in(folder / "n.csr").public_key(), bank.middle)  # type: ignore[arg-type]
    (folder / "n.cer").write_bytes(new.public_bytes(Encoding.DER))
    assert run(kiosk, "secrets", "import", str(folder / "n.cer"), "--bank", "sicredi") == 0
    store = store_of(kiosk)
    assert list(store.kinds()) == ["sicredi.ca", "sicredi.certificate", "sicredi.key"]
    identity = read_identity(
        ClientMaterial(store.get("sicredi.certificate", Kind.CERTIFICATE), store.get("sicredi.key", Kind.KEY)),
        datetime.now(UTC),
    )
    assert identity.chain[0] == new
