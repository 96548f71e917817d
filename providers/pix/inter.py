"""Banco Inter's dialect: client id and secret as form fields, `/pix/v2`, mutual TLS, and an account where it has many.

Its `GET /pix` lists what came in through a charge, and nothing that was paid straight to the key (Inter's reference).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from providers.http.client import HttpClient, OnDate, Timeouts, open_http
from providers.http.material import ClientFiles, ClientMaterial
from providers.http.tls import open_contexts
from providers.pix.bacen import BacenPix
from providers.pix.bank import Bank
from providers.pix.inter_calls import InterCalls
from providers.pix.inter_models import AmountForm, amount_token
from providers.pix.limits import MAX_PIX_KEY, amount_faults, refuse_locally, txid_faults
from providers.pix.token import AuthStyle, TokenCache, TokenSettings
from totem.domain.errors import ConfigError
from totem.domain.money import Money
from totem.domain.ports import Clock, PixCapabilities, PixProvider

PRODUCTION: Final = "https://cdpj.partners.bancointer.com.br"
SANDBOX: Final = "https://cdpj-sandbox.partners.uatinter.co"
INTER_SCOPES: Final = ("cob.read", "cob.write", "pix.read", "pix.write")
INTER_WISHES: Final = ("payloadlocation.read",)
"""Needed only where a charge is answered without its copia e cola."""

_CALLS_A_MINUTE: Final = 120
_SANDBOX_CALLS_A_MINUTE: Final = 10
_ACCOUNT: Final = re.compile(r"[1-9][0-9]{0,19}")
_PATH: Final = re.compile(r"(/[A-Za-z0-9._-]+)+")


@dataclass(frozen=True, slots=True)
class InterPayoutSettings:
    """Pix out, which is a permission of its own at the bank ("Pagar contas, fornecedores e despesas").

    `path` is that of Inter's SDKs and reference. The numbers of calls are Inter's for production; None takes those of
    the address.
    """

    path: str = "/banking/v2/pix"
    scopes: tuple[str, ...] = ("pagamento-pix.write", "pagamento-pix.read")
    amount_form: AmountForm = AmountForm.TEXT
    sends_per_minute: int | None = None
    queries_per_minute: int | None = None
    gap_s: float = 1.0


@dataclass(frozen=True, slots=True)
class InterSettings:
    """What the owner gets from Inter. `account` only where the integration covers several (digits, no leading zero).

    `calls_per_minute` is shared by all kiosks of the integration; None takes Inter's limit for the address.
    """

    client_id: str
    client_secret: str = field(repr=False)
    certificate: Path | None
    key: Path | None
    ca: Path | None
    pix_key: str
    base_url: str = PRODUCTION
    account: str | None = None
    scopes: tuple[str, ...] = INTER_SCOPES
    wishes: tuple[str, ...] = INTER_WISHES
    timeouts: Timeouts = field(default_factory=Timeouts)
    calls_per_minute: int | None = None
    public_roots: bool = True
    payout: InterPayoutSettings = field(default_factory=InterPayoutSettings)
    material: ClientMaterial | None = field(default=None, repr=False)
    """In place of the three paths, where an encrypted store holds them."""

    @property
    def source(self) -> ClientFiles | ClientMaterial | None:
        """Material in memory goes before paths; None where neither was given."""
        if self.material is not None:
            return self.material
        if self.certificate is None or self.key is None:
            return None
        return ClientFiles(self.certificate, self.key, self.ca, public_roots=self.public_roots)

    @property
    def is_sandbox(self) -> bool:
        return urlsplit(self.base_url).hostname == urlsplit(SANDBOX).hostname

    @property
    def headers(self) -> dict[str, str]:
        return {} if self.account is None else {"x-conta-corrente": self.account}


async def open_inter(settings: InterSettings, clock: Clock, on_date: OnDate | None = None) -> PixProvider:
    """Judge settings and material, and build the client; nothing is sent yet.

    Raises ConfigError with every faulty setting, or CertificateRefused with the one sentence that names what is wrong
    with certificate, key or CA chain.
    """
    http = await open_inter_http(settings, clock, on_date)
    token = inter_token(settings, settings.scopes, settings.wishes)
    own_limit = _SANDBOX_CALLS_A_MINUTE if settings.is_sandbox else _CALLS_A_MINUTE
    bank = Bank(
        name="inter",
        prefix="/pix",
        pix_key=settings.pix_key,
        token=token,
        capabilities=PixCapabilities(calls_per_minute=settings.calls_per_minute or own_limit),
        headers=settings.headers,
    )
    return BacenPix(bank, http, TokenCache(token, http, clock))


async def open_inter_http(settings: InterSettings, clock: Clock, on_date: OnDate | None = None) -> HttpClient:
    """The connection alone. Raises as `open_inter` does."""
    source = settings.source
    faults = _faults(settings)
    if faults or source is None:
        raise ConfigError(tuple(faults))
    contexts = await open_contexts(source, clock.now())
    return open_http(settings.base_url, contexts, settings.timeouts, clock, on_date)


def inter_token(settings: InterSettings, scopes: tuple[str, ...], wishes: tuple[str, ...] = ()) -> TokenSettings:
    return TokenSettings(
        path="/oauth/v2/token",
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        scopes=scopes,
        auth=AuthStyle.FORM,
        wishes=wishes,
    )


async def pay_in_sandbox(settings: InterSettings, clock: Clock, txid: str, amount: Money) -> None:
    """Have Inter's sandbox pay a charge, for self-tests: `POST /pix/v2/cob/pagar/{txid}`, which production lacks.

    Raises ConfigError for production's address, and the errors of the port.
    """
    if urlsplit(settings.base_url).hostname == urlsplit(PRODUCTION).hostname:
        raise ConfigError(("inter: base_url: production has no call that pays a charge",))
    path = f"/pix/v2/cob/pagar/{txid}"
    refuse_locally([*txid_faults(txid), *amount_faults("valor", amount)], f"POST {path}")
    http = await open_inter_http(settings, clock)
    try:
        tokens = TokenCache(inter_token(settings, ("pix.write",)), http, clock)
        calls = InterCalls(settings.base_url, settings.headers, settings.timeouts, http, tokens, clock)
        # A number here, unlike in Bacen's part (Inter's reference, `PagarCobrancaPix`).
        await calls.post(path, f'{{"valor": {amount_token(amount.decimal_text, AmountForm.NUMBER)}}}'.encode())
    finally:
        await http.close()


def _faults(settings: InterSettings) -> list[str]:
    faults = []
    parts = urlsplit(settings.base_url)
    if parts.scheme != "https" or not parts.hostname or parts.path.strip("/") or parts.query:
        faults.append("inter: base_url: must be an https address without a path")
    if not settings.client_id:
        faults.append("inter: client_id: must not be empty")
    if not settings.client_secret:
        faults.append("inter: client_secret: must not be empty")
    if not 0 < len(settings.pix_key) <= MAX_PIX_KEY:
        faults.append(f"inter: pix_key: must be 1 to {MAX_PIX_KEY} characters")
    if settings.account is not None and not _ACCOUNT.fullmatch(settings.account):
        faults.append("inter: account: must be digits without a leading zero, or absent")
    payout = settings.payout
    numbers = {
        "calls_per_minute": settings.calls_per_minute,
        "payout.sends_per_minute": payout.sends_per_minute,
        "payout.queries_per_minute": payout.queries_per_minute,
    }
    faults += [
        f"inter: {name}: must be at least 1" for name, value in numbers.items() if value is not None and value < 1
    ]
    if payout.gap_s < 0:
        faults.append("inter: payout.gap_s: must not be negative")
    if not _PATH.fullmatch(payout.path):
        faults.append("inter: payout.path: must be a path such as /banking/v2/pix")
    source = settings.source
    if source is None:
        faults.append("inter: certificate: certificate and key are needed, or material in memory")
    elif not source.public_roots and source.ca is None:
        faults.append("inter: ca: without public_roots a CA chain is needed")
    return faults
