"""Every field rule of Bacen's Pix API 2.9.0 that a strict bank checks. Pure: a body in, an order or a Problem out."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from providers.sim.problems import Kind, Problem, Violation

CHARGE_TXID: Final = re.compile(r"[a-zA-Z0-9]{26,35}")
ANY_TXID: Final = re.compile(r"[a-zA-Z0-9]{1,35}")
END_TO_END_ID: Final = re.compile(r"[a-zA-Z0-9]{32}")
REFUND_ID: Final = re.compile(r"[a-zA-Z0-9]{1,35}")
REMOVED: Final = "REMOVIDA_PELO_USUARIO_RECEBEDOR"
DEFAULT_EXPIRY_S: Final = 86_400
MAX_KEY: Final = 77
MAX_PAYER_MESSAGE: Final = 140
MAX_DETAILS: Final = 50
MAX_DETAIL_NAME: Final = 50
MAX_DETAIL_VALUE: Final = 200
MAX_DEBTOR_NAME: Final = 200
MAX_REFUND_TEXT: Final = 140
MAX_PAGE_ITEMS: Final = 1000
DEFAULT_PAGE_ITEMS: Final = 100

_AMOUNT: Final = re.compile(r"[0-9]{1,10}\.[0-9]{2}")
_CPF: Final = re.compile(r"[0-9]{11}")
_CNPJ: Final = re.compile(r"[0-9A-Z]{14}")
_RFC3339: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_INT32: Final = 2**31 - 1

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ChargeOrder:
    """A cob as it was asked for, every rule kept. Two orders are the same where they compare equal."""

    amount_cents: int
    key: str
    expires_in_s: int
    payer_message: str | None = None
    details: tuple[tuple[str, str], ...] = ()
    debtor: tuple[tuple[str, str], ...] = ()
    amount_may_change: bool = False


@dataclass(frozen=True, slots=True)
class RefundOrder:
    amount_cents: int
    text: str | None = None


@dataclass(frozen=True, slots=True)
class PixQuery:
    """`GET /pix`: both ends of the window belong to it. `given` is echoed in `parametros`."""

    since: datetime
    until: datetime
    page: int
    page_items: int
    txid: str | None
    txid_present: bool | None
    refund_present: bool | None
    given: tuple[tuple[str, str], ...]


def decimal_text(amount_cents: int) -> str:
    return f"{amount_cents // 100}.{amount_cents % 100:02d}"


def parse_body(content_type: str, body: bytes) -> Json:
    """The JSON object of a request. Refuses another content type, broken JSON, a name given twice, and NaN."""
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise Problem(Kind.INVALID_REQUEST, f"Content-Type não suportado: {content_type or 'ausente'}")
    try:
        parsed = json.loads(body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise Problem(Kind.INVALID_REQUEST, "O corpo não é JSON válido em UTF-8.") from error
    if not isinstance(parsed, dict):
        raise Problem(Kind.INVALID_REQUEST, "O corpo não é um objeto JSON.")
    return parsed


def parse_charge(body: Json, own_keys: Collection[str]) -> ChargeOrder:
    """The body of `PUT /cob/{txid}` (schema CobSolicitada)."""
    check = Checker("cob")
    check.only(body, "", ("calendario", "devedor", "loc", "valor", "chave", "solicitacaoPagador", "infoAdicionais"))
    order = ChargeOrder(
        amount_cents=_charge_amount(check, body),
        key=_key(check, body, own_keys),
        expires_in_s=_expiry(check, body),
        payer_message=check.text(body, "solicitacaoPagador", MAX_PAYER_MESSAGE),
        details=_details(check, body),
        debtor=_debtor(check, body),
        amount_may_change=_amount_may_change(check, body),
    )
    if "loc" in body:
        check.blame("loc", "O location referenciado por loc.id inexiste.", body["loc"])
    check.close(Kind.CHARGE_INVALID)
    return order


def parse_removal(body: Json) -> None:
    """The body of `PATCH /cob/{txid}`: this bank revises nothing but the status (schema CobRevisada)."""
    check = Checker("cob")
    if body.get("status") != REMOVED:
        check.blame("status", "O campo cob.status não respeita o schema.", body.get("status"))
    if len(body) > 1:
        check.blame("status", "Não se remove uma cobrança juntamente com outras alterações.", sorted(body))
    check.close(Kind.CHARGE_INVALID)


def parse_refund(body: Json) -> RefundOrder:
    """The body of `PUT /pix/{e2eid}/devolucao/{id}` (schema DevolucaoSolicitada)."""
    check = Checker("devolucao")
    check.only(body, "", ("valor", "natureza", "descricao"))
    amount_cents = check.amount(body, "valor", "valor")
    if body.get("natureza", "ORIGINAL") != "ORIGINAL":
        check.blame("natureza", "Um Pix comum só admite a natureza ORIGINAL.", body["natureza"])
    order = RefundOrder(amount_cents, check.text(body, "descricao", MAX_REFUND_TEXT))
    check.close(Kind.REFUND_INVALID)
    return order


def parse_pix_query(query: Sequence[tuple[str, str]]) -> PixQuery:
    """The parameters of `GET /pix`."""
    check = Checker("pix")
    values = dict(query)
    if len(values) < len(query):
        check.blame("query", "Um parâmetro aparece mais de uma vez.")
    since, until = _moment(check, values, "inicio"), _moment(check, values, "fim")
    if since is not None and until is not None and until < since:
        check.blame("fim", "O parâmetro fim é anterior a inicio.", values["fim"])
    if "cpf" in values and "cnpj" in values:
        check.blame("cpf", "Os parâmetros cpf e cnpj estão ambos preenchidos.")
    txid = values.get("txid")
    if txid is not None and not ANY_TXID.fullmatch(txid):
        check.blame("txid", "O parâmetro txid não respeita o schema.", txid)
    page = _whole(check, values, "paginacao.paginaAtual", 0, (0, _INT32))
    items = _whole(check, values, "paginacao.itensPorPagina", DEFAULT_PAGE_ITEMS, (1, MAX_PAGE_ITEMS))
    present = _flag(check, values, "txIdPresente")
    refunded = _flag(check, values, "devolucaoPresente")
    check.close(Kind.PIX_QUERY_INVALID)
    if since is None or until is None:
        raise Problem(Kind.PIX_QUERY_INVALID)
    given = tuple((name, value) for name, value in query if not name.startswith("paginacao."))
    return PixQuery(since, until, page, items, txid, present, refunded, given)


# --- One rule each --------------------------------------------------------------------------------------------------


class Checker:
    """Gathers violations, so that a client is told all of them at once."""

    def __init__(self, entity: str) -> None:
        self._entity = entity
        self._found: list[Violation] = []

    def blame(self, prop: str, reason: str, value: object = None) -> None:
        self._found.append(Violation(f"{self._entity}.{prop}", reason, value))

    def close(self, kind: Kind) -> None:
        if self._found:
            raise Problem(kind, "A requisição não respeita o schema ou está semanticamente errada.", tuple(self._found))

    def only(self, value: Mapping[str, object], prefix: str, known: Collection[str]) -> None:
        for name in value:
            if name not in known:
                self.blame(f"{prefix}{name}", "Campo desconhecido.")

    def object(self, body: Json, name: str, *, required: bool) -> Json:
        value = body.get(name)
        if isinstance(value, dict):
            return value
        if required or name in body:
            self.blame(name, f"O objeto {name} não respeita o schema.", value)
        return {}

    def text(self, body: Json, name: str, limit: int) -> str | None:
        if name not in body:
            return None
        value = body[name]
        if not isinstance(value, str) or len(value) > limit:
            self.blame(name, f"O campo {name} não respeita o schema (até {limit} caracteres).", value)
            return None
        return value

    def amount(self, holder: Json, name: str, path: str) -> int:
        value = holder.get(name)
        if not isinstance(value, str) or not _AMOUNT.fullmatch(value):
            self.blame(path, f"O campo {path} não respeita o schema.", value)
            return 0
        amount_cents = int(value.replace(".", ""))
        if amount_cents == 0:
            self.blame(path, f"O campo {path} é zero.", value)
        return amount_cents


def _unique(pairs: list[tuple[str, Any]]) -> Json:
    result = dict(pairs)
    if len(result) < len(pairs):
        raise ValueError("a name given twice")
    return result


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _charge_amount(check: Checker, body: Json) -> int:
    holder = check.object(body, "valor", required=True)
    check.only(holder, "valor.", ("original", "modalidadeAlteracao", "retirada"))
    if "retirada" in holder:
        check.blame("valor.retirada", "Pix Saque e Pix Troco não estão contratados.")
    return check.amount(holder, "original", "valor.original")


def _amount_may_change(check: Checker, body: Json) -> bool:
    holder = body.get("valor")
    value = holder.get("modalidadeAlteracao", 0) if isinstance(holder, dict) else 0
    if type(value) is not int or value not in {0, 1}:
        check.blame("valor.modalidadeAlteracao", "O campo não respeita o schema.", value)
    return value == 1


def _key(check: Checker, body: Json, own_keys: Collection[str]) -> str:
    key = body.get("chave")
    if not isinstance(key, str) or not key or len(key) > MAX_KEY:
        check.blame("chave", "O campo cob.chave não respeita o schema.", key)
        return ""
    if key not in own_keys:
        check.blame("chave", "O campo cob.chave corresponde a uma conta que não pertence a este usuário.", key)
    return key


def _expiry(check: Checker, body: Json) -> int:
    holder = check.object(body, "calendario", required=True)
    check.only(holder, "calendario.", ("expiracao",))
    value = holder.get("expiracao", DEFAULT_EXPIRY_S)
    if type(value) is not int or not 0 < value <= _INT32:
        check.blame("calendario.expiracao", "O campo cob.calendario.expiracao não é um inteiro maior que zero.", value)
        return DEFAULT_EXPIRY_S
    return value


def _details(check: Checker, body: Json) -> tuple[tuple[str, str], ...]:
    value = body.get("infoAdicionais", [])
    if not isinstance(value, list) or len(value) > MAX_DETAILS:
        check.blame("infoAdicionais", "O objeto infoAdicionais não respeita o schema.")
        return ()
    details = []
    for number, item in enumerate(value):
        name, text = (item.get("nome"), item.get("valor")) if isinstance(item, dict) else (None, None)
        if _is_text(name, MAX_DETAIL_NAME) and _is_text(text, MAX_DETAIL_VALUE) and len(item) == 2:
            details.append((str(name), str(text)))
        else:
            check.blame(f"infoAdicionais[{number}]", "O objeto infoAdicionais não respeita o schema.", item)
    return tuple(details)


def _debtor(check: Checker, body: Json) -> tuple[tuple[str, str], ...]:
    """PessoaFisica or PessoaJuridica, never both; the name is required with either."""
    if "devedor" not in body:
        return ()
    value = check.object(body, "devedor", required=True)
    check.only(value, "devedor.", ("cpf", "cnpj", "nome"))
    cpf, cnpj, name = value.get("cpf"), value.get("cnpj"), value.get("nome")
    one = ("cpf" in value) != ("cnpj" in value)
    shaped = (isinstance(cpf, str) and _CPF.fullmatch(cpf)) or (isinstance(cnpj, str) and _CNPJ.fullmatch(cnpj))
    if not one or not shaped or not _is_text(name, MAX_DEBTOR_NAME):
        check.blame("devedor", "O objeto cob.devedor não respeita o schema.", sorted(value))
        return ()
    return tuple(sorted((field, str(text)) for field, text in value.items()))


def _is_text(value: object, limit: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= limit


def _moment(check: Checker, values: Mapping[str, str], name: str) -> datetime | None:
    text = values.get(name, "")
    if _RFC3339.fullmatch(text):
        try:
            return datetime.fromisoformat(text.upper())
        except ValueError:
            pass
    check.blame(name, f"O parâmetro {name} não respeita o schema (RFC 3339 com fuso).", text)
    return None


def _whole(check: Checker, values: Mapping[str, str], name: str, default: int, bounds: tuple[int, int]) -> int:
    text = values.get(name)
    if text is None:
        return default
    low, high = bounds
    if not re.fullmatch(r"-?[0-9]{1,10}", text) or not low <= int(text) <= high:
        check.blame(name, f"O parâmetro {name} vai de {low} a {high}.", text)
        return default
    return int(text)


def _flag(check: Checker, values: Mapping[str, str], name: str) -> bool | None:
    text = values.get(name)
    if text not in {None, "true", "false"}:
        check.blame(name, f"O parâmetro {name} é true ou false.", text)
    return None if text is None else text == "true"
