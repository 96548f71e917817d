"""What each field of a BR Code is called, for a technician (Portuguese, English, Spanish)."""

from __future__ import annotations

from typing import Final

_LANGUAGES: Final = ("pt", "en", "es")

_NAMES: Final[dict[str, tuple[str, str, str]]] = {
    "00": ("Versão do formato", "Format version", "Versión del formato"),
    "01": ("Uso (12: uma vez)", "Use (12: once)", "Uso (12: una vez)"),
    "26": ("Conta do recebedor", "Receiver's account", "Cuenta del receptor"),
    "26-00": ("Arranjo", "Arrangement", "Esquema"),
    "26-01": ("Chave Pix", "Pix key", "Clave Pix"),
    "26-02": ("Informação", "Information", "Información"),
    "26-03": ("ISPB do facilitador de saque", "Withdrawal provider's ISPB", "ISPB del facilitador de retiro"),
    "26-25": ("Endereço da cobrança", "Charge's address", "Dirección del cobro"),
    "52": ("Categoria do estabelecimento", "Merchant category", "Categoría del comercio"),
    "53": ("Moeda (986: real)", "Currency (986: real)", "Moneda (986: real)"),
    "54": ("Valor", "Amount", "Importe"),
    "58": ("País", "Country", "País"),
    "59": ("Nome do recebedor", "Receiver's name", "Nombre del receptor"),
    "60": ("Cidade do recebedor", "Receiver's city", "Ciudad del receptor"),
    "61": ("CEP", "Postal code", "Código postal"),
    "62": ("Dados adicionais", "Additional data", "Datos adicionales"),
    "62-05": ("Identificador (txid)", "Identifier (txid)", "Identificador (txid)"),
    "63": ("Verificação (CRC)", "Check (CRC)", "Verificación (CRC)"),
    "80": ("Recorrência", "Recurrence", "Recurrencia"),
    "80-00": ("Arranjo", "Arrangement", "Esquema"),
    "80-25": ("Endereço da recorrência", "Recurrence's address", "Dirección de la recurrencia"),
}

_OTHER: Final = ("Outro campo", "Other field", "Otro campo")


def field_name(path: str, language: str = "pt") -> str:
    """Name of a field (`59`) or sub-field (`26-01`); an unknown language reads as Portuguese."""
    column = _LANGUAGES.index(language) if language in _LANGUAGES else 0
    if path not in _NAMES and path[:2].isdigit() and 26 <= int(path[:2]) <= 51:
        path = f"26{path[2:]}"
    return _NAMES.get(path, _OTHER)[column]
