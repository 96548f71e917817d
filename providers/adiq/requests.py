"""What is sent to Adiq: every object and field of its mapping, each under our own name with Adiq's as its alias.

Fields that PCI DSS forbids to store are shown by no repr, and these models are made for one request and dropped.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

MOST_INSTALLMENTS: Final = 12
MOST_DESCRIPTOR: Final = 13

_Secret = Annotated[str, Field(repr=False)]


class CaptureType(StrEnum):
    AUTOMATIC = "ac"
    AFTER_TICKET = "pa"
    """Pre-authorised: captured once the ticket is printed, cancelled where it is not."""


class TransactionType(StrEnum):
    CREDIT = "Credit"
    DEBIT = "Debit"


class ProductType(StrEnum):
    AT_SIGHT = "avista"
    DEBIT = "debito"
    BY_SHOP = "lojista"
    """Instalments as working clients name them."""
    BY_SHOP_SEED = "parcelado_loja"
    """The same, as the mapping names them."""


class Request(BaseModel):
    """Built by our names, written by Adiq's; an absent field is not sent."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, validate_by_name=True, validate_by_alias=False
    )

    def body(self) -> dict[str, object]:
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class TokenGrant(Request):
    """`POST /auth/oauth2/v1/token`; client id and secret go in the Authorization header (Basic)."""

    grant_type: str = Field("client_credentials", serialization_alias="grantType")


class CardToTokenise(Request):
    """`POST /v1/tokens/cards`."""

    card_number: _Secret = Field(serialization_alias="cardNumber")


class CardToKeep(Request):
    """`POST /v1/vaults/cards`."""

    card_token: str = Field(repr=False, serialization_alias="numberToken")
    brand: str
    cardholder_name: _Secret = Field(serialization_alias="cardholderName")
    expiration_month: _Secret = Field(serialization_alias="expirationMonth")
    expiration_year: _Secret = Field(serialization_alias="expirationYear")
    security_code: _Secret = Field(serialization_alias="securityCode")
    verify_card: bool = Field(default=True, serialization_alias="verifyCard")


class Payment(Request):
    """`payment`. `amount` is in centavos."""

    transaction_type: TransactionType = Field(serialization_alias="transactionType")
    amount: int = Field(strict=True, ge=1)
    currency: str = Field("brl", serialization_alias="currencyCode")
    product_type: ProductType = Field(serialization_alias="productType")
    installments: int = Field(strict=True, ge=1, le=MOST_INSTALLMENTS)
    capture_type: CaptureType = Field(serialization_alias="captureType")
    recurrent: bool = False


class CardInfo(Request):
    """`cardInfo`: a card that was just typed, by its token; or a saved one, by `vault_id` alone."""

    card_token: str | None = Field(None, repr=False, serialization_alias="numberToken")
    brand: str | None = None
    cardholder_name: str | None = Field(None, repr=False, serialization_alias="cardholderName")
    expiration_month: str | None = Field(None, repr=False, serialization_alias="expirationMonth")
    expiration_year: str | None = Field(None, repr=False, serialization_alias="expirationYear")
    security_code: str | None = Field(None, repr=False, serialization_alias="securityCode")
    vault_id: str | None = Field(None, serialization_alias="vaultId")


class SellerInfo(Request):
    """`sellerInfo`. `order_number` is our attempt's id, unique at the merchant and stored before it is sent."""

    order_number: str = Field(serialization_alias="orderNumber")
    soft_descriptor: str | None = Field(None, max_length=MOST_DESCRIPTOR, serialization_alias="softDescriptor")
    antifraud_code: str | None = Field(None, serialization_alias="CodeAntiFraud")
    code_3ds: str | None = Field(None, serialization_alias="code3DS")
    url_3ds: str | None = Field(None, serialization_alias="urlSite3DS")
    program_protocol: str | None = Field(None, serialization_alias="programProtocol")


class Customer(Request):
    """`customer`: what the owner's antifraud wants; a kiosk knows nobody, so all of it is configured."""

    document_type: str | None = Field(None, serialization_alias="documentType")
    document_number: str | None = Field(None, repr=False, serialization_alias="documentNumber")
    first_name: str | None = Field(None, serialization_alias="firstName")
    last_name: str | None = Field(None, serialization_alias="lastName")
    email: str | None = None
    phone: str | None = Field(None, serialization_alias="phoneNumber")
    mobile_phone: str | None = Field(None, serialization_alias="mobilePhoneNumber")
    address: str | None = None
    complement: str | None = None
    city: str | None = None
    state: str | None = None
    zip_code: str | None = Field(None, serialization_alias="zipCode")
    ip_address: str | None = Field(None, serialization_alias="ipAddress")
    country: str | None = None


class DeviceInfo(Request):
    """`deviceInfo`: for 3DS, which asks what the customer's browser is. The kiosk answers for itself."""

    ip_address: str | None = Field(None, serialization_alias="ipAddress")
    accept_header: str | None = Field(None, serialization_alias="httpAcceptBrowserValue")
    color_depth: int | None = Field(None, serialization_alias="httpBrowserColorDepth")
    java_enabled: str | None = Field(None, serialization_alias="httpBrowserJavaEnabled")
    javascript_enabled: bool | None = Field(None, serialization_alias="httpBrowserJavaScriptEnabled")
    language: str | None = Field(None, serialization_alias="httpBrowserLanguage")
    screen_height: int | None = Field(None, serialization_alias="httpBrowserScreenHeight")
    screen_width: int | None = Field(None, serialization_alias="httpBrowserScreenWidth")
    timezone_offset: int | None = Field(None, serialization_alias="httpBrowserTimeDifference")
    user_agent: str | None = Field(None, serialization_alias="userAgentBrowserValue")


class PaymentOrder(Request):
    """`POST /v2/payments`."""

    payment: Payment
    card_info: CardInfo = Field(serialization_alias="cardInfo", repr=False)
    seller_info: SellerInfo = Field(serialization_alias="sellerInfo")
    customer: Customer | None = None
    device_info: DeviceInfo | None = Field(None, serialization_alias="deviceInfo")


class Amount(Request):
    """`PUT .../capture` and `PUT .../cancel`: the whole, or a part of it."""

    amount: int = Field(strict=True, ge=1)
