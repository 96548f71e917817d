"""`[cards.vinti4]`: cards of Cabo Verde on SISP's own page, shown in the kiosk's embedded view."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from totem.config import values
from totem.config.banks import EntryName, HttpTimeouts, only_source
from totem.config.section import InputFile, Line, SecretFile, Section, Variable

PAGE_URL: Final = "https://mc.vinti4net.cv/BizMPIOnUsSisp/CardPayment"
STATUS_URLS: Final = {
    "production": "https://comerciante.vinti4.cv/pos/transaction-status",
    "test": "https://comerciante.teste.sisp.cv/pos/transaction-status",
}
MOST_KIOSK_ID: Final = 6
"""SISP's references have 15 characters: a longer id of the kiosk leaves too little of them to chance."""
_SISP_HOSTS: Final = (".vinti4net.cv", ".vinti4.cv", ".sisp.cv")

_Short = Annotated[Line, Field(max_length=50)]
_Address = Annotated[str, Field(max_length=300)]


class Vinti4Billing(Section):
    """`[cards.vinti4.billing]`: the address that 3DS is told, the shop's own: a kiosk asks nobody for theirs."""

    email: Annotated[str, Field(pattern=r"^[^@\s]{1,64}@[^@\s]{1,189}\.[^@\s]{2,}$", max_length=254)]
    country: Annotated[str, Field(pattern=r"^[0-9]{1,3}$")] = "132"
    """ISO 3166-1, numeric."""
    city: _Short
    line1: _Short
    line2: Annotated[str, Field(max_length=50)] = ""
    post_code: Annotated[Line, Field(max_length=16)]
    phone: Annotated[str, Field(pattern=r"^(\+?[0-9 ()-]{5,25})?$")] = ""


class Vinti4Settings(Section):
    """`[cards.vinti4]`."""

    environment: Literal["production", "test", "custom"]
    page_url: _Address = ""
    status_url: _Address = ""
    return_url: _Address = "http://127.0.0.1/vinti4"
    """`urlMerchantResponse`: https, or http on this computer. Nothing listens there: the view catches the answer."""
    pos_id: Annotated[str, Field(pattern=r"^[0-9]{1,12}$")]
    pos_auth_code_store: EntryName = ""
    pos_auth_code_env: Variable = ""
    pos_auth_code_file: SecretFile | None = None
    portal_id: Annotated[Line, Field(max_length=100), AfterValidator(values.without_colon)]
    portal_password_store: EntryName = ""
    portal_password_env: Variable = ""
    portal_password_file: SecretFile | None = None
    ca: InputFile | None = None
    public_roots: bool = True
    page_s: Annotated[int, Field(ge=60, le=900)] = 300
    """How long a customer may take on the page."""
    billing: Vinti4Billing
    timeouts: HttpTimeouts = Field(default_factory=HttpTimeouts)

    @field_validator("page_url")
    @classmethod
    def _page(cls, url: str, info: ValidationInfo) -> str:
        environment = info.data.get("environment")
        if not url and environment in {"test", "custom"}:
            raise ValueError(f'falta o endereço da página, que environment = "{environment}" exige')
        return _checked(url, environment)

    @field_validator("status_url")
    @classmethod
    def _status(cls, url: str, info: ValidationInfo) -> str:
        environment = info.data.get("environment")
        if not url and environment == "custom":
            raise ValueError('falta o endereço da consulta, que environment = "custom" exige')
        return _checked(url, environment)

    @field_validator("return_url")
    @classmethod
    def _comes_back(cls, url: str) -> str:
        own = urlsplit(url).scheme == "http" and urlsplit(url).hostname in {"127.0.0.1", "::1", "localhost"}
        if not own:
            _https(url)
        if urlsplit(url).query or urlsplit(url).fragment:
            raise ValueError("não pode ter ? nem #")
        return url.rstrip("/")

    @field_validator("pos_auth_code_file")
    @classmethod
    def _code_has_one_source(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        return only_source("pos_auth_code", path, info, needed=True)

    @field_validator("portal_password_file")
    @classmethod
    def _password_has_one_source(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        return only_source("portal_password", path, info, needed=True)

    @field_validator("public_roots")
    @classmethod
    def _trusts_somebody(cls, public_roots: bool, info: ValidationInfo) -> bool:
        if not public_roots and "ca" in info.data and info.data["ca"] is None:
            raise ValueError("com false, as autoridades em ca são obrigatórias")
        return public_roots

    @property
    def page(self) -> str:
        return self.page_url or PAGE_URL

    @property
    def url(self) -> str:
        """Of the status query."""
        return self.status_url or STATUS_URLS[self.environment]

    def pos_auth_code(self) -> str:
        """Of a file or variable, read now. Raises OSError or KeyError."""
        return _read(self.pos_auth_code_file, self.pos_auth_code_env)

    def portal_password(self) -> str:
        """As `pos_auth_code`."""
        return _read(self.portal_password_file, self.portal_password_env)


def _checked(url: str, environment: str | None) -> str:
    """The first page's host is pinned: but for "custom", it is SISP's own."""
    if not url:
        return url
    host = _https(url)
    if environment in STATUS_URLS and not host.endswith(_SISP_HOSTS):
        raise ValueError('não é um endereço da SISP; para outro, use environment = "custom"')
    return url


def _https(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ValueError('escreva um endereço como "https://mc.vinti4net.cv/caminho", só com https')
    return f".{parts.hostname}"


def _read(file: Path | None, variable: str) -> str:
    if file is not None:
        return file.read_text(encoding="utf-8").strip()
    return os.environ[variable]
