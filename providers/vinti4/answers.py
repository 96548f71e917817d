"""What SISP's page posts back: its fields typed, its signature judged, and the result as the published clients have it.

Only a signature decides. `UserCancelled` bears none: it is a hint, which the status query confirms.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from providers.vinti4.dcc import NO_DCC, Dcc, parse_dcc
from providers.vinti4.fingerprints import answer_fingerprint, error_fingerprint, same
from providers.vinti4.requests import Code

_MOST_FIELDS: Final = 64
_LAST_FOUR: Final = re.compile(r"[*xX0-9 ]*[*xX ]([0-9]{4})")

ERROR_TYPE: Final = "6"
SUCCESS_TYPES: Final = {Code.PURCHASE: "8", Code.SERVICE: "P", Code.RECHARGE: "M", Code.REFUND: "10"}
"""`messageType` of each request's success. It names the kind of message; what came of it, `merchantResp` says."""
APPROVED: Final = "C"
"""`merchantResp` of what was carried out."""


class PageAnswer(BaseModel):
    """Every field of the answer under its own name on the wire (alias). Shown by no repr: much of it is the customer's.

    What does not come is "". Nothing is cleaned: the signature is over the text as it came.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True, str_max_length=8000, strict=True)

    message_type: str = Field(default="", alias="messageType")
    clearing_period: str = Field(default="", alias="merchantRespCP", repr=False)
    transaction_id: str = Field(default="", alias="merchantRespTid", repr=False)
    merchant_ref: str = Field(default="", alias="merchantRespMerchantRef", repr=False)
    merchant_session: str = Field(default="", alias="merchantRespMerchantSession", repr=False)
    amount: str = Field(default="", alias="merchantRespPurchaseAmount", repr=False)
    message_id: str = Field(default="", alias="merchantRespMessageID", repr=False)
    pan: str = Field(default="", alias="merchantRespPan", repr=False)
    response: str = Field(default="", alias="merchantResp")
    time_stamp: str = Field(default="", alias="merchantRespTimeStamp", repr=False)
    reference: str = Field(default="", alias="merchantRespReferenceNumber", repr=False)
    entity: str = Field(default="", alias="merchantRespEntityCode", repr=False)
    client_receipt: str = Field(default="", alias="merchantRespClientReceipt", repr=False)
    additional_error: str = Field(default="", alias="merchantRespAdditionalErrorMessage", repr=False)
    reload_code: str = Field(default="", alias="merchantRespReloadCode", repr=False)
    error_code: str = Field(default="", alias="merchantRespErrorCode")
    error_detail: str = Field(default="", alias="merchantRespErrorDetail", repr=False)
    error_description: str = Field(default="", alias="merchantRespErrorDescription", repr=False)
    dcc_data: str = Field(default="", alias="merchantRespDCCData", repr=False)
    fingerprint: str = Field(default="", alias="resultFingerPrint", repr=False)
    fingerprint_version: str = Field(default="", alias="resultFingerPrintVersion", repr=False)
    user_cancelled: str = Field(default="", alias="UserCancelled")

    @property
    def last_digits(self) -> str:
        """Of a masked number (`************4242`); "" for anything else."""
        match = _LAST_FOUR.fullmatch(self.pan)
        return match[1] if match else ""


class Status(StrEnum):
    """As the published clients call them."""

    SUCCESS = "SUCCESS"
    ERROR = "ERROR"
    CANCELLED = "CANCELLED"
    INVALID_FINGERPRINT = "INVALID_FINGERPRINT"


@dataclass(frozen=True, slots=True)
class PageResult:
    """The result model of the published clients. `data` and `debug` are shown by no repr and go into no log.

    `debug` holds, after INVALID_FINGERPRINT alone, the fingerprint that came (`recebido`). The right one (`calculado`)
    is for tests on a merchant's desk: whoever reads it in a log could sign the same forgery with it.
    """

    status: Status
    message: str
    answer: PageAnswer = field(repr=False)
    data: Mapping[str, str] = field(default_factory=dict, repr=False)
    dcc: Dcc = NO_DCC
    debug: Mapping[str, str] = field(default_factory=dict, repr=False)
    detail: str | None = None

    @property
    def success(self) -> bool:
        return self.status is Status.SUCCESS

    @property
    def names_an_end(self) -> bool:
        """Paid or refused; a letter in `merchantResp` that no document names is neither."""
        return self.success or (self.status is Status.ERROR and self.answer.message_type == ERROR_TYPE)

    @property
    def is_signed(self) -> bool:
        return self.status in {Status.SUCCESS, Status.ERROR}


def read_answer(fields: Mapping[str, str]) -> PageAnswer | None:
    """None for what is no answer of SISP's at all: too much of it, or no text."""
    if len(fields) > _MOST_FIELDS:
        return None
    try:
        return PageAnswer.model_validate(dict(fields))
    except ValidationError:
        return None


def judge(fields: Mapping[str, str], pos_auth_code: str, code: Code) -> PageResult:
    """The result of a request of that kind. Whose transaction it is about, the caller compares."""
    answer = read_answer(fields)
    data = dict(fields)
    if answer is None:
        return PageResult(Status.INVALID_FINGERPRINT, "not an answer of the page", PageAnswer(), detail="shape")
    if answer.message_type == "" and answer.user_cancelled.strip().lower() == "true":
        return PageResult(Status.CANCELLED, "the customer cancelled on the page", answer, data)
    known = {ERROR_TYPE: error_fingerprint, SUCCESS_TYPES[code]: answer_fingerprint}
    compute = known.get(answer.message_type)
    try:
        computed = compute(pos_auth_code, answer) if compute is not None else ""
    except ValueError:
        computed = ""
    if not computed or not same(computed, answer.fingerprint):
        debug = {"recebido": answer.fingerprint, "calculado": computed}
        told = "the fingerprint is not the one of this answer"
        return PageResult(Status.INVALID_FINGERPRINT, told, answer, data, debug=debug, detail=answer.message_type)
    dcc = parse_dcc(answer.dcc_data) if code is Code.PURCHASE else NO_DCC
    if answer.message_type == ERROR_TYPE:
        message = answer.error_description or answer.additional_error.strip()
        return PageResult(Status.ERROR, message, answer, data, detail=answer.error_code or None)
    if answer.response != APPROVED:
        # The kind of a message is not its result: what else it may say is in no public document.
        return PageResult(Status.ERROR, answer.additional_error.strip(), answer, data, dcc, detail="response")
    return PageResult(Status.SUCCESS, "approved", answer, data, dcc)
