"""problem+json (RFC 9457) as Pix banks write it: `violacoes` beside the standard members."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

_MAX_TEXT: Final = 300
_MAX_VIOLATIONS: Final = 20
_SECRETS: Final = re.compile(
    r"(?i)\b(?:bearer|basic)\s+[\w.~+/=-]+|\beyJ[\w-]+(?:\.[\w-]*){1,2}|\b(client_secret|password|access_token)\b\W{1,3}\S+"
)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class _Violation(BaseModel):
    """`valor` is left out on purpose: it repeats what was sent, which may be a person's number."""

    model_config = ConfigDict(extra="ignore")

    razao: str | None = None
    propriedade: str | None = None


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore")

    type: str | None = None
    title: str | None = None
    status: int | None = None
    detail: str | None = None
    violacoes: list[_Violation] = Field(default_factory=list)

    @field_validator("violacoes", mode="before")
    @classmethod
    def _absent(cls, value: object) -> object:
        return [] if value is None else value

    @field_validator("status", mode="before")
    @classmethod
    def _not_a_number(cls, value: object) -> object:
        return value if isinstance(value, int) else None


@dataclass(frozen=True, slots=True)
class Problem:
    """A typed refusal. `kind` is the last part of `type` (`CobNaoEncontrado`), or empty for `about:blank`."""

    kind: str
    title: str
    detail: str
    violations: tuple[str, ...]

    def __str__(self) -> str:
        parts = [self.kind or self.title, self.detail, "; ".join(self.violations)]
        return ": ".join(part for part in parts if part)


def parse_problem(body: bytes) -> Problem | None:
    """The problem in an answer's body, or None where it is no problem+json, whatever its Content-Type says.

    An answer counts as typed by its `type`, or by `title` with `status` (Bacen Pix API 2.9.0, `Problema`): a proxy's
    own page or a gateway's `{"message": ...}` does not pass for the bank's word.
    """
    try:
        parsed = _Body.model_validate_json(body.decode("utf-8-sig", errors="replace"))
    except ValidationError:
        return None
    named = parsed.type is not None and bool(parsed.type.strip())
    if not named and not (parsed.title and parsed.status):
        return None
    violations = tuple(
        clean_text(": ".join(part for part in (violation.propriedade, violation.razao) if part))
        for violation in parsed.violacoes[:_MAX_VIOLATIONS]
    )
    return Problem(_kind(parsed.type), clean_text(parsed.title), clean_text(parsed.detail), violations)


def clean_text(text: str | None) -> str:
    """A peer's text made fit for our log: one line, short, without anything that looks like a credential."""
    if not text:
        return ""
    return _SECRETS.sub("[removed]", _CONTROL.sub(" ", text[: 4 * _MAX_TEXT])).strip()[:_MAX_TEXT]


def _kind(type_uri: str | None) -> str:
    if type_uri is None:
        return ""
    last = type_uri.strip().rstrip("/").rsplit("/", 1)[-1]
    return last if re.fullmatch(r"[A-Za-z][A-Za-z0-9]{0,63}", last) else ""
