"""The codec of field messages: exact bytes, whatever bytes come in, and no field smuggled in through a value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.terminal.tef.codec import MOST_BYTES, BadMessage, Splitter, decode, encode, to_ascii
from hardware.terminal.tef.fields import Message, is_receipt_line

_KEYS = st.tuples(st.integers(0, 998), st.integers(0, 999))
_TEXT = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=60)


@st.composite
def _fields(draw: st.DrawFn) -> tuple[tuple[int, int], str]:
    key, text = draw(_KEYS), draw(_TEXT)
    return key, text if is_receipt_line(key) else text.strip()


_MESSAGES = st.lists(_fields(), max_size=20).map(lambda fields: Message(tuple(fields)))


def test_a_message_has_the_bytes_of_the_specification() -> None:
    message = Message((((0, 0), "CRT"), ((3, 0), "4500"), ((29, 1), '  "OI"  ')))
    assert encode(message) == b'000-000 = CRT\r\n003-000 = 4500\r\n029-001 = "  "OI"  "\r\n999-999 = 0\r\n'


@given(_MESSAGES)
def test_what_is_written_is_read_again(message: Message) -> None:
    assert decode(encode(message)) == message


@given(st.binary(max_size=400))
def test_any_bytes_are_a_message_or_refused(data: bytes) -> None:
    try:
        message = decode(data)
    except BadMessage:
        return
    assert len(decode(encode(message)).fields) == len(message.fields)  # what was understood can be written again
    assert all(0 <= field <= 999 for (field, _), _ in message.fields)


@given(st.lists(st.tuples(_KEYS, st.binary(max_size=30)), min_size=1, max_size=10))
def test_lines_of_any_bytes_are_read_and_written_again(lines: list[tuple[tuple[int, int], bytes]]) -> None:
    data = b"".join(f"{key[0]:03}-{key[1]:03} = ".encode() + value + b"\r\n" for key, value in lines)
    message = decode(data + b"999-999 = 0\r\n")
    assert len(message.fields) >= 1
    assert encode(message).isascii()


@pytest.mark.parametrize("smuggled", ["1\r\n009-000 = 0", "1\n", "\r", "a\x00b", "\x1b", "\x7f", "a\x85b", "a\u2028b"])
def test_a_control_character_in_a_value_is_refused(smuggled: str) -> None:
    with pytest.raises(BadMessage):
        encode(Message.of((0, "CRT"), (30, smuggled)))


def test_accents_lose_their_marks() -> None:
    assert to_ascii("Pão de açúcar nº 1 €") == "Pao de acucar no 1 ?"


@pytest.mark.parametrize("key", [(999, 999), (1000, 0), (-1, 0), (0, 1000)])
def test_a_field_that_does_not_exist_is_refused(key: tuple[int, int]) -> None:
    with pytest.raises(BadMessage):
        encode(Message(((key, "1"),)))


def test_a_message_cut_off_is_refused() -> None:
    with pytest.raises(BadMessage):
        decode(b"000-000 = CRT\r\n009-000 = 0\r\n")


def test_unknown_shapes_are_left_out_and_the_rest_stays() -> None:
    message = decode(b"\xef\xbb\xbfhello\r\n000-000=CRT\r\n01-000 = x\r\n009-000 =  0 \n999-999 = 0")
    assert message == Message((((0, 0), "CRT"), ((9, 0), "0")))


def test_too_long_is_refused_both_ways() -> None:
    with pytest.raises(BadMessage):
        decode(b"000-000 = " + b"A" * MOST_BYTES + b"\r\n999-999 = 0\r\n")
    with pytest.raises(BadMessage):
        encode(Message(tuple(((29, number), "A" * 1000) for number in range(1, 100))))
    with pytest.raises(BadMessage):
        encode(Message.of((30, "A" * 2000)))


def test_fields_said_twice_with_different_values_contradict() -> None:
    message = Message((((3, 0), "1"), ((3, 0), "2"), ((30, 0), "a"), ((30, 0), "a")))
    assert message.contradicts_itself((3,))
    assert not message.contradicts_itself((30,))


@given(st.lists(_MESSAGES, max_size=4), st.lists(st.integers(1, 40), min_size=1, max_size=30))
def test_a_stream_is_cut_into_its_messages_wherever_it_breaks(messages: list[Message], sizes: list[int]) -> None:
    stream = b"".join(encode(each) for each in messages)
    splitter, whole, place = Splitter(), list[bytes](), 0
    while place < len(stream):
        size = sizes[place % len(sizes)]
        whole.extend(splitter.feed(stream[place : place + size]))
        place += size
    assert [decode(each) for each in whole] == messages
    assert not splitter.in_a_message


def test_a_stream_without_end_is_refused() -> None:
    splitter = Splitter()
    splitter.feed(b"000-000 = CRT\r\n")
    assert splitter.in_a_message
    with pytest.raises(BadMessage):
        splitter.feed(b"A" * MOST_BYTES)
