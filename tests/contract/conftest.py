"""Fixtures of the contract suites: the simulated banks, their certificates, and Bacen's published schemas."""

from __future__ import annotations

import json
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from providers.sim.ca import CertificateSet, certificates
from tests.support.inter_bank import InterWorld, inter_of
from tests.support.pix_rig import BANKS, Rig
from tests.support.sicredi_bank import (
    SETTINGS,
    World,
    trust,
    world_of,
)


@pytest.fixture(scope="session")
def bank_certificates(tmp_path_factory: pytest.TempPathFactory) -> CertificateSet:
    return certificates(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="session")
def bank_tls(bank_certificates: CertificateSet) -> ssl.SSLContext:
    return trust(bank_certificates.ca, bank_certificates.client)


@pytest.fixture
async def world(bank_certificates: CertificateSet, bank_tls: ssl.SSLContext) -> AsyncIterator[World]:
    async with world_of(bank_certificates, bank_tls, SETTINGS) as world:
        yield world


@pytest.fixture
async def inter(bank_certificates: CertificateSet, bank_tls: ssl.SSLContext) -> AsyncIterator[InterWorld]:
    """A Banco Inter of production's manners."""
    async with inter_of(bank_certificates, bank_tls) as world:
        yield world


@pytest.fixture(scope="session")
def published() -> dict[str, Any]:
    path = Path(__file__).parent.parent / "recorded" / "bacen_pix_2_9_0.json"
    recorded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return recorded


@pytest.fixture(params=sorted(BANKS))
async def rig(request: pytest.FixtureRequest, bank_certificates: CertificateSet) -> AsyncIterator[Rig]:
    """Each PixProvider in turn, with its bank."""
    made = await BANKS[request.param](bank_certificates)
    yield made
    for provider in made.opened:
        await provider.close()
    await made.bank.stop()
