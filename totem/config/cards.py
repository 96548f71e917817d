"""`[cards]` and a section for each terminal: which of them this kiosk has, and what becomes of cards in trouble."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from totem.config import values
from totem.config.adiq import AdiqSettings
from totem.config.banks import (
    EntryName,
    HttpTimeouts,
    goes_without_store,
    only_source,
    trusts_somebody,
)
from totem.config.section import AnyPath, InputFile, Line, SecretFile, Section, Variable
from totem.config.vinti4 import Vinti4Settings
from totem.domain.money import Currency

TerminalName = Literal["tef", "smartpos", "gopag", "adiq", "vinti4"]
Method = Literal["credit", "debit", "card"]

CARD_CURRENCIES: Final = {"vinti4": Currency.CVE}
"""The money of a terminal, where it is not the real."""

_Digits = Annotated[str, Field(pattern=r"^([0-9]{1,20})?$")]
_ADDRESS: Final = r"^[^\s/:]+(:[0-9]{1,5})?(/[^\s]*)?$"


class TefNetwork(Section):
    """One of `[[cards.tef.networks]]`: an acquirer as PayGo knows it."""

    name: Annotated[Line, Field(max_length=20)]
    index: Annotated[str, Field(pattern=r"^([0-9]{1,6})?$")] = ""


class TefSettings(Section):
    """`[cards.tef]`: PayGo, over a socket to `totem tef-bridge` or by its exchange folder."""

    channel: Literal["socket", "folder"] = "socket"
    address: Annotated[str, Field(pattern=_ADDRESS)] = "localhost:60906"
    """A path behind it (`/paygo`) is taken and names nothing."""
    secret_store: EntryName = ""
    secret_env: Variable = ""
    secret_file: SecretFile | None = None
    tls: bool = False
    ca: InputFile | None = None
    server_name: Annotated[str, Field(max_length=253)] = ""
    folder: AnyPath | None = None
    company: Annotated[Line, Field(max_length=40)]
    pos_name: Annotated[Line, Field(max_length=40)] = "Totem"
    registration: Annotated[Line, Field(max_length=40)]
    interface_version: Annotated[str, Field(pattern=r"^[0-9]{1,5}$")] = "225"
    networks: Annotated[tuple[TefNetwork, ...], Field(strict=False)] = ()
    terminal_number: _Digits = ""
    merchant_number: _Digits = ""
    installments_by_issuer: bool = False
    record: bool = False
    """Keep every message, redacted, beside the journal: for the homologation."""

    @field_validator("secret_file")
    @classmethod
    def _one_source(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        return only_source("secret", path, info, needed=False)

    @field_validator("folder")
    @classmethod
    def _goes_with_its_channel(cls, folder: Path | None, info: ValidationInfo) -> Path | None:
        channel = info.data.get("channel")
        if channel == "folder" and folder is None:
            raise ValueError('falta esta chave, que channel = "folder" exige (no Windows, em geral C:/PAYGO)')
        if channel == "socket" and folder is not None:
            raise ValueError('só vale com channel = "folder"; apague esta chave')
        return folder

    def secret(self) -> str:
        """The bridge's secret of a file or variable, "" for none. Raises OSError or KeyError."""
        return _read(self.secret_file, self.secret_env)


class SmartPosSettings(Section):
    """`[cards.smartpos]`: the bridge application on a Smart POS."""

    host: Annotated[str, AfterValidator(values.host)] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 7101
    secret_store: EntryName = ""
    secret_env: Variable = ""
    secret_file: SecretFile | None = None
    allow_no_secret: bool = False
    card_s: Annotated[int, Field(ge=10, le=600)] = 90
    prints_tickets: bool = False

    @field_validator("secret_file")
    @classmethod
    def _one_source(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        return only_source("secret", path, info, needed=False)

    @field_validator("allow_no_secret")
    @classmethod
    def _secret_or_loopback(cls, allowed: bool, info: ValidationInfo) -> bool:
        data = info.data
        has_secret = any(data.get(f"secret_{place}") for place in ("store", "env", "file"))
        if not has_secret and not allowed and "secret_file" in data:
            raise ValueError("falta o segredo (secret_store, secret_file ou secret_env), ou allow_no_secret = true")
        if allowed and not has_secret and data.get("host") not in {"127.0.0.1", "::1", "localhost"}:
            raise ValueError("só vale com host neste computador (adb forward): na rede, o segredo é obrigatório")
        return allowed

    def secret(self) -> str:
        """The secret of a file or variable, "" for none. Raises OSError or KeyError."""
        return _read(self.secret_file, self.secret_env)


GOPAG_URLS: Final = {"production": "https://api.gopag.com.br", "stage": "https://api-stage.gopag.com.br"}


class GopagSettings(Section):
    """`[cards.gopag]`: a GoPag reader (mPOS), asked for over the internet."""

    environment: Literal["production", "stage", "custom"]
    base_url: str = ""
    marketplace: Annotated[Line, Field(max_length=64)]
    seller: Annotated[Line, Field(max_length=64)]
    terminal: Annotated[Line, Field(max_length=64)]
    """The reader's serial number: without one, every reader of the seller would ring."""
    token_store: EntryName = ""
    token_env: Variable = ""
    token_file: SecretFile | None = None
    material_store: EntryName = ""
    certificate: InputFile | None = None
    key: SecretFile | None = None
    ca: InputFile | None = None
    public_roots: bool = True
    lock: bool = True
    void: bool = False
    """Whether GoPag lets this seller void by its interface."""
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

    @field_validator("token_file")
    @classmethod
    def _one_source(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        return only_source("token", path, info, needed=True)

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
        return self.base_url or GOPAG_URLS[self.environment]

    def token(self) -> str:
        """The token of a file or variable, read now. Raises OSError or KeyError."""
        return _read(self.token_file, self.token_env)


class CardSettings(Section):
    """`[cards]`. No terminal named: the kiosk takes no cards."""

    terminals: Annotated[tuple[TerminalName, ...], Field(strict=False)] = ()
    """In order of preference: the second is asked where the first is not there."""
    methods: Annotated[tuple[Method, ...], Field(strict=False, min_length=1)] = ("credit", "debit", "card")
    most_installments: Annotated[int, Field(ge=1, le=12)] = 1
    least_installment_cents: Annotated[int, Field(ge=100, le=100_000)] = 500
    ticket_unknown: Literal["undo", "confirm"] = "undo"
    """The card's fate where nobody knows whether its ticket came out."""
    ticket_failed: Literal["undo", "confirm"] = "undo"
    """The same where the ticket certainly did not come out: an attendant prints a confirmed one later."""
    merchant_receipt: Literal["keep", "print"] = "keep"
    """The shop's copy is kept in the journal, or printed behind the customer's where the acquirer asks for it."""
    tef: TefSettings | None = None
    smartpos: SmartPosSettings | None = None
    gopag: GopagSettings | None = None
    adiq: AdiqSettings | None = None
    vinti4: Vinti4Settings | None = None
    two_cards: bool = False
    """Whether a customer may divide a sale over two cards."""

    @field_validator("two_cards")
    @classmethod
    def _can_go_back(cls, two_cards: bool, info: ValidationInfo) -> bool:
        """The first card goes back where the second does not pay."""
        gopag = info.data.get("gopag")
        if two_cards and "gopag" in info.data.get("terminals", ()) and gopag is not None and not gopag.void:
            raise ValueError("a GoPag só devolve o primeiro cartão com void = true em [cards.gopag]")
        return two_cards

    @field_validator("terminals", "methods")
    @classmethod
    def _each_once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(names)) != len(names):
            raise ValueError("o mesmo nome aparece duas vezes")
        return names

    @field_validator("tef", "smartpos", "gopag", "adiq", "vinti4")
    @classmethod
    def _is_there_when_used(cls, section: Section | None, info: ValidationInfo) -> Section | None:
        name = str(info.field_name)
        if section is None and name in info.data.get("terminals", ()):
            raise ValueError(f"falta a seção [cards.{name}], porque terminals contém {name}")
        return section


def notes_on(settings: CardSettings) -> tuple[str, ...]:
    """What the owner must know of the terminals in use, as `key: sentence`."""
    return settings.adiq.notes() if settings.adiq is not None and "adiq" in settings.terminals else ()


def _read(file: Path | None, variable: str) -> str:
    if file is not None:
        return file.read_text(encoding="utf-8").strip()
    return os.environ[variable] if variable else ""
