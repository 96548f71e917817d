"""`totem csr`: a key pair of ours and the request (CSR) by which the bank makes a certificate for it.

The key is made here and never leaves: it waits in the encrypted store until `totem secrets import` brings its
certificate, and a running kiosk goes on with the old pair until then.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from providers.http.material_forms import private_key_in
from totem.bootstrap.asking import CommandRefused, people
from totem.bootstrap.importing import key_pem
from totem.bootstrap.material_words import BANKS
from totem.bootstrap.secrets_commands import OK, stored_key_name
from totem.config.loader import load
from totem.config.models import Settings
from totem.config.private_file import write_private
from totem.config.secrets import SecretStore, open_store
from totem.config.secrets_format import Kind

KEY_BITS: Final = (2048, 3072, 4096)
MAX_NAME: Final = 64
"""X.520's upper bound of a common name and of an organisation."""


@dataclass(frozen=True, slots=True)
class CsrOptions:
    """One run. `key_out` puts the key into a file of its owner's instead of the store."""

    bank: str
    common_name: str | None = None
    out: Path | None = None
    key_out: Path | None = None
    bits: int = 2048
    new_key: bool = False


def run(config: Path, options: CsrOptions) -> int:
    """Raises ConfigError, SecretsError; CommandRefused with a sentence where a file is in the way."""
    settings = load(config, check_files=False).settings
    out = options.out or Path(f"{options.bank}.csr")
    if out.exists():
        raise CommandRefused(f"{out} já existe; escolha outro nome com --out, ou mova-o antes")
    if options.key_out is not None:
        key = _key_in_file(options.key_out, options.bits)
        where = f"em {options.key_out}, que só o dono lê"
    else:
        store = open_store(settings.secrets_place, people())
        key, is_new = _key_in_store(store, options)
        where = f"no cofre, como {stored_key_name(options.bank)}" + ("" if is_new else " (a mesma do pedido anterior)")
    request = make_request(key, settings, options.common_name)
    out.write_bytes(request.public_bytes(Encoding.PEM))
    _tell(options, out, where, request)
    return OK


def make_request(key: rsa.RSAPrivateKey, settings: Settings, common_name: str | None) -> x509.CertificateSigningRequest:
    """PKCS #10 (RFC 2986) with SHA-256: country, city, business, and the name of what connects.

    What comes from the configuration loses its accents: not every bank's portal reads them.
    """
    business = _plain(settings.business.name)
    attributes = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "BR"),
        x509.NameAttribute(NameOID.LOCALITY_NAME, _plain(settings.business.city)),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, business),
        x509.NameAttribute(NameOID.COMMON_NAME, common_name or business),
    ]
    return x509.CertificateSigningRequestBuilder().subject_name(x509.Name(attributes)).sign(key, hashes.SHA256())


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")[:MAX_NAME] or "Totem"


def _key_in_store(store: SecretStore, options: CsrOptions) -> tuple[rsa.RSAPrivateKey, bool]:
    """A request sent twice keeps its key, so that the certificate of the first one fits too."""
    name = stored_key_name(options.bank)
    waiting = store.find(name, Kind.KEY)
    if waiting is not None and not options.new_key:
        key = private_key_in(waiting, name)
        if isinstance(key, rsa.RSAPrivateKey):
            return key, False
    made = _new_key(options.bits)
    store.put(name, Kind.KEY, key_pem(made))
    return made, True


def _key_in_file(path: Path, bits: int) -> rsa.RSAPrivateKey:
    if path.exists():
        raise CommandRefused(f"{path} já existe; escolha outro nome com --key-out, ou mova-o antes")
    made = _new_key(bits)
    write_private(path, key_pem(made))
    return made


def _new_key(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def _tell(options: CsrOptions, out: Path, where: str, request: x509.CertificateSigningRequest) -> None:
    bank = BANKS[options.bank]
    print(f"Pedido (CSR) gravado em {out}, em nome de {request.subject.rfc4514_string()}.")
    print(f"A chave ficou {where}. Ela nunca vai ao banco.")
    print(f"Envie {out} ao {bank}. Quando o certificado chegar, importe-o:")
    key = f" {options.key_out}" if options.key_out is not None else ""
    print(f"  totem secrets import CERTIFICADO CADEIA{key} --bank {options.bank}")
    if options.bank == "inter":
        print("Se a página do Inter entregar certificado e chave já prontos, dispense este pedido e importe os dois.")
