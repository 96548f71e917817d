"""What is wrong with certificate, key or chain, and what to do about it, in a technician's Portuguese."""

from __future__ import annotations

from typing import Final

from providers.http.material import MaterialFault, MaterialRefused
from totem.domain.errors import CertificateRefused

BANKS: Final = {"sicredi": "Sicredi", "inter": "Inter"}

_SENTENCES: Final = {
    MaterialFault.MISSING: ("o arquivo não existe", "confira o caminho"),
    MaterialFault.UNREADABLE: ("o arquivo não pode ser lido", "confira o dono e a permissão do arquivo"),
    MaterialFault.EMPTY: ("o arquivo está vazio", "baixe-o outra vez do portal do banco"),
    MaterialFault.TOO_LARGE: ("o arquivo é grande demais para ser um certificado ou chave", "confira qual é o arquivo"),
    MaterialFault.NO_CERTIFICATE: ("não há nele um certificado que se possa ler", "baixe-o outra vez do banco"),
    MaterialFault.KEY_INSTEAD: ("é uma chave, e não um certificado", "troque os arquivos de lugar"),
    MaterialFault.REQUEST_INSTEAD: (
        "é o pedido (CSR), e não o certificado",
        "envie o pedido ao banco e importe o certificado que ele devolver",
    ),
    MaterialFault.NO_KEY: ("não há nele uma chave que se possa ler", "confira se é o .key que veio com o certificado"),
    MaterialFault.CERTIFICATE_INSTEAD: ("é um certificado, e não uma chave", "troque os arquivos de lugar"),
    MaterialFault.KEY_LOCKED: (
        "a chave tem senha",
        "guarde-a no cofre com totem secrets import, que pergunta a senha uma vez",
    ),
    MaterialFault.WRONG_PASSWORD: ("a senha não abre este arquivo", "confira a senha e repita"),
    MaterialFault.NO_PFX: ("não é um arquivo .pfx que se possa ler", "peça ao banco outro .pfx, ou o .crt e o .key"),
    MaterialFault.MISMATCH: (
        "a chave e o certificado não são um par",
        "use a chave com que o pedido (CSR) foi feito, ou peça outro certificado com totem csr",
    ),
    MaterialFault.EXPIRED: ("o certificado venceu em {date}", "peça um novo ao banco; o pedido se faz com totem csr"),
    MaterialFault.NOT_YET: ("o certificado só vale a partir de {date}", "confira a data e a hora deste computador"),
}


def told(error: CertificateRefused) -> tuple[str, str]:
    """(what is wrong, what to do)."""
    if not isinstance(error, MaterialRefused):
        return str(error), "confira certificado, chave e cadeia com o banco"
    what, remedy = _SENTENCES[error.fault]
    return what.format(date=error.date), remedy


def one_sentence(error: CertificateRefused) -> str:
    what, remedy = told(error)
    return f"{what}; {remedy}"
