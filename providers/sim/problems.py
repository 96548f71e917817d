"""Bacen's error answers (Pix API 2.9.0, "Tratamento de erros"): RFC 7807 with a kind and violations."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from providers.sim.wire import Answer, json_answer

ERROR_BASE: Final = "https://pix.bcb.gov.br/api/v2/error/"
PROBLEM_JSON: Final = "application/problem+json"
_VALUE_SHOWN: Final = 100


class Kind(StrEnum):
    """The last part of `type`. Bacen names none for NOT_AUTHENTICATED, where RFC 7807 writes about:blank, nor for
    what is the bank's own: TOO_MANY, CONFLICT, PAYMENT_*."""

    INVALID_REQUEST = "RequisicaoInvalida"
    ACCESS_DENIED = "AcessoNegado"
    NOT_FOUND = "NaoEncontrado"
    INTERNAL = "ErroInternoDoServidor"
    UNAVAILABLE = "ServicoIndisponivel"
    TIMED_OUT = "IndisponibilidadePorTempoEsgotado"
    CHARGE_NOT_FOUND = "CobNaoEncontrado"
    CHARGE_INVALID = "CobOperacaoInvalida"
    CHARGE_QUERY_INVALID = "CobConsultaInvalida"
    PIX_NOT_FOUND = "PixNaoEncontrado"
    PIX_QUERY_INVALID = "PixConsultaInvalida"
    REFUND_NOT_FOUND = "PixDevolucaoNaoEncontrada"
    REFUND_INVALID = "PixDevolucaoInvalida"
    TOO_MANY = "LimiteExcedido"
    CONFLICT = "ChaveDeIdempotenciaReutilizada"
    PAYMENT_INVALID = "PagamentoPixInvalido"
    PAYMENT_NOT_FOUND = "PagamentoPixNaoEncontrado"
    NOT_AUTHENTICATED = "about:blank"


_STATUS: Final = {
    Kind.ACCESS_DENIED: (403, "Acesso negado."),
    Kind.NOT_FOUND: (404, "Não encontrado."),
    Kind.INTERNAL: (500, "Erro interno do servidor."),
    Kind.UNAVAILABLE: (503, "Serviço indisponível."),
    Kind.TIMED_OUT: (504, "Indisponibilidade por tempo esgotado."),
    Kind.CHARGE_NOT_FOUND: (404, "Cobrança não encontrada."),
    Kind.CHARGE_INVALID: (400, "Cobrança inválida."),
    Kind.CHARGE_QUERY_INVALID: (400, "Consulta inválida."),
    Kind.PIX_NOT_FOUND: (404, "Pix não encontrado."),
    Kind.PIX_QUERY_INVALID: (400, "Consulta inválida."),
    Kind.REFUND_NOT_FOUND: (404, "Devolução não encontrada."),
    Kind.REFUND_INVALID: (400, "Devolução inválida."),
    Kind.TOO_MANY: (429, "Limite de requisições excedido."),
    Kind.CONFLICT: (409, "Chave de idempotência reutilizada."),
    Kind.PAYMENT_INVALID: (400, "Pagamento inválido."),
    Kind.PAYMENT_NOT_FOUND: (404, "Pagamento não encontrado."),
    Kind.NOT_AUTHENTICATED: (401, "Não autenticado."),
}


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule: which property, why, and what was sent."""

    prop: str
    reason: str
    value: object = None

    def as_json(self) -> dict[str, str]:
        shown = {} if self.value is None else {"valor": str(self.value)[:_VALUE_SHOWN]}
        return {"razao": self.reason, "propriedade": self.prop, **shown}


@dataclass(slots=True, eq=False)
class Problem(Exception):
    """A refusal; becomes an answer at the edge. `status` None takes the kind's own."""

    kind: Kind
    detail: str = ""
    violations: tuple[Violation, ...] = ()
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = field(default=())

    def as_answer(self) -> Answer:
        usual, title = _STATUS.get(self.kind, (400, "Requisição inválida."))
        status = usual if self.status is None else self.status
        blank = self.kind is Kind.NOT_AUTHENTICATED
        body: dict[str, object] = {
            "type": self.kind.value if blank else ERROR_BASE + self.kind.value,
            "title": title,
            "status": status,
            "detail": self.detail or title,
        }
        if self.violations:
            body["violacoes"] = [violation.as_json() for violation in self.violations]
        answer = json_answer(status, body, PROBLEM_JSON)
        return Answer(answer.status, answer.body, answer.content_type, self.headers)
