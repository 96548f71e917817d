"""Three catalogues with the same keys and places, and no screen with words of its own."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

import assets
from totem.domain.cards import PromptKind
from totem.domain.errors import ConfigError, Trouble
from totem.domain.texts import CUSTOMER_LANGUAGES, LANGUAGES, Texts
from totem.services.state import Method, MoneyTold
from totem.services.texts import load_texts
from totem.ui.theme import Look, tokens

QML = Path(__file__).parents[2] / "totem" / "ui" / "qml"
FILES = sorted(QML.rglob("*.qml"))


@pytest.fixture(scope="module")
def texts() -> Texts:
    return load_texts(assets.path("i18n"))


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def without_comments(source: str) -> str:
    return "\n".join(line.split(" //")[0] for line in source.splitlines() if not line.lstrip().startswith("//"))


def test_the_languages_have_the_same_keys(texts: Texts) -> None:
    for language in LANGUAGES[1:]:
        assert texts.catalogues[language].keys() == texts.catalogues["pt"].keys()


def test_the_languages_have_the_same_places(texts: Texts) -> None:
    for key, sentence in texts.catalogues["pt"].items():
        for language in LANGUAGES[1:]:
            assert places(texts.catalogues[language][key]) == places(sentence), key


FOR_TECHNICIANS = re.compile(r"maintenance\.|training\.|ticket\.status_|error\..*\.technician$")


def test_french_has_every_sentence_that_a_customer_reads(texts: Texts) -> None:
    """And none for technicians: these are told in Portuguese."""
    french = load_texts(assets.path("i18n"), ("fr",)).catalogues["fr"]
    read_by_customers = {key for key in texts.catalogues["pt"] if not FOR_TECHNICIANS.match(key)}
    assert french.keys() == read_by_customers
    assert all(places(french[key]) == places(texts.catalogues["pt"][key]) for key in french)
    assert all(sentence == sentence.strip() != "" for sentence in french.values())
    for key, sentence in french.items():
        assert sentence.encode("cp1252").decode("cp1252") == sentence, key
        if key.startswith("error."):
            assert "!" not in sentence
            assert not key.endswith(".title") or len(sentence.split()) <= 6, key


def test_what_french_lacks_is_said_in_portuguese() -> None:
    both = load_texts(assets.path("i18n"), CUSTOMER_LANGUAGES)
    words = both.words("fr")
    assert words.keys() == both.catalogues["pt"].keys()
    assert words["attract.start"] == "Touchez pour commencer"
    assert words["error.SYS-002.technician"] == both.catalogues["pt"]["error.SYS-002.technician"]


def test_no_sentence_is_empty_or_untrimmed(texts: Texts) -> None:
    for language, catalogue in texts.catalogues.items():
        assert all(sentence and sentence == sentence.strip() for sentence in catalogue.values()), language


@pytest.mark.parametrize("trouble", list(Trouble))
def test_every_trouble_has_its_words(texts: Texts, trouble: Trouble) -> None:
    for part in ("title", "customer", "technician", "action"):
        assert texts.has(f"error.{trouble.value}.{part}")
    for language in LANGUAGES:
        title = texts.get(language, f"error.{trouble.value}.title")
        assert len(title.split()) <= 6
        told = title + "".join(texts.get(language, f"error.{trouble.value}.{part}") for part in ("customer", "action"))
        assert "!" not in told


def test_every_prompt_of_a_terminal_has_its_words(texts: Texts) -> None:
    assert all(texts.has(f"card.{kind.value}.{part}") for kind in PromptKind for part in ("title", "hint"))
    assert all(texts.has(f"method.{method.value}") and texts.has(f"method.{method.value}_hint") for method in Method)


def test_every_outcome_of_the_money_has_its_sentence(texts: Texts) -> None:
    assert all(texts.has(f"money.{told.value}") for told in MoneyTold)


def test_tickets_can_be_printed_in_western_code_pages(texts: Texts) -> None:
    for language, catalogue in texts.catalogues.items():
        for key, sentence in catalogue.items():
            if key.startswith("ticket."):
                assert sentence.encode("cp1252").decode("cp1252") == sentence, (language, key)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_words_that_a_screen_asks_for_exist(texts: Texts, file: Path) -> None:
    for key in re.findall(r'Words\["([^"]+)"\]', without_comments(file.read_text(encoding="utf-8"))):
        technicians = file.parent.name == "maintenance" and key.startswith("tech.")  # a catalogue of their own
        assert texts.has(key) or technicians, key


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_screen_has_words_of_its_own(file: Path) -> None:
    source = without_comments(file.read_text(encoding="utf-8"))
    for expression in re.findall(r"\b(?:text|title|hint|action|money|spoken|words)\s*:\s*(.+)", source):
        bare = re.sub(r'Words\[[^\]]+\]|(===|!==|\?\?)\s*"[^"]*"|join\("[^"]*"\)', "", expression)
        for literal in re.findall(r'"([^"]*)"', bare):
            assert not re.search(r"[^\W\d_]{2,}", literal), (file.name, expression)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_screen_has_colours_sizes_or_durations_of_its_own(file: Path) -> None:
    source = without_comments(file.read_text(encoding="utf-8"))
    assert not re.search(r'"#[0-9A-Fa-f]{3,8}"', source)
    named = r"(?:pixelSize|radius|spacing|margins|\w*Margin|duration|interval|border\.width|\w*Padding|\w*[sS]pacing)"
    for value in re.findall(rf"\b{named}\s*:\s*(.+)", source):
        assert not re.fullmatch(r"-?[\d.]*[1-9][\d.]*;?", value.strip()), (file.name, value)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_name_of_the_theme_exists(file: Path) -> None:
    known = tokens(Look(1080, 1920, 21.5, "#1B4DB8"))
    for name in re.findall(r"\bTheme\.(\w+)", without_comments(file.read_text(encoding="utf-8"))):
        assert name in known, name


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_icon_exists(file: Path) -> None:
    for name in re.findall(r'\bicon\s*:\s*"(\w+)"', file.read_text(encoding="utf-8")):
        assert assets.path(f"icons/{name}.svg").is_file(), name


def test_a_broken_catalogue_is_named(tmp_path: Path) -> None:
    (tmp_path / "pt.toml").write_text("[a]\nb = 3\n", encoding="utf-8")
    (tmp_path / "en.toml").write_text("[a\n", encoding="utf-8")
    with pytest.raises(ConfigError) as told:
        load_texts(tmp_path)
    assert [fault.split(":")[0] for fault in told.value.faults] == ["pt.toml", "en.toml", "es.toml"]


def test_nested_tables_become_keys(tmp_path: Path) -> None:
    (tmp_path / "pt.toml").write_text('top = "T"\n[a.b]\nc = "C {x}"\n', encoding="utf-8")
    texts = load_texts(tmp_path, ("pt",))
    assert texts.catalogues["pt"] == {"top": "T", "a.b.c": "C {x}"}
    assert texts.get("pt", "a.b.c", x=1) == "C 1"


def test_no_sentence_is_left_over(texts: Texts) -> None:
    """Those that are put together at run time are named by their beginnings."""
    root = Path(__file__).parents[2]
    sources = [file for file in (root / "totem").rglob("*") if file.suffix in {".py", ".qml"}]
    everything = "\n".join(file.read_text(encoding="utf-8") for file in sources)
    built = (
        "error.",
        "money.",
        "ticket.",
        "method.",
        "card.",
        "frame.step_",
        "pix.how_",
        "help.step_",
        "help.card_",
        "help.key_",
        "key_card.",
        "keyboard.",
    )
    names = [f"{name}{by}" for name in ("preparing", "cancelling", "checking") for by in ("", "_card", "_online")]
    waiting = tuple(f"{name}.{part}" for name in names for part in ("title", "hint"))
    for key in texts.catalogues["pt"]:
        assert key.startswith((*built, "maintenance.refused.")) or key in waiting or f'"{key}"' in everything, key


def test_french_marks_never_begin_a_line() -> None:
    """A space stands before them there, and it must not break."""
    french = load_texts(assets.path("i18n"), ("fr",)).catalogues["fr"]
    assert [key for key, text in french.items() if re.search(r" [?!:;»]|« ", text)] == []
