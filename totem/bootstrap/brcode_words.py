"""Why a BR Code was refused, for a technician."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from totem.domain.brcode import MAX_LENGTH, Reason

REASONS: Final[Mapping[Reason, str]] = {
    Reason.EMPTY: "não há código nenhum",
    Reason.TOO_LONG: f"passa de {MAX_LENGTH} caracteres",
    Reason.NOT_ASCII: "tem acentos, espaços especiais ou outros sinais que um código Pix não pode ter",
    Reason.BROKEN_TLV: "está cortado ou um de seus campos tem o tamanho errado",
    Reason.BAD_CRC: "o CRC não confere: algum caractere foi trocado, ou falta uma parte",
    Reason.UNPADDED_CRC: "o CRC do fim não tem os quatro caracteres",
    Reason.LOWERCASE_CRC: "o CRC do fim tem de ter letras maiúsculas",
    Reason.TRAILING_DATA: "há algo depois do CRC, que tem de ser o último campo",
    Reason.DUPLICATE_FIELD: "um campo aparece duas vezes",
    Reason.MISSING_FIELD: "falta um campo obrigatório",
    Reason.BAD_VERSION: "a versão (campo 00) não é 01",
    Reason.BAD_INITIATION: "o campo 01 só pode ser 11 ou 12",
    Reason.WRONG_GUI: "não é um código Pix: nenhum campo traz br.gov.bcb.pix",
    Reason.KEY_AND_URL: "traz ao mesmo tempo uma chave e um endereço",
    Reason.BAD_URL: "o endereço dentro do código não é válido",
    Reason.BAD_CATEGORY: "a categoria (campo 52) não são quatro algarismos",
    Reason.WRONG_CURRENCY: "a moeda (campo 53) não é 986, o real",
    Reason.BAD_AMOUNT: "o valor (campo 54) não está na forma 45.00",
    Reason.WRONG_COUNTRY: "o país (campo 58) não é BR",
    Reason.BAD_TXID: "o txid dentro do código não é válido",
}
