"""`[cards.adiq]`: cards keyed on the kiosk, through Adiq. Off by default, and keyed entry is off even then."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from totem.config import values
from totem.config.banks import EntryName, HttpTimeouts, only_source
from totem.config.section import InputFile, Line, SecretFile, Section, Variable

ADIQ_URLS: Final = {"production": "https://ecommerce.adiq.io", "homologation": "https://ecommerce-hml.adiq.io"}
UUID_PATTERN: Final = r"^([0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})?$"
DESCRIPTOR_PATTERN: Final = r"^[A-Za-z0-9 *.-]{0,13}$"
LAST_FOUR_PATTERN: Final = r"^([0-9]{4})?$"

PCI_NOTE: Final = (
    "cards.adiq.keyed_entry: o cliente digita o cartão neste totem, o que põe o estabelecimento sob o PCI SAQ D "
    "(o questionário completo); combine isso com a Adiq antes de vender assim"
)

_Uuid = Annotated[str, Field(pattern=UUID_PATTERN)]
_Short = Annotated[str, Field(max_length=60)]
_Long = Annotated[str, Field(max_length=200)]


class AdiqCustomer(Section):
    """`[cards.adiq.customer]`: who the antifraud is told that pays. A kiosk knows nobody; "" leaves a field out."""

    document_type: Literal["", "cpf", "cnpj"] = ""
    document_number: Annotated[str, Field(pattern=r"^([0-9A-Z]{11}|[0-9A-Z]{14})?$")] = ""
    first_name: _Short = ""
    last_name: _Short = ""
    email: _Short = ""
    phone: Annotated[str, Field(max_length=20)] = ""
    mobile_phone: Annotated[str, Field(max_length=20)] = ""
    address: _Long = ""
    complement: _Long = ""
    city: _Short = ""
    state: Annotated[str, Field(pattern=r"^([A-Z]{2})?$")] = ""
    zip_code: Annotated[str, Field(pattern=r"^([0-9]{8})?$")] = ""
    ip_address: Annotated[str, Field(max_length=45)] = ""
    country: Annotated[str, Field(pattern=r"^([A-Z]{2})?$")] = ""


class AdiqDevice(Section):
    """`[cards.adiq.device]`: what 3DS is told of the browser; the kiosk answers for itself. 0 and "" leave it out."""

    ip_address: Annotated[str, Field(max_length=45)] = ""
    accept_header: _Long = ""
    color_depth: Annotated[int, Field(ge=0, le=64)] = 0
    java_enabled: Literal["", "Y", "N"] = ""
    javascript_enabled: bool = False
    language: Annotated[str, Field(max_length=8)] = ""
    screen_height: Annotated[int, Field(ge=0, le=20_000)] = 0
    screen_width: Annotated[int, Field(ge=0, le=20_000)] = 0
    timezone_offset: Annotated[int, Field(ge=-900, le=900)] = 180
    """Minutes west of Greenwich: Brasília's are 180."""
    user_agent: _Long = ""


class AdiqSettings(Section):
    """`[cards.adiq]`."""

    environment: Literal["production", "homologation", "custom"]
    base_url: str = ""
    client_id: Annotated[Line, Field(max_length=200), AfterValidator(values.without_colon)]
    client_secret_store: EntryName = ""
    client_secret_env: Variable = ""
    client_secret_file: SecretFile | None = None
    ca: InputFile | None = None
    public_roots: bool = True
    saved_card: _Uuid = ""
    """A card in Adiq's vault that pays this kiosk's sales in place of the customer's."""
    saved_card_brand: Annotated[str, Field(max_length=20)] = ""
    saved_card_digits: Annotated[str, Field(pattern=LAST_FOUR_PATTERN)] = ""
    keyed_entry: bool = False
    """Card data on the kiosk's keypad: its owner comes under PCI SAQ D."""
    capture: Literal["automatic", "after_ticket"] = "automatic"
    """`captureType`: `ac`, or `pa` with the capture once the ticket is out."""
    installments_as: Literal["lojista", "parcelado_loja"] = "lojista"
    """`productType` of a sale in instalments: Adiq's papers and its clients differ."""
    soft_descriptor: Annotated[str, Field(pattern=DESCRIPTOR_PATTERN)] = ""
    debit: bool = False
    approved_codes: Annotated[tuple[str, ...], Field(strict=False)] = ()
    """`returnCode`s that Adiq says are approvals, where its answers have no status."""
    antifraud_code: _Uuid = ""
    threeds_code: _Uuid = ""
    threeds_url: _Long = ""
    threeds_protocol: Annotated[str, Field(pattern=r"^([0-9]+(\.[0-9]+)*)?$", max_length=10)] = ""
    customer: AdiqCustomer | None = None
    device: AdiqDevice | None = None
    timeouts: HttpTimeouts = Field(default_factory=HttpTimeouts)

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

    @field_validator("public_roots")
    @classmethod
    def _trusts_somebody(cls, public_roots: bool, info: ValidationInfo) -> bool:
        if not public_roots and "ca" in info.data and info.data["ca"] is None:
            raise ValueError("com false, as autoridades em ca são obrigatórias")
        return public_roots

    @field_validator("keyed_entry")
    @classmethod
    def _something_to_pay_with(cls, keyed_entry: bool, info: ValidationInfo) -> bool:
        saved = info.data.get("saved_card")
        if not keyed_entry and saved == "":
            raise ValueError(
                "sem digitação e sem saved_card não há cartão: leia o aviso do PCI no exemplo e escreva "
                "keyed_entry = true"
            )
        if keyed_entry and saved:
            raise ValueError("com saved_card nada se digita: apague uma das duas")
        return keyed_entry

    @property
    def url(self) -> str:
        return self.base_url or ADIQ_URLS[self.environment]

    def client_secret(self) -> str:
        """The secret of a file or variable, read now. Raises OSError or KeyError."""
        if self.client_secret_file is not None:
            return self.client_secret_file.read_text(encoding="utf-8").strip()
        return os.environ[self.client_secret_env] if self.client_secret_env else ""

    def notes(self) -> tuple[str, ...]:
        """What the owner must know, as `key: sentence`."""
        if not self.keyed_entry:
            return ()
        return (PCI_NOTE,)
