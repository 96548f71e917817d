"""Every sign of health has its sentences, in three languages, and none is left over."""

from __future__ import annotations

import string

import pytest

import assets
from hardware.printer.status import decode
from totem.domain.ports import StatusBit
from totem.domain.texts import LANGUAGES, Texts
from totem.services.health.signs import Area, Part, Sign, part
from totem.services.health.telling import printer_part
from totem.services.health.vocabulary import Level, Word, level_of
from totem.services.health.words import HealthWords, capital
from totem.services.texts import load_texts


@pytest.fixture(scope="module")
def texts() -> Texts:
    return load_texts(assets.path("i18n/health"))


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_the_languages_say_the_same(texts: Texts) -> None:
    portuguese = texts.catalogues["pt"]
    for language in LANGUAGES[1:]:
        catalogue = texts.catalogues[language]
        assert catalogue.keys() == portuguese.keys()
        assert {key: places(catalogue[key]) for key in portuguese} == {
            key: places(portuguese[key]) for key in portuguese
        }


@pytest.mark.parametrize("word", list(Word))
def test_a_word_is_told_and_what_is_not_well_has_a_remedy(texts: Texts, word: Word) -> None:
    for language in LANGUAGES:
        assert f"sign.{word.value}.told" in texts.catalogues[language]
        assert (f"sign.{word.value}.remedy" in texts.catalogues[language]) is (level_of(word) is not Level.GREEN)
    code = Sign(word).code
    assert not (code and level_of(word) is Level.GREEN)


def test_no_sentence_is_left_over_or_ends_in_a_full_stop(texts: Texts) -> None:
    known = {f"area.{area.value}" for area in Area} | {f"bit.{bit.value}" for bit in StatusBit}
    words = {f"sign.{word.value}" for word in Word}
    for key, sentence in texts.catalogues["pt"].items():
        assert key in known or key.startswith("name.") or key.rpartition(".")[0] in words, key
        assert sentence == sentence.strip().rstrip(".!"), key
    assert known <= texts.catalogues["pt"].keys()


def test_a_part_tells_its_worst_first(texts: Texts) -> None:
    words = HealthWords(texts)
    made = Part(Area.PRINTER, "balcão", (Sign(Word.PAPER_LOW), Sign(Word.COVER_OPEN)))
    assert (made.level, made.signs[0].word, made.signs[0].code) == (Level.RED, Word.COVER_OPEN, "PRN-002")
    assert words.area("pt", made.area) == "impressora"
    assert words.name("pt", made) == "balcão"
    assert capital(words.told("pt", made.signs[0])) == "Tampa aberta"
    assert words.remedy("en", made.signs[0]) == "close the cover until it clicks"
    with pytest.raises(ValueError, match="no sign"):
        Part(Area.PRINTER, "balcão", ())


def test_a_remedy_goes_by_how_the_part_is_reached(texts: Texts) -> None:
    words = HealthWords(texts)
    network, serial = (Sign(Word.PRINTER_UNREACHABLE, variant=driver) for driver in ("network", "serial"))
    assert "endereço" in words.remedy("pt", network)
    assert "porta" in words.remedy("pt", serial)
    assert words.remedy("pt", Sign(Word.PAPER_OUT, variant="network")) == words.remedy("pt", Sign(Word.PAPER_OUT))
    bank = part(Area.PROVIDER, "inter", Word.PROVIDER_GOOD)
    assert words.name("pt", bank) == "Banco Inter"
    assert words.remedy("pt", bank.signs[0]) == ""


def test_bits_of_a_printer_are_told_in_words(texts: Texts) -> None:
    told = printer_part("balcão", decode({1: 0x1A, 2: 0x16, 3: 0x12, 4: 0x1E}))
    assert [sign.word for sign in told.signs] == [Word.COVER_OPEN, Word.PAPER_LOW]
    assert HealthWords(texts).bits("pt", told.signs[0]) == ("fora de linha", "tampa aberta", "papel perto do fim")
