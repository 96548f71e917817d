"""No card data leaves the parser: hostile receipts, hostile fields, and what honest receipts keep."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.terminal.tef.codec import decode, encode
from hardware.terminal.tef.fields import Message
from hardware.terminal.tef.redaction import Redactor, luhn, mask_numbers, redact
from tests.support.tef_peer import APPROVED, crlf

HOLDER = Message.of((741, "SILVA/JOAO"), (747, "1228"))
PANS = ("4111111111111111", "5555555555554444", "378282246310005", "6062825624254001", "30569309025904")


@pytest.mark.parametrize("pan", PANS)
@pytest.mark.parametrize(
    "shape",
    [
        "{0}",
        "CARTAO{0}",
        "CARTAO: {0} VISA",
        "{1}",
        "{2}",
        "{3}",
        "000000{0}",
        "{0}=25081234567890",
        "%B{0}^SILVA/JOAO^2812",
        ";{0}=28121010000012345?",
    ],
)
def test_no_form_of_a_whole_number_stays(pan: str, shape: str) -> None:
    forms = [pan, *(sign.join(pan[at : at + 4] for at in range(0, len(pan), 4)) for sign in " -.")]
    line, _ = Redactor(Message.of()).line(shape.format(*forms))
    digits = re.sub(r"[^0-9]", "", line)
    assert pan not in digits
    assert pan[:8] not in digits


@pytest.mark.parametrize(
    "masked", ["411111******1111", "4111 11** **** 1111", "411111XXXXXX1111", "CARTAO4111.11##.####.1111"]
)
def test_a_masked_number_shows_its_last_four_only(masked: str) -> None:
    line = mask_numbers(masked)
    assert line.endswith("****1111")
    assert "4111" not in line


@pytest.mark.parametrize(
    "line",
    [
        "JOAO DA SILVA",
        "joão  silva",
        "SILVA, J",
        "CLIENTE JOAO 123",
        "VALIDO ATE 12/28",
        "12/2028",
        "12-28",
        "VALIDADE",
        "PORTADOR",
        "NOME:",
    ],
)
def test_a_line_that_may_name_holder_or_expiry_is_not_proved_clean(line: str) -> None:
    assert not Redactor(HOLDER).line(line)[1]


@pytest.mark.parametrize(
    "line", ["NOME: FULANO DE TAL", "PORTADOR FULANO DE TAL", "Titular: FULANO", "CLIENTE: FULANO DE TAL 7"]
)
def test_what_follows_a_name_label_goes(line: str) -> None:
    text, proved = Redactor(HOLDER).line(line)
    assert proved
    assert "FULANO" not in text


@pytest.mark.parametrize(
    "line", ["VALIDADE: 12/28", "VAL 1228", "VENC. 12/2028", "Exp Date 12/28", "VALID THRU: 12/28"]
)
def test_a_labelled_expiry_is_masked(line: str) -> None:
    text, proved = Redactor(Message.of((741, "SILVA/JOAO"))).line(line)
    assert proved
    assert "28" not in text


@pytest.mark.parametrize(
    "line",
    [
        "VIA DO CLIENTE",
        "VALOR R$ 1.250,00",
        "NSU 000312456 AUT A12345",
        "CNPJ 12.345.678/0001-95 18/10/2024 15:22:44",
        "E00000000202211221530abcdefghijk",
        "PARCELA 03/12",
        "-" * 38,
        "",
        "DOC 000012345 18/10/24 09:30 TERM 0001",
    ],
)
def test_honest_lines_stay_as_they_are(line: str) -> None:
    for message in (HOLDER, Message.of()):
        assert Redactor(message).line(line) == (line, True)


def test_without_a_told_name_unknown_words_are_doubtful_unless_the_owner_set_them() -> None:
    assert not Redactor(Message.of()).line("MARIA APARECIDA")[1]
    assert not Redactor(Message.of()).line("PADARIA CENTRAL")[1]
    assert Redactor(Message.of(), ("Padaria", "Central")).line("PADARIA CENTRAL")[1]


def test_a_name_made_of_a_receipts_own_words_is_found_whole() -> None:
    redactor = Redactor(Message.of((741, "CLIENTE TESTE/SIMULADO")))
    assert redactor.line("VIA CLIENTE")[1]
    assert not redactor.line("SIMULADO CLIENTE TESTE")[1]
    assert not redactor.line("JOAO")[1]


def test_a_doubtful_line_takes_its_whole_receipt_and_the_reduced_one_stays() -> None:
    fields = [((29, 1), "VISA"), ((29, 2), "JOAO SILVA"), ((711, 1), "VISA R$ 1,00"), ((711, 2), "JOAO SILVA")]
    message = redact(Message((*HOLDER.fields, ((28, 0), "2"), *fields)))
    assert message.lines(29) == ()
    assert message.lines(711) == ("VISA R$ 1,00",)
    assert message.get(28) == "2"  # the acquirer wrote one: that decides about the confirmation


def test_holder_expiry_and_unknown_fields_never_come_out() -> None:
    told = Message(
        (*decode(crlf(APPROVED.format(id=1, amount=4500, code="F1"))).fields, ((210, 4), "4111111111111111"))
    )
    text = encode(redact(told)).decode("ascii")
    for secret in ("SILVA", "JOAO", "1228", "411111", "210-004", "741-", "747-"):
        assert secret not in text
    assert "740-000 = 1111" in text
    assert "027-000 = F1" in text


def test_a_message_that_names_the_holder_is_not_shown() -> None:
    assert Redactor(HOLDER).words("OBRIGADO JOAO") == ""
    assert Redactor(HOLDER).words("APROVADA 4111111111111111") == "APROVADA ****1111"


def test_what_was_proved_before_keeps_its_receipt() -> None:
    once = redact(Message((*HOLDER.fields, ((713, 1), "PADARIA CENTRAL"))))
    assert once.lines(713) == ("PADARIA CENTRAL",)
    assert redact(once).lines(713) == ()  # the name is gone: nothing proves it any more
    assert redact(once, proved=True).lines(713) == ("PADARIA CENTRAL",)


@given(st.text(st.sampled_from("0123456789 .-*X/=ABÇ"), max_size=60))
def test_masking_is_done_once_and_leaves_no_number(line: str) -> None:
    masked = mask_numbers(line)
    for run in re.findall(r"[0-9]{13,19}", masked):
        assert not (luhn(run) and run[0] in "23456")


@given(st.binary(max_size=300))
def test_any_message_can_be_redacted_and_written(data: bytes) -> None:
    message = redact(decode(b"029-001 = " + data.replace(b"999-999", b"") + b"\r\n999-999 = 0\r\n"))
    assert encode(message).isascii()
