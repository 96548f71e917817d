"""Every sentence that a person reads, by key and language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LANGUAGES = ("pt", "en", "es")
"""Languages in the order in which they are offered; the first is the one to fall back to."""
CUSTOMER_LANGUAGES = (*LANGUAGES, "fr")
"""What a customer may be spoken to in: French, of Cabo Verde's visitors, has no words for technicians."""


@dataclass(frozen=True, slots=True)
class Texts:
    """Flat catalogues: language -> key (`"services.title"`) -> sentence with `{named}` places."""

    catalogues: Mapping[str, Mapping[str, str]]

    def get(self, language: str, key: str, **values: object) -> str:
        """The sentence in that language, else in Portuguese. Raises KeyError for a key that no catalogue has."""
        catalogue = self.catalogues.get(language, {})
        sentence = catalogue[key] if key in catalogue else self.catalogues["pt"][key]
        return sentence.format_map(values) if values else sentence

    def words(self, language: str) -> Mapping[str, str]:
        """Every sentence in that language, those that it lacks in Portuguese."""
        return {**self.catalogues["pt"], **self.catalogues.get(language, {})}

    def has(self, key: str) -> bool:
        return key in self.catalogues["pt"]
