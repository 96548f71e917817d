"""Dynamic currency conversion: what the customer agreed to pay in the card's own money, as SISP tells it."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

_DECIMAL: Final = re.compile(r"[0-9]{1,12}([.,][0-9]{1,12})?")


def _decimal(value: object) -> Decimal | None:
    """Text or a whole number; a JSON number with decimals never gets here as a float (see `parse_dcc`)."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, str) and _DECIMAL.fullmatch(value.strip()):
        return Decimal(value.strip().replace(",", "."))
    return None


def _currency(value: object) -> str | None:
    text = value.strip().upper() if isinstance(value, str) else ""
    return text if re.fullmatch(r"[A-Z]{3}|[0-9]{3}", text) else None


def _flag(value: object) -> bool:
    return value is True or (isinstance(value, str) and value.strip().upper() in {"Y", "S", "1", "TRUE"})


_Number = Annotated[Decimal | None, BeforeValidator(_decimal)]


class Dcc(BaseModel):
    """`enabled` False: paid in escudos. `markup` is a percentage, `rate` units of `currency` for one CVE."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    enabled: Annotated[bool, BeforeValidator(_flag)] = Field(default=False, alias="dcc")
    amount: _Number = Field(default=None, alias="dccAmount")
    currency: Annotated[str | None, BeforeValidator(_currency)] = Field(default=None, alias="dccCurrency")
    markup: _Number = Field(default=None, alias="dccMarkup")
    rate: _Number = Field(default=None, alias="dccRate")


NO_DCC: Final = Dcc()


def parse_dcc(text: str) -> Dcc:
    """`merchantRespDCCData`: a JSON text. What cannot be read is no conversion: it decides nothing about money."""
    if not text or len(text) > 2000:
        return NO_DCC
    try:
        # Never as a float: the figures stand on a receipt.
        return Dcc.model_validate(json.loads(text, parse_float=Decimal))
    except (ValidationError, ValueError, RecursionError):
        return NO_DCC
