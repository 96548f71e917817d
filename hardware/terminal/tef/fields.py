"""A field message in memory, and the numbers of its fields (PayGo, "Interface por troca de arquivos")."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

COMMAND: Final = 0
REQUEST: Final = 1
REFERENCE: Final = 2
AMOUNT: Final = 3
CURRENCY: Final = 4
STATUS: Final = 9
NETWORK: Final = 10
NSU: Final = 12
AUTHORIZATION: Final = 13
HOST_DATE_TIME: Final = 15
LOCAL_DATE_TIME: Final = 16
INSTALLMENT_TYPE: Final = 17
INSTALLMENTS: Final = 18
DATE: Final = 22
TIME: Final = 23
ORIGINAL_NSU: Final = 25
ORIGINAL_DATE_TIME: Final = 26
CONTROL_CODE: Final = 27
FULL_COUNT: Final = 28
FULL_RECEIPT: Final = 29
MESSAGE: Final = 30
CARD_NAME: Final = 40
CAPABILITIES: Final = 706
REDUCED_RECEIPT: Final = 711
CUSTOMER_RECEIPT: Final = 713
MERCHANT_RECEIPT: Final = 715
COMPANY: Final = 716
FISCAL_DATE_TIME: Final = 717
TERMINAL: Final = 718
MERCHANT: Final = 719
CONFIRMATION: Final = 729
OPERATION: Final = 730
CARD_TYPE: Final = 731
FINANCING: Final = 732
INTERFACE_VERSION: Final = 733
POS_NAME: Final = 735
POS_VERSION: Final = 736
COPIES: Final = 737
REGISTRATION: Final = 738
NETWORK_INDEX: Final = 739
MASKED_PAN: Final = 740
HOLDER: Final = 741
EXPIRY: Final = 747
STANDARD_CARD_NAME: Final = 748
TRAILER: Final = 999

RECEIPTS: Final = (FULL_RECEIPT, REDUCED_RECEIPT, CUSTOMER_RECEIPT, MERCHANT_RECEIPT)
"""Their lines, counted from 1, stand in double quotes."""

Key = tuple[int, int]
"""`(3, 0)` is `003-000`."""


def is_receipt_line(key: Key) -> bool:
    return key[0] in RECEIPTS and key[1] > 0


@dataclass(frozen=True, slots=True)
class Message:
    """Fields in the order of the wire, without the trailer; quotes of receipt lines are already gone."""

    fields: tuple[tuple[Key, str], ...]

    @classmethod
    def of(cls, *values: tuple[int, str]) -> Message:
        """Of `(field, value)`, all of index 0; empty values are left out, as PayGo asks."""
        return cls(tuple(((field, 0), value) for field, value in values if value))

    def get(self, field: int, index: int = 0) -> str:
        """The first value of that field, "" where it is absent."""
        return next((value for key, value in self.fields if key == (field, index)), "")

    def has(self, field: int) -> bool:
        return any(key == (field, 0) for key, _ in self.fields)

    def lines(self, field: int) -> tuple[str, ...]:
        """A receipt's lines in the order of their numbers."""
        found = [(key[1], value) for key, value in self.fields if key[0] == field and key[1] > 0]
        return tuple(value for _, value in sorted(found, key=lambda each: each[0]))

    def contradicts_itself(self, fields: Iterable[int]) -> bool:
        """Whether one of those fields stands in it twice with different values."""
        wanted = set(fields)
        seen: dict[Key, str] = {}
        return any(seen.setdefault(key, value) != value for key, value in self.fields if key[0] in wanted)

    @property
    def command(self) -> str:
        return self.get(COMMAND).upper()

    @property
    def is_answer(self) -> bool:
        """An `intpos.001`: a status `intpos.sts` has no field 009."""
        return self.has(STATUS)
