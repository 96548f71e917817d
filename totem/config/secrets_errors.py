"""What can be wrong with the encrypted store, each with its own sentence. No sentence repeats a secret."""

from __future__ import annotations

from enum import StrEnum

from totem.domain.errors import ConfigError


class SecretsFault(StrEnum):
    """Which of them it was, for whoever must act on it."""

    MISSING = "missing"
    EXISTS = "exists"
    UNREADABLE = "unreadable"
    DAMAGED = "damaged"
    TAMPERED = "tampered"
    TOO_NEW = "too_new"
    CHANGED_MEANWHILE = "changed_meanwhile"
    WRONG_PASSPHRASE = "wrong_passphrase"  # noqa: S105 - a fault's name
    WRONG_KEY = "wrong_key"
    OTHER_SOURCE = "other_source"
    KEY_MISSING = "key_missing"
    KEY_OPEN_TO_OTHERS = "key_open_to_others"
    KEY_UNREADABLE = "key_unreadable"
    NO_PASSPHRASE = "no_passphrase"  # noqa: S105 - a fault's name
    WEAK_PASSPHRASE = "weak_passphrase"  # noqa: S105 - a fault's name
    NO_KEYRING = "no_keyring"
    BAD_NAME = "bad_name"
    NO_SUCH_ENTRY = "no_such_entry"
    BAD_VALUE = "bad_value"


class SecretsError(ConfigError):
    """One fault of the store or its key; `sentence` is for people."""

    def __init__(self, fault: SecretsFault, sentence: str) -> None:
        super().__init__((f"cofre: {sentence}",))
        self.fault = fault
        self.sentence = sentence
