"""What differs between banks that speak Bacen's Pix API: addresses, versions, authentication, limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from providers.pix.token import TokenSettings
from totem.domain.ports import PixCapabilities


@dataclass(frozen=True, slots=True)
class ApiVersions:
    """The version in the path, for each operation: banks do not move all of them at once."""

    put_cob: str = "v2"
    get_cob: str = "v2"
    patch_cob: str = "v2"
    pix: str = "v2"
    loc: str = "v2"


@dataclass(frozen=True, slots=True)
class Bank:
    """One bank's dialect, and whose money it is: `pix_key` is the receiver's key (`chave`)."""

    name: str
    prefix: str
    pix_key: str
    token: TokenSettings
    versions: ApiVersions = field(default_factory=ApiVersions)
    capabilities: PixCapabilities = field(default_factory=PixCapabilities)
    headers: Mapping[str, str] = field(default_factory=dict)

    def cob(self, version: str, txid: str) -> str:
        return f"{self.prefix}/{version}/cob/{txid}"

    def qrcode(self, location_id: int) -> str:
        return f"{self.prefix}/{self.versions.loc}/loc/{location_id}/qrcode"

    def received(self) -> str:
        return f"{self.prefix}/{self.versions.pix}/pix"

    def devolucao(self, end_to_end_id: str, refund_id: str) -> str:
        return f"{self.prefix}/{self.versions.pix}/pix/{end_to_end_id}/devolucao/{refund_id}"
