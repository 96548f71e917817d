"""The shape of `catalogue.toml`, and the domain's catalogue made of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, ValidationInfo

import assets
from totem.config.section import Line, Section
from totem.domain.catalogue import Catalogue, Service
from totem.domain.money import MAX_AMOUNT_CENTS, Currency, Money

MAX_SERVICES: Final = 60
_PRICE: Final = {Currency.BRL: re.compile(r"([0-9]{1,5})[.,]([0-9]{2})"), Currency.CVE: re.compile(r"([0-9]{1,7})()")}
_PRICE_EXAMPLE: Final = {Currency.BRL: '"45,00"', Currency.CVE: '"4500"'}

Name = Annotated[Line, Field(max_length=40)]
Description = Annotated[str, Field(max_length=120)]


def _price(text: str, info: ValidationInfo) -> str:
    """Checked by the shape of the currency, so that no float and no missing centavo can slip in."""
    currency = Currency[str((info.context or {}).get("currency", "BRL"))]
    match = _PRICE[currency].fullmatch(text)
    if not match:
        raise ValueError(f"escreva o preço entre aspas como {_PRICE_EXAMPLE[currency]}, sem R$ e sem ponto de milhar")
    if int(match[1] + match[2]) == 0:
        raise ValueError("o preço não pode ser zero")
    return match[1] + match[2]


class Names(Section):
    pt: Name
    en: Annotated[str, Field(max_length=40)] = ""
    es: Annotated[str, Field(max_length=40)] = ""
    fr: Annotated[str, Field(max_length=40)] = ""


class Descriptions(Section):
    pt: Description = ""
    en: Description = ""
    es: Description = ""
    fr: Description = ""


class ServiceEntry(Section):
    """One `[[service]]`. `price` holds minor units in digits once it is checked."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
    name: Names
    price: Annotated[str, AfterValidator(_price)]
    description: Descriptions = Field(default_factory=Descriptions)
    picture: Annotated[str, Field(pattern=r"^([A-Za-z0-9][A-Za-z0-9_.-]*\.(svg|png|jpg|jpeg|webp))?$")] = ""
    max_quantity: Annotated[int, Field(ge=1, le=99)] = 9


def _find_picture(name: str, folder: Path) -> str | None:
    """A full path where it lies beside the catalogue, the bare name where the program has it, None for nowhere."""
    if (folder / name).is_file():
        return str(folder / name)
    return name if assets.path(f"images/{name}").is_file() else None


class CatalogueFile(Section):
    """The whole of `catalogue.toml`."""

    currency: Literal["BRL", "CVE"] = "BRL"
    service: Annotated[tuple[ServiceEntry, ...], Field(strict=False, min_length=1, max_length=MAX_SERVICES)]


def repeated_ids(raw: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Each id that several services bear, and how many do; over the raw file, so that other faults do not hide it."""
    services = raw.get("service")
    entries = services if isinstance(services, list) else []
    ids = [entry["id"] for entry in entries if isinstance(entry, dict) and isinstance(entry.get("id"), str)]
    yield from ((name, count) for name, count in Counter(ids).items() if count > 1)


def total_fits(parsed: CatalogueFile) -> bool:
    """Whether the fullest basket is still an amount that a bank takes."""
    return sum(int(entry.price) * entry.max_quantity for entry in parsed.service) <= MAX_AMOUNT_CENTS


def untranslated(parsed: CatalogueFile, languages: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """(service id, language) where the Portuguese name will be shown instead."""
    for entry in parsed.service:
        names = entry.name.model_dump()
        yield from ((entry.id, language) for language in languages if not names.get(language))


def without_picture(parsed: CatalogueFile, folder: Path) -> Iterator[tuple[str, str]]:
    """(service id, picture) of each that is nowhere: the service is sold without it."""
    for entry in parsed.service:
        if entry.picture and _find_picture(entry.picture, folder) is None:
            yield entry.id, entry.picture


def to_domain(parsed: CatalogueFile, folder: Path) -> Catalogue:
    """The checked file as the domain knows it."""
    currency = Currency[parsed.currency]
    return Catalogue(
        tuple(
            Service(
                id=entry.id,
                names=_filled(entry.name),
                price=Money(int(entry.price), currency),
                descriptions=_filled(entry.description),
                picture=_find_picture(entry.picture, folder) or "" if entry.picture else "",
                max_quantity=entry.max_quantity,
            )
            for entry in parsed.service
        ),
        currency,
    )


def _filled(texts: Names | Descriptions) -> dict[str, str]:
    return {language: text for language, text in texts.model_dump().items() if text}
