"""Takes card data out of lines and messages: whole numbers (PAN), holder (741), expiry (747), track data.

A line is *proved clean* when all of this holds of what is left of it:

1. no run of 13 to 19 digits, joined or parted by blanks, points, hyphens or slashes, passes Luhn's check, whole or in
   part, a Pix's EndToEndId, dates and CNPJ apart; and no number that is partly masked shows more
   than its last four digits;
2. no date of month and year stands in it alone (an expiry), nor the value of 747 in any of its forms;
3. no word of the holder's name (741) stands in it; where the terminal did not tell a name, every line of nothing but
   letters consists of words that receipts use (`_WORDS`), that the message itself names (network, brand), or that
   the owner set (the shop's name and city);
4. no label of a name, a holder, an expiry or a track stands in it with a value, or without one (it may be on the next
   line).

Numbers, expiries and names that are recognised for sure are masked, and the line is clean; a line that is still not
proved makes its whole receipt doubtful, and then the reduced receipt takes its place, less its own doubtful lines.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from hardware.terminal.tef import fields as f
from hardware.terminal.tef.fields import Message

_DIGITS: Final = re.compile(r"(?<![0-9])[0-9](?:[ ./\-]{0,2}[0-9]){12,}(?![0-9])")
_NO_CARD: Final = re.compile(
    r"(?<![A-Za-z0-9])E[0-9]{8}20[0-9]{10}[A-Za-z0-9]{11}(?![A-Za-z0-9])"  # a Pix's EndToEndId
    r"|(?<![0-9/])[0-3][0-9]/[01][0-9]/(?:20)?[0-9]{2}(?![0-9/])"  # a date
    r"|(?<![0-9.])[0-9]{2}\.[0-9]{3}\.[0-9]{3}/[0-9]{4}-[0-9]{2}(?![0-9])"  # a CNPJ
)
_MASKED: Final = re.compile(r"[0-9Xx*#•](?:[ .\-]?[0-9Xx*#•]){7,}")
_TRACK: Final = re.compile(r"[%;]?[0-9]{12,19}[=D^][0-9]{4,}\S*")
_MONTH_YEAR: Final = re.compile(r"(?<![0-9/\-.])(?:0[1-9]|1[0-2]) ?[/\-] ?(?:20)?[2-4][0-9](?![0-9/\-,])")
_EXPIRY_LABEL: Final = re.compile(
    r"\b(?:VALIDADE|VALID THRU|VALID|VAL|VENCIMENTO|VENCTO|VENC|EXPIRY|EXPIRA|EXP)\b\.?"
    r"(?: ?(?:DATE|(?:D[OE] )?CARTAO))?\s*[:=]?\s*([0-9]{2} ?[/.\- ]? ?[0-9]{2,4}(?:/[0-9]{2,4})?)?"
)
_NAME_LABEL: Final = re.compile(
    r"(?<!DO )(?<!AO )(?<!PELO )\b(?:NOME|PORTADOR|TITULAR|CARDHOLDER|HOLDER|NAME|TRILHA|TRACK)\b"
    r"(?: D[OE] \w+)?\s*[:=.]*\s*"
    r"|\bCLIENTE\s*[:=]\s*"
)
_WORD: Final = re.compile(r"[A-Z]{2,}")
_ONLY_LETTERS: Final = re.compile(r"[^0-9]*[A-Z][^0-9]*")

_WORD_LIST: Final = """
    NOME PORTADOR TITULAR VALIDADE VENCIMENTO
    GUARDE ESTE ESTA UNICA FINAL AGENCIA LOTE CAIXA OPERADOR VENDEDOR TROCO DESCONTO
    VIA CLIENTE ESTABELECIMENTO LOJA COMPROVANTE RECIBO REDE CARTAO CREDITO DEBITO VOUCHER VISTA PARCELADO PARCELAS
    PARCELA VEZES VALOR TOTAL VENDA COMPRA PAGAMENTO TRANSACAO TRANSACOES APROVADA APROVADO AUTORIZADA AUTORIZADO
    AUTORIZACAO AUT AUTO NSU DOC TERM TERMINAL CNPJ DATA HORA EST PDV POS TEF PAYGO PIX QR CODE SENHA PESSOAL
    MEDIANTE USO COM SEM CHIP APROXIMACAO CONTACTLESS VISA MASTERCARD MASTER ELO AMEX HIPERCARD MAESTRO ELECTRON
    DINERS CABAL SICREDI BANRICOMPRAS CANCELAMENTO CANCELADA CANCELADO ESTORNO SIMULADOR SIMULADO DEMO TESTE
    RECONHECO PAGAREI DIVIDA AQUI REPRESENTADA ASSINATURA DISPENSADA NAO POR DE DO DA EM NO NA OU PARA PELO PELA
    SOLICITADA CONFIRMADA EFETUADA REIMPRESSAO SEGUNDA PRIMEIRA REDUZIDO REDUZIDA FISCAL DOCUMENTO VALIDO COMO
    CUPOM OBRIGADO VOLTE SEMPRE AID ARQC TC RESUMO ADMINISTRATIVO OPERACAO REAIS SALDO DISPONIVEL TRANS ONLINE
    GETNET CIELO REDECARD STONE VERO BIN SIPAG SAFRAPAY PAGSEGURO MERCADO PAGO DIGITADO LIDO TARJA CARTEIRA DIGITAL
"""
"""What acquirers print, and no name among it."""
_WORDS: Final = frozenset(_WORD.findall(_WORD_LIST))


def plain(text: str) -> str:
    """Capitals without accents, for comparing."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").upper()


def luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _holds_pan(digits: str) -> bool:
    """Whether some 13 to 19 of the digits side by side could be a card's number: first digit 2 to 6, Luhn."""
    return any(
        digits[start] in "23456" and luhn(digits[start : start + length])
        for length in range(13, 20)
        for start in range(len(digits) - length + 1)
    )


def mask_numbers(text: str) -> str:
    """The text with card numbers and track data replaced by asterisks and their last four digits."""
    kept: list[str] = []
    last = 0
    for match in _NO_CARD.finditer(text):
        kept.extend((_mask(text[last : match.start()]), match[0]))
        last = match.end()
    return "".join((*kept, _mask(text[last:])))


def _mask(text: str) -> str:
    text = _TRACK.sub("****", text)
    text = _DIGITS.sub(lambda match: _masked_if_pan(match[0]), text)
    return _MASKED.sub(lambda match: _last_four(match[0]), text)


def _masked_if_pan(found: str) -> str:
    digits = re.sub(r"[^0-9]", "", found)
    return f"****{digits[-4:]}" if _holds_pan(digits) else found


def _last_four(found: str) -> str:
    """Of a number already masked in part: the digits before the mask go too."""
    marks = sum(1 for each in found if not each.isdigit() and each not in " .-")
    if marks < 3 or not any(each.isdigit() for each in found):
        return found
    tail = re.search(r"[0-9]*\Z", re.sub(r"[ .\-]", "", found))
    return f"****{tail[0][-4:] if tail else ''}"


class Redactor:
    """Cleans the lines of one message, knowing what that message tells of holder and expiry.

    `proved`: the message was cleaned before, with a holder's name that is no longer in it; only what shows by itself
    is masked again.
    """

    def __init__(self, message: Message, known_words: Iterable[str] = (), *, proved: bool = False) -> None:
        names = frozenset(_WORD.findall(plain(message.get(f.HOLDER))))
        told = " ".join(message.get(each) for each in (f.NETWORK, f.CARD_NAME, f.STANDARD_CARD_NAME))
        words = frozenset(_WORD.findall(plain(" ".join((*known_words, told)))))
        self._names = frozenset(each for each in names if len(each) >= 3 and each not in _WORDS)
        self._whole_name = names if len(names) > 1 else frozenset()
        self._words = (_WORDS | words) - self._names
        self._expiry = _expiry_forms(message.get(f.EXPIRY))
        self._proved_before = proved

    def line(self, line: str) -> tuple[str, bool]:
        """`(the line with what is known for sure masked, whether it is proved clean)`."""
        text = mask_numbers(line)
        bare = plain(text)
        if len(bare) != len(text):  # a sign without an ASCII form: places in the two do not agree
            text = bare
        text, dated = _without_expiry(text)
        text, named = _without_name(text)
        return text, self._proved_before or (dated and named and self._is_clean(text))

    def _is_clean(self, text: str) -> bool:
        bare = plain(text)
        words = set(_WORD.findall(bare))
        if self._is_named(words) or _MONTH_YEAR.search(bare) or any(form in bare for form in self._expiry):
            return False
        if mask_numbers(text) != text:
            return False
        if self._names or not _ONLY_LETTERS.fullmatch(bare):
            return True
        return words <= self._words

    def receipt(self, lines: tuple[str, ...]) -> tuple[str, ...]:
        """The receipt cleaned, or () where some line of it is not proved clean."""
        cleaned = [self.line(each) for each in lines]
        return tuple(text for text, _ in cleaned) if all(proved for _, proved in cleaned) else ()

    def clean_lines(self, lines: tuple[str, ...]) -> tuple[str, ...]:
        """Those lines that are proved clean."""
        return tuple(text for text, proved in map(self.line, lines) if proved)

    def words(self, text: str) -> str:
        """A message for the screen: numbers masked; "" where it names the holder or an expiry."""
        masked = mask_numbers(text)
        bare = plain(masked)
        told = self._is_named(set(_WORD.findall(bare))) or any(form in bare for form in self._expiry)
        return "" if told else masked

    def _is_named(self, words: set[str]) -> bool:
        """By one word of the holder's name, or by all of a name that is made of a receipt's own words."""
        return bool(words & self._names or (self._whole_name and self._whole_name <= words))


def _without_expiry(text: str) -> tuple[str, bool]:
    """False where a label stands without its value, which may be on another line."""
    label = _EXPIRY_LABEL.search(plain(text))
    if label is None:
        return text, True
    if label[1] is None:
        return text, bool(text[label.end() :].strip(" .:*"))
    return f"{text[: label.start(1)]}**/**{text[label.end(1) :]}", True


def _without_name(text: str) -> tuple[str, bool]:
    """Without what follows a name's label; False where nothing does, for it may be on another line."""
    label = _NAME_LABEL.search(plain(text))
    if label is None:
        return text, True
    if not text[label.end() :].strip():
        return text, False
    return f"{text[: label.end()].rstrip()} ****", True


def _expiry_forms(expiry: str) -> frozenset[str]:
    """`1228` as receipts write it."""
    digits = re.sub(r"[^0-9]", "", expiry)
    if len(digits) not in (4, 6):
        return frozenset()
    month, year = digits[:2], digits[-2:]
    return frozenset(f"{month}{sign}{century}{year}" for sign in ("/", "-", ".", " ") for century in ("", "20"))


_KEPT_WHOLE: Final = frozenset(
    (
        f.COMMAND,
        f.REQUEST,
        f.REFERENCE,
        f.AMOUNT,
        f.CURRENCY,
        f.STATUS,
        f.NSU,
        f.AUTHORIZATION,
        f.HOST_DATE_TIME,
        f.LOCAL_DATE_TIME,
        f.DATE,
        f.TIME,
        f.ORIGINAL_NSU,
        f.ORIGINAL_DATE_TIME,
        f.CONTROL_CODE,
        f.FISCAL_DATE_TIME,
        f.INSTALLMENT_TYPE,
        f.INSTALLMENTS,
        f.CONFIRMATION,
        f.OPERATION,
        f.CARD_TYPE,
        f.FINANCING,
        f.COPIES,
        f.NETWORK,
        f.NETWORK_INDEX,
        f.CAPABILITIES,
        f.INTERFACE_VERSION,
        f.REGISTRATION,
        f.POS_NAME,
        f.POS_VERSION,
        f.COMPANY,
        f.TERMINAL,
        f.MERCHANT,
        11,
        707,
        708,
        709,
        743,
        744,
        749,
        750,
        *(each - 1 for each in f.RECEIPTS),
    )
)
"""They hold no card data and are the keys and amounts of later acts: they stay as they are."""
_MASKED_WORDS: Final = frozenset((f.MESSAGE, f.CARD_NAME, f.STANDARD_CARD_NAME))


def redact(message: Message, known_words: Iterable[str] = (), *, proved: bool = False) -> Message:
    """The message without card data, fit to be stored and sent on.

    741, 747 and fields that we do not know are left out, 740 keeps four digits; of each receipt only what is proved
    clean stays, while its count still says how many lines the acquirer wrote.
    """
    redactor = Redactor(message, known_words, proved=proved)
    kept: list[tuple[f.Key, str]] = []
    for key, value in message.fields:
        if key[0] == f.MASKED_PAN:
            kept.append((key, last_four(value)))
        elif key[0] in _KEPT_WHOLE:
            kept.append((key, value))
        elif key[0] in _MASKED_WORDS:
            kept.append((key, redactor.words(value)))
    for field in f.RECEIPTS:
        lines = message.lines(field)
        if lines and not message.has(field - 1):
            kept.append(((field - 1, 0), str(len(lines))))
        clean = redactor.clean_lines(lines) if field == f.REDUCED_RECEIPT else redactor.receipt(lines)
        kept.extend(((field, number), line) for number, line in enumerate(clean, 1))
    return Message(tuple(kept))


def last_four(masked_pan: str) -> str:
    """The last four digits of field 740, "" where it does not end in four."""
    match = re.search(r"([0-9]{4})\Z", masked_pan.strip())
    return match[1] if match else ""
