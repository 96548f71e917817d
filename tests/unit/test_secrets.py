"""The encrypted store: what goes in comes out, each fault has its own sentence, and a cut leaves the old file."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import keyring
import keyring.backend
import keyring.errors
import pytest
from hypothesis import given
from hypothesis import strategies as st

from totem.config import secrets_key
from totem.config.secrets import SecretStore, create_store, open_store
from totem.config.secrets_errors import SecretsError, SecretsFault
from totem.config.secrets_format import Kind
from totem.config.secrets_key import KeySource, People, Scrypt, SecretsPlace

PASSPHRASE = "cavalo correto bateria grampo"
SECRET = b"segredo-muito-secreto"


@pytest.fixture
def place(tmp_path: Path) -> SecretsPlace:
    return SecretsPlace(tmp_path / "secrets.json", key_file=tmp_path / "keys" / "secrets.key")


@pytest.fixture(autouse=True)
def _cheap_scrypt(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least that a store may ask for: the tests derive many keys."""
    monkeypatch.setattr("totem.config.secrets.new_scrypt", lambda: Scrypt(os.urandom(16), n=2**14))


def typed(*answers: str) -> People:
    left = list(answers)
    return People(ask=lambda prompt: left.pop(0), environment={}, is_terminal=lambda: True)


def fault_of(place: SecretsPlace, people: People | None = None) -> SecretsError:
    with pytest.raises(SecretsError) as caught:
        open_store(place, people or typed())
    assert SECRET.decode() not in str(caught.value)
    return caught.value


def resum(place: SecretsPlace, change: Callable[[dict[str, object]], None]) -> None:
    """Change the file as one would who knows its form but not its key."""
    content = json.loads(place.file.read_text(encoding="ascii"))
    change(content)
    content.pop("sum")
    plain = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
    content["sum"] = hashlib.sha256(plain).hexdigest()
    place.file.write_text(json.dumps(content), encoding="ascii")


def filled(place: SecretsPlace, people: People | None = None) -> SecretStore:
    store = create_store(place, people or typed())
    store.change({"a.one": (Kind.SECRET, SECRET), "a.two": (Kind.SECRET, b"outro"), "a.key": (Kind.KEY, b"chave")})
    return store


# --- what goes in comes out -------------------------------------------------------------------------------------------


@given(
    st.dictionaries(
        st.from_regex(r"[a-z0-9]{1,8}(\.[a-z0-9_-]{1,8})?", fullmatch=True).filter(
            lambda text: ".-" not in text and "._" not in text
        ),
        st.tuples(st.sampled_from(list(Kind)), st.binary(min_size=1, max_size=200)),
        max_size=6,
    )
)
def test_what_goes_in_comes_out(tmp_path_factory: pytest.TempPathFactory, items: dict[str, tuple[Kind, bytes]]) -> None:
    folder = tmp_path_factory.mktemp("store")
    place = SecretsPlace(folder / "s.json", key_file=folder / "k")
    create_store(place, typed()).change(items)
    again = open_store(place, typed())
    assert {name: (kind, again.get(name, kind)) for name, kind in again.kinds().items()} == items
    assert list(again.kinds()) == sorted(items)


def test_file_and_key_are_their_owners_alone_and_hold_no_value(place: SecretsPlace) -> None:
    store = filled(place)
    assert place.file.stat().st_mode & 0o777 == 0o600
    assert place.key_file is not None
    assert place.key_file.stat().st_mode & 0o777 == 0o600
    data = place.file.read_bytes()
    assert SECRET not in data
    assert SECRET.hex().encode() not in data
    assert SECRET.decode() not in repr(store)
    assert sorted(path.name for path in place.file.parent.iterdir()) == ["keys", "secrets.json"]


def test_an_entry_is_removed_and_found_by_its_kind_only(place: SecretsPlace) -> None:
    store = filled(place)
    store.remove("a.one")
    again = open_store(place, typed())
    assert list(again.kinds()) == ["a.key", "a.two"]
    assert again.find("a.key", Kind.SECRET) is None
    with pytest.raises(SecretsError, match=r"totem secrets set a\.one"):
        again.get("a.one", Kind.SECRET)
    with pytest.raises(SecretsError, match="totem secrets import"):
        again.get("b.key", Kind.KEY)
    with pytest.raises(SecretsError, match=r"não há a\.one no cofre"):
        again.remove("a.one")


@pytest.mark.parametrize("name", ["", "A", "a b", ".a", "a.", "a/b", "ç", "a" * 65, "a\n"])
def test_a_bad_name_is_refused(place: SecretsPlace, name: str) -> None:
    store = create_store(place, typed())
    with pytest.raises(SecretsError, match="letras minúsculas"):
        store.put(name, Kind.SECRET, b"x")
    assert open_store(place, typed()).kinds() == {}


def test_empty_and_huge_values_are_refused(place: SecretsPlace) -> None:
    store = create_store(place, typed())
    for value in (b"", b"x" * 200_001):
        with pytest.raises(SecretsError):
            store.put("a", Kind.SECRET, value)


# --- faults of the file -----------------------------------------------------------------------------------------------


def test_a_missing_store_says_how_to_make_one_and_a_second_is_not_made_over_it(place: SecretsPlace) -> None:
    assert "crie-o com: totem secrets init" in fault_of(place).sentence
    filled(place)
    with pytest.raises(SecretsError, match="já existe"):
        create_store(place, typed())
    assert open_store(place, typed()).get("a.one", Kind.SECRET) == SECRET


def test_every_flipped_byte_is_noticed(place: SecretsPlace) -> None:
    filled(place)
    whole = place.file.read_bytes()
    for position in range(0, len(whole), 3):
        spoiled = bytearray(whole)
        spoiled[position] ^= 1
        place.file.write_bytes(bytes(spoiled))
        try:
            store = open_store(place, typed())
        except SecretsError:
            continue
        # White space between the parts may change; nothing else may.
        assert store.get("a.one", Kind.SECRET) == SECRET
        assert json.loads(spoiled) == json.loads(whole)
    place.file.write_bytes(whole[:-40])
    assert fault_of(place).fault is SecretsFault.DAMAGED


def test_a_bad_disk_is_told_from_a_wrong_hand(place: SecretsPlace) -> None:
    filled(place)
    whole = place.file.read_text(encoding="ascii")
    place.file.write_text(whole.replace('"a.two"', '"a.too"'), encoding="ascii")
    assert fault_of(place).fault is SecretsFault.DAMAGED
    place.file.write_text(whole, encoding="ascii")

    def swap(content: dict[str, object]) -> None:
        entries = content["entries"]
        assert isinstance(entries, dict)
        entries["a.one"], entries["a.two"] = entries["a.two"], entries["a.one"]

    resum(place, swap)
    told = fault_of(place)
    assert told.fault is SecretsFault.TAMPERED
    assert "por quem não tem a chave" in told.sentence


def test_a_removed_entry_and_another_kind_are_noticed(place: SecretsPlace) -> None:
    filled(place)
    whole = place.file.read_bytes()

    def cut(content: dict[str, object]) -> None:
        entries = content["entries"]
        assert isinstance(entries, dict)
        del entries["a.two"]

    def disguise(content: dict[str, object]) -> None:
        entries = content["entries"]
        assert isinstance(entries, dict)
        entries["a.key"]["kind"] = "secret"

    for change in (cut, disguise):
        resum(place, change)
        assert fault_of(place).fault is SecretsFault.TAMPERED
        place.file.write_bytes(whole)


def test_an_entry_opens_in_its_own_place_only(place: SecretsPlace) -> None:
    """Even a program that forgot to check the seal could not be given another entry's value."""
    store = filled(place)
    store._entries["a.one"] = store._entries["a.two"]
    with pytest.raises(SecretsError, match="não abre") as caught:
        store.get("a.one", Kind.SECRET)
    assert caught.value.fault is SecretsFault.TAMPERED


def test_another_stores_entries_do_not_open_here(place: SecretsPlace, tmp_path: Path) -> None:
    filled(place)
    other = replace(place, file=tmp_path / "other.json")
    filled(other)
    foreign = json.loads(other.file.read_text(encoding="ascii"))
    resum(place, lambda content: content.update(entries=foreign["entries"]))
    assert fault_of(place).fault is SecretsFault.TAMPERED


def test_a_later_version_is_told_from_a_broken_file(place: SecretsPlace) -> None:
    filled(place)
    resum(place, lambda content: content.update(version=2))
    assert "atualize o programa" in fault_of(place).sentence
    for junk in (b"", b"{}", b"[]", b"\xff\xfe", b"[" * 100_000):
        place.file.write_bytes(junk)
        assert fault_of(place).fault is SecretsFault.DAMAGED


def test_a_store_that_others_read_is_refused(place: SecretsPlace) -> None:
    filled(place)
    place.file.chmod(0o640)
    assert f'chmod 600 "{place.file}"' in fault_of(place).sentence


def test_a_cut_while_writing_leaves_the_old_file(place: SecretsPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    store = filled(place)
    before = place.file.read_bytes()

    def cut(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", cut)
    with pytest.raises(SecretsError, match="não pode ser gravado"):
        store.put("a.three", Kind.SECRET, b"x")
    monkeypatch.undo()
    assert place.file.read_bytes() == before
    assert sorted(path.name for path in place.file.parent.iterdir()) == ["keys", "secrets.json"]
    assert "a.three" not in store.kinds()


def test_two_programs_do_not_lose_each_others_entries(place: SecretsPlace) -> None:
    filled(place)
    one, two = open_store(place, typed()), open_store(place, typed())
    one.put("b.one", Kind.SECRET, b"1")
    with pytest.raises(SecretsError, match="repita o comando"):
        two.put("b.two", Kind.SECRET, b"2")
    assert "b.one" in open_store(place, typed()).kinds()
    one.put("b.three", Kind.SECRET, b"3")


# --- faults of the key ------------------------------------------------------------------------------------------------


def test_each_fault_of_the_key_file_has_its_sentence(place: SecretsPlace) -> None:
    filled(place)
    key = place.key_file
    assert key is not None
    good = key.read_bytes()
    key.chmod(0o644)
    assert f'outros usuários podem ler a chave do cofre, {key}; corrija com: chmod 600 "{key}"' in str(fault_of(place))
    key.chmod(0o600)
    key.write_bytes(b"x" * 32)
    assert f"a chave {key} não é a de {place.file}" in fault_of(place).sentence
    key.write_bytes(good[:-1])
    assert "32 bytes" in fault_of(place).sentence
    key.unlink()
    assert fault_of(place).fault is SecretsFault.KEY_MISSING
    key.mkdir(mode=0o700)
    assert fault_of(place).fault is SecretsFault.KEY_UNREADABLE
    assert fault_of(replace(place, source=KeySource.KEYRING)).fault is SecretsFault.OTHER_SOURCE


def test_a_passphrase_is_asked_twice_and_a_wrong_one_has_its_sentence(place: SecretsPlace) -> None:
    place = replace(place, source=KeySource.PASSPHRASE)
    for answers in ((PASSPHRASE, "outra"), ("curta", "curta"), ("",)):
        with pytest.raises(SecretsError):
            create_store(place, typed(*answers))
        assert not place.file.exists()
    filled(place, typed(PASSPHRASE, PASSPHRASE))
    assert open_store(place, typed(PASSPHRASE)).get("a.one", Kind.SECRET) == SECRET
    told = fault_of(place, typed("uma senha que não é"))
    assert told.fault is SecretsFault.WRONG_PASSPHRASE
    assert told.sentence == f"a senha não abre {place.file}; confira-a e repita"


def test_a_passphrase_comes_from_a_variable_or_a_descriptor(place: SecretsPlace) -> None:
    by_variable = replace(place, source=KeySource.PASSPHRASE, passphrase_env="TOTEM_PASS")
    people = People(environment={"TOTEM_PASS": PASSPHRASE}, is_terminal=lambda: False)
    filled(by_variable, people)
    assert PASSPHRASE not in repr(people)
    reader, writer = os.pipe()
    os.write(writer, PASSPHRASE.encode() + b"\n")
    os.close(writer)
    by_descriptor = replace(place, source=KeySource.PASSPHRASE, passphrase_fd=reader)
    assert open_store(by_descriptor, people).get("a.one", Kind.SECRET) == SECRET
    os.close(reader)
    assert "não pode ser lida do descritor" in fault_of(by_descriptor).sentence
    assert "a variável de ambiente TOTEM_PASS não trouxe" in fault_of(by_variable).sentence
    nobody = People(is_terminal=lambda: False)
    asked = replace(place, source=KeySource.PASSPHRASE)
    assert "não há terminal" in fault_of(asked, nobody).sentence


def test_a_forged_cost_does_not_eat_the_memory(place: SecretsPlace) -> None:
    place = replace(place, source=KeySource.PASSPHRASE)
    filled(place, typed(PASSPHRASE, PASSPHRASE))

    def dear(content: dict[str, object]) -> None:
        key = content["key"]
        assert isinstance(key, dict)
        key["n"] = 2**40

    resum(place, dear)
    assert "fora dos limites" in fault_of(place, typed(PASSPHRASE)).sentence


def test_scrypt_is_the_published_one() -> None:
    """RFC 7914, 12: the third vector has n=16384, r=8, p=1; its first 32 bytes."""
    derived = Scrypt(b"SodiumChloride", n=16384).derive("pleaseletmein")
    assert derived.hex() == "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
    assert not Scrypt(b"SodiumChloride").is_sane
    assert secrets_key.new_scrypt().is_sane


# --- the keyring ------------------------------------------------------------------------------------------------------


class Ring(keyring.backend.KeyringBackend):
    """The library's own abstract class, on a dictionary."""

    priority = 1

    def __init__(self, *, locked: bool = False) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # the library's own
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = locked

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise keyring.errors.KeyringLocked
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


@pytest.fixture
def ring() -> Iterator[Ring]:
    former = keyring.get_keyring()
    made = Ring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(former)


def test_the_systems_keyring_keeps_the_key(place: SecretsPlace, ring: Ring) -> None:
    place = replace(place, source=KeySource.KEYRING)
    filled(place)
    assert open_store(place, typed()).get("a.one", Kind.SECRET) == SECRET
    ((service, _),) = ring.kept
    assert service == "totem"
    ring.kept = dict.fromkeys(ring.kept, "bm8=")
    assert fault_of(place).fault is SecretsFault.KEY_UNREADABLE
    ring.kept = dict.fromkeys(ring.kept, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
    assert fault_of(place).fault is SecretsFault.WRONG_KEY
    ring.kept = {}
    assert fault_of(place).fault is SecretsFault.KEY_MISSING
    ring.locked = True
    assert "o chaveiro do sistema não respondeu (KeyringLocked)" in fault_of(place).sentence


def test_without_the_library_the_sentence_says_what_to_install(
    place: SecretsPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(SecretsError, match=r"pip install \"totem\[keyring\]\""):
        create_store(replace(place, source=KeySource.KEYRING), typed())
    assert not place.file.exists()
