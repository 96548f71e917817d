"""`[pix.sicredi]` and `[pix.inter]`: one bank each, and where its credentials lie.

No secret stands in these sections. Each says where one is: in the encrypted store (`..._store`), in a file that its
owner alone reads (`..._file`), or in an environment variable (`..._env`).
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from totem.config import values
from totem.config.section import InputFile, Line, SecretFile, Section, Variable, Version, checks_files

ENTRY_PATTERN: Final = r"^([a-z0-9][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)*)?$"
"""Names in the encrypted store; "" where the store is not used."""
_MONEY: Final = re.compile(r"([0-9]{1,7})[.,]([0-9]{2})")

EntryName = Annotated[str, Field(pattern=ENTRY_PATTERN, max_length=64)]


class HttpTimeouts(Section):
    """`[pix.sicredi.timeouts]` and `[pix.inter.timeouts]`, seconds."""

    connect_s: Annotated[int, Field(ge=1, le=60)] = 5
    read_s: Annotated[int, Field(ge=1, le=60)] = 15
    write_s: Annotated[int, Field(ge=1, le=60)] = 10
    pool_s: Annotated[int, Field(ge=1, le=60)] = 5
    total_s: Annotated[int, Field(ge=2, le=120)] = 30


class BankSettings(Section):
    """What the sections of all banks share: who we are there, and where our credentials lie."""

    environment: str
    base_url: str = ""
    client_id: Annotated[Line, Field(max_length=200), AfterValidator(values.without_colon)]
    client_secret_store: EntryName = ""
    client_secret_env: Variable = ""
    client_secret_file: SecretFile | None = None
    material_store: EntryName = ""
    """Certificate, key and chain as `totem secrets import --bank` left them in the store, under this name."""

    @field_validator("base_url")
    @classmethod
    def _only_when_custom(cls, url: str, info: ValidationInfo) -> str:
        environment = info.data.get("environment")
        if environment == "custom":
            if not url:
                raise ValueError('falta o endereço, que environment = "custom" exige')
            return values.https_url(url)
        if url and environment:
            raise ValueError('só vale com environment = "custom"; apague esta chave')
        return url

    @field_validator("client_secret_file")
    @classmethod
    def _one_source(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        return only_source("client_secret", path, info, needed=True)

    def client_secret(self) -> str:
        """The secret of a file or variable, read now. Raises OSError or KeyError where it has gone since the start."""
        if self.client_secret_file:
            return self.client_secret_file.read_text(encoding="utf-8").strip()
        return os.environ[self.client_secret_env]


def only_source(name: str, path: Path | None, info: ValidationInfo, *, needed: bool) -> Path | None:
    """Checks that exactly one of `name_store`, `name_env` and `name_file` is written (or none, where not `needed`)."""
    store, variable = info.data.get(f"{name}_store"), info.data.get(f"{name}_env")
    if path and variable:
        raise ValueError(f"escreva {name}_file ou {name}_env, não as duas")
    if store and (path or variable):
        raise ValueError(f"escreva só uma: {name}_store, {name}_file ou {name}_env")
    if needed and not path and variable == "" and store == "":
        raise ValueError(
            f"falta dizer onde está o segredo: {name}_store (cofre), {name}_file (arquivo) ou {name}_env (variável)"
        )
    if variable and checks_files(info) and not os.environ.get(variable):
        raise ValueError(f"a variável de ambiente {variable}, que {name}_env indica, está vazia ou não existe")
    return path


def goes_without_store(path: Path | None, info: ValidationInfo, *, needed: bool) -> Path | None:
    store = info.data.get("material_store")
    if path and store:
        raise ValueError("apague esta chave ou material_store: o cofre já guarda certificado, chave e cadeia")
    if needed and not path and store == "":
        raise ValueError("falta esta chave (ou material_store, se o certificado e a chave estão no cofre)")
    return path


def trusts_somebody(public_roots: bool, info: ValidationInfo) -> bool:
    in_files = info.data.get("material_store") == ""
    if not public_roots and in_files and "ca" in info.data and info.data["ca"] is None:
        raise ValueError("com false, a cadeia do banco (ca) é obrigatória")
    return public_roots


# --- Sicredi --------------------------------------------------------------------------------------------------------

SICREDI_URLS: Final = {
    "production": "https://api-pix.sicredi.com.br",
    "homologation": "https://api-pix-h.sicredi.com.br",
}


class SicrediVersions(Section):
    """`[pix.sicredi.versions]`: Sicredi moves its operations one by one, so each has its own."""

    create_charge: Version = "v2"
    get_charge: Version = "v3"
    cancel_charge: Version = "v2"
    received: Version = "v2"
    """The `/pix` tree: what was received, and what is given back."""
    location: Version = "v2"


class SicrediSettings(BankSettings):
    """`[pix.sicredi]`."""

    environment: Literal["production", "homologation", "custom"]
    certificate: InputFile | None = None
    key: SecretFile | None = None
    ca: InputFile | None = None
    public_roots: bool = True
    pix_key: Annotated[str, AfterValidator(values.pix_key)]
    versions: SicrediVersions = Field(default_factory=SicrediVersions)
    timeouts: HttpTimeouts = Field(default_factory=HttpTimeouts)

    @field_validator("certificate", "key")
    @classmethod
    def _here_or_in_the_store(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        return goes_without_store(path, info, needed=True)

    @field_validator("ca")
    @classmethod
    def _not_in_both(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        return goes_without_store(path, info, needed=False)

    @field_validator("public_roots")
    @classmethod
    def _roots(cls, public_roots: bool, info: ValidationInfo) -> bool:
        return trusts_somebody(public_roots, info)

    @property
    def url(self) -> str:
        return self.base_url or SICREDI_URLS[self.environment]


# --- Inter ----------------------------------------------------------------------------------------------------------

INTER_URLS: Final = {
    "production": "https://cdpj.partners.bancointer.com.br",
    "sandbox": "https://cdpj-sandbox.partners.uatinter.co",
}
_INTER_CALLS: Final = {"sandbox": 10}
_INTER_PRODUCTION_CALLS: Final = 120


class PixOutSettings(Section):
    """`[pix.inter.pix_out]`: a Pix that we send, off unless the owner switches it on."""

    enabled: bool = False
    max_payment: str = "0,00"
    max_day: str = "0,00"
    path: Annotated[str, Field(pattern=r"^(/[A-Za-z0-9_.-]+)+$")] = "/banking/v2/pix"

    @field_validator("max_payment", "max_day")
    @classmethod
    def _is_money(cls, text: str, info: ValidationInfo) -> str:
        if not _MONEY.fullmatch(text):
            raise ValueError('escreva o valor entre aspas como "150,00", sem R$ e sem ponto de milhar')
        if info.data.get("enabled") and _centavos(text) == 0:
            raise ValueError("com enabled = true, diga um limite maior que zero")
        return text

    @field_validator("max_day")
    @classmethod
    def _holds_one_payment(cls, text: str, info: ValidationInfo) -> str:
        if _centavos(text) < _centavos(info.data.get("max_payment", "0,00")):
            raise ValueError("não pode ser menor que max_payment")
        return text

    @property
    def max_payment_cents(self) -> int:
        return _centavos(self.max_payment)

    @property
    def max_day_cents(self) -> int:
        return _centavos(self.max_day)


def _centavos(text: str) -> int:
    match = _MONEY.fullmatch(text)
    return int(match[1] + match[2]) if match else 0


class InterSettings(BankSettings):
    """`[pix.inter]`. The bank hands out `.crt` and `.key`, or both in one `.pfx` with a password."""

    environment: Literal["production", "sandbox", "custom"]
    pfx: SecretFile | None = None
    pfx_password_store: EntryName = ""
    pfx_password_env: Variable = ""
    pfx_password_file: SecretFile | None = None
    certificate: InputFile | None = None
    key: SecretFile | None = None
    ca: InputFile | None = None
    public_roots: bool = True
    account: Annotated[str, Field(pattern=r"^([0-9]{1,20})?$")] = ""
    """`x-conta-corrente`, wanted only where the integration covers several accounts."""
    pix_key: Annotated[str, AfterValidator(values.pix_key)]
    calls_per_minute: Annotated[int, Field(ge=0, le=600)] = 0
    """This kiosk's part of the integration's limit; 0 for all of it."""
    timeouts: HttpTimeouts = Field(default_factory=HttpTimeouts)
    pix_out: PixOutSettings = Field(default_factory=PixOutSettings)

    @field_validator("pfx")
    @classmethod
    def _not_beside_the_store(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        return goes_without_store(path, info, needed=False)

    @field_validator("pfx_password_file")
    @classmethod
    def _password_has_one_source(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        return only_source("pfx_password", path, info, needed=bool(info.data.get("pfx")))

    @field_validator("certificate", "key")
    @classmethod
    def _pair_or_pfx(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        pfx = info.data.get("pfx")
        if path and pfx:
            raise ValueError("apague esta chave ou pfx: o arquivo .pfx já traz certificado e chave")
        if not path and pfx is None and "pfx" in info.data and info.data.get("material_store") == "":
            raise ValueError("falta esta chave (ou pfx, ou material_store, se estão no cofre)")
        return goes_without_store(path, info, needed=False)

    @field_validator("ca")
    @classmethod
    def _not_in_both(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        return goes_without_store(path, info, needed=False)

    @field_validator("public_roots")
    @classmethod
    def _roots(cls, public_roots: bool, info: ValidationInfo) -> bool:
        return trusts_somebody(public_roots, info)

    @property
    def url(self) -> str:
        return self.base_url or INTER_URLS[self.environment]

    @property
    def calls_limit_per_minute(self) -> int:
        """What was written, else the bank's own limit: 120 in production, 10 in the sandbox."""
        return self.calls_per_minute or _INTER_CALLS.get(self.environment, _INTER_PRODUCTION_CALLS)

    def pfx_password(self) -> str:
        """The password of a file or variable, read now. Raises OSError or KeyError."""
        if self.pfx_password_file:
            return self.pfx_password_file.read_text(encoding="utf-8").strip()
        return os.environ[self.pfx_password_env]
