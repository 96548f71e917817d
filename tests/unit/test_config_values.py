"""Pix keys, documents, hosts and addresses: what is accepted, and the reason for what is not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from totem.config import values


@pytest.mark.parametrize(
    "key",
    [
        "123e4567-e89b-42d3-a456-426614174000",
        "11222333000181",
        "12ABC34501DE35",  # the alphanumeric CNPJ of Receita Federal's own example
        "52998224725",
        "+5511987654321",
        "+551132654321",
        "loja@exemplo.com.br",
    ],
)
def test_every_kind_of_pix_key_is_accepted(key: str) -> None:
    assert values.pix_key(key) == key


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("", "vazia"),
        (" 52998224725", "espaços"),
        ("52998224726", "se é um telefone, comece por"),
        ("11111111111", "CPF não conferem"),
        ("00000000000000", "CNPJ não conferem"),
        ("12ABC34501DE36", "CNPJ não conferem"),
        ("529.982.247-25", "só com algarismos"),
        ("+55 11 98765-4321", "telefone"),
        ("+5511887654321", "telefone"),
        ("+351912345678", "telefone"),
        ("Loja@Exemplo.com", "minúsculas"),
        ("loja@exemplo", "e-mail"),
        ("a" * 70 + "@exemplo.com", "no máximo 77"),
        ("123e4567-e89b-42d3-a456", "chave Pix"),
    ],
)
def test_a_wrong_pix_key_is_refused_by_its_kind(key: str, reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        values.pix_key(key)


@given(st.integers(0, 10**9 - 1), st.integers(0, 10), st.integers(1, 9))
def test_one_changed_digit_of_a_cpf_is_noticed(base: int, place: int, shift: int) -> None:
    digits = f"{base:09d}"
    for weights in (range(10, 1, -1), range(11, 1, -1)):
        rest = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11
        digits += str(0 if rest < 2 else 11 - rest)
    if len(set(digits)) == 1:
        return
    assert values.pix_key(digits) == digits
    changed = digits[:place] + str((int(digits[place]) + shift) % 10) + digits[place + 1 :]
    # Two different remainders share the check digit 0, so a change may pass one check; never both when it is one digit.
    if place >= 9 or not _same_checks(digits, changed):
        with pytest.raises(ValueError, match="dígitos verificadores"):
            values.pix_key(changed)


def _same_checks(first: str, second: str) -> bool:
    def rests(digits: str) -> list[int]:
        rows = (range(10, 1, -1), range(11, 1, -1))
        return [sum(int(d) * w for d, w in zip(digits, row, strict=False)) % 11 for row in rows]

    return all({a, b} == {0, 1} or a == b for a, b in zip(rests(first), rests(second), strict=True))


@pytest.mark.parametrize("text", ["PRINTER", "printer.local", "192.168.0.50", "a-b_c", "10.0.0.1"])
def test_a_device_is_named_by_host(text: str) -> None:
    assert values.host(text) == text


@pytest.mark.parametrize("text", ["", "-a", "a..b", "1.2.3", "1.2.3.4.5", "a b", "256.1.1.1", "x" * 254])
def test_what_is_no_host_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="não é um"):
        values.host(text)


@pytest.mark.parametrize(
    "url", ["https://user:pw@a.b", "https://a.b/caminho", "https://a.b:0", "https://", "ftp://a.b"]
)
def test_what_is_no_bank_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="endereço"):
        values.https_url(url)
