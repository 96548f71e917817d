"""The simulator's reading of ESC/POS: by the manual, by another encoder's bytes, and by mutated jobs."""

from __future__ import annotations

import io

import pytest
import zxingcpp
from escpos.printer import Dummy
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from hardware.sim import operations as op
from hardware.sim.paper import Paper, draw
from hardware.sim.parser import Parser, parse
from hardware.sim.typesetter import BLADE_DOTS, typeset


def read(data: bytes) -> list[op.Operation]:
    return [parsed.operation for parsed in parse(data)]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x1b@", op.Initialize()),
        (b"\n", op.LineFeed()),
        (b"\t", op.Tab()),
        (b"\x1bd\x03", op.FeedLines(3)),
        (b"\x1bJ\x18", op.FeedDots(24)),
        (b"\x1b2", op.LineSpacing(None)),
        (b"\x1b3\x28", op.LineSpacing(40)),
        (b"\x1ba\x01", op.Align(op.Justify.CENTER)),
        (b"\x1ba2", op.Align(op.Justify.RIGHT)),
        (b"\x1bt\x13", op.Mode("ESC t", 19)),
        (b"\x1d!\x11", op.Mode("GS !", 0x11)),
        (b"\x1dB\x01", op.Mode("GS B", 1)),
        (b"\x1dV\x00", op.Cut(full=True)),
        (b"\x1dV1", op.Cut(full=False)),
        (b"\x1dVB\x10", op.Cut(full=False, feed_dots=16)),
        (b"\x1bi", op.Cut(full=True)),
        (b"\x1bp\x00\x19\xfa", op.Pulse(0)),
        (b"\x1d(H\x06\x00000042", op.ProcessId(b"0042")),
        (b"\x1dr\x01", op.QueuedStatus(1)),
        (b"\x1da\xff", op.AutoStatus(255)),
        (b"\x10\x04\x04", op.RealtimeStatus(4)),
        (b"\x10\x05\x02", op.RealtimeRequest(2)),
        (b"\x1dv0\x00\x01\x00\x02\x00\x80\x10", op.Raster(1, 2, 1, 1, b"\x80\x10")),
        (b"\x1dv03\x01\x00\x01\x00\x10", op.Raster(1, 1, 2, 2, b"\x10")),
    ],
)
def test_commands_of_the_manual(data: bytes, expected: op.Operation) -> None:
    assert read(data) == [expected]


@pytest.mark.parametrize(
    ("slot", "raw", "text"),
    [(2, b"\x87\xc6\x82\xa7", "çãéº"), (19, b"\xd5", "€"), (16, b"\x80\xe7\xba", "€çº"), (0, b"\x87\x82", "çé")],
)
def test_code_pages(slot: int, raw: bytes, text: str) -> None:
    assert read(b"\x1bt" + bytes([slot]) + raw)[1] == op.Text(text, op.Style())


def test_styles_stick_until_they_are_reset() -> None:
    data = b"\x1bE\x01\x1b-\x01\x1d!\x21A\x1dB\x01\x1bM\x01B\x1b@C\x1b!\xb9D"
    texts = [one for one in read(data) if isinstance(one, op.Text)]
    assert texts == [
        op.Text("A", op.Style(bold=True, underline=1, width=3, height=2)),
        op.Text("B", op.Style(bold=True, underline=1, inverse=True, width=3, height=2, font="B")),
        op.Text("C", op.Style()),
        op.Text("D", op.Style(bold=True, underline=1, width=2, height=2, font="B")),
    ]


def test_what_python_escpos_sends_by_itself_is_understood() -> None:
    """Another hand's encoder."""
    library = Dummy()
    library.hw("INIT")
    library.set(align="center", bold=True, double_width=True, double_height=True)
    library.text("Total\n")
    library.set_with_default()
    library.qr("https://example.org/", native=True, size=5, ec=2)
    library.line_spacing(40)
    library.cashdraw(2)
    library.cut()
    found = read(library.output)
    assert op.Text("Total", op.Style(bold=True, width=2, height=2)) in found
    assert op.Qr(b"https://example.org/", 5, "Q", 2) in found
    assert found[-1] == op.Cut(full=True)


REFUSED = {
    "control": b"\x01",
    "delete": b"\x7f",
    "unknown escape": b"\x1bz",
    "unknown group": b"\x1dz",
    "unknown separator": b"\x1c!",
    "code page": b"\x1bt\xc8",
    "national characters": b"\x1bR\x0c",
    "justification": b"\x1ba\x07",
    "size": b"\x1d!\x88",
    "cut": b"\x1dV\x07",
    "raster mode": b"\x1dv0\x09\x01\x00\x01\x00\x00",
    "raster without width": b"\x1dv0\x00\x00\x00\x01\x00",
    "QR without data": b"\x1d(k\x03\x001Q0",
    "QR module": b"\x1d(k\x03\x001C\x20",
    "QR model": b"\x1d(k\x04\x001A\x39\x00",
    "QR level": b"\x1d(k\x03\x001E\x07",
    "other code": b"\x1d(k\x03\x000C\x05",
    "process id": b"\x1d(H\x06\x0000\x00042",
    "upside down": b"\x1b{\x01",
    "realtime": b"\x10\x04\x09",
    "realtime request": b"\x10\x05\x09",
    "realtime unknown": b"\x10\x14\x01",
    "byte without character": b"\x1bt\x10\x81",
}


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED.keys())
def test_unknown_is_refused_and_recorded_and_passed_over(data: bytes) -> None:
    with pytest.raises(op.UnknownCommand) as caught:
        parse(b"ok" + data)
    assert caught.value.offset >= 2

    parser = Parser()
    found = [one.operation for one in [*parser.feed(b"ok" + data + b"\n\n"), *parser.finish()]]
    assert parser.unknown[0].offset == caught.value.offset
    assert any(isinstance(one, op.Unknown) for one in found)
    assert found[-1] == op.LineFeed()


@pytest.mark.parametrize("cut", range(1, 11))
def test_a_command_cut_off_is_refused(cut: int) -> None:
    whole = b"\x1d(H\x06\x00000042"
    with pytest.raises(op.UnknownCommand, match="ends within"):
        parse(whole[:cut])


JOB = (
    b"\x1b@\x1bt\x13\x1ba\x01\x1d!\x11S\xc6o Jo\xc6o\n\x1d!\x00\x1ba\x00"
    b"\x1d(k\x08\x001P0abcde\x1d(k\x03\x001Q0\x1bd\x05\x1dV\x01"
)


def test_a_job_with_a_byte_missing_is_never_read_as_the_same() -> None:
    whole = read(JOB)
    for at in range(len(JOB)):
        mutated = JOB[:at] + JOB[at + 1 :]
        try:
            found = read(mutated)
        except op.UnknownCommand:
            continue
        assert found != whole


@given(st.binary(), st.lists(st.integers(1, 9)))
def test_any_bytes_are_read_without_a_crash_and_none_is_lost(data: bytes, cuts: list[int]) -> None:
    parser = Parser()
    found: list[op.Parsed] = []
    at = 0
    for cut in [*cuts, len(data) + 1]:
        found += parser.feed(data[at : at + cut])
        at += cut
    found += parser.finish()
    assert b"".join(one.data for one in found) == data
    assert [one.offset for one in found] == [sum(len(one.data) for one in found[:index]) for index in range(len(found))]
    typeset((one.operation for one in found), 576)


commands = st.one_of(
    st.sampled_from([b"\x1b", b"\x1d", b"\x1d(k", b"\x1dv0", b"\x1bt", b"\x10\x04", b"\x1d(H"]), st.binary(max_size=6)
)


@given(st.lists(commands).map(b"".join))
def test_any_start_of_a_command_is_read_without_a_crash(data: bytes) -> None:
    draw((one.operation for one in parse(data, strict=False)), Paper(384, zoom=1))


@given(st.binary(max_size=80))
def test_strict_reading_agrees_with_lenient_where_it_accepts(data: bytes) -> None:
    lenient = Parser()
    found = [*lenient.feed(data), *lenient.finish()]
    if lenient.unknown:
        with pytest.raises(op.UnknownCommand):
            parse(data)
    else:
        assert parse(data) == found


# --- on paper -------------------------------------------------------------------------------------------------------


def test_a_full_line_is_followed_by_no_empty_one() -> None:
    strip = typeset(read(b"a" * 48 + b"\n" + b"b" * 49 + b"\n"), 576)
    assert strip.text == ("a" * 48, "b" * 48, "b")


def test_lines_stand_where_they_are_told() -> None:
    strip = typeset(read(b"\x1ba\x01ab\n\x1ba\x02ab\n\x1b3\x3cab\n\x1bd\x02x\n"), 576)
    assert [line.runs[0].x for line in strip.lines] == [276, 552, 552, 564]
    assert [line.y for line in strip.lines] == [0, 30, 60, 120 + 120]


def test_a_code_wider_than_the_paper_is_not_printed() -> None:
    data = b"\x1d(k\x03\x001C\x10\x1d(k\x43\x001P0" + b"a" * 64 + b"\x1d(k\x03\x001Q0"
    assert typeset(read(data), 384).placed == ()
    assert len(typeset(read(data), 576).placed) == 1


def test_the_blade_cuts_above_what_was_fed_last() -> None:
    strip = typeset(read(b"a\n\x1bd\x05\x1dV\x01"), 576)
    assert strip.height == max(30, 30 + 150 - BLADE_DOTS)


def test_the_paper_is_as_wide_as_its_head_says_and_black_where_it_is_inverse() -> None:
    with Image.open(io.BytesIO(draw(read(b"\x1dB\x01    \n"), Paper(384, zoom=1)))) as picture:
        assert picture.width == 384 + 2 * 28
        assert picture.getpixel((30, 40)) == 24
        assert picture.getpixel((400, 40)) == 253


def test_letters_leave_ink_within_their_cells_only() -> None:
    for data in (b"\x1d!\x00Hj\xe3", b"\x1d!\x13Hj", b"\x1d!\x11Hj"):
        with Image.open(io.BytesIO(draw(read(b"\x1bt\x10" + data + b"\n"), Paper(384, zoom=1)))) as picture:
            box = picture.point(lambda value: 255 if value < 128 else 0).getbbox()
        assert box is not None
        assert box[0] >= 28
        assert box[1] >= 28
        assert box[2] <= 28 + 12 * 4 * 2


def test_a_code_drawn_from_its_data_is_read_by_another_hand() -> None:
    data = b"\x1ba\x01\x1d(k\x03\x001C\x06\x1d(k\x0b\x001P0totem-42\x1d(k\x03\x001Q0\n\n"
    with Image.open(io.BytesIO(draw(read(data), Paper()))) as picture:
        (code,) = zxingcpp.read_barcodes(picture)
    assert (code.text, code.format) == ("totem-42", zxingcpp.BarcodeFormat.QRCode)
