"""BR Code: published good codes, the published CRC value, and everything that must be refused."""

from __future__ import annotations

import contextlib
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from totem.domain import brcode
from totem.domain.brcode import BrCodeError, Reason

DYNAMIC = (
    "00020101021226740014br.gov.bcb.pix2552payload.psp.com/3ec9d2f9-5f03-4e0e-820d-63a81e769e87"
    "5204000053039865802BR5914THALES OGLIARI6015SAO MIGUEL DO O62070503***63042895"
)
STATIC = (
    "00020126510014br.gov.bcb.pix0115thalesog@me.com0210Pedido 123520400005303986540510.005802BR"
    "5914THALES OGLIARI6015SAO MIGUEL DO O62070503***63040DC6"
)
LONG_NAME = (
    "00020101021226800014br.gov.bcb.pix2558invoice.starkbank.com/f5333103-3279-4db2-8389-5efe335ba93d"
    "5204000053039865802BR5925Arya Stark with a very lo6015Pindamonhangaba622005165656565656565656630435F6"
)


def sealed(**changes: str | None) -> str:
    """A good code with some top-level fields changed, dropped (None) or added, under a right CRC."""
    values: dict[str, str | None] = {
        "f00": "01", "f01": "12", "f26": "0014br.gov.bcb.pix2511pix.ex/abcd", "f52": "0000", "f53": "986",
        "f54": "10.00", "f58": "BR", "f59": "LAVA RAPIDO", "f60": "GRAMADO", "f62": "0503***",
    }  # fmt: skip
    values.update(changes)
    body = "".join(f"{name[1:]}{len(value):02d}{value}" for name, value in values.items() if value is not None)
    return brcode.seal(body)


def reason_of(text: str) -> Reason:
    with pytest.raises(BrCodeError) as caught:
        brcode.decode(text)
    assert caught.value.reason.value in str(caught.value)
    return caught.value.reason


def test_crc_of_the_published_check_string() -> None:
    assert brcode.crc16(b"123456789") == 0x29B1


def test_published_dynamic_code() -> None:
    code = brcode.decode(DYNAMIC)
    assert code.url == "payload.psp.com/3ec9d2f9-5f03-4e0e-820d-63a81e769e87"
    assert (code.key, code.amount, code.amount_cents, code.txid) == (None, None, None, "***")
    assert (code.merchant_name, code.merchant_city) == ("THALES OGLIARI", "SAO MIGUEL DO O")
    assert code.single_use
    assert code.is_dynamic


def test_published_static_code() -> None:
    code = brcode.decode(STATIC)
    assert (code.key, code.url, code.info) == ("thalesog@me.com", None, "Pedido 123")
    assert (code.amount, code.amount_cents) == ("10.00", 1000)
    assert not code.single_use


def test_published_code_with_the_longest_name() -> None:
    code = brcode.decode(LONG_NAME)
    assert code.merchant_name == "Arya Stark with a very lo"
    assert code.txid == "5656565656565656"


def test_our_encoder_writes_the_published_codes() -> None:
    assert brcode.encode_dynamic(
        "payload.psp.com/3ec9d2f9-5f03-4e0e-820d-63a81e769e87", "THALES OGLIARI", "SAO MIGUEL DO O"
    ) == DYNAMIC  # fmt: skip
    assert brcode.encode_static(
        "thalesog@me.com", "THALES OGLIARI", "SAO MIGUEL DO O", 1000, info="Pedido 123"
    ) == STATIC  # fmt: skip


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.EMPTY),
        (DYNAMIC[:-4] + "2896", Reason.BAD_CRC),
        (DYNAMIC.replace("THALES", "THALEZ"), Reason.BAD_CRC),
        (DYNAMIC[:-4], Reason.UNPADDED_CRC),
        (STATIC[:-4] + "DC6", Reason.UNPADDED_CRC),
        (STATIC[:-6] + "03DC6", Reason.UNPADDED_CRC),
        (STATIC[:-4] + "0dc6", Reason.LOWERCASE_CRC),
        (STATIC[:-4] + "0DCG", Reason.BAD_CRC),
        (STATIC[:-8], Reason.MISSING_FIELD),
        (STATIC + "6903abc", Reason.TRAILING_DATA),
        (STATIC + "\n", Reason.NOT_ASCII),
        (STATIC + " ", Reason.BROKEN_TLV),
        (" " + STATIC, Reason.BAD_CRC),
        (STATIC.replace("SAO", "SÃO"), Reason.NOT_ASCII),
        (STATIC.replace("986", "98６"), Reason.NOT_ASCII),
        (STATIC.replace("br.gov", "br\u200b.gov"), Reason.NOT_ASCII),
        (brcode.seal(DYNAMIC[:-8] + "81" + "99" + "0" * 99 + "8299" + "0" * 99 + "8399" + "0" * 99), Reason.BROKEN_TLV),
        (brcode.seal("9999" + "0" * 600), Reason.TOO_LONG),
        (brcode.seal("00020126"), Reason.BROKEN_TLV),
        (brcode.seal("000201" + "582BR"), Reason.BROKEN_TLV),
        (sealed(f54=""), Reason.BROKEN_TLV),
        (sealed(f00="02"), Reason.BAD_VERSION),
        (sealed(f00=None), Reason.BAD_VERSION),
        (sealed(f01="13"), Reason.BAD_INITIATION),
        (sealed(f26=None), Reason.MISSING_FIELD),
        (sealed(f26="0014br.gov.bcb.pox2511pix.ex/abcd"), Reason.WRONG_GUI),
        (sealed(f26="2511pix.ex/abcd"), Reason.WRONG_GUI),
        (sealed(f26="0014br.gov.bcb.pix"), Reason.MISSING_FIELD),
        (sealed(f26="0014br.gov.bcb.pix0103abc2511pix.ex/abcd"), Reason.KEY_AND_URL),
        (sealed(f26="0014br.gov.bcb.pix2511pix.ex/abcd2511pix.ex/efgh"), Reason.DUPLICATE_FIELD),
        (sealed(f26="0014br.gov.bcb.pix251pix.ex/abcd"), Reason.BROKEN_TLV),
        (sealed(f27="0014BR.GOV.BCB.PIX0103abc"), Reason.DUPLICATE_FIELD),
        (sealed(f26="0014br.gov.bcb.pix2519https://pix.ex/abcd"), Reason.BAD_URL),
        (sealed(f26="0014br.gov.bcb.pix2511pix.ex/ab d"), Reason.BAD_URL),
        (sealed(f52=None), Reason.MISSING_FIELD),
        (sealed(f52="000"), Reason.BAD_CATEGORY),
        (sealed(f53="840"), Reason.WRONG_CURRENCY),
        (sealed(f53=None), Reason.MISSING_FIELD),
        (sealed(f54="10"), Reason.BAD_AMOUNT),
        (sealed(f54="10.0"), Reason.BAD_AMOUNT),
        (sealed(f54="10,00"), Reason.BAD_AMOUNT),
        (sealed(f54="-1.00"), Reason.BAD_AMOUNT),
        (sealed(f54="1e3.00"), Reason.BAD_AMOUNT),
        (sealed(f54="12345678901.00"), Reason.TOO_LONG),
        (sealed(f58="US"), Reason.WRONG_COUNTRY),
        (sealed(f58=None), Reason.MISSING_FIELD),
        (sealed(f59="N" * 26), Reason.TOO_LONG),
        (sealed(f59=None), Reason.MISSING_FIELD),
        (sealed(f59="   "), Reason.MISSING_FIELD),
        (sealed(f60="C" * 16), Reason.TOO_LONG),
        (sealed(f60=None), Reason.MISSING_FIELD),
        (sealed(f62=None), Reason.MISSING_FIELD),
        (sealed(f62="0703abc"), Reason.MISSING_FIELD),
        (sealed(f62="0526" + "a" * 26), Reason.BAD_TXID),
        (sealed(f62="0504ab-c"), Reason.BAD_TXID),
        (sealed(f62="0502**"), Reason.BAD_TXID),
        (sealed(f62="0503***0503***"), Reason.DUPLICATE_FIELD),
        (brcode.seal(sealed()[:-8] + "540510.00"), Reason.DUPLICATE_FIELD),
    ],
)
def test_refused(text: str, reason: Reason) -> None:
    assert reason_of(text) is reason


def test_tolerated_freedom() -> None:
    assert brcode.decode(sealed(f26="0014BR.GOV.BCB.PIX2511pix.ex/abcd")).url == "pix.ex/abcd"
    assert brcode.decode(sealed(f27="0009com.other0103xyz", f61="95670000")).url == "pix.ex/abcd"
    assert brcode.decode(sealed(f01=None)).single_use is False
    recurrent = brcode.decode(sealed(f80="0014br.gov.bcb.pix2511rec.ex/abcd"))
    assert recurrent.recurrence_url == "rec.ex/abcd"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("pix.ex/a", "N" * 26, "C", 1), Reason.TOO_LONG),
        (("pix.ex/a", "N" * 100, "C", 1), Reason.TOO_LONG),
        (("pix.ex/" + "a" * 80, "N", "C", 1), Reason.TOO_LONG),
        (("pix.ex/a", "São", "C", 1), Reason.NOT_ASCII),
        (("https://pix.ex/a", "N", "C", 1), Reason.BAD_URL),
        (("pix.ex/a", "N", "C", 0), Reason.BAD_AMOUNT),
        (("pix.ex/a", "N", "C", -5), Reason.BAD_AMOUNT),
        (("pix.ex/a", "N", "C", 10**12), Reason.TOO_LONG),
        (("pix.ex/a", "", "C", 1), Reason.BROKEN_TLV),
    ],
)
def test_encoder_refuses(arguments: tuple[str, str, str, int], reason: Reason) -> None:
    with pytest.raises(BrCodeError) as caught:
        brcode.encode_dynamic(*arguments)
    assert caught.value.reason is reason


def test_explain_names_every_field_in_three_languages() -> None:
    rows = brcode.explain(STATIC)
    assert ("26-01", "Chave Pix", "thalesog@me.com") in rows
    assert rows[-1] == ("63", "Verificação (CRC)", "0DC6")
    assert ("54", "Amount", "10.00") in brcode.explain(STATIC, "en")
    assert ("54", "Importe", "10.00") in brcode.explain(STATIC, "es")
    assert ("27-01", "Chave Pix", "abc") in brcode.explain(sealed(f26=None, f27="0014br.gov.bcb.pix0103abc"))
    with pytest.raises(BrCodeError):
        brcode.explain("x")


def test_ascii_text() -> None:
    assert brcode.ascii_text("  Lava-Rápido\tSão João  Ltda ", 20) == "Lava-Rapido Sao Joao"
    assert brcode.ascii_text("洗车", 10) == ""


NAMES = st.text(string.ascii_letters + string.digits + " .-", min_size=1, max_size=25).filter(lambda name: name.strip())
CITIES = st.text(string.ascii_uppercase + " ", min_size=1, max_size=15).filter(lambda name: name.strip())
TXIDS = st.one_of(st.just("***"), st.text(string.ascii_letters + string.digits, min_size=1, max_size=25))
AMOUNTS = st.one_of(st.none(), st.integers(1, 9_999_999_999_99))
PATHS = st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=60)


@given(path=PATHS, name=NAMES, city=CITIES, amount_cents=AMOUNTS, txid=TXIDS)
def test_what_is_encoded_reads_back(path: str, name: str, city: str, amount_cents: int | None, txid: str) -> None:
    text = brcode.encode_dynamic(f"pix.example/{path}", name, city, amount_cents, txid)
    code = brcode.decode(text)
    assert code.url == f"pix.example/{path}"
    assert (code.merchant_name, code.merchant_city, code.txid) == (name, city, txid)
    assert code.amount_cents == amount_cents
    assert "".join(field.encoded() for field in code.fields) == text


@given(at=st.integers(0, len(STATIC) - 1), sign=st.sampled_from(string.ascii_letters + string.digits + " .*"))
def test_any_single_changed_character_is_refused(at: int, sign: str) -> None:
    changed = STATIC[:at] + sign + STATIC[at + 1 :]
    if changed != STATIC:
        reason_of(changed)


@given(text=st.text(max_size=600))
def test_any_text_is_read_or_refused_with_a_reason(text: str) -> None:
    with contextlib.suppress(BrCodeError):
        assert brcode.decode(text).fields[-1].id == "63"


@given(body=st.text(string.digits + string.ascii_letters, max_size=200))
def test_a_right_crc_does_not_save_broken_fields(body: str) -> None:
    reason_of(brcode.seal(body))
