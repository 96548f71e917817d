"""What pydantic and tomllib complain of, as sentences that a shop's owner understands."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel
from pydantic_core import ErrorDetails

_KIND_OF_VALUE: Final[tuple[tuple[type | tuple[type, ...], str], ...]] = (
    (bool, "verdadeiro ou falso (true/false)"),
    (int, "um número inteiro"),
    (float, "um número com decimais"),
    (str, "um texto entre aspas"),
    ((dt.date, dt.time), "uma data ou hora"),
    ((list, tuple), "uma lista"),
    (dict, "uma seção"),
)

_PATTERNS: Final[Mapping[str, str]] = {
    r"^v[1-9][0-9]?$": 'tem de ser "v" e um número, por exemplo "v2"',
    r"^([A-Z_][A-Z0-9_]*)?$": "tem de ser o nome de uma variável de ambiente: maiúsculas, algarismos e _",
    r"^([a-z0-9][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)*)?$": (
        "use letras minúsculas sem acento, algarismos, pontos, _ e -, por exemplo sicredi.client_secret"
    ),
    r"^([0-9]{1,20})?$": "só algarismos, sem hífen",
    r"^[^\s/:]+(:[0-9]{1,5})?(/[^\s]*)?$": 'tem de ser computador e porta, por exemplo "localhost:60906"',
    r"^([0-9]{1,6})?$": "até 6 algarismos",
    r"^([0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})?$": "tem de ser um código de 8-4-4-4-12 caracteres",
    r"^[A-Za-z0-9 *.-]{0,13}$": "até 13 letras sem acento, algarismos, espaço, *, ponto ou hífen",
    r"^([0-9]{4})?$": "os 4 últimos algarismos do cartão, e nada mais",
    r"^([0-9A-Z]{11}|[0-9A-Z]{14})?$": "CPF ou CNPJ, sem pontos nem traços",
    r"^([A-Z]{2})?$": "duas letras maiúsculas",
    r"^([0-9]{8})?$": "os 8 algarismos do CEP",
    r"^([0-9]+(\.[0-9]+)*)?$": 'números com pontos, por exemplo "2.0.2"',
    r"^[0-9]{1,5}$": "até 5 algarismos",
    r"^(/[A-Za-z0-9_.-]+)+$": 'tem de ser um caminho como "/banking/v2/pix"',
    r"^[a-z0-9]+(-[a-z0-9]+)*$": "use letras minúsculas sem acento, algarismos e hífens, por exemplo lavagem-simples",
    r"^([A-Za-z0-9][A-Za-z0-9_.-]*\.(svg|png|jpg|jpeg|webp))?$": (
        "tem de ser o nome de um arquivo .svg, .png, .jpg ou .webp, sem pastas"
    ),
}

_SYNTAX: Final[tuple[tuple[str, str], ...]] = (
    ("Unescaped '\\'", "barra invertida solta num texto: escreva os caminhos com / ou entre aspas simples"),
    ("Invalid hex value", "barra invertida solta num texto: escreva os caminhos com / ou entre aspas simples"),
    ("Unterminated string", "um texto abriu aspas e não as fechou"),
    ("Illegal character '\\n'", "um texto abriu aspas e não as fechou"),
    ("Illegal character", "há um caractere que não pode estar aí"),
    ("Cannot overwrite a value", "esta chave já apareceu antes na mesma seção"),
    ("Duplicate inline table key", "esta chave já apareceu antes na mesma seção"),
    ("Cannot declare", "esta seção já apareceu antes"),
    ("Cannot redefine", "esta seção já apareceu antes"),
    ("Cannot mutate", "esta seção já apareceu antes"),
    ("Invalid date or datetime", "esta data ou hora não existe"),
    ("Expected '=' after a key", 'falta o sinal de igual depois da chave (chave = "valor")'),
    ("Expected ']'", "falta fechar o colchete ]"),
    ("Unclosed array", "uma lista abriu o colchete [ e não o fechou"),
    ("Unclosed inline table", "um grupo abriu a chave { e não a fechou"),
    ("Unbalanced quotes", "aspas a mais ou a menos"),
    ("Invalid value", "falta o valor, ou é um texto sem aspas"),
    ("Invalid statement", "não é uma chave, nem uma seção, nem um comentário"),
    ("Invalid initial character", "a chave tem acento, espaço ou sinal que não pode ter"),
    ("Expected newline or end of document", "sobra algo depois do valor; números não têm vírgula, textos têm aspas"),
)


def syntax_sentence(message: str) -> str:
    """tomllib's English message, without its position, in plain Portuguese."""
    plain = next((sentence for start, sentence in _SYNTAX if message.startswith(start)), None)
    return plain or f"erro de escrita em TOML ({message})"


def sentence(error: ErrorDetails, model: type[BaseModel]) -> str:
    """The reason of one of pydantic's errors. No value of a key is repeated: it may be a secret."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "missing":
        return _missing(error["loc"], model)
    if kind == "extra_forbidden":
        return _unknown(error["loc"], model)
    if kind == "value_error":
        return str(context["error"])
    if kind in {"too_long", "too_short"} and isinstance(error["input"], str):
        kind = f"string_{kind}"
    make = _SENTENCES.get(kind)
    if make is not None:
        return make(context)
    wanted = _WANTED.get(kind)
    if wanted is not None:
        return f"tem de ser {wanted}, e é {_kind_of(error['input'])}"
    return f"valor recusado ({kind})"


def _quoted_options(context: Mapping[str, Any]) -> str:
    options = str(context["expected"]).replace("'", '"').replace(" or ", ", ")
    return f"tem de ser um destes: {options}"


_SENTENCES: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "literal_error": _quoted_options,
    "greater_than_equal": lambda context: f"tem de ser pelo menos {context['ge']:g}",
    "less_than_equal": lambda context: f"tem de ser no máximo {context['le']:g}",
    "string_too_long": lambda context: f"tem caracteres demais: o máximo é {context['max_length']}",
    "string_too_short": lambda context: f"tem caracteres de menos: o mínimo é {context['min_length']}",
    "too_short": lambda context: f"a lista precisa de pelo menos {context['min_length']} item(ns)",
    "too_long": lambda context: f"a lista tem itens demais: o máximo é {context['max_length']}",
    "string_pattern_mismatch": lambda context: _PATTERNS.get(context["pattern"], "não tem a forma certa"),
    "finite_number": lambda _: "tem de ser um número finito",
}

_WANTED: Final[Mapping[str, str]] = {
    "string_type": "um texto entre aspas",
    "int_type": "um número inteiro, sem aspas nem vírgula",
    "float_type": "um número, sem aspas e com ponto decimal",
    "bool_type": "true ou false, sem aspas",
    "tuple_type": "uma lista entre colchetes",
    "list_type": "uma lista entre colchetes",
    "model_type": "uma seção entre colchetes",
    "model_attributes_type": "uma seção entre colchetes",
    "dict_type": "uma seção entre colchetes",
    "is_instance_of": "um caminho entre aspas",
}


def _kind_of(value: object) -> str:
    return next((name for types, name in _KIND_OF_VALUE if isinstance(value, types)), "outra coisa")


def _missing(location: tuple[int | str, ...], model: type[BaseModel]) -> str:
    section = _model_at(location, model)
    if section is None:
        return "falta esta chave, que é obrigatória"
    required = [name for name, field in section.model_fields.items() if field.is_required()]
    listed = f" (com pelo menos: {', '.join(required)})" if required else ""
    return f"falta esta seção{listed}"


def _unknown(location: tuple[int | str, ...], model: type[BaseModel]) -> str:
    parent = _model_at(location[:-1], model)
    known = list(parent.model_fields) if parent is not None else []
    near = difflib.get_close_matches(str(location[-1]), known, n=1, cutoff=0.6)
    if near:
        return f"chave desconhecida; você quis dizer {near[0]}?"
    elsewhere = next(_sections_with(str(location[-1]), model), "")
    if elsewhere:
        return f"chave desconhecida aqui; ela vai em [{elsewhere}]"
    return f"chave desconhecida; as que existem aqui são: {', '.join(known)}" if known else "chave desconhecida"


def _sections_with(key: str, model: type[BaseModel], name: str = "") -> Iterator[str]:
    """Names of the sections inside `model` that have that key."""
    for part, field in model.model_fields.items():
        section = _section_of(field.annotation)
        if section is not None:
            inner = f"{name}.{part}" if name else part
            if key in section.model_fields:
                yield inner
            yield from _sections_with(key, section, inner)


def _model_at(location: tuple[int | str, ...], model: type[BaseModel]) -> type[BaseModel] | None:
    """The section that a path of keys leads to, None where it leads to a plain value."""
    here: type[BaseModel] | None = model
    for part in location:
        if isinstance(part, int):
            continue
        if here is None or part not in here.model_fields:
            return None
        here = _section_of(here.model_fields[part].annotation)
    return here


def _section_of(annotation: object) -> type[BaseModel] | None:
    """The section model inside an annotation such as `SicrediSettings | None` or `tuple[ServiceEntry, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_section_of(argument) for argument in getattr(annotation, "__args__", ()))
    return next((section for section in inner if section is not None), None)
