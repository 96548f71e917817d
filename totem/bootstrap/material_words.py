"""What is wrong with certificate, key or chain, as a sign of health and in a technician's Portuguese."""

from __future__ import annotations

from typing import Final

from providers.http.material import MaterialRefused
from totem.bootstrap.health_words import PORTUGUESE, words_of_health
from totem.domain.errors import CertificateRefused
from totem.services.health.signs import Sign
from totem.services.health.vocabulary import Word

BANKS: Final = {"sicredi": "Sicredi", "inter": "Inter"}


def sign_of(error: CertificateRefused) -> Sign:
    """The material's fault by its own word, each with its own remedy."""
    if not isinstance(error, MaterialRefused):
        return Sign(Word.CERTIFICATE_REFUSED, {"reason": str(error)})
    return Sign(Word(f"certificate_{error.fault.value}"), {"date": error.date})


def one_sentence(error: CertificateRefused) -> str:
    """What is wrong, and what to do."""
    sign, words = sign_of(error), words_of_health()
    return f"{words.told(PORTUGUESE, sign)}; {words.remedy(PORTUGUESE, sign)}"
