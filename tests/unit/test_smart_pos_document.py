"""The protocol's document against the program: every example is understood, every word of it is known."""

from __future__ import annotations

import asyncio
import io
import json
import re
from pathlib import Path

import pytest

from hardware.terminal import smart_pos
from hardware.terminal.smart_pos import example
from hardware.terminal.smart_pos.lines import FINAL, Ignored, Unreadable, parse_line
from hardware.terminal.smart_pos.results import prompt_of
from tests.unit.smart_pos_rig import APPROVED, REFERENCE, SALE, SECRET, PosEnd, rig, state
from totem.domain.cards import CardOutcome

DOCUMENT = Path(smart_pos.__file__).with_name("PROTOCOL.md").read_text(encoding="utf-8")
EXAMPLES = [line for block in re.findall(r"```json\n(.*?)```", DOCUMENT, re.DOTALL) for line in block.splitlines()]
FROM_APP = {"challenge", "welcome", "answer", "error", "event", "transaction", "printJob", "bye", "ping", "pong"}


def kind(line: str) -> str:
    return str(json.loads(line)["type"])


def from_app(line: str) -> bool:
    # `refund` is a request with an id, and a push without.
    return kind(line) in FROM_APP or (kind(line) == "refund" and "id" not in json.loads(line))


@pytest.mark.parametrize("line", EXAMPLES)
def test_each_example_is_understood(line: str) -> None:
    assert json.dumps(json.loads(line), ensure_ascii=False, separators=(",", ":")) == line
    if from_app(line):
        parsed = parse_line(line.encode())
        assert parsed is not None
        assert not isinstance(parsed, Ignored | Unreadable)


def test_each_state_and_event_of_the_tables_is_known() -> None:
    sale = DOCUMENT.split("## 5. Sale")[1].split("## 6.")[0]
    states = re.findall(r"^\| `(\w+)` \| [^|]* \| [^|]*\|$", sale, re.MULTILINE)
    assert set(states) - {"status"} == FINAL | {"processing"}
    for event in ("present_card", "pin", "processing", "remove_card", "message"):
        assert f"`{event}`" in sale
        line = parse_line(f'{{"type":"event","transactionId":"T","event":"{event}"}}'.encode())
        assert prompt_of(line, can_cancel=True) is not None  # type: ignore[arg-type]


async def test_the_kiosk_sends_what_the_document_says() -> None:
    """Field by field of every request that the document shows."""

    async def script(end: PosEnd) -> None:
        hello = await end.hands()
        assert set(hello) == fields("hello")
        await end.answers("health", health={"ready": True})
        await end.answers("sale", transaction=state("processing"))
        end.say({"type": "transaction", "transaction": APPROVED})
        await end.answers("printReceipt", printed=True)
        await end.answers("cancel", accepted=False, transaction=APPROVED)
        await end.answers("print", job={"jobId": "x", "status": "done"})
        await end.stay()

    async with rig(script, prints_tickets=True) as at:
        await at.terminal.health()
        _, result = await at.sell()
        assert result.outcome is CardOutcome.APPROVED
        assert await at.terminal.reprint(REFERENCE, "merchant")
        await at.terminal.cancel(SALE.attempt_id)
    heard = [message for message in at.ends[0].heard if message["type"] not in {"hello", "ping", "pong"}]
    assert [message["type"] for message in heard] == ["auth", "health", "sale", "printReceipt", "cancel"]
    for message in heard:
        assert set(message) == fields(message["type"])


def fields(wanted: str) -> set[str]:
    found = [line for line in EXAMPLES if kind(line) == wanted and not from_app(line)]
    assert found
    return set(json.loads(found[0]))


def test_the_sketch_is_about_a_hundred_lines_and_says_every_word() -> None:
    (sketch,) = re.findall(r"```kotlin\n(.*?)```", DOCUMENT, re.DOTALL)
    assert 80 <= len(sketch.splitlines()) <= 140
    assert max(len(line) for line in sketch.splitlines()) <= 170
    for word in ("id_conflict", "id_burnt", "store_failed", "not_found", "totem-smartpos/1", "transactionId", "bye"):
        assert word in sketch


def test_out_of_scope_is_said() -> None:
    assert "Pix by NFC" in DOCUMENT
    assert "inside the POS" in DOCUMENT


async def test_the_reference_client_plays_a_sale(tmp_path: Path) -> None:
    async def script(end: PosEnd) -> None:
        await end.hands()
        await end.answers("health", health={"ready": True})
        request = await end.hear("sale")
        own = {"transactionId": request["transactionId"]}
        end.say({"type": "answer", "id": request["id"], "transaction": {**state("processing"), **own}})
        end.say({"type": "event", **own, "event": "present_card", "text": "Insira o cartão"})
        end.say({"type": "transaction", "transaction": {**APPROVED, **own}})
        await end.stay()

    secret = tmp_path / "secret.txt"
    secret.write_text(f"{SECRET}\n", encoding="utf-8")
    async with rig(script) as at:
        out = io.StringIO()
        arguments = ["--port", str(at.server.port), "--amount", "5000", "--secret-file", str(secret)]
        # On a thread with a loop of its own, as a program has.
        assert await asyncio.to_thread(example.main, arguments, out) == 0
    assert out.getvalue().splitlines() == [
        "health: ready ",
        "connecting",
        "present_card: Insira o cartão",
        "approved R$\N{NO-BREAK SPACE}50,00 312456 A12345 VISA",
    ]


def test_the_reference_client_refuses_wrong_settings() -> None:
    out = io.StringIO()
    assert example.main(["--host", "192.0.2.1", "--amount", "500"], out) == 2
    assert "allow_no_secret" in out.getvalue()
