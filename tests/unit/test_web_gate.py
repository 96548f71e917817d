"""The rules of the embedded page, without a page: what may load, when, and by whom."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from totem.ui.web.addresses import is_here, is_public
from totem.ui.web.gate import Gate, Kind, Request, Verdict

START = "https://mc.vinti4net.cv/pay?FingerPrint=a%2Bb"
HOME = "https://mc.vinti4net.cv/"
ANSWER = "https://loja.example/r/9f8e7d"
ISSUER = "https://acs.bank.example"


def gate(*, sent: bool = False) -> Gate:
    made = Gate(START, ANSWER)
    assert ask(made, START, "POST", by="") is Verdict.LET
    if sent:
        assert ask(made, HOME + "card", "POST") is Verdict.LET
    return made


def ask(made: Gate, url: str, method: str = "GET", kind: Kind = Kind.PAGE, by: str = HOME) -> Verdict:
    return made.judge(Request(url, method, kind, by))


def test_the_acquirers_own_host_is_let_in() -> None:
    made = gate()
    assert ask(made, HOME + "style.css", kind=Kind.PART) is Verdict.LET
    assert ask(made, HOME + "frame", kind=Kind.FRAME) is Verdict.LET
    assert made.may_connect("mc.vinti4net.cv", 443)
    assert not made.may_connect("mc.vinti4net.cv", 8443)


@pytest.mark.parametrize(
    "url",
    [
        "http://mc.vinti4net.cv/",
        "file:///etc/passwd",
        "ftp://mc.vinti4net.cv/",
        "chrome://settings",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://mc.vinti4net.cv:8443/",
        "https://mc.vinti4net.cv.evil.example/",
        "https://user@mc.vinti4net.cv/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://x.localhost/",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:192.168.0.1]/",
        "https://[fe80::1]/",
        "https://169.254.169.254/",
        "https:///nothing",
        "",
    ],
)
def test_nothing_else_is_let_in_before_the_card(url: str) -> None:
    for kind in (Kind.PAGE, Kind.FRAME):
        assert ask(gate(), url, "POST", kind) is Verdict.REFUSE
    assert not gate().may_navigate(url, with_form=True)


@given(
    host=st.sampled_from(["acs.bank.example", "10.0.0.1", "mc.vinti4net.cv", "localhost", "8.8.8.8", "[::1]"]),
    scheme=st.sampled_from(["http", "https", "wss", "ws", "file", "blob", "intent"]),
    method=st.sampled_from(["GET", "POST", "PUT"]),
    kind=st.sampled_from(list(Kind)),
    by=st.sampled_from([HOME, ISSUER, "", "https://evil.example/"]),
)
def test_a_stranger_never_comes_in_before_something_was_sent(
    host: str, scheme: str, method: str, kind: Kind, by: str
) -> None:
    made = gate()
    if ask(made, f"{scheme}://{host}/x", method, kind, by) is Verdict.LET:
        assert host == "mc.vinti4net.cv" or (scheme == "blob" and kind is Kind.PART)
        assert not made.is_at_issuer


def test_pictures_inside_the_page_are_let_in() -> None:
    assert ask(gate(), "data:image/png;base64,x", kind=Kind.PART) is Verdict.LET
    assert ask(gate(), "blob:https://mc.vinti4net.cv/x", kind=Kind.PART) is Verdict.LET


def test_an_issuer_comes_in_by_a_posted_form_and_goes_on_the_way_back() -> None:
    made = gate(sent=True)
    assert not made.may_connect("acs.bank.example", 443)
    assert ask(made, ISSUER + "/challenge", "GET") is Verdict.REFUSE
    assert ask(made, ISSUER + "/challenge", "POST", Kind.PART) is Verdict.REFUSE
    assert ask(made, ISSUER + "/challenge", "POST", by="https://evil.example/") is Verdict.REFUSE
    assert ask(made, ISSUER + "/challenge", "POST", Kind.FRAME) is Verdict.LET
    assert made.may_connect("acs.bank.example", 443)
    assert ask(made, "https://cdn.example/logo.png", kind=Kind.PART, by=ISSUER + "/") is Verdict.LET
    assert ask(made, "https://app.bank.example/login", by=ISSUER + "/") is Verdict.LET
    assert ask(made, "https://10.0.0.1/", "POST", by=ISSUER + "/") is Verdict.REFUSE
    assert ask(made, HOME + "back", "POST", Kind.FRAME, by="https://app.bank.example/") is Verdict.LET
    assert not made.is_at_issuer
    assert ask(made, "https://cdn.example/logo.png", kind=Kind.PART, by=ISSUER + "/") is Verdict.REFUSE
    assert not made.may_connect("cdn.example", 443)


def test_a_page_may_send_the_customer_to_an_issuer_again() -> None:
    """First to recognise the device, then to ask the customer: both are forms."""
    made = gate(sent=True)
    for _ in range(2):
        assert ask(made, ISSUER + "/x", "POST", Kind.FRAME) is Verdict.LET
        assert ask(made, HOME + "back", "POST", Kind.FRAME, by=ISSUER + "/") is Verdict.LET


def test_a_card_that_is_sent_by_script_counts_as_sent() -> None:
    made = gate()
    assert ask(made, HOME + "api", "POST", Kind.PART) is Verdict.LET
    assert ask(made, ISSUER + "/x", "POST", Kind.FRAME) is Verdict.LET


def test_one_answer_by_the_acquirers_own_form() -> None:
    made = gate(sent=True)
    assert ask(made, ANSWER, "GET") is Verdict.REFUSE
    assert ask(made, "https://loja.example/other", "POST") is Verdict.REFUSE
    assert ask(made, ANSWER, "POST", Kind.PART) is Verdict.REFUSE
    assert ask(made, ANSWER, "POST", by=ISSUER + "/") is Verdict.REFUSE
    assert ask(made, ANSWER, "POST", by="") is Verdict.REFUSE
    assert made.may_navigate(ANSWER, with_form=True)
    assert not made.may_navigate(ANSWER, with_form=False)
    assert ask(made, ANSWER + "?UserCancelled=true#part", "POST") is Verdict.ANSWER
    assert ask(made, ANSWER, "POST") is Verdict.REFUSE
    assert not made.may_navigate(ANSWER, with_form=True)


def test_a_link_that_leads_out_is_refused_before_the_page_is_left() -> None:
    made = gate()
    assert made.may_navigate(HOME + "help", with_form=False)
    assert not made.may_navigate("https://sisp.example/", with_form=False)
    assert not made.may_navigate(ISSUER, with_form=True)
    made = gate(sent=True)
    assert made.may_navigate(ISSUER, with_form=True)
    assert not made.may_navigate(ISSUER, with_form=False)


@pytest.mark.parametrize("start", ["http://mc.vinti4net.cv/", "https://127.0.0.1:8443/", "https://10.0.0.1/", "x", ""])
def test_no_kiosk_with_real_money_begins_elsewhere(start: str) -> None:
    with pytest.raises(ValueError, match="HTTPS"):
        Gate(start, ANSWER)


def test_simulators_live_on_this_machine_and_nowhere_else_in_the_shop() -> None:
    made = Gate("https://127.0.0.1:8443/pay", ANSWER, simulators=True)
    assert made.judge(Request("https://127.0.0.1:8443/pay", "POST", Kind.PAGE, "")) is Verdict.LET
    with pytest.raises(ValueError, match="HTTPS"):
        Gate("https://192.168.0.5/pay", ANSWER, simulators=True)
    with pytest.raises(ValueError, match="HTTPS"):
        Gate("https://127.0.0.1:8443/pay", "http://loja.example/r", simulators=True)


def test_an_answer_may_be_addressed_to_this_machine() -> None:
    own = "http://127.0.0.1/vinti4/9f8e7d"
    made = Gate(START, own)
    assert ask(made, START, "POST", by="") is Verdict.LET
    assert ask(made, "http://127.0.0.1/vinti4/other", "POST") is Verdict.REFUSE
    assert ask(made, own, "GET") is Verdict.REFUSE
    assert made.may_navigate(own, with_form=True)
    assert ask(made, own, "POST") is Verdict.ANSWER


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - refused, not listened at
        ("2002:c0a8:0001::1", False),
        ("::ffff:10.0.0.1", False),
        ("fd12::1", False),
        ("ff02::1", False),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(address)) is public


def test_this_machine_is_known_by_all_its_names() -> None:
    assert all(is_here(name) for name in ("localhost", "LOCALHOST.", "a.localhost", "127.9.9.9", "[::1]"))
    assert not any(is_here(name) for name in ("localhost.example", "10.0.0.1", "127.0.0.1.example", ""))
