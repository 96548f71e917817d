"""What the fault tests share."""

from __future__ import annotations

import pytest

from providers.sim.ca import CertificateSet, certificates


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> CertificateSet:
    """Making keys costs more than most tests."""
    return certificates(tmp_path_factory.mktemp("authority"))
