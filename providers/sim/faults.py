"""Scripted faults: what goes wrong, at which operation, at which of its requests. They travel as JSON.

{"operation": "create_charge", "effect": {"kind": "slow", "delay_s": 3.0}, "first": 2, "count": 1}
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Literal

from pydantic import TypeAdapter

from providers.sim.wire import Delivery


class Operation(StrEnum):
    TOKEN = "token"  # noqa: S105
    CREATE_CHARGE = "create_charge"
    GET_CHARGE = "get_charge"
    CANCEL_CHARGE = "cancel_charge"
    QRCODE = "qrcode"
    RECEIVED = "received"
    GET_PIX = "get_pix"
    REFUND = "refund"
    GET_REFUND = "get_refund"
    PAY_CHARGE = "pay_charge"
    """Inter's sandbox only: the client plays the payer."""
    PIX_OUT = "pix_out"
    GET_PIX_OUT = "get_pix_out"
    BALANCE = "balance"
    ANY = "any"


# --- Effects --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Slow:
    """Carried out at once, answered after `delay_s`."""

    delay_s: float


@dataclass(frozen=True, slots=True)
class Status:
    """Answered with that status as problem+json; not carried out, unless `carried_out` says so (a 504 after the work).

    `retry_after_s` becomes Retry-After.
    """

    code: int
    problem: str = "ServicoIndisponivel"
    retry_after_s: int | None = None
    carried_out: bool = False


@dataclass(frozen=True, slots=True)
class Html:
    """Not carried out; a page of HTML, as a proxy before the bank answers. A `code` of 200 is possible, too."""

    code: int = 502


@dataclass(frozen=True, slots=True)
class ResetBefore:
    """Not carried out; the connection is reset."""


@dataclass(frozen=True, slots=True)
class ResetAfter:
    """Carried out; the connection is reset in place of the answer."""


@dataclass(frozen=True, slots=True)
class CloseBefore:
    """Not carried out; the connection ends in order, without an answer."""


@dataclass(frozen=True, slots=True)
class CloseAfter:
    """Carried out; the connection ends in order, without an answer."""


@dataclass(frozen=True, slots=True)
class HalfAnswer:
    """Carried out; the answer stops in its middle."""


@dataclass(frozen=True, slots=True)
class NeverBefore:
    """Not carried out; silence on an open connection."""


@dataclass(frozen=True, slots=True)
class NeverAfter:
    """Carried out; silence on an open connection."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Every Pix in the answer's list is there twice, under the same endToEndId."""


@dataclass(frozen=True, slots=True)
class OutOfOrder:
    """The answer's list of Pix is turned round."""


@dataclass(frozen=True, slots=True)
class Stale:
    """The answer is of a moment before any money came: no Pix in it, and a paid charge reads ATIVA."""


@dataclass(frozen=True, slots=True)
class PayAt:
    """The customer pays the charge of this request just before or just after it is carried out.

    `amount_cents` None pays what is asked. Where the charge has money already, nothing more comes, unless `again`.
    """

    when: Literal["before", "after"] = "before"
    amount_cents: int | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class ExpireTokens:
    """Every token issued until now is forgotten before the request is looked at."""


@dataclass(frozen=True, slots=True)
class FewerScopes:
    """The token comes without these scopes, and without a word about it."""

    withheld: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WrongCodeAmount:
    """The copia e cola names another amount than the charge, under a right CRC."""

    amount_cents: int


@dataclass(frozen=True, slots=True)
class WrongValue:
    """`valor.original` of the answer is another than was asked."""

    amount_cents: int


@dataclass(frozen=True, slots=True)
class BadCrc:
    """The copia e cola has a CRC that does not fit."""


@dataclass(frozen=True, slots=True)
class MissingCopiaECola:
    """The answer has neither pixCopiaECola nor location, as Bacen's specification allows."""


@dataclass(frozen=True, slots=True)
class Loose:
    """As some banks answer: strings for numbers, nulls, fields that nobody knows; amounts stay right."""


@dataclass(frozen=True, slots=True)
class OtherStatus:
    """`status` is one that this version of the specification does not name."""

    status: str = "EM_ANALISE"


@dataclass(frozen=True, slots=True)
class RefundEnds:
    """The refund of this request ends so, after `polls` questions about it; 0 says it at once, None leaves it open."""

    state: Literal["DEVOLVIDO", "NAO_REALIZADO", "EM_PROCESSAMENTO"] = "NAO_REALIZADO"
    polls: int | None = 1


@dataclass(frozen=True, slots=True)
class PixOutEnds:
    """The Pix that this request sends is answered `answer`, and reads `ends` after `polls` questions; None: never."""

    answer: Literal["PROCESSADO", "APROVACAO", "AGENDADO"] = "PROCESSADO"
    ends: str = "PAGO"
    polls: int | None = 1


Effect = (
    Slow
    | Status
    | Html
    | ResetBefore
    | ResetAfter
    | CloseBefore
    | CloseAfter
    | HalfAnswer
    | NeverBefore
    | NeverAfter
    | Duplicate
    | OutOfOrder
    | Stale
    | PayAt
    | ExpireTokens
    | FewerScopes
    | WrongCodeAmount
    | WrongValue
    | BadCrc
    | MissingCopiaECola
    | Loose
    | OtherStatus
    | RefundEnds
    | PixOutEnds
)

_KINDS: Final[dict[str, type[Effect]]] = {
    "slow": Slow,
    "status": Status,
    "html": Html,
    "reset_before": ResetBefore,
    "reset_after": ResetAfter,
    "close_before": CloseBefore,
    "close_after": CloseAfter,
    "half_answer": HalfAnswer,
    "never_before": NeverBefore,
    "never_after": NeverAfter,
    "duplicate": Duplicate,
    "out_of_order": OutOfOrder,
    "stale": Stale,
    "pay_at": PayAt,
    "expire_tokens": ExpireTokens,
    "fewer_scopes": FewerScopes,
    "wrong_code_amount": WrongCodeAmount,
    "wrong_value": WrongValue,
    "bad_crc": BadCrc,
    "missing_copia_e_cola": MissingCopiaECola,
    "loose": Loose,
    "other_status": OtherStatus,
    "refund_ends": RefundEnds,
    "pix_out_ends": PixOutEnds,
}
_NAMES: Final = {effect: kind for kind, effect in _KINDS.items()}

BEFORE: Final[dict[type[Effect], Delivery]] = {
    ResetBefore: Delivery.RESET,
    CloseBefore: Delivery.CLOSE,
    NeverBefore: Delivery.NEVER,
}
"""Effects that keep a request from being carried out, and what its connection then does."""

AFTER: Final[dict[type[Effect], Delivery]] = {
    ResetAfter: Delivery.RESET,
    CloseAfter: Delivery.CLOSE,
    NeverAfter: Delivery.NEVER,
    HalfAnswer: Delivery.HALF,
}
"""Effects on the answer of a request that was carried out."""


# --- When -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fault:
    """`effect` at the `first`-th request of `operation` and at `count` of them in all; None: until cleared."""

    operation: Operation
    effect: Effect
    first: int = 1
    count: int | None = 1

    def __post_init__(self) -> None:
        if self.first < 1 or (self.count is not None and self.count < 1):
            raise ValueError("first and count begin at 1")

    def acts_on(self, number: int) -> bool:
        return number >= self.first and (self.count is None or number < self.first + self.count)


@dataclass(slots=True)
class FaultPlan:
    """The faults in force. Requests are counted from the moment that the plan was made."""

    faults: tuple[Fault, ...] = ()
    _seen: dict[int, int] = field(default_factory=dict)

    def take(self, operation: Operation) -> tuple[Effect, ...]:
        """Count one request of that operation, and name what befalls it, in the order of the script."""
        effects = []
        for index, fault in enumerate(self.faults):
            if fault.operation not in {operation, Operation.ANY}:
                continue
            self._seen[index] = self._seen.get(index, 0) + 1
            if fault.acts_on(self._seen[index]):
                effects.append(fault.effect)
        return tuple(effects)


# --- JSON -----------------------------------------------------------------------------------------------------------


def to_json(fault: Fault) -> dict[str, Any]:
    effect = {"kind": _NAMES[type(fault.effect)], **dataclasses.asdict(fault.effect)}
    return {"operation": fault.operation.value, "effect": effect, "first": fault.first, "count": fault.count}


def from_json(value: Mapping[str, Any]) -> Fault:
    """The inverse of `to_json`; `first` and `count` may be absent. Raises ValueError saying what is wrong."""
    try:
        described = dict(value["effect"])
        effect = _effect(described.pop("kind"), described)
        return Fault(Operation(value["operation"]), effect, value.get("first", 1), value.get("count", 1))
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a fault: {value!r} ({error})") from error


def many_from_json(values: Iterable[Mapping[str, Any]]) -> tuple[Fault, ...]:
    return tuple(from_json(value) for value in values)


def kinds() -> tuple[str, ...]:
    """Every effect's name in JSON."""
    return tuple(_KINDS)


def _effect(kind: str, described: Mapping[str, Any]) -> Effect:
    if kind not in _KINDS:
        raise ValueError(f"no such effect: {kind!r}")
    known = {field.name for field in dataclasses.fields(_KINDS[kind])}
    if unknown := sorted(set(described) - known):
        raise ValueError(f"{kind} knows nothing of {', '.join(unknown)}")
    made: Effect = TypeAdapter[Effect](_KINDS[kind]).validate_python(described)
    return made
