"""The throwaway authority: what its certificates are for, and who may read its keys."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID

from providers.sim.ca import CertificateSet, certificates, fingerprint


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> CertificateSet:
    return certificates(tmp_path_factory.mktemp("ca"))


def read(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_the_authority_signs_and_does_nothing_else(made: CertificateSet) -> None:
    ca = read(made.ca)
    assert ca.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    usage = ca.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.key_cert_sign
    assert not usage.value.digital_signature
    ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)


def test_each_leaf_has_one_use_and_its_own_key(made: CertificateSet) -> None:
    ca = read(made.ca)
    uses = {
        made.server: ExtendedKeyUsageOID.SERVER_AUTH,
        made.client: ExtendedKeyUsageOID.CLIENT_AUTH,
        made.other_client: ExtendedKeyUsageOID.CLIENT_AUTH,
    }
    for pair, use in uses.items():
        leaf = read(pair.cert)
        leaf.verify_directly_issued_by(ca)
        assert list(leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [use]
        assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
        key = serialization.load_pem_private_key(pair.key.read_bytes(), None)
        assert key.public_key() == leaf.public_key()
    names = read(made.server.cert).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]


def test_the_foreign_client_is_not_of_this_authority(made: CertificateSet) -> None:
    foreign = read(made.foreign_client.cert)
    foreign.verify_directly_issued_by(read(made.foreign_ca))
    with pytest.raises(ValueError, match=r"."):
        foreign.verify_directly_issued_by(read(made.ca))


def test_keys_are_for_their_owner_only(made: CertificateSet) -> None:
    for pair in (made.server, made.client, made.other_client, made.foreign_client):
        assert stat.S_IMODE(pair.key.stat().st_mode) == 0o600


def test_a_directory_keeps_its_certificates_until_they_end(tmp_path: Path) -> None:
    first = fingerprint(certificates(tmp_path).client.cert)
    assert fingerprint(certificates(tmp_path).client.cert) == first
    next_year = datetime.now(UTC) + timedelta(days=364)
    renewed = fingerprint(certificates(tmp_path, now=lambda: next_year).client.cert)
    assert renewed != first
    (tmp_path / "server.key").unlink()
    assert fingerprint(certificates(tmp_path, now=lambda: next_year).client.cert) != renewed
