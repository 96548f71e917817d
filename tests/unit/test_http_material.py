"""Each fault of certificate, key and CA chain has its own sentence, before any connection."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from providers.http.material import ClientFiles, read_identity
from providers.http.tls import open_contexts
from tests.support.authority import DAY, Identity, authority, leaf
from totem.domain.errors import CertificateRefused

NOW = datetime.now(UTC)


class Desk:
    """Good material, file by file replaceable."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = authority("Root")
        self.middle = authority("Middle", self.root)
        self.client = leaf("kiosk", self.middle, server=False)
        self.certificate = self.put("client.cer", self.client.pem)
        self.key = self.put("client.key", self.client.key_pem)
        self.ca: Path | None = self.put("chain.pem", self.root.pem + self.middle.pem)

    def put(self, name: str, data: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(data)
        return path

    @property
    def files(self) -> ClientFiles:
        return ClientFiles(self.certificate, self.key, self.ca, public_roots=False)

    def fault(self, now: datetime = NOW) -> str:
        with pytest.raises(CertificateRefused) as caught:
            read_identity(self.files, now)
        return str(caught.value)


@pytest.fixture(name="desk")
def _desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_good_material_is_shown_with_the_authorities_in_between(desk: Desk) -> None:
    identity = read_identity(desk.files, NOW)
    assert identity.chain == (desk.client.certificate, desk.middle.certificate)
    assert identity.not_after == desk.client.certificate.not_valid_after_utc


def test_der_files_and_a_whole_chain_in_the_cer_are_read(desk: Desk) -> None:
    desk.certificate = desk.put("client.cer", desk.client.der)
    desk.key = desk.put(
        "client.key", desk.client.key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    )
    assert len(read_identity(desk.files, NOW).chain) == 2
    desk.certificate = desk.put("client.cer", desk.root.pem + desk.middle.pem + desk.client.pem)
    desk.ca = None
    assert read_identity(desk.files, NOW).chain == (desk.client.certificate, desk.middle.certificate)


def _request(identity: Identity) -> bytes:
    name = x509.Name([])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(identity.key, hashes.SHA256())
    return request.public_bytes(Encoding.PEM)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda desk: b"", "is empty"),
        (lambda desk: b"not a certificate", "no readable certificate"),
        (lambda desk: b"\x30\x82\xff\xff", "no readable certificate"),
        (lambda desk: desk.client.key_pem, "holds a private key instead"),
        (lambda desk: _request(desk.client), r"request \(CSR\)"),
        (lambda desk: leaf("other", desk.middle, server=False).pem, "does not belong to the client certificate"),
        (lambda desk: b"x" * 2_000_000, "far too large"),
    ],
)
def test_a_bad_certificate_is_named(desk: Desk, make: Callable[[Desk], bytes], sentence: str) -> None:
    desk.certificate = desk.put("client.cer", make(desk))
    with pytest.raises(CertificateRefused, match=sentence):
        read_identity(desk.files, NOW)


def test_a_bad_key_is_named(desk: Desk) -> None:
    locked = desk.client.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    desk.key = desk.put("client.key", locked)
    assert "protected by a password" in desk.fault()
    desk.key = desk.put("client.key", desk.client.pem)
    assert "holds a certificate instead" in desk.fault()
    desk.key = desk.put("client.key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    assert "not a readable key" in desk.fault()
    desk.key = desk.put("client.key", leaf("other", desk.middle, server=False).key_pem)
    assert "does not belong" in desk.fault()


def test_missing_and_unreadable_files_are_named(desk: Desk) -> None:
    desk.ca = desk.folder / "nowhere.pem"
    assert "CA chain" in desk.fault()
    assert "does not exist" in desk.fault()
    desk.ca = desk.folder
    assert "cannot be read" in desk.fault()
    desk.ca = desk.put("chain.pem", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    assert "no readable certificate" in desk.fault()


def test_dates_are_judged_by_the_clock(desk: Desk) -> None:
    assert "expired on" in desk.fault(NOW + 60 * DAY)
    assert "kiosk's clock" in desk.fault(NOW - 60 * DAY)
    last = desk.client.certificate.not_valid_after_utc
    assert read_identity(desk.files, last).not_after == last
    assert "expired" in desk.fault(last + timedelta(seconds=1))


async def test_contexts_leave_no_key_behind(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    place = desk.folder / "tmp"
    place.mkdir()
    seen: list[bytes] = []

    load = ssl.SSLContext.load_cert_chain

    def watched(context: ssl.SSLContext, certfile: Path, password: str) -> None:
        seen.append(certfile.read_bytes())
        load(context, certfile, password=password)

    monkeypatch.setattr("tempfile.tempdir", str(place))
    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", watched)
    contexts = await open_contexts(desk.files, NOW)
    assert contexts.certificate_ends == desk.client.certificate.not_valid_after_utc
    assert len(seen) == 2
    assert all(b"ENCRYPTED PRIVATE KEY" in data and b"BEGIN PRIVATE KEY" not in data for data in seen)
    assert list(place.iterdir()) == []


async def test_public_roots_are_trusted_only_where_asked(desk: Desk) -> None:
    alone = await open_contexts(desk.files, NOW)
    assert len(alone.calls.get_ca_certs()) == 2
    files = ClientFiles(desk.certificate, desk.key, desk.ca)
    assert len((await open_contexts(files, NOW)).calls.get_ca_certs()) > 50
