"""The technician's sentences: the same keys and places in three languages, each of them used, none missing."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

import assets
from totem.domain.cards import CardOutcome
from totem.domain.machine import STATES, Machine
from totem.domain.ports import Condition, PrintResult
from totem.domain.texts import LANGUAGES, Texts
from totem.services.banks import Health
from totem.services.maintenance.control import Reason
from totem.services.maintenance.sale_views import Finding, ReprintResult, WayBack
from totem.services.maintenance.views import Light, PrintAct, ProbeStage
from totem.services.texts import load_texts
from totem.ui.maintenance.pages.book import NAV

TOTEM = Path(__file__).parents[3] / "totem"
SOURCES = [*(TOTEM / "ui" / "maintenance").rglob("*.py"), *(TOTEM / "ui" / "qml" / "maintenance").glob("*.qml")]


@pytest.fixture(scope="module")
def texts() -> Texts:
    return load_texts(assets.path("i18n/maintenance"))


def built() -> set[str]:
    """Keys that are put together from what the kiosk says."""
    told = {f"tech.nav.{name}" for name, _ in NAV} | {f"tech.light.{light}" for light in Light}
    told |= {f"tech.overview.{light}" for light in Light} | {f"tech.condition.{each}" for each in Condition}
    told |= {f"tech.remedy.{each}" for each in Condition} | {f"tech.provider.{each}" for each in Health}
    told |= {f"tech.provider.{each}" for each in ("admitted", "refused", "not_asked", "days_one", "days_many")}
    told |= {f"tech.provider.state_{tone}" for tone in ("paid", "wait", "stopped")}
    for act in PrintAct:
        told |= {f"tech.printer.{act}", f"tech.printer.{act}_ask", f"tech.printer.{act}_text"}
    for prefix, words in (("print", PrintResult), ("reprint", ReprintResult)):
        told |= {f"tech.{prefix}.{word}{part}" for word in words for part in ("", "_text")}
    told |= {f"tech.probe.{stage}" for stage in ProbeStage}
    ends = (ProbeStage.REMOVED, ProbeStage.REFUNDED, ProbeStage.FAILED, ProbeStage.LEFT)
    told |= {f"tech.probe.{stage}_text" for stage in ends}
    told |= {f"tech.terminal.end_{outcome}" for outcome in CardOutcome} | {f"tech.way.{way}" for way in WayBack}
    told |= {f"tech.terminal.{word}{part}" for word in ("settled", "not_settled") for part in ("", "_text")}
    told |= {f"tech.attention.{each}{part}" for each in Finding for part in ("", "_text")}
    told |= {f"tech.{page}.reason_{number}" for page in ("attention", "refund") for number in (1, 2, 3)}
    told |= {f"tech.kind.{machine}" for machine in Machine} | {"tech.kind.note"}
    told |= {f"tech.state.{machine}.{state}" for machine, states in STATES.items() for state in states}
    told |= {f"tech.closing.{table}" for table in ("method", "provider", "service")}
    told |= {f"tech.sales.{day}" for day in ("all", "today", "yesterday")}
    told |= {
        f"tech.service.{word}{part}"
        for word in ("out", "back")
        for part in ("", "_ask", "_ask_text", "_done", "_done_text")
    }
    for counted in ("pin.wrong", "warning.seconds", "overview.attentions", "sales.found", "sales.attention"):
        told |= {f"tech.{counted}_one", f"tech.{counted}_many"}
    return told | {f"tech.{each}_{by}" for each in ("usb.done_text", "config.faults") for by in ("one", "many")}


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_the_languages_have_the_same_keys_and_places(texts: Texts) -> None:
    for language in LANGUAGES:
        assert texts.catalogues[language].keys() == texts.catalogues["pt"].keys()
        for key, sentence in texts.catalogues["pt"].items():
            assert places(texts.catalogues[language][key]) == places(sentence), key


def test_no_sentence_is_empty_untrimmed_or_loud(texts: Texts) -> None:
    for catalogue in texts.catalogues.values():
        for key, sentence in catalogue.items():
            assert sentence == sentence.strip() != "", key
            assert "!" not in sentence, key


def test_whatever_the_kiosk_says_has_its_words(texts: Texts) -> None:
    assert [key for key in sorted(built()) if not texts.has(key)] == []


def test_every_reason_not_to_do_it_has_its_words() -> None:
    shared = load_texts(assets.path("i18n"))
    assert all(shared.has(f"maintenance.refused.{reason}") for reason in Reason)


def test_every_key_that_is_asked_for_exists_and_none_is_left_over(texts: Texts) -> None:
    everything = "\n".join(file.read_text(encoding="utf-8") for file in SOURCES)
    asked = set(re.findall(r'["\'](tech\.[a-z0-9_.]+)["\']', everything))
    counted = {key.removesuffix(by) for key in built() for by in ("_one", "_many") if key.endswith(by)}
    assert [key for key in sorted(asked - counted) if not texts.has(key) and f"{key}_one" not in built()] == []
    names = {key for key in texts.catalogues["pt"] if key.startswith("tech.name.")}
    assert sorted(texts.catalogues["pt"].keys() - asked - built() - names) == []
