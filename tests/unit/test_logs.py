"""The log: one redacted line a record, kept in a rotating file, written off the caller's thread."""

from __future__ import annotations

import io
import json
import logging
import queue
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from totem.bootstrap import logs
from totem.bootstrap.logs import FILE_NAME, LineFormatter, logging_to
from totem.bootstrap.redaction import HIDDEN, passes_luhn, redact

log = logging.getLogger("totem.test")

# Test numbers that the card brands publish; none is anybody's.
CARDS = [
    "4111111111111111",
    "5555555555554444",
    "2223003122003222",
    "378282246310005",
    "30569309025904",
    "6362970000457013",  # Elo
    "6062826786276634",  # Hipercard
    "3530111333300000",
    "4222222222222",
]

IDS = [
    "LAVA014111111111111111ABCDEFGHJK",
    "E00000000202611222027ABCDEFGHIJK",
    "E4111111111111111202611222027abc",
    "D41111111111111112026112220278XY",
    "00000000-4111-4111-8111-411111111111",
    "2026-11-22T20:27:27.123456+00:00",
    "00020101021226740014br.gov.bcb.pix2552payload.psp.com/4111111111111111xxxxxxxxxx",
    "1732307247123",
    "41111111111111112026112220270001",  # longer than any card
    "0123456789abcdef4111111111111111",  # a hash
    "R$ 45,00",
]


def masked(digits: str) -> str:
    return "*" * (len(digits) - 4) + digits[-4:]


@pytest.mark.parametrize("card", CARDS)
@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "card {} ok",
        "n=5 {}",
        '{{"pan": "{}"}}',
        "a:{};",
        "x 12 {} 1234",
        "{}.",
        "a{}",
        "PAN{}BRL",
        "x=%22{}%22",
        "\\u0022{}\\u0022",
        "\\n{}\\n",
        "[{}]",
        "b'{}'",
    ],
)
def test_a_card_number_keeps_its_last_four_digits(card: str, around: str) -> None:
    assert passes_luhn(card)
    assert redact(around.format(card)) == around.format(masked(card))


@pytest.mark.parametrize("mark", [" ", "-", ".", "_", "/", "\t", "\u00a0", "  ", " - "[:2]])
def test_a_card_in_groups_is_found(mark: str) -> None:
    for card in ("4111 1111 1111 1111", "3782 822463 10005", "3056 9309 0259 04", "6304 0000 0000 0000 000"):
        text = f"7 {card.replace(' ', mark)}, 9"
        digits = card.replace(" ", "")
        if passes_luhn(digits):
            assert redact(text) == f"7 {masked(digits)}, 9"
    assert redact(f"1234{mark}4111{mark}1111{mark}1111{mark}1111").count("*") == 12


@pytest.mark.parametrize("mark", [" ", "-", ", ", "', '", "\n"])
def test_a_card_told_digit_by_digit_is_found(mark: str) -> None:
    assert redact(f"<{mark.join(CARDS[0])}>") == f"<{masked(CARDS[0])}>"


@pytest.mark.parametrize("text", IDS)
def test_ids_codes_and_times_stay(text: str) -> None:
    assert redact(f"txid={text} end") == f"txid={text} end"


def test_a_number_that_fails_luhn_stays() -> None:
    assert redact("nsu 4111111111111112") == "nsu 4111111111111112"


def test_of_a_magnetic_track_nothing_stays() -> None:
    assert redact(";4111111111111111=25121011234567?") == f";{HIDDEN}?"
    assert redact("4111111111111111D25121011234567") == HIDDEN


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Authorization: Basic dXNlcjpwYXNz", f"Authorization: {HIDDEN}"),
        ("authorization=Bearer abc.def-ghi next=1", f"authorization={HIDDEN} next=1"),
        ("[('authorization', 'Bearer abcdefgh')]", f"[('authorization', {HIDDEN})]"),
        ("[(b'Authorization', b'Basic dXNlcjpwYXNz')]", f"[(b'Authorization', b{HIDDEN})]"),
        ("sent Bearer abcdefghijkl to bank", f"sent Bearer {HIDDEN} to bank"),
        ("grant_type=x&client_secret=p%40ss&scope=cob", f"grant_type=x&client_secret={HIDDEN}&scope=cob"),
        ('{"access_token": "a\\"b", "expires_in": 3600}', f'{{"access_token": {HIDDEN}, "expires_in": 3600}}'),
        (
            "{'cardNumber': '4000', 'securityCode': '123', 'x': 1}",
            f"{{'cardNumber': {HIDDEN}, 'securityCode': {HIDDEN}, 'x': 1}}",
        ),
        (
            '{"cardholderName": "JOANA PRADO", "expirationMonth": "12", "numberToken": "A-1"}',
            f'{{"cardholderName": {HIDDEN}, "expirationMonth": {HIDDEN}, "numberToken": {HIDDEN}}}',
        ),
        ("cavv=AAAB&xid=MDAw&eci=05", f"cavv={HIDDEN}&xid={HIDDEN}&eci=05"),
        ("posAuthCode=998877", f"posAuthCode={HIDDEN}"),
        ('{\\"clientSecret\\": \\"s3\\", \\"a\\": 1}', f'{{\\"clientSecret\\": {HIDDEN}, \\"a\\": 1}}'),
        ("senha: 1234", f"senha: {HIDDEN}"),
        (
            "{'numberToken': 'c0ffee', 'cavv': 'AAAB', 'xid': 'eHg='}",
            f"{{'numberToken': {HIDDEN}, 'cavv': {HIDDEN}, 'xid': {HIDDEN}}}",
        ),
        ("portalPassword=x1 cardholderName='ANA LIMA'", f"portalPassword={HIDDEN} cardholderName={HIDDEN}"),
        ("expirationMonth: 12, expirationYear: 30", f"expirationMonth: {HIDDEN}, expirationYear: {HIDDEN}"),
        ("('token', 'abc')", f"('token', {HIDDEN})"),
        ("pin=1234&vaultId=9", f"pin={HIDDEN}&vaultId={HIDDEN}"),
        ("client_secret_file is set", "client_secret_file is set"),
        ("the token was renewed", "the token was renewed"),
        ("authorization 123456", "authorization 123456"),
        ("the token, once more", "the token, once more"),
    ],
)
def test_secrets_are_hidden_by_their_names(text: str, told: str) -> None:
    assert redact(text) == told


@given(st.text(max_size=200))
def test_what_is_hidden_once_is_hidden(text: str) -> None:
    once = redact(text)
    assert redact(once) == once


@given(st.from_regex(r"[2-6][0-9]{11,17}", fullmatch=True), st.text(alphabet=" ,;:()[]{}\"'<>|/\n", max_size=5))
def test_no_card_number_passes(start: str, around: str) -> None:
    check = next(digit for digit in "0123456789" if passes_luhn(start + digit))
    assert start + check not in redact(f"{around}{start}{check}{around}")


def lines_of(directory: Path) -> list[str]:
    return (directory / FILE_NAME).read_text(encoding="utf-8").splitlines()


def test_a_record_is_one_line_in_utc_with_its_fields(tmp_path: Path) -> None:
    stream = io.StringIO()
    with logging_to(tmp_path, stream=stream):
        log.info("sale %s\nopen", "S1", extra={"amount_cents": 4500, "card_number": "123", "code": 'a "b"'})
    (line,) = lines_of(tmp_path)
    assert stream.getvalue() == line + "\n"
    match = re.fullmatch(r"at=(\S+Z) level=INFO from=totem\.test (.*)", line)
    assert match
    assert abs((datetime.now(UTC) - datetime.fromisoformat(match[1])).total_seconds()) < 3600
    assert match[2] == f'message="sale S1\\nopen" amount_cents=4500 card_number="{HIDDEN}" code="a \\"b\\""'


def test_an_exception_stays_on_its_line_and_is_redacted(tmp_path: Path) -> None:
    with logging_to(tmp_path, stream=io.StringIO()):
        try:
            raise ValueError("client_secret=abc 4111111111111111")
        except ValueError:
            log.exception("failed")
    (line,) = lines_of(tmp_path)
    assert "ValueError" in line
    assert "abc" not in line
    assert "4111111111111111" not in line
    told = json.loads(line[line.index("error=") + len("error=") :])
    assert told.splitlines()[-1] == f"ValueError: client_secret={HIDDEN} ************1111"


def test_a_field_that_nobody_named_is_told_by_its_name_alone(tmp_path: Path) -> None:
    with logging_to(tmp_path, stream=io.StringIO()):
        log.info("card", extra={"holder": "ANA LIMA", "anything": 123, "sale": "S1"})
    assert lines_of(tmp_path)[0].endswith(f'message="card" holder="{HIDDEN}" anything="{HIDDEN}" sale="S1"')


def test_a_line_that_cannot_be_made_tells_nothing_of_its_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    """Logging itself would print them, one and all."""
    entrance = logs._Waiting(queue.Queue())
    entrance.setFormatter(LineFormatter())
    entrance.handle(log.makeRecord(log.name, logging.INFO, "f", 7, "card %d", ("ANA LIMA",), None))
    told = capsys.readouterr().err
    assert told == "totem: um registro de totem.test:7 não pôde ser feito: TypeError\n"
    entrance.close()


def test_an_object_is_redacted_as_it_prints(tmp_path: Path) -> None:
    with logging_to(tmp_path, stream=io.StringIO()):
        log.warning("answer %s", {"access_token": "abc", "pan": 4111111111111111})
    assert "abc" not in lines_of(tmp_path)[0]
    assert "4111111111111111" not in lines_of(tmp_path)[0]


def test_chatty_libraries_speak_only_of_trouble(tmp_path: Path) -> None:
    with logging_to(tmp_path, level="DEBUG", stream=io.StringIO()):
        logging.getLogger("httpx").info("HTTP Request: GET https://bank/cob")
        logging.getLogger("httpcore.http11").debug("send_request_headers")
        logging.getLogger("httpx").warning("odd")
        log.debug("ours")
    assert [line.split(" ")[2] for line in lines_of(tmp_path)] == ["from=httpx", "from=totem.test"]


def test_the_file_rotates_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    with logging_to(tmp_path, max_bytes=500, keep=2, stream=io.StringIO()):
        for number in range(30):
            log.info("line %d", number)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [FILE_NAME, f"{FILE_NAME}.1", f"{FILE_NAME}.2"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())
    assert all(path.stat().st_size <= 500 for path in tmp_path.iterdir())
    assert 'message="line 29"' in lines_of(tmp_path)[-1]


def test_everything_is_as_before_afterwards(tmp_path: Path) -> None:
    root = logging.getLogger()
    before = (root.level, list(root.handlers), logging.getLogger("httpx").level)
    with pytest.raises(RuntimeError), logging_to(tmp_path, level="DEBUG", stream=io.StringIO()):
        raise RuntimeError
    assert (root.level, list(root.handlers), logging.getLogger("httpx").level) == before


def test_without_a_folder_only_the_stream_is_written() -> None:
    stream = io.StringIO()
    with logging_to(None, stream=stream):
        log.info("hello")
    assert 'message="hello"' in stream.getvalue()


class _FullDisk(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device", text)


def test_a_full_disk_is_told_once_and_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(logs._OwnerOnlyFile, "_open", lambda self: _FullDisk())
    stream = io.StringIO()
    with logging_to(tmp_path, stream=stream):
        log.info("one")
        log.info("two")
    assert stream.getvalue().count("message=") == 2
    assert capsys.readouterr().err.count("não pode ser escrito") == 1


def test_records_past_the_limit_are_counted_not_waited_for() -> None:
    waiting: queue.Queue[logging.LogRecord] = queue.Queue(1)
    entrance = logs._Waiting(waiting)
    entrance.setFormatter(LineFormatter())
    for number in range(4):
        entrance.handle(log.makeRecord(log.name, logging.INFO, "f", 1, f"n{number}", (), None))
    assert 'message="n0"' in waiting.get_nowait().getMessage()
    entrance.handle(log.makeRecord(log.name, logging.INFO, "f", 1, "n4", (), None))
    assert waiting.get_nowait().getMessage().endswith('message="n4" dropped_before=3')
    entrance.close()
