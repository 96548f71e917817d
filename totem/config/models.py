"""The shape of `totem.toml`: every section and key, its limits and its default.

A check that needs two keys is a validator of the later key, which sees the earlier ones: a validator of the whole
section would stay silent while any other key of it is wrong, and the owner is told every fault at once.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from totem.config import values
from totem.domain.texts import LANGUAGES

Language = Literal["pt", "en", "es"]


class Section(BaseModel):
    """Unknown keys are refused, values keep their TOML types, and nothing changes after loading."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, validate_default=True, str_max_length=500, hide_input_in_errors=True
    )


def _resolve(value: object, info: ValidationInfo) -> object:
    """A path relative to the folder of the file that names it; `~` is the home of the user that runs the kiosk."""
    if isinstance(value, Path):
        return value
    if not isinstance(value, str):
        raise ValueError("tem de ser um caminho entre aspas")  # noqa: TRY004 - pydantic collects only ValueError
    if not value.strip() or "\0" in value:
        raise ValueError("o caminho não pode ficar vazio")
    folder = (info.context or {}).get("folder", Path())
    return (Path(folder) / Path(value).expanduser()).absolute()


def _must_exist(path: Path, info: ValidationInfo) -> Path:
    return values.existing_file(path) if _checks_files(info) else path


def _must_be_secret(path: Path, info: ValidationInfo) -> Path:
    return values.owner_only_file(path, posix=os.name == "posix") if _checks_files(info) else path


def _checks_files(info: ValidationInfo) -> bool:
    return bool((info.context or {}).get("check_files", True))


def _must_be_usable(path: Path, info: ValidationInfo) -> Path:
    return values.usable_directory(path) if _checks_files(info) else path


def _must_be_writable(path: Path, info: ValidationInfo) -> Path:
    return values.writable_file(path) if _checks_files(info) else path


AnyPath = Annotated[Path, BeforeValidator(_resolve)]
InputFile = Annotated[Path, BeforeValidator(_resolve), AfterValidator(_must_exist)]
SecretFile = Annotated[Path, BeforeValidator(_resolve), AfterValidator(_must_be_secret)]
Folder = Annotated[Path, BeforeValidator(_resolve), AfterValidator(_must_be_usable)]
OutputFile = Annotated[Path, BeforeValidator(_resolve), AfterValidator(_must_be_writable)]
Line = Annotated[str, AfterValidator(values.one_line)]
Seconds = Annotated[int, Field(ge=1, le=3600)]
Version = Annotated[str, Field(pattern=r"^v[1-9][0-9]?$")]


class KioskSettings(Section):
    """`[kiosk]`. `id` begins every txid, and tells this kiosk's money from another's: one kiosk, one id."""

    id: Annotated[str, AfterValidator(values.kiosk_id)]
    name: Annotated[Line, Field(max_length=60)]
    languages: Annotated[tuple[Language, ...], Field(strict=False, min_length=1)] = ("pt", "en", "es")
    language: Language = "pt"

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


class LogSettings(Section):
    """`[log]`. With no directory, the journal's folder is used."""

    directory: Folder | None = None
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    max_mb: Annotated[int, Field(ge=1, le=1024)] = 10
    keep: Annotated[int, Field(ge=1, le=100)] = 10


class CatalogueSettings(Section):
    """`[catalogue]`: which file lists what is for sale."""

    file: AnyPath


class PrinterSettings(Section):
    """`[printer]`: a receipt printer that takes ESC/POS over TCP."""

    driver: Literal["network"]
    host: Annotated[str, AfterValidator(values.host)]
    port: Annotated[int, Field(ge=1, le=65535)] = 9100
    profile: Literal["epson-80", "generic-80", "generic-42", "generic-58"] = "epson-80"
    name: Annotated[Line, Field(max_length=60)] = "Impressora de tíquetes"
    connect_timeout_s: Seconds = 3
    reply_timeout_s: Annotated[float, Field(ge=0.1, le=10, allow_inf_nan=False)] = 0.5
    print_timeout_s: Annotated[int, Field(ge=5, le=120)] = 30


class SicrediVersions(Section):
    """`[pix.sicredi.versions]`: Sicredi moves its operations one by one, so each has its own."""

    create_charge: Version = "v2"
    get_charge: Version = "v3"
    cancel_charge: Version = "v2"
    received: Version = "v2"
    """The `/pix` tree: what was received, and what is given back."""
    location: Version = "v2"


class HttpTimeouts(Section):
    """`[pix.sicredi.timeouts]`, seconds."""

    connect_s: Annotated[int, Field(ge=1, le=60)] = 5
    read_s: Annotated[int, Field(ge=1, le=60)] = 15
    write_s: Annotated[int, Field(ge=1, le=60)] = 10
    pool_s: Annotated[int, Field(ge=1, le=60)] = 5
    total_s: Annotated[int, Field(ge=2, le=120)] = 30


SICREDI_URLS = {
    "production": "https://api-pix.sicredi.com.br",
    "homologation": "https://api-pix-h.sicredi.com.br",
}


class SicrediSettings(Section):
    """`[pix.sicredi]`. The client's secret is never in this file: either in a file that its owner alone reads,
    or in an environment variable."""

    environment: Literal["production", "homologation", "custom"]
    base_url: str = ""
    client_id: Annotated[Line, Field(max_length=200), AfterValidator(values.without_colon)]
    client_secret_env: Annotated[str, Field(pattern=r"^([A-Z_][A-Z0-9_]*)?$")] = ""
    client_secret_file: SecretFile | None = None
    certificate: InputFile
    key: SecretFile
    ca: InputFile | None = None
    public_roots: bool = True
    pix_key: Annotated[str, AfterValidator(values.pix_key)]
    versions: SicrediVersions = Field(default_factory=SicrediVersions)
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
        variable = info.data.get("client_secret_env")
        if path and variable:
            raise ValueError("escreva client_secret_file ou client_secret_env, não as duas")
        if not path and variable == "":
            raise ValueError(
                "falta dizer onde está o segredo: client_secret_file (arquivo) ou client_secret_env (variável)"
            )
        if variable and _checks_files(info) and not os.environ.get(variable):
            raise ValueError(
                f"a variável de ambiente {variable}, que client_secret_env indica, está vazia ou não existe"
            )
        return path

    @field_validator("public_roots")
    @classmethod
    def _trusts_somebody(cls, public_roots: bool, info: ValidationInfo) -> bool:
        if not public_roots and "ca" in info.data and info.data["ca"] is None:
            raise ValueError("com false, a cadeia do banco (ca) é obrigatória")
        return public_roots

    @property
    def url(self) -> str:
        return self.base_url or SICREDI_URLS[self.environment]

    def client_secret(self) -> str:
        """The secret itself, read now. Raises OSError or KeyError where it has gone since the start."""
        if self.client_secret_file:
            return self.client_secret_file.read_text(encoding="utf-8").strip()
        return os.environ[self.client_secret_env]


class PixSettings(Section):
    """`[pix]`. `expiry_s` is the life of a charge at the bank, `screen_s` how long its code is shown at first."""

    providers: Annotated[tuple[Literal["sicredi"], ...], Field(strict=False, min_length=1)]
    receiver_name: Annotated[Line, Field(max_length=60)]
    expiry_s: Annotated[int, Field(ge=120, le=3600)] = 600
    screen_s: Annotated[int, Field(ge=60, le=1800)] = 180
    extension_s: Annotated[int, Field(ge=30, le=600)] = 120
    message: Annotated[str, Field(max_length=140)] = ""
    """`solicitacaoPagador` (Bacen Pix API 2.9.0, at most 140)."""
    sicredi: SicrediSettings | None = None

    @field_validator("providers")
    @classmethod
    def _each_once(cls, providers: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(providers)) != len(providers):
            raise ValueError("o mesmo banco aparece duas vezes")
        return providers

    @field_validator("screen_s")
    @classmethod
    def _within_life(cls, screen_s: int, info: ValidationInfo) -> int:
        expiry_s = info.data.get("expiry_s")
        if expiry_s is not None and screen_s > expiry_s:
            raise ValueError(f"não pode passar de expiry_s ({expiry_s}): o código na tela já estaria vencido")
        return screen_s

    @field_validator("sicredi")
    @classmethod
    def _is_there_when_used(cls, section: SicrediSettings | None, info: ValidationInfo) -> SicrediSettings | None:
        if section is None and "sicredi" in info.data.get("providers", ()):
            raise ValueError("falta a seção [pix.sicredi], porque providers contém sicredi")
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

    def get(self, language: str) -> str:
        by_language = {"pt": self.pt, "en": self.en, "es": self.es}
        return by_language.get(language) or self.pt


class TicketSettings(Section):
    """`[ticket]`."""

    validity_days: Annotated[int, Field(ge=1, le=365)] = 30
    footer: FooterTexts = Field(default_factory=FooterTexts)


class Settings(Section):
    """The whole of `totem.toml`."""

    kiosk: KioskSettings
    business: BusinessSettings
    screen: ScreenSettings = Field(default_factory=ScreenSettings)
    journal: JournalSettings
    log: LogSettings = Field(default_factory=LogSettings)
    catalogue: CatalogueSettings
    printer: PrinterSettings
    pix: PixSettings
    polling: PollingSettings = Field(default_factory=PollingSettings)
    ticket: TicketSettings = Field(default_factory=TicketSettings)
