"""A receipt's template once it is read: its lines, and which fields and blocks each receipt knows.

The text that an owner edits is parsed and checked in `totem.config.templates`; what it is filled with comes from
`totem.services.receipts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from totem.domain.receipt import Align


class Paper(StrEnum):
    """The receipts; each is one file, `ticket.txt` and so on."""

    TICKET = "ticket"
    CARD_CUSTOMER = "card-customer"
    CARD_MERCHANT = "card-merchant"
    REFUND = "refund"
    CLOSING = "closing"
    NOTICE = "notice"
    TEST = "test"


# --- Lines ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """`{name}`, where a value goes."""

    name: str


Parts = tuple[str | Place, ...]


@dataclass(frozen=True, slots=True)
class TextLine:
    parts: Parts
    align: Align = Align.CENTER
    bold: bool = False
    scale: int = 1
    inverse: bool = False


@dataclass(frozen=True, slots=True)
class ColumnsLine:
    left: Parts
    right: Parts
    bold: bool = False


@dataclass(frozen=True, slots=True)
class RuleLine:
    pass


@dataclass(frozen=True, slots=True)
class BlankLine:
    lines: int = 1


@dataclass(frozen=True, slots=True)
class BlockLine:
    """`{name}` or `{name:option}` alone on its line: what is more than text."""

    name: str
    option: str = ""


@dataclass(frozen=True, slots=True)
class Repeat:
    """`{name}` ... `{/name}`: its lines once for each of what it is named after."""

    name: str
    lines: tuple[Line, ...]


Line = TextLine | ColumnsLine | RuleLine | BlankLine | BlockLine | Repeat


@dataclass(frozen=True, slots=True)
class Template:
    """The lines of each language, chosen already, so that a ticket costs no choosing."""

    paper: Paper
    lines: Mapping[str, tuple[Line, ...]]

    def of(self, language: str) -> tuple[Line, ...]:
        return self.lines.get(language) or self.lines["pt"]


Templates = Mapping[Paper, Template]

# --- What may stand in them -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Field:
    """A value's limits. `columns` is its widest form, `word` the widest part that no line may break; 0: any text.

    A line with an `optional` field that has nothing to say is not printed at all.
    """

    columns: int = 0
    word: int = 0
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Schema:
    """What a receipt knows. `blocks` maps each to its options, `repeats` to the fields of one round.

    `demanded` are groups of names, of which one must be printed in every language.
    """

    fields: Mapping[str, Field]
    blocks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    repeats: Mapping[str, Mapping[str, Field]] = field(default_factory=dict)
    demanded: tuple[tuple[str, ...], ...] = ()


CODES: Final = ("qr", "code128")

_TEXT: Final = Field()
_OPTIONAL: Final = Field(optional=True)
# "R$ 99.999.999,99", which a no-break blank holds together: the most that `totem.domain.money` lets through. Escudos
# would be one wider from 1,000,000,000 CVE on, some nine million euro.
_MONEY: Final = Field(16, 16)
_NUMBER: Final = Field(4, 4)
_REFERENCE: Final = Field(6, 6)
_SALE: Final = Field(22, 22)
_DATE: Final = Field(11, 10)
_TIME: Final = Field(5, 5)
_WHEN: Final = Field(17, 10)

_SHOP: Final = {
    "business.name": _TEXT,
    "business.details": _OPTIONAL,
    "kiosk": _OPTIONAL,
}
_MOMENT: Final = {"when": _WHEN, "date": _DATE, "time": _TIME}
_LOGO: Final[dict[str, tuple[str, ...]]] = {"logo": ()}
_PAYMENT: Final = {"payment": Field(20, 10), "installments": Field(2, 2, optional=True)}
_ROW: Final = {"label": _TEXT, "count": Field(5, 5), "amount": _MONEY}

_CARD: Final = Schema(
    fields={
        **_SHOP,
        **_MOMENT,
        **_PAYMENT,
        "reference": _REFERENCE,
        "sale": _SALE,
        "amount": Field(16, 16, optional=True),
    },
    blocks={**_LOGO, "receipt": ()},
    demanded=(("receipt",),),
)

SCHEMAS: Final[Mapping[Paper, Schema]] = MappingProxyType(
    {
        Paper.TICKET: Schema(
            fields={
                **_SHOP,
                **_MOMENT,
                **_PAYMENT,
                "number": _NUMBER,
                "reference": _REFERENCE,
                "sale": _SALE,
                "total": _MONEY,
                "card.brand": _OPTIONAL,
                "card.nsu": _OPTIONAL,
                "card.authorization": _OPTIONAL,
                "validity": Field(3, 3, optional=True),
                "valid_until": Field(11, 10, optional=True),
                "instructions": _OPTIONAL,
            },
            blocks={**_LOGO, "code": CODES},
            repeats={"services": {"quantity": Field(3, 3), "name": _TEXT, "price": _MONEY, "amount": _MONEY}},
            demanded=(("number",), ("code",)),
        ),
        Paper.CARD_CUSTOMER: _CARD,
        Paper.CARD_MERCHANT: _CARD,
        Paper.REFUND: Schema(
            fields={
                **_SHOP,
                **_MOMENT,
                "payment": _PAYMENT["payment"],
                "amount": _MONEY,
                "reference": _REFERENCE,
                "sale": _SALE,
                # Bacen's id of a devolução has at most 35 characters; ours has 32 (`totem.services.ids`).
                "refund_id": _TEXT,
                "number": Field(4, 4, optional=True),
            },
            blocks=_LOGO,
            demanded=(("amount",), ("reference",), ("when", "date")),
        ),
        Paper.CLOSING: Schema(
            fields={
                **_SHOP,
                **_MOMENT,
                "day": _DATE,
                "sales": Field(5, 5),
                "total": _MONEY,
                "first_number": Field(4, 4, optional=True),
                "last_number": Field(4, 4, optional=True),
                "void_numbers": _OPTIONAL,
                "refunds": Field(5, 5, optional=True),
                "refunded": Field(16, 16, optional=True),
                "net": Field(17, 17),
                "open_attentions": Field(5, 5, optional=True),
            },
            blocks=_LOGO,
            repeats={"methods": _ROW, "providers": _ROW, "services": _ROW},
            demanded=(("total",), ("day",)),
        ),
        Paper.NOTICE: Schema(fields={**_SHOP, "reference": _REFERENCE}, blocks=_LOGO, demanded=(("reference",),)),
        Paper.TEST: Schema(
            fields={
                **_SHOP,
                **_MOMENT,
                "printer": _TEXT,
                "profile": _TEXT,
                "columns": Field(2, 2),
                "dots": Field(3, 3),
                "code_page": Field(18, 6),
                "status": _TEXT,
                "status.raw": _TEXT,
            },
            blocks={**_LOGO, "code": CODES, "ruler": (), "chart": (), "ramp": ()},
        ),
    }
)
