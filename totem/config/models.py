"""The shape of `totem.toml`: every section and key, its limits and its default.

A check that needs two keys is a validator of the later key, which sees the earlier ones: a validator of the whole
section would stay silent while any other key of it is wrong, and the owner is told every fault at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from totem.config import values
from totem.config.banks import BankSettings, InterSettings, SicrediSettings
from totem.config.cards import CARD_CURRENCIES, CardSettings
from totem.config.maintenance import MaintenanceSettings
from totem.config.printers import PrinterSettings
from totem.config.secrets_key import KeySource, SecretsPlace
from totem.config.section import AnyPath, Folder, InputFile, Line, OutputFile, Section, Variable
from totem.config.vinti4 import MOST_KIOSK_ID
from totem.domain.money import Currency
from totem.domain.texts import LANGUAGES

Language = Literal["pt", "en", "es", "fr"]
BankName = Literal["sicredi", "inter"]


class KioskSettings(Section):
    """`[kiosk]`. `id` begins every txid, and tells this kiosk's money from another's: one kiosk, one id."""

    id: Annotated[str, AfterValidator(values.kiosk_id)]
    name: Annotated[Line, Field(max_length=60)]
    languages: Annotated[tuple[Language, ...], Field(strict=False, min_length=1)] = ("pt", "en", "es")
    language: Language = "pt"
    training: bool = False
    """Banks and card terminals are the shipped simulators, whatever the other sections say."""

    @field_validator("languages")
    @classmethod
    def _each_once(cls, languages: tuple[Language, ...]) -> tuple[Language, ...]:
        if len(set(languages)) != len(languages):
            raise ValueError("o mesmo idioma aparece duas vezes")
        return languages

    @field_validator("language")
    @classmethod
    def _is_offered(cls, language: Language, info: ValidationInfo) -> Language:
        if language not in info.data.get("languages", LANGUAGES):
            raise ValueError(f'"{language}" não está na lista languages')
        return language


class BusinessSettings(Section):
    """`[business]`: what screens and tickets say of the shop. `document` has no marks, "" for none."""

    name: Annotated[Line, Field(max_length=60)]
    city: Annotated[Line, Field(max_length=60)]
    document: str = ""
    address: Annotated[str, Field(max_length=120)] = ""
    phone: Annotated[str, Field(max_length=30)] = ""
    logo: InputFile | None = None

    @field_validator("document")
    @classmethod
    def _checks(cls, text: str) -> str:
        return values.document(text) if text else ""


class ScreenSettings(Section):
    """`[screen]`. Width and height 0 mean those of the display; both or none."""

    width_px: Annotated[int, Field(ge=0, le=7680)] = 0
    height_px: Annotated[int, Field(ge=0, le=7680)] = 0
    diagonal_inch: Annotated[float, Field(ge=7, le=100, allow_inf_nan=False)] = 21.5
    windowed: bool = False
    brand_color: Annotated[str, AfterValidator(values.brand_color)] = "#0B5FFF"
    reduced_motion: bool = False
    # WCAG 2.2, 2.2.1: a warning of at least 20 s comes out of this time, so it cannot be short.
    idle_timeout_s: Annotated[int, Field(ge=40, le=600)] = 60
    result_timeout_s: Annotated[int, Field(ge=10, le=120)] = 20

    @field_validator("width_px")
    @classmethod
    def _is_a_screen(cls, width: int) -> int:
        return _zero_or_at_least(width, 480)

    @field_validator("height_px")
    @classmethod
    def _goes_with_width(cls, height: int, info: ValidationInfo) -> int:
        if (height == 0) != (info.data.get("width_px", height) == 0):
            raise ValueError("width_px e height_px andam juntas: escreva as duas, ou nenhuma")
        return _zero_or_at_least(height, 480)


def _zero_or_at_least(number: int, least: int) -> int:
    if 0 < number < least:
        raise ValueError(f"tem de ser 0 (a do próprio monitor) ou pelo menos {least}")
    return number


class JournalSettings(Section):
    """`[journal]`. The head of the chain lies outside the database, so that a row cut off its end is noticed."""

    directory: Folder
    key_file: OutputFile
    """Made at the first start when it is missing; it must not lie in the same copy or backup as the journal."""
    head_file: OutputFile | None = None
    reserve_mb: Annotated[int, Field(ge=8, le=4096)] = 64

    @property
    def path(self) -> Path:
        return self.directory / "journal.sqlite3"

    @property
    def head_path(self) -> Path:
        return self.head_file or self.directory / "journal.head"


class SecretsSettings(Section):
    """`[secrets]`: the encrypted store. Its key never lies beside it, nor in this file."""

    file: OutputFile | None = None
    key: Literal["file", "keyring", "passphrase"] = "file"
    key_file: OutputFile | None = None
    passphrase_env: Variable = ""
    passphrase_fd: Annotated[int, Field(ge=-1, le=1023)] = -1

    @field_validator("key_file", "passphrase_env", "passphrase_fd")
    @classmethod
    def _goes_with_its_key(cls, value: object, info: ValidationInfo) -> object:
        wanted = "file" if info.field_name == "key_file" else "passphrase"
        if value not in {None, "", -1} and info.data.get("key", wanted) != wanted:
            raise ValueError(f'só vale com key = "{wanted}"; apague esta chave')
        return value

    @field_validator("passphrase_fd")
    @classmethod
    def _one_source(cls, handle: int, info: ValidationInfo) -> int:
        if handle >= 0 and info.data.get("passphrase_env"):
            raise ValueError("escreva passphrase_env ou passphrase_fd, não as duas")
        return handle


class LogSettings(Section):
    """`[log]`. With no directory, the journal's folder is used."""

    directory: Folder | None = None
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    max_mb: Annotated[int, Field(ge=1, le=1024)] = 10
    keep: Annotated[int, Field(ge=1, le=100)] = 10


class CatalogueSettings(Section):
    """`[catalogue]`: which file lists what is for sale."""

    file: AnyPath


class PixSettings(Section):
    """`[pix]`. `expiry_s` is the life of a charge at the bank, `screen_s` how long its code is shown at first."""

    providers: Annotated[tuple[BankName, ...], Field(strict=False)] = ()
    """In order of preference; none: the kiosk does not take Pix."""
    receiver_name: Annotated[str, Field(max_length=60)] = ""
    expiry_s: Annotated[int, Field(ge=120, le=3600)] = 600
    screen_s: Annotated[int, Field(ge=60, le=1800)] = 180
    extension_s: Annotated[int, Field(ge=30, le=600)] = 120
    message: Annotated[str, Field(max_length=140)] = ""
    """`solicitacaoPagador` (Bacen Pix API 2.9.0, at most 140)."""
    late_payment: Literal["honour_while_shown", "refund", "honour"] = "honour_while_shown"
    """What becomes of money that comes after its charge ended (the design's rule 6)."""
    sweep_minutes: Annotated[int, Field(ge=1, le=120)] = 10
    """How often the received Pix are listed, so that none goes unseen."""
    sicredi: SicrediSettings | None = None
    inter: InterSettings | None = None

    @field_validator("providers")
    @classmethod
    def _each_once(cls, providers: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(providers)) != len(providers):
            raise ValueError("o mesmo banco aparece duas vezes")
        return providers

    @field_validator("receiver_name")
    @classmethod
    def _is_there_with_banks(cls, name: str, info: ValidationInfo) -> str:
        return values.one_line(name) if name or info.data.get("providers") else name

    @field_validator("screen_s")
    @classmethod
    def _within_life(cls, screen_s: int, info: ValidationInfo) -> int:
        expiry_s = info.data.get("expiry_s")
        if expiry_s is not None and screen_s > expiry_s:
            raise ValueError(f"não pode passar de expiry_s ({expiry_s}): o código na tela já estaria vencido")
        return screen_s

    @field_validator("sicredi", "inter")
    @classmethod
    def _is_there_when_used(cls, section: BankSettings | None, info: ValidationInfo) -> BankSettings | None:
        name = str(info.field_name)
        if section is None and name in info.data.get("providers", ()):
            raise ValueError(f"falta a seção [pix.{name}], porque providers contém {name}")
        return section


class PollingSettings(Section):
    """`[polling]`: how often the bank is asked, in seconds; `calls_per_minute` is this kiosk's part."""

    first_s: Annotated[float, Field(ge=1, le=30, allow_inf_nan=False)] = 2.0
    slowest_s: Annotated[float, Field(ge=1, le=60, allow_inf_nan=False)] = 6.0
    calls_per_minute: Annotated[int, Field(ge=2, le=600)] = 60

    @field_validator("slowest_s")
    @classmethod
    def _not_faster(cls, slowest_s: float, info: ValidationInfo) -> float:
        if slowest_s < info.data.get("first_s", slowest_s):
            raise ValueError("não pode ser menor que first_s")
        return slowest_s


class FooterTexts(Section):
    """`[ticket.footer]`: last lines of the ticket, by language."""

    pt: Annotated[str, Field(max_length=300)] = ""
    en: Annotated[str, Field(max_length=300)] = ""
    es: Annotated[str, Field(max_length=300)] = ""
    fr: Annotated[str, Field(max_length=300)] = ""

    def get(self, language: str) -> str:
        by_language = {"pt": self.pt, "en": self.en, "es": self.es, "fr": self.fr}
        return by_language.get(language) or self.pt


class TicketSettings(Section):
    """`[ticket]`."""

    validity_days: Annotated[int, Field(ge=1, le=365)] = 30
    code: Literal["qr", "code128"] = "qr"
    without_paper: Literal["refuse", "screen"] = "refuse"
    """While no printer can print: sell nothing, or show the ticket's code on the screen."""
    reprint_s: Annotated[int, Field(ge=15, le=300)] = 60
    """For so long a customer may ask once more for a ticket of which nobody knows whether it came out."""
    footer: FooterTexts = Field(default_factory=FooterTexts)


class ReceiptsSettings(Section):
    """`[receipts]`. `directory` holds the templates that the owner changed; the others are the shipped ones."""

    directory: AnyPath | None = None

    @field_validator("directory", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value


class Settings(Section):
    """The whole of `totem.toml`."""

    kiosk: KioskSettings
    business: BusinessSettings
    screen: ScreenSettings = Field(default_factory=ScreenSettings)
    journal: JournalSettings
    secrets: SecretsSettings = Field(default_factory=SecretsSettings)
    log: LogSettings = Field(default_factory=LogSettings)
    catalogue: CatalogueSettings
    printer: PrinterSettings
    pix: PixSettings = Field(default_factory=PixSettings)
    polling: PollingSettings = Field(default_factory=PollingSettings)
    cards: CardSettings = Field(default_factory=CardSettings)
    ticket: TicketSettings = Field(default_factory=TicketSettings)
    receipts: ReceiptsSettings = Field(default_factory=ReceiptsSettings)
    maintenance: MaintenanceSettings = Field(default_factory=MaintenanceSettings)

    @field_validator("cards")
    @classmethod
    def _something_is_taken(cls, cards: CardSettings, info: ValidationInfo) -> CardSettings:
        pix = info.data.get("pix")
        if pix is not None and not pix.providers and not cards.terminals:
            raise ValueError("sem bancos em [pix] e sem máquinas de cartão aqui, ninguém pode pagar")
        kiosk = info.data.get("kiosk")
        if kiosk is not None and "vinti4" in cards.terminals and len(kiosk.id) > MOST_KIOSK_ID:
            raise ValueError(f"com vinti4, kiosk.id tem no máximo {MOST_KIOSK_ID} caracteres")
        return cards

    def currency_faults(self, currency: Currency) -> tuple[str, ...]:
        """Ways to pay that do not know the catalogue's money, as `key: reason`."""
        faults = []
        if currency is not Currency.BRL and self.pix.providers:
            faults.append(f"pix.providers: o Pix só existe em reais, e o catálogo está em {currency.name}")
        for name in self.cards.terminals:
            wanted = CARD_CURRENCIES.get(name, Currency.BRL)
            if wanted is not currency:
                faults.append(
                    f"cards.terminals: {name} só cobra em {wanted.name}, e o catálogo está em {currency.name}"
                )
        return tuple(faults)

    @property
    def secrets_place(self) -> SecretsPlace:
        """Where the encrypted store and its key lie: the store beside the journal, its key beside the journal's."""
        chosen = self.secrets
        return SecretsPlace(
            file=chosen.file or self.journal.directory / "secrets.json",
            source=KeySource(chosen.key),
            key_file=chosen.key_file or self.journal.key_file.with_name("secrets.key"),
            passphrase_env=chosen.passphrase_env,
            passphrase_fd=chosen.passphrase_fd if chosen.passphrase_fd >= 0 else None,
        )
