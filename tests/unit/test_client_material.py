"""A bank's material from memory: the same contexts as from files, each fault named, nothing in a repr."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from providers.http.material import (
    ClientFiles,
    ClientMaterial,
    MaterialFault,
    MaterialRefused,
    certificate_ends,
    read_identity,
)
from providers.http.tls import open_contexts
from tests.support.authority import Identity, leaf
from tests.support.material import PASSWORD, Material, material


@pytest.fixture(scope="module", name="bank")
def _bank() -> Material:
    return material()


async def test_material_in_memory_makes_the_same_contexts_as_files(tmp_path: Path, bank: Material) -> None:
    now = datetime.now(UTC)
    paths = [tmp_path / name for name in ("a.cer", "a.key", "c.pem")]
    for path, data in zip(paths, (bank.client.pem, bank.key(), bank.chain_pem), strict=True):
        path.write_bytes(data)
    files = ClientFiles(paths[0], paths[1], paths[2], public_roots=False)
    forms = [
        ClientMaterial(bank.client.pem, bank.key(), bank.chain_pem, public_roots=False),
        ClientMaterial(bank.client.pem, bank.key(locked=True), bank.chain_pem, False, PASSWORD),
        ClientMaterial(pfx=bank.pfx(), ca=bank.chain_pem, public_roots=False, key_password=PASSWORD),
    ]
    wanted = read_identity(files, now)
    for form in forms:
        identity = read_identity(form, now)
        assert (identity.chain, identity.authorities) == (wanted.chain, wanted.authorities)
        assert certificate_ends(form) == certificate_ends(files) == wanted.not_after
        contexts = await open_contexts(form, now)
        assert len(contexts.calls.get_ca_certs()) == 2
        assert PASSWORD not in repr(form)
        assert "PRIVATE KEY" not in repr(form) + repr(identity)


def test_faults_of_material_in_memory_name_it(bank: Material) -> None:
    other: Identity = leaf("outro", bank.middle, server=False)
    now = datetime.now(UTC)
    for form, fault in (
        (ClientMaterial(bank.client.pem, other.key_pem, name="sicredi"), MaterialFault.MISMATCH),
        (ClientMaterial(b"", bank.key(), name="sicredi"), MaterialFault.EMPTY),
        (ClientMaterial(bank.client.pem, bank.key(locked=True), name="sicredi"), MaterialFault.KEY_LOCKED),
        (ClientMaterial(pfx=bank.pfx(), key_password="x", name="sicredi"), MaterialFault.WRONG_PASSWORD),
        (ClientMaterial(pfx=bank.pfx(), name="sicredi"), MaterialFault.WRONG_PASSWORD),
        (ClientMaterial(pfx=b"x", name="sicredi"), MaterialFault.NO_PFX),
    ):
        with pytest.raises(MaterialRefused, match="sicredi") as caught:
            read_identity(form, now)
        assert caught.value.fault is fault
